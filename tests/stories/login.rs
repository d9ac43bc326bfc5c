//! Coming onto a network: the bot is who it says, the server is who it says, or it stays out.

use crate::support::bot::{Bot, Login, Setup, write_secret};
use crate::support::cast::BOT;
use crate::support::client::{Client, PATIENCE};
use crate::support::network::{Kind, Network};
use std::time::Duration;
use toml::Value;

const CHANNEL: &str = "#centos-devel";

/// A password no account has.
const WRONG: &str = "a-password-nobody-has";

/// How long the bot must have stayed out of the channel to be held for one that stays out.
const LONG_ENOUGH: Duration = Duration::from_secs(5);

fn setup(settings: &[(&str, Value)]) -> Setup {
    Setup {
        channels: vec![CHANNEL.into()],
        settings: settings.iter().map(|(path, value)| (path.to_string(), value.clone())).collect(),
        ..Setup::default()
    }
}

fn comes(witness: &Client, patience: Duration) -> bool {
    let join = |line: &crate::support::client::Line| {
        line.command == "JOIN" && line.nick.starts_with(BOT) && line.param(0) == CHANNEL
    };
    witness.wait(0, patience, join).is_ok()
}

#[test]
fn the_account_is_there_before_the_channel() {
    for login in [Login::Password, Login::Certificate] {
        let network = Network::start(Kind::Inspircd);
        let gwd = network.connect("gwd");
        gwd.send("CAP REQ :extended-join");
        gwd.join(CHANNEL);
        let bot = Bot::start(&network, &Setup { login, ..setup(&[]) });
        assert!(comes(&gwd, PATIENCE), "{login:?}\n{}", bot.output());
        let heard = gwd.since(0);
        let join = heard.iter().find(|line| line.command == "JOIN" && line.nick == BOT);
        assert_eq!(join.map(|line| line.param(1)), Some(BOT), "the account, told by extended-join");
    }
}

#[test]
fn an_unknown_authority_is_refused() {
    let network = Network::start(Kind::Inspircd);
    let gwd = network.connect("gwd");
    gwd.join(CHANNEL);
    let file = network.dir().join("stranger.pem").display().to_string();
    let bot = Bot::start(&network, &setup(&[("network.ca_file", file.into())]));
    assert!(!comes(&gwd, LONG_ENOUGH), "it came over a connection it must not trust");
    assert!(bot.output().contains("certificate"), "it does not say why:\n{}", bot.output());
}

#[test]
fn a_wrong_password_keeps_the_bot_out() {
    for kind in [Kind::Inspircd, Kind::Demo] {
        let network = Network::start(kind);
        let gwd = network.connect("gwd");
        gwd.join(CHANNEL);
        let wrong = network.dir().join("wrong");
        write_secret(&wrong, WRONG);
        let sasl = format!(
            "{{ mechanism = 'plain', account = '{BOT}', password_file = '{}' }}",
            wrong.display()
        );
        let sasl: Value = sasl.parse().expect("a table");
        let bot = Bot::start(&network, &setup(&[("network.sasl", sasl)]));
        assert!(!comes(&gwd, LONG_ENOUGH), "{kind:?}: it came as nobody\n{}", bot.output());
        assert!(!bot.output().contains(WRONG), "a password is in the log:\n{}", bot.output());
    }
}

#[test]
fn a_taken_nick_is_taken_back() {
    let network = Network::start(Kind::Demo);
    let gwd = network.connect("gwd");
    gwd.join(CHANNEL);
    let ghost = network.connect_as(BOT, None);
    let bot = Bot::start(&network, &setup(&[]));
    assert!(comes(&gwd, PATIENCE), "{}", bot.output());
    drop(ghost);
    gwd.wait(0, PATIENCE, |line| {
        let renamed = line.command == "NICK" && line.last() == BOT;
        renamed || line.command == "JOIN" && line.nick == BOT
    })
    .unwrap_or_else(|_| panic!("it does not want its nick back:\n{}", bot.output()));
}
