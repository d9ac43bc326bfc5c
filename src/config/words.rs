//! Single words of the configuration: nicks, channels, hosts, addresses of pages, patterns of
//! paths. Each is read into its domain type or refused with a sentence that says what would fit.

use crate::config::fault::printable;
use crate::domain::name::Account;
use crate::domain::name::Channel;
use crate::domain::name::Nick;
use crate::domain::text;
use std::net::IpAddr;
use std::net::SocketAddr;

/// The bot's own nick, as RFC 2812 §2.3.1 allows it on every network.
pub fn own_nick(given: &str) -> Result<Nick, String> {
    let special = |c: char| "[]\\`_^{|}".contains(c);
    let first = |c: char| c.is_ascii_alphabetic() || special(c);
    if !given.starts_with(first) {
        return Err(format!("the nick {} must begin with a letter", quoted(given)));
    }
    if !given.chars().all(|c| first(c) || c.is_ascii_digit() || c == '-') {
        let sentence = "may have only letters, digits and - _ [ ] { } \\ | ^ ` in it";
        return Err(format!("the nick {} {sentence}", quoted(given)));
    }
    if given.len() > MOST_NICK {
        return Err(format!("the nick {} is longer than {MOST_NICK} characters", quoted(given)));
    }
    Ok(Nick::new(given))
}

/// The longest nick of our own; networks allow fewer (NICKLEN) and tell so at login.
pub const MOST_NICK: usize = 30;

/// Somebody else's nick, whatever their network allows, but nothing that could not be one.
pub fn nick(given: &str) -> Result<Nick, String> {
    word(given, "nick", Nick::MOST_CHARS).map(Nick::new)
}

/// An account of services.
pub fn account(given: &str) -> Result<Account, String> {
    word(given, "account", Account::MOST_CHARS).map(Account::new)
}

/// A mail address of somebody we know: `local@domain`, without display name and brackets.
pub fn address(given: &str) -> Result<(), String> {
    const MOST_BYTES: usize = 254; // RFC 5321 §4.5.3.1.3, without the angle brackets.
    let foreign =
        |c: char| c.is_whitespace() || text::is_unprintable(c) || "<>()[],;:\\\"".contains(c);
    let is_whole = given.rsplit_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !local.contains('@') && domain.contains('.') && !domain.ends_with('.')
    });
    if !is_whole || given.contains(foreign) || given.len() > MOST_BYTES {
        return Err(format!(
            "{} is not a mail address; write it as name@example.org",
            quoted(given)
        ));
    }
    Ok(())
}

fn word<'a>(given: &'a str, what: &str, most: usize) -> Result<&'a str, String> {
    let foreign = |c: char| c.is_whitespace() || text::is_unprintable(c) || ",!@*?".contains(c);
    if given.is_empty() {
        return Err(format!("the {what} is empty"));
    }
    if given.contains(foreign) || given.starts_with(['#', '&', ':', '$']) {
        return Err(format!("{} cannot be the {what} of anybody on IRC", quoted(given)));
    }
    if given.chars().count() > most {
        return Err(format!("the {what} {} is longer than {most} characters", quoted(given)));
    }
    Ok(given)
}

/// A channel.
pub fn channel(given: &str) -> Result<Channel, String> {
    let foreign = |c: char| c.is_whitespace() || text::is_unprintable(c) || c == ',';
    if !given.starts_with(['#', '&']) {
        let meant: String = given.chars().filter(|c| !foreign(*c)).take(50).collect();
        return Err(format!("a channel begins with #; did you mean \"#{meant}\"?"));
    }
    if given.len() == 1 || given.contains(foreign) {
        return Err(format!("{} cannot be the name of a channel", quoted(given)));
    }
    if given.chars().count() > Channel::MOST_CHARS {
        let most = Channel::MOST_CHARS;
        return Err(format!("the channel {} is longer than {most} characters", quoted(given)));
    }
    Ok(Channel::new(given))
}

/// A host name or an IP address.
pub fn host(given: &str) -> Result<String, String> {
    if let Some((_, rest)) = given.split_once("://") {
        let meant = rest.split(['/', ':']).next().unwrap_or(rest);
        return Err(format!("write the host name alone, for example {}", quoted(meant)));
    }
    if given.parse::<IpAddr>().is_ok() {
        return Ok(given.to_string());
    }
    if let Some((name, port)) = given.rsplit_once(':')
        && (is_host_name(name) || name.starts_with('['))
        && !port.is_empty()
        && port.bytes().all(|byte| byte.is_ascii_digit())
    {
        let name = name.trim_matches(['[', ']']);
        return Err(format!(
            "write the port as a key of its own: host = {}, port = {port}",
            quoted(name)
        ));
    }
    if !is_host_name(given) {
        let sentence = "is neither a host name, for example \"irc.libera.chat\", nor an IP address";
        return Err(format!("{} {sentence}", quoted(given)));
    }
    Ok(given.to_string())
}

/// RFC 1123 §2.1, with the underscore that private names have.
fn is_host_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.strip_suffix('.').unwrap_or(name).split('.').all(label)
}

/// Whether what is sent to this host stays on this machine.
pub fn is_loopback(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    match host.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        // RFC 6761 §6.3.
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
}

/// An address and port to listen on.
pub fn listen(given: &str) -> Result<SocketAddr, String> {
    given.parse::<SocketAddr>().map_err(|_| {
        let port = given.rsplit(':').next().filter(|port| port.parse::<u16>().is_ok());
        let port = port.unwrap_or("8080");
        match given.rsplit_once(':').map(|(host, _)| host) {
            Some("" | "*") => {
                format!("write the address too: \"[::]:{port}\" listens on every one")
            }
            _ => format!(
                "{} is not an IP address and a port, for example \"127.0.0.1:{port}\"",
                quoted(given)
            ),
        }
    })
}

/// The address of our pages, without a slash at its end.
pub fn page_url(given: &str) -> Result<String, String> {
    let example = "for example \"https://virt.example.org\"";
    let lower = given.to_ascii_lowercase();
    let scheme = ["https://", "http://"].into_iter().find(|scheme| lower.starts_with(scheme));
    let Some(scheme) = scheme else {
        return Err(format!("{} must begin with https:// or http://, {example}", quoted(given)));
    };
    let rest = given[scheme.len()..].trim_end_matches('/');
    let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
    if place.contains('@') {
        return Err("the address of the pages may not have a user or a password in it".to_string());
    }
    if !is_host_and_port(place) {
        return Err(format!("{} has no valid host in it, {example}", quoted(given)));
    }
    if path.contains(['?', '#']) {
        return Err("the address of the pages ends before any ? or #".to_string());
    }
    // RFC 3986 §3.3: what else a path may hold is percent-encoded.
    let of_path = |c: char| c.is_ascii_alphanumeric() || "/-._~%!$&'()*+,;=:@".contains(c);
    if !path.chars().all(of_path) || given.len() > MOST_URL {
        return Err(format!("{} is not the address of a page, {example}", quoted(given)));
    }
    Ok(format!("{scheme}{rest}"))
}

/// The address of somebody's page.
pub fn link(given: &str) -> Result<String, String> {
    let foreign = |c: char| c.is_whitespace() || text::is_unprintable(c) || "<>\"".contains(c);
    let lower = given.to_ascii_lowercase();
    let is_page = lower.starts_with("https://") || lower.starts_with("http://");
    if !is_page || given.contains(foreign) || given.len() > MOST_URL {
        let sentence = "is not the address of a page, for example \"https://example.org/agenda\"";
        return Err(format!("{} {sentence}", quoted(given)));
    }
    Ok(given.to_string())
}

/// The longest address of our pages: the links made from it must fit an IRC line.
pub const MOST_URL: usize = 200;

fn is_host_and_port(place: &str) -> bool {
    if place.parse::<SocketAddr>().is_ok() {
        return true;
    }
    if let Some(address) = place.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let (name, port) = place.split_once(':').unwrap_or((place, "80"));
    is_host_name(name) && port.parse::<u16>().is_ok_and(|port| port != 0)
}

fn quoted(given: &str) -> String {
    let shown: String = given.chars().take(60).collect();
    let more = if shown.len() < given.len() { "…" } else { "" };
    format!("\"{}{more}\"", printable(&shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorts<T: std::fmt::Debug>(
        read: impl Fn(&str) -> Result<T, String>,
        good: &[&str],
        bad: &[&str],
    ) {
        for word in good {
            assert!(read(word).is_ok(), "{word:?}: {:?}", read(word));
        }
        for word in bad {
            assert!(read(word).is_err(), "{word:?}: {:?}", read(word));
        }
    }

    #[test]
    fn sorts_good_words_from_bad_ones() {
        sorts(own_nick, &["beadle", "[b]", "b-1"], &["", "1b", "-b", "bé", "a b", &"b".repeat(31)]);
        sorts(nick, &["gwd", "été", "1up", "~x"], &["", "a b", "#c", "a!b", "a\u{7}", ":a", "*"]);
        sorts(
            channel,
            &["#a", "&local", "##c", "#日本"],
            &["", "a", "#", "#a b", "#a,b", "#a\u{7}"],
        );
        sorts(
            host,
            &["irc.libera.chat", "127.0.0.1", "::1", "localhost", "irc_1", "a."],
            &["", "a b", "irc://a", "a:6697", "[::1]:6697", "-a", "a..b", "a/b", &"a".repeat(64)],
        );
        sorts(
            listen,
            &["127.0.0.1:0", "[::1]:8080"],
            &["8080", ":80", "localhost:1", "1.2.3.4", "*:80"],
        );
        sorts(
            page_url,
            &[
                "https://a.example",
                "http://127.0.0.1:80/",
                "HTTP://a/b/",
                "http://[::1]:8/x",
                "http://[::1]",
            ],
            &[
                "a.example",
                "ftp://a",
                "https://",
                "https://u:p@a",
                "https://a?b",
                "https://a/#b",
                "https://a/b c",
                "https://a:0",
                "https://a:99999",
                "https://a/\u{202e}",
            ],
        );
    }

    #[test]
    fn knows_what_stays_on_this_machine() {
        for host in [
            "127.0.0.1",
            "127.8.8.8",
            "::1",
            "::ffff:127.0.0.1",
            "localhost",
            "LOCALHOST.",
            "irc.localhost",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in
            ["127.0.0.1.example.org", "localhost.example.org", "10.0.0.1", "::2", "xlocalhost"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn the_address_of_the_pages_has_no_slash_at_its_end() {
        assert_eq!(page_url("https://a.example/virt//").unwrap(), "https://a.example/virt");
    }
}
