//! `beadle demo`: everything on loopback with throw-away state, and a cast that plays a meeting.

mod post;

use crate::cli::serve::{Service, until_told_to_stop};
use crate::config::gate::{Gate, Listen};
use crate::config::{Config, Database, Group, IrcNetwork, MeetingRules, Sasl, Secret, Web};
use crate::demo::client::{Client, Line};
use crate::demo::script::Script;
use crate::demo::{Account, Options, Registered, Server, cast};
use crate::domain::roster::{Enrolled, Member};
use crate::domain::schedule::Entry;
use anyhow::Context;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The channel, the bot and its password in the demo.
const CHANNEL: &str = "#centos-devel";
const BOT: &str = "beadle";
/// Where whoever tries the demo may hold a meeting, and who holds one for them.
const OWN: &str = "#own";
const HOST: &str = "gwd";
/// How long the files of the minutes may take to appear.
const FILES: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Leave after the minutes are printed, instead of staying up to be joined.
    #[arg(long)]
    once: bool,
    /// The port of the IRC server on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 6667, value_name = "PORT")]
    irc_port: u16,
    /// The port of the pages on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 8080, value_name = "PORT")]
    web_port: u16,
}

/// Plays the meeting, prints its minutes and where to look, and stays up.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let state = Throwaway::new()?;
    let (irc_port, web_port) = match arguments.once {
        true => (0, 0),
        false => (free(arguments.irc_port), free(arguments.web_port)),
    };
    let script = Script::meeting();
    let password = random_word()?;
    let server = Server::start(options(&script, &password, irc_port))
        .await
        .context("the IRC server did not start")?;
    let web = reserve(web_port)?;
    let door = reserve(0)?;
    let config = configuration(&state.0, server.addr, (web, door), &password);
    let service = Service::start(config).await?;
    super::print(&format!(
        "An IRC server, the bot and the pages are up, all on this machine.\n\n  \
         IRC      127.0.0.1 port {}, channel {CHANNEL} (any client, no TLS)\n  \
         pages    http://{web}/\n\nThe group's meeting is played now …\n\n",
        server.addr.port()
    ))?;
    let played = cast::play(server.addr, CHANNEL, BOT, &script)
        .await
        .context("the meeting was not played")?;
    let minutes = minutes(&state.0).await?;
    super::print(&minutes)?;
    super::print(&format!(
        "\nThat was a meeting of {} lines in {:.1} s. Its minutes and log are at http://{web}/\n",
        played.lines,
        played.took.as_secs_f64()
    ))?;
    super::print(&post::play(door, service.db()).await?)?;
    if !arguments.once {
        let host =
            open_house(server.addr, &script).await.context("the open house did not begin")?;
        super::print(&format!(
            "An open house is on in {CHANNEL}: join it on 127.0.0.1 port {port} with any IRC client, say o/, \
             and see yourself on http://{web}/\n\
             In {OWN} hold a meeting of your own: #startmeeting, #topic, #endmeeting; or ask: beadle: when.\n\
             Ctrl-C ends the demo and removes everything.\n",
            port = server.addr.port()
        ))?;
        until_told_to_stop().await?;
        drop(host);
    }
    service.stop().await;
    server.stop().await;
    Ok(())
}

fn options(script: &Script, password: &str, port: u16) -> Options {
    let mut accounts = script.accounts();
    accounts.push(Account::new(BOT, password));
    Options {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        network: "demo".into(),
        accounts,
        channels: vec![Registered {
            name: CHANNEL.into(),
            topic: "CentOS development".into(),
            modes: "nt".into(),
            ops: vec![BOT.into()],
            voices: Vec::new(),
        }],
        ..Options::default()
    }
}

fn configuration(
    state: &Path,
    irc: SocketAddr,
    (web, door): (SocketAddr, SocketAddr),
    password: &str,
) -> Config {
    Config {
        group: Group { name: "CentOS Virtualization SIG".into(), short: "Virt SIG".into() },
        state_dir: state.to_path_buf(),
        database: Database::Sqlite(state.join("beadle.db")),
        web: Some(Web::at(web, &format!("http://{web}"))),
        networks: vec![IrcNetwork {
            sasl: Some(Sasl::Plain { account: BOT.into(), password: Secret::new(password) }),
            // The demo's own server has no flood limit, and nobody should have to wait.
            burst_lines: 50,
            interval_millis: 20,
            channels: vec![CHANNEL.into(), OWN.into()],
            ..IrcNetwork::on_loopback("demo", irc.port(), BOT, CHANNEL)
        }],
        meeting: MeetingRules::default(),
        schedule: vec![Entry::of_the_first_group()],
        mail: None,
        list: Some(post::list()),
        gate: Gate { lmtp: Some(Listen::Tcp(door)), ..Gate::default() },
        push: crate::config::push::Push::default(),
        members: members(),
        projects: Vec::new(),
        report: Default::default(),
    }
}

/// The group's people.
fn members() -> Vec<Enrolled> {
    [
        ("George Dunlap", "gwd", &["lead", "maintainer: xen"][..]),
        ("Anthony Perard", "anthonyper", &["maintainer: xen"]),
        ("Sandro Bonazzola", "sbonazzo", &["maintainer: ovirt"]),
        ("Rafael Martins", "rafaelmartins", &["maintainer: ovirt"]),
        ("Tomasz Baranski", "tomo", &["maintainer: ovirt"]),
        ("Lokesh Mandvekar", "lsm5", &["maintainer: docker"]),
        ("Navid Shaikh", "nshaikh", &["maintainer: docker"]),
        ("Jiri Denemark", "jirkade", &["maintainer: libvirt"]),
    ]
    .into_iter()
    .map(|(name, nick, roles)| Enrolled {
        member: Member {
            name: name.into(),
            nicks: vec![nick.into()],
            account: None,
            roles: roles.iter().map(ToString::to_string).collect(),
        },
        ..Enrolled::default()
    })
    .collect()
}

/// The lead stays and holds a meeting to which whoever tries the demo may come.
async fn open_house(server: SocketAddr, script: &Script) -> anyhow::Result<Client> {
    let lead = script.people.iter().find(|player| player.nick == HOST);
    let password = lead.map(|player| player.password());
    let login = password.as_deref().map(|password| (HOST, password));
    let mut host = Client::connect(server, HOST, login).await?;
    host.join(CHANNEL).await?;
    host.say(CHANNEL, "#startmeeting Open house").await?;
    let is_on = |line: &Line| line.says("PRIVMSG", BOT, "Meeting started");
    host.expect("the meeting", is_on, FILES).await?;
    host.say(CHANNEL, "#topic Whoever comes by").await?;
    Ok(host)
}

/// The text minutes, as soon as their file is there.
async fn minutes(state: &Path) -> anyhow::Result<String> {
    let folder = state.join(crate::flow::publish::FOLDER);
    let until = tokio::time::Instant::now() + FILES;
    loop {
        if let Some(path) = find(&folder, ".txt", ".log.txt") {
            return Ok(std::fs::read_to_string(path)?);
        }
        anyhow::ensure!(
            tokio::time::Instant::now() < until,
            "no minutes were written under {}",
            folder.display()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn find(folder: &Path, ending: &str, but: &str) -> Option<PathBuf> {
    let years = std::fs::read_dir(folder).ok()?.flatten();
    let files = years.filter_map(|year| std::fs::read_dir(year.path()).ok()).flatten().flatten();
    files.map(|file| file.path()).find(|path| {
        let name = path.to_string_lossy();
        name.ends_with(ending) && !name.ends_with(but)
    })
}

/// The wanted port if nobody has it, else any free one.
fn free(wanted: u16) -> u16 {
    match std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, wanted)) {
        Ok(_) => wanted,
        Err(_) => 0,
    }
}

/// An address for the pages, known before they are up.
fn reserve(port: u16) -> anyhow::Result<SocketAddr> {
    Ok(std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))?.local_addr()?)
}

fn random_word() -> anyhow::Result<String> {
    let mut bytes = [0; 12];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes)
        .map_err(|_| anyhow::anyhow!("the system gives no random numbers"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A directory that goes away with the demo.
struct Throwaway(PathBuf);

impl Throwaway {
    fn new() -> anyhow::Result<Throwaway> {
        let path = std::env::temp_dir().join(format!("beadle-demo-{}", random_word()?));
        std::fs::create_dir(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Throwaway(path))
    }
}

impl Drop for Throwaway {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
