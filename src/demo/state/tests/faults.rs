//! What each fault looks like on the wire.

use super::*;
use crate::demo::fault::Who;

#[test]
fn a_split_has_the_right_bytes() {
    let mut stage = Stage::new(Options::default());
    stage.come("gwd", "batch");
    stage.come("mira", "");
    stage.come("tomo", "batch extended-join");
    for nick in ["gwd", "mira", "tomo"] {
        stage.send(nick, "JOIN #c");
    }
    stage.send("gwd", "MODE #c +v tomo");
    assert_eq!(
        stage.fault(Fault::Split(vec!["tomo".into()])),
        [
            "gwd: :hub.demo.example BATCH +b1 netsplit hub.demo.example leaf.demo.example",
            "gwd: @batch=b1 :tomo!~tomo@127.0.0.1 QUIT :hub.demo.example leaf.demo.example",
            "gwd: :hub.demo.example BATCH -b1",
            "mira: :tomo!~tomo@127.0.0.1 QUIT :hub.demo.example leaf.demo.example",
            "tomo: :hub.demo.example BATCH +b2 netsplit leaf.demo.example hub.demo.example",
            "tomo: @batch=b2 :gwd!~gwd@127.0.0.1 QUIT :leaf.demo.example hub.demo.example",
            "tomo: @batch=b2 :mira!~mira@127.0.0.1 QUIT :leaf.demo.example hub.demo.example",
            "tomo: :hub.demo.example BATCH -b2"
        ]
    );
    assert_eq!(
        stage.send("gwd", "PRIVMSG #c :anybody?"),
        ["mira: :gwd!~gwd@127.0.0.1 PRIVMSG #c :anybody?"]
    );
    assert!(stage.send("tomo", "PRIVMSG #c :lost").is_empty());
    assert!(stage.send("tomo", "PRIVMSG gwd :lost")[0].contains(" 401 "));
    assert_eq!(
        stage.fault(Fault::Heal),
        [
            "gwd: :hub.demo.example BATCH +b5 netjoin hub.demo.example leaf.demo.example",
            "gwd: @batch=b5 :tomo!~tomo@127.0.0.1 JOIN #c",
            "gwd: :hub.demo.example BATCH -b5",
            "gwd: :hub.demo.example MODE #c +v tomo",
            "mira: :tomo!~tomo@127.0.0.1 JOIN #c",
            "mira: :hub.demo.example MODE #c +v tomo",
            "tomo: :hub.demo.example BATCH +b6 netjoin leaf.demo.example hub.demo.example",
            "tomo: @batch=b6 :gwd!~gwd@127.0.0.1 JOIN #c * :gwd of the cast",
            "tomo: @batch=b6 :mira!~mira@127.0.0.1 JOIN #c * :mira of the cast",
            "tomo: :hub.demo.example BATCH -b6",
            "tomo: :hub.demo.example MODE #c +o gwd"
        ]
    );
}

#[test]
fn the_same_nick_on_both_sides_collides() {
    let mut stage = two();
    stage.fault(Fault::Split(vec!["mira".into()]));
    stage.come("mallory", "");
    assert_eq!(stage.send("mallory", "NICK mira").len(), 1, "the nick is free on this side");
    let healed = stage.fault(Fault::Heal).join("\n");
    let words = "043 mira mira 1AAAAA0003 :Nick collision, forcing nick change to your unique ID";
    assert!(healed.contains(&format!("mallory: :hub.demo.example {words}")), "{healed}");
    assert!(healed.contains("mira: :mira!~mira@127.0.0.1 NICK :2AAAAA0002"), "{healed}");
    assert!(healed.contains("gwd: :2AAAAA0002!~mira@127.0.0.1 JOIN #c"), "{healed}");
}

#[test]
fn each_fault_has_its_form_on_the_wire() {
    let mut stage = two();
    assert_eq!(
        stage.fault(Fault::Kick("#C".into(), "mira".into())),
        ["gwd: :hub.demo.example KICK #c mira :mira", "mira: :hub.demo.example KICK #c mira :mira"]
    );
    stage.send("mira", "JOIN #c");
    assert_eq!(
        stage.fault(Fault::ForceNick("mira".into(), "Guest42".into())),
        ["gwd: :mira!~mira@127.0.0.1 NICK :Guest42", "mira: :mira!~mira@127.0.0.1 NICK :Guest42"]
    );
    stage.send("mira", "NICK mira");
    stage.fault(Fault::DropNotices("#c".into(), true));
    assert!(stage.send("mira", "NOTICE #c :gone").is_empty());
    assert_eq!(stage.send("mira", "PRIVMSG #c :still here").len(), 1);
    stage.fault(Fault::ThrottleChannel("#c".into(), 2));
    assert_eq!(stage.send("mira", "PRIVMSG #c :1").len(), 1);
    assert_eq!(stage.send("mira", "PRIVMSG #c :2").len(), 1);
    assert_eq!(
        stage.send("mira", "PRIVMSG #c :3"),
        ["mira: :hub.demo.example NOTICE mira :*** Message to #c throttled due to flooding"]
    );
    assert_eq!(
        stage.fault(Fault::ChannelMode("#c".into(), "+v mira".into())),
        ["gwd: :hub.demo.example MODE #c +v mira", "mira: :hub.demo.example MODE #c +v mira"]
    );
    assert_eq!(stage.send("mira", "PRIVMSG #c :4").len(), 1, "a voice is not throttled");
    assert_eq!(stage.fault(Fault::RawTo("mira".into(), b"\xff".to_vec())), ["mira: \u{fffd}"]);
    assert_eq!(stage.fault(Fault::Silence("mira".into())), ["mira false false"]);
    assert_eq!(stage.fault(Fault::StallReads("mira".into())), ["mira false true"]);
    assert_eq!(stage.fault(Fault::Resume(Who::Everyone)), ["gwd true true", "mira true true"]);
    assert_eq!(
        stage.fault(Fault::Kill("mira".into())),
        [
            "mira: :oper!oper@staff.demo.example KILL mira :hub.demo.example!oper (Spamming is not allowed)",
            "mira: :mira!~mira@127.0.0.1 QUIT :Killed (oper (Spamming is not allowed))",
            "mira: ERROR :Closing Link: 127.0.0.1 (Killed (oper (Spamming is not allowed)))",
            "mira closed",
            "gwd: :mira!~mira@127.0.0.1 QUIT :Killed (oper (Spamming is not allowed))"
        ]
    );
    stage.come("tomo", "");
    stage.send("tomo", "JOIN #c");
    assert_eq!(
        stage.fault(Fault::KLine("tomo".into()))[..3],
        [
            "tomo: :hub.demo.example 465 tomo :You are banned from this server- Temporary K-line (demo)",
            "tomo: ERROR :Closing Link: 127.0.0.1 (*** Banned )",
            "tomo closed"
        ]
    );
    stage.come("lsm5", "");
    stage.send("lsm5", "JOIN #c");
    assert_eq!(
        stage.fault(Fault::CutMidLine("lsm5".into())),
        [
            "lsm5: :hub.demo.example NOTICE lsm5 :This line has no e",
            "lsm5 closed",
            "gwd: :lsm5!~lsm5@127.0.0.1 QUIT :Remote host closed the connection"
        ]
    );
    assert_eq!(stage.fault(Fault::Reset("gwd".into())), ["gwd reset"]);
    let nobody = stage.state.inject(stage.now, &Fault::Kill("gwd".into()));
    assert_eq!(nobody, Err(Impossible::Nobody("gwd".into())));
}

#[test]
fn who_is_silent_is_asked_and_then_dropped() {
    let mut stage = two();
    stage.later(119);
    stage.send("gwd", "PING x");
    assert_eq!(stage.later(1), ["mira: PING :hub.demo.example"]);
    stage.send("mira", "PONG x");
    assert_eq!(stage.later(119), ["gwd: PING :hub.demo.example"]);
    assert_eq!(stage.later(1), ["mira: PING :hub.demo.example"]);
    let dropped = stage.later(119);
    assert_eq!(
        dropped[..2],
        ["gwd: ERROR :Closing Link: 127.0.0.1 (Ping timeout: 240 seconds)", "gwd closed"]
    );
    let id = Id(9);
    stage.ids.push(("tarpit".into(), id));
    stage.state.apply(stage.now, Event::Connected(id, "127.0.0.1".into()));
    let late = stage.later(30).join("\n");
    assert!(
        late.contains("tarpit: ERROR :Closing Link: 127.0.0.1 (Connection timed out)"),
        "{late}"
    );
}
