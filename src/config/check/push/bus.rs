//! Checks `[push.mqtt]` and `[push.amqp]`.

use crate::config::Secret;
use crate::config::check::network::{certificates, read_file};
use crate::config::check::push::{entries, name, secret};
use crate::config::check::{Context, read};
use crate::config::fault::Faults;
use crate::config::push::{Amqp, Mqtt};
use crate::config::raw::Table;
use crate::config::words;
use std::path::PathBuf;

/// What both have.
struct Broker {
    host: String,
    port: u16,
    tls: bool,
    ca_file: Option<PathBuf>,
    client: Option<(PathBuf, PathBuf)>,
    login: Option<(String, Secret)>,
    topics: Vec<String>,
}

/// `ports`: with TLS, and without.
fn broker(
    table: &Table,
    ports: (u16, u16),
    topics: &[&str],
    context: &Context,
    faults: &mut Faults,
) -> Option<Broker> {
    let host = read(table.text("host"), words::host, faults);
    let tls = table.bool("tls").unwrap_or(true);
    if !tls && host.as_deref().is_some_and(|host| !words::is_loopback(host)) {
        faults.at(&table.span("tls"), "without TLS only a broker on this machine is asked");
    }
    let port = table.integer("port").and_then(|port| u16::try_from(port).ok());
    let cert = certificates(table, "cert_file", context, faults);
    let key = read_file(table, "key_file", faults, |name| context.files.private_key(name));
    for (this, other) in [
        ("cert_file", "key_file"),
        ("key_file", "cert_file"),
        ("account", "password_file"),
        ("password_file", "account"),
    ] {
        if table.has(this) && !table.has(other) {
            table.missing(other, faults);
        }
    }
    let account = table.text("account").map(|given| given.value.to_string());
    let password = secret(table, "password_file", context, faults);
    let given = entries(table, "topics", faults);
    let given: Vec<String> = given.into_iter().map(|given| given.value.to_string()).collect();
    let usual = || topics.iter().map(ToString::to_string).collect();
    Some(Broker {
        host: host?,
        port: port.unwrap_or(if tls { ports.0 } else { ports.1 }),
        tls,
        ca_file: certificates(table, "ca_file", context, faults),
        client: cert.zip(key),
        login: account.zip(password),
        topics: if given.is_empty() { usual() } else { given },
    })
}

/// `beadle-virt-sig`
fn usual_name(group: &str) -> String {
    let letters = format!("beadle-{}", group.to_lowercase());
    letters.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

/// `[push.mqtt]`.
pub fn mqtt(table: &Table, group: &str, context: &Context, faults: &mut Faults) -> Option<Mqtt> {
    let client_id = read(table.text("client_id"), name, faults);
    let broker = broker(table, (8883, 1883), &["koji", "cbs-signing"], context, faults)?;
    let Broker { host, port, tls, ca_file, client, login, topics } = broker;
    let client_id = client_id.unwrap_or_else(|| usual_name(group));
    Some(Mqtt { host, port, tls, ca_file, client, client_id, login, topics })
}

/// `[push.amqp]`.
pub fn amqp(table: &Table, group: &str, context: &Context, faults: &mut Faults) -> Option<Amqp> {
    if !cfg!(feature = "amqp") {
        let sentence = "this beadle was built without AMQP; build it with `--features amqp`";
        faults.at(&table.header, sentence);
    }
    let queue = read(table.text("queue"), name, faults);
    let topics = [
        "org.fedoraproject.*.buildsys.tag",
        "org.fedoraproject.*.buildsys.untag",
        "org.fedoraproject.*.buildsys.rpm.sign",
    ];
    let broker = broker(table, (5671, 5672), &topics, context, faults)?;
    if broker.tls && broker.ca_file.is_none() && !table.has("ca_file") {
        table.missing("ca_file", faults);
    }
    let Broker { host, port, tls, ca_file, client, login, topics } = broker;
    let vhost = table.text("vhost").map_or("/".to_string(), |given| given.value.to_string());
    let queue = queue.unwrap_or_else(|| usual_name(group));
    Some(Amqp { host, port, vhost, tls, ca_file, client, login, queue, topics })
}
