//! Anything a stranger can send, and anything that can go wrong meanwhile.

use super::*;
use crate::demo::wire::{BODY_BYTES, Framed, Framer, SERVER_TAG_BYTES};
use proptest::prelude::*;

/// Words that make it likely that random lines mean something.
fn word() -> impl Strategy<Value = Vec<u8>> {
    let known = [
        "NICK",
        "USER",
        "CAP",
        "REQ",
        "LS",
        "302",
        "END",
        "JOIN",
        "PART",
        "PRIVMSG",
        "NOTICE",
        "TAGMSG",
        "MODE",
        "WHO",
        "WHOIS",
        "KICK",
        "INVITE",
        "TOPIC",
        "NAMES",
        "LIST",
        "AWAY",
        "NS",
        "IDENTIFY",
        "REGAIN",
        "AUTHENTICATE",
        "PLAIN",
        "SCRAM-SHA-256",
        "+",
        "*",
        "gwd",
        "mira",
        "#c",
        "#d,#e",
        "#",
        "0",
        "+bqklfov",
        "-k+k",
        "+mnt-i",
        "$~a",
        "*!*@*",
        "%tcuihsnfdlaor,1",
        ":",
        ":words and more",
        "@+a=b",
        "sesame",
        "sasl",
        "message-tags",
        "batch",
        "echo-message",
    ];
    prop_oneof![
        8 => proptest::sample::select(known.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..600),
    ]
}

fn faults() -> impl Strategy<Value = Fault> {
    let nick = || proptest::sample::select(vec!["gwd", "mira", "tomo", "Guest1"]);
    let two = |one: &str, other: &str| (one.to_string(), other.to_string());
    prop_oneof![
        nick().prop_map(|nick| Fault::Split(vec![nick.into()])),
        Just(Fault::Heal),
        nick().prop_map(|nick| Fault::Kill(nick.into())),
        (nick(), nick()).prop_map(move |(one, other)| {
            let (one, other) = two(one, other);
            Fault::ForceNick(one, other)
        }),
        nick().prop_map(|nick| Fault::Kick("#c".into(), nick.into())),
        nick().prop_map(|nick| Fault::ChannelMode("#c".into(), format!("+ob-n {nick} *!*@*"))),
        nick().prop_map(|nick| Fault::ChangeHost(nick.into(), "user/x".into())),
        nick().prop_map(|nick| Fault::LogOut(nick.into())),
        Just(Fault::CapDel(vec![Cap::Batch, Cap::Sasl])),
        Just(Fault::CapNew(vec![Cap::Batch, Cap::Sasl])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever three clients send and whatever goes wrong: no panic, every line the server sends
    /// is one whole line of legal length, and the books stay balanced.
    #[test]
    fn any_bytes_are_survived(
        steps in proptest::collection::vec(
            (0usize..3, proptest::collection::vec(word(), 1..7), proptest::option::weighted(0.1, faults())),
            1..80,
        ),
    ) {
        let mut stage = Stage::new(with_services());
        for nick in ["gwd", "mira", "tomo"] {
            stage.come(nick, "batch message-tags echo-message sasl server-time");
            stage.send(nick, "JOIN #c");
        }
        for (client, words, fault) in steps {
            let line: Vec<u8> = words.join(&b' ');
            let mut framer = Framer::new(4096);
            let mut effects = Vec::new();
            for framed in framer.feed(&[line.as_slice(), b"\r\n"].concat()) {
                let id = Id(client as u64 + 1);
                effects.extend(stage.state.apply(stage.now, match framed {
                    Framed::Line(line) => Event::Line(id, line),
                    Framed::TooLong => Event::TooLong(id),
                }));
            }
            if let Some(fault) = fault {
                effects.extend(stage.state.inject(stage.now, &fault).unwrap_or_default());
            }
            for effect in effects {
                let Effect::Send(_, bytes) = effect else { continue };
                let body = bytes.strip_suffix(b"\r\n").expect("a line has an end");
                prop_assert!(!body.iter().any(|byte| matches!(byte, b'\r' | b'\n' | b'\0')));
                let tags = if body.starts_with(b"@") {
                    body.iter().position(|byte| *byte == b' ').expect("tags end") + 1
                } else { 0 };
                prop_assert!(tags <= SERVER_TAG_BYTES && body.len() - tags <= BODY_BYTES);
                prop_assert!(Message::parse(body).is_some(), "{:?}", String::from_utf8_lossy(body));
            }
            let state = &stage.state;
            prop_assert!(state.nicks.values().all(|id| state.clients.contains_key(id)));
            for (name, channel) in &state.channels {
                prop_assert!(!channel.members.is_empty() || channel.access.is_some());
                for id in channel.members.keys() {
                    prop_assert!(state.clients[id].channels.contains(name));
                }
            }
        }
    }
}
