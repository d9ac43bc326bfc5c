use super::*;
use crate::demo::fault::Who;
use crate::demo::options::{Account, Registered};
use proptest::prelude::*;

/// A network with its clients, on which a test is a conversation.
struct Stage {
    state: State,
    now: Moment,
    ids: Vec<(String, Id)>,
}

impl Stage {
    fn new(options: Options) -> Stage {
        let now = Moment::parse("2018-11-13T15:00:00Z").unwrap();
        Stage { state: State::new(options, [7; 16], now), now, ids: Vec::new() }
    }

    /// Connects a client that asks for these capabilities.
    fn come(&mut self, nick: &str, caps: &str) {
        let id = Id(self.ids.len() as u64 + 1);
        self.ids.push((nick.to_string(), id));
        self.state.apply(self.now, Event::Connected(id, "127.0.0.1".into()));
        if !caps.is_empty() {
            self.send(nick, &format!("CAP REQ :{caps}"));
        }
        self.send(nick, &format!("NICK {nick}"));
        self.send(nick, &format!("USER {nick} 0 * :{nick} of the cast"));
        if !caps.is_empty() {
            self.send(nick, "CAP END");
        }
    }

    fn id(&self, nick: &str) -> Id {
        self.ids.iter().find(|(name, _)| name == nick).unwrap().1
    }

    /// Sends a line; what everybody reads then, as "nick: line".
    fn send(&mut self, nick: &str, line: &str) -> Vec<String> {
        let event = Event::Line(self.id(nick), line.as_bytes().to_vec());
        let effects = self.state.apply(self.now, event);
        self.shown(effects)
    }

    fn fault(&mut self, fault: Fault) -> Vec<String> {
        let effects = self.state.inject(self.now, &fault).unwrap();
        self.shown(effects)
    }

    fn later(&mut self, seconds: i64) -> Vec<String> {
        self.now = self.now.plus(seconds * SECOND);
        let effects = self.state.apply(self.now, Event::Tick);
        self.shown(effects)
    }

    fn shown(&self, effects: Vec<Effect>) -> Vec<String> {
        let name = |id: Id| self.ids.iter().find(|(_, one)| *one == id).unwrap().0.clone();
        let show = |effect: Effect| match effect {
            Effect::Send(id, bytes) => {
                let line = String::from_utf8_lossy(&bytes).trim_end().to_string();
                Some(format!("{}: {line}", name(id)))
            }
            Effect::Close(id) => Some(format!("{} closed", name(id))),
            Effect::Abort(id) => Some(format!("{} reset", name(id))),
            Effect::Valve(id, valve) => {
                Some(format!("{} {} {}", name(id), valve.reads, valve.writes))
            }
            Effect::HalfClose(id) => Some(format!("{} half closed", name(id))),
            Effect::Registered(_) | Effect::Spoke(_) => None,
        };
        effects.into_iter().filter_map(show).collect()
    }
}

fn with_services() -> Options {
    Options {
        accounts: vec![
            Account::new("gwd", "sesame"),
            Account { cloak: Some("user/lsm5".into()), ..Account::new("lsm5", "docker") },
        ],
        channels: vec![Registered {
            name: "#Centos-Devel".into(),
            topic: "Talk".into(),
            modes: "+nt".into(),
            ops: vec!["gwd".into()],
            voices: vec!["lsm5".into()],
        }],
        ..Options::default()
    }
}

fn two() -> Stage {
    let mut stage = Stage::new(Options::default());
    stage.come("gwd", "");
    stage.come("mira", "");
    stage.send("gwd", "JOIN #c");
    stage.send("mira", "JOIN #c");
    stage
}

#[test]
fn the_welcome_is_complete_and_in_order() {
    let mut stage = Stage::new(Options::default());
    let id = Id(1);
    stage.ids.push(("gwd".into(), id));
    stage.state.apply(stage.now, Event::Connected(id, "127.0.0.1".into()));
    assert_eq!(
        stage.send("gwd", "JOIN #c"),
        ["gwd: :hub.demo.example 451 * :You have not registered"]
    );
    assert!(stage.send("gwd", "NICK gwd").is_empty());
    let welcome = stage.send("gwd", "USER gwd 0 * :George");
    let numerics: Vec<&str> = welcome.iter().filter_map(|line| line.split(' ').nth(2)).collect();
    assert_eq!(
        numerics,
        [
            "001", "002", "003", "004", "005", "005", "251", "254", "255", "375", "372", "376",
            "MODE"
        ]
    );
    assert!(welcome[4].contains(" CASEMAPPING=rfc1459 CHANTYPES=# PREFIX=(ov)@+ STATUSMSG=@+ "));
    assert!(welcome[5].contains(" WHOX BOT=B "));
    assert_eq!(stage.send("gwd", "FOO"), ["gwd: :hub.demo.example 421 gwd FOO :Unknown command"]);
}

#[test]
fn two_talk_without_capabilities() {
    let mut stage = two();
    assert_eq!(
        stage.send("gwd", "PRIVMSG #C :hello,  all"),
        ["mira: :gwd!~gwd@127.0.0.1 PRIVMSG #c :hello,  all"]
    );
    assert_eq!(
        stage.send("mira", "@+draft/reply=x NOTICE gwd :psst"),
        ["gwd: :mira!~mira@127.0.0.1 NOTICE gwd :psst"]
    );
    assert_eq!(
        stage.send("mira", "PRIVMSG nobody :hi"),
        ["mira: :hub.demo.example 401 mira nobody :No such nick/channel"]
    );
    assert!(stage.send("mira", "NOTICE nobody :hi").is_empty());
    assert_eq!(
        stage.send("mira", "NICK miranda"),
        ["gwd: :mira!~mira@127.0.0.1 NICK :miranda", "mira: :mira!~mira@127.0.0.1 NICK :miranda"]
    );
    assert_eq!(
        stage.send("mira", "QUIT :bye"),
        [
            "mira: ERROR :Closing Link: 127.0.0.1 (Quit: bye)",
            "mira closed",
            "gwd: :miranda!~mira@127.0.0.1 QUIT :Quit: bye"
        ]
    );
}

#[test]
fn tags_go_to_those_who_asked_for_them() {
    let mut stage = Stage::new(with_services());
    stage.come("gwd", "message-tags server-time account-tag echo-message extended-join");
    stage.come("mira", "");
    stage.send("gwd", "JOIN #x");
    assert_eq!(
        stage.send("mira", "JOIN #x")[..2],
        [
            "gwd: @time=2018-11-13T15:00:00.000Z :mira!~mira@127.0.0.1 JOIN #x * :mira of the cast",
            "mira: :mira!~mira@127.0.0.1 JOIN #x"
        ]
    );
    stage.send("gwd", "PRIVMSG NickServ :IDENTIFY sesame");
    let said = stage.send("gwd", "@+typing=done;evil=1 PRIVMSG #x :hi");
    assert_eq!(said[0], "mira: :gwd!~gwd@127.0.0.1 PRIVMSG #x :hi");
    assert_eq!(
        said[1],
        "gwd: @time=2018-11-13T15:00:00.000Z;account=gwd;msgid=0707070700000001;+typing=done \
         :gwd!~gwd@127.0.0.1 PRIVMSG #x :hi"
    );
    stage.fault(Fault::ClockSkew(90 * SECOND));
    assert!(stage.send("gwd", "TAGMSG #x")[0].starts_with("gwd: @time=2018-11-13T15:01:30.000Z;"));
}

#[test]
fn capabilities_are_negotiated_as_the_standard_says() {
    let mut stage = Stage::new(Options { cap_line_bytes: 120, ..with_services() });
    let id = Id(1);
    stage.ids.push(("x".into(), id));
    stage.state.apply(stage.now, Event::Connected(id, "127.0.0.1".into()));
    let list = stage.send("x", "CAP LS 302");
    assert_eq!(list.len(), 2);
    assert!(list[0].starts_with("x: :hub.demo.example CAP * LS * :account-notify account-tag "));
    assert!(list[1].contains(" sasl=PLAIN,SCRAM-SHA-256 server-time"), "{list:?}");
    assert_eq!(
        stage.send("x", "CAP REQ :batch no-such"),
        ["x: :hub.demo.example CAP * NAK :batch no-such"]
    );
    assert_eq!(stage.send("x", "CAP LIST"), ["x: :hub.demo.example CAP * LIST :cap-notify"]);
    assert_eq!(
        stage.send("x", "CAP REQ :batch -chghost"),
        ["x: :hub.demo.example CAP * ACK :batch -chghost"]
    );
    assert_eq!(stage.send("x", "CAP FOO"), ["x: :hub.demo.example 410 * FOO :Invalid CAP command"]);
    stage.send("x", "NICK x");
    assert!(stage.send("x", "USER x 0 * :x").is_empty(), "registration waits for CAP END");
    assert!(!stage.send("x", "CAP END").is_empty());
    assert_eq!(
        stage.fault(Fault::CapDel(vec![Cap::Batch, Cap::Sasl])),
        ["x: :hub.demo.example CAP x DEL :batch sasl"]
    );
    assert_eq!(
        stage.fault(Fault::CapNew(vec![Cap::Sasl])),
        ["x: :hub.demo.example CAP x NEW :sasl=PLAIN,SCRAM-SHA-256"]
    );
    let mut ancient = Stage::new(Options::ancient());
    ancient.ids.push(("x".into(), id));
    ancient.state.apply(ancient.now, Event::Connected(id, "127.0.0.1".into()));
    assert_eq!(
        ancient.send("x", "CAP LS 302"),
        ["x: :hub.demo.example 421 * CAP :Unknown command"]
    );
}

#[test]
fn sasl_says_yes_and_no_with_the_right_numerics() {
    let numerics = |lines: Vec<String>| -> Vec<String> {
        lines.iter().map(|line| line.split(' ').nth(2).unwrap_or("").to_string()).collect()
    };
    let mut stage = Stage::new(with_services());
    stage.come("gwd", "sasl");
    assert_eq!(numerics(stage.send("gwd", "AUTHENTICATE EXTERNAL")), ["908", "904"]);
    assert_eq!(stage.send("gwd", "AUTHENTICATE PLAIN"), ["gwd: AUTHENTICATE +"]);
    // "\0gwd\0wrong", "\0gwd\0sesame"
    assert_eq!(numerics(stage.send("gwd", "AUTHENTICATE AGd3ZAB3cm9uZw==")), ["904"]);
    stage.send("gwd", "AUTHENTICATE PLAIN");
    assert_eq!(numerics(stage.send("gwd", "AUTHENTICATE !!!")), ["904"]);
    stage.send("gwd", "AUTHENTICATE PLAIN");
    assert_eq!(numerics(stage.send("gwd", &format!("AUTHENTICATE {}", "A".repeat(401)))), ["905"]);
    stage.send("gwd", "AUTHENTICATE PLAIN");
    assert_eq!(numerics(stage.send("gwd", "AUTHENTICATE *")), ["906"]);
    stage.fault(Fault::ServicesDown(Outage::Aborts));
    assert_eq!(numerics(stage.send("gwd", "AUTHENTICATE PLAIN")), ["906"]);
    stage.fault(Fault::ServicesDown(Outage::Stalls));
    assert!(stage.send("gwd", "AUTHENTICATE PLAIN").is_empty());
    assert!(stage.send("gwd", "AUTHENTICATE AGd3ZABzZXNhbWU=").is_empty());
    stage.fault(Fault::ServicesUp);
    stage.send("gwd", "AUTHENTICATE *");
    stage.send("gwd", "AUTHENTICATE PLAIN");
    assert_eq!(
        stage.send("gwd", "AUTHENTICATE AGd3ZABzZXNhbWU="),
        [
            "gwd: :hub.demo.example 900 gwd gwd!~gwd@127.0.0.1 gwd :You are now logged in as gwd",
            "gwd: :hub.demo.example 903 gwd :SASL authentication successful"
        ]
    );
    assert_eq!(numerics(stage.send("gwd", "AUTHENTICATE PLAIN")), ["907"]);
}

#[test]
fn scram_goes_through() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let mut stage = Stage::new(with_services());
    stage.come("gwd", "sasl");
    stage.send("gwd", "AUTHENTICATE SCRAM-SHA-256");
    let first = stage.send("gwd", &format!("AUTHENTICATE {}", STANDARD.encode("n,,n=gwd,r=abc")));
    let payload = first[0].strip_prefix("gwd: AUTHENTICATE ").unwrap();
    let challenge = String::from_utf8(STANDARD.decode(payload).unwrap()).unwrap();
    let fields: Vec<&str> = challenge.split(',').collect();
    let salt = STANDARD.decode(&fields[1][2..]).unwrap();
    let without_proof = format!("c=biws,{}", fields[0]);
    let signed = format!("n=gwd,r=abc,{challenge},{without_proof}");
    let mut salted = [0; 32];
    let rounds = std::num::NonZeroU32::new(4096).unwrap();
    ring::pbkdf2::derive(ring::pbkdf2::PBKDF2_HMAC_SHA256, rounds, &salt, b"sesame", &mut salted);
    let key = scram::sign(&salted, b"Client Key");
    let stored = ring::digest::digest(&ring::digest::SHA256, key.as_ref());
    let signature = scram::sign(stored.as_ref(), signed.as_bytes());
    let proof: Vec<u8> = key.as_ref().iter().zip(signature.as_ref()).map(|(a, b)| a ^ b).collect();
    let last = STANDARD.encode(format!("{without_proof},p={}", STANDARD.encode(proof)));
    let answer = stage.send("gwd", &format!("AUTHENTICATE {last}"));
    assert!(answer[0].starts_with("gwd: AUTHENTICATE dj"), "{answer:?}");
    let done = stage.send("gwd", "AUTHENTICATE +");
    assert!(done[1].contains(" 903 "), "{done:?}");
}

#[test]
fn chanserv_keeps_its_channel() {
    let mut stage = Stage::new(with_services());
    stage.come("mira", "");
    stage.come("lsm5", "");
    let entered = stage.send("mira", "JOIN #centos-devel");
    assert_eq!(
        entered.last().unwrap(),
        "mira: :ChanServ!ChanServ@services. MODE #Centos-Devel -o mira"
    );
    assert!(
        entered.iter().any(|line| line.contains(" 332 mira #Centos-Devel :Talk")),
        "{entered:?}"
    );
    stage.send("lsm5", "JOIN #centos-devel");
    let identified = stage.send("lsm5", "NS IDENTIFY docker");
    assert!(identified.contains(&"mira: :lsm5!~lsm5@127.0.0.1 QUIT :Changing host".into()));
    assert!(identified.contains(&"mira: :lsm5!~lsm5@user/lsm5 JOIN #Centos-Devel".into()));
    assert_eq!(
        identified.last().unwrap(),
        "lsm5: :ChanServ!ChanServ@services. MODE #Centos-Devel +v lsm5"
    );
}

#[test]
fn a_lost_nick_is_regained() {
    let mut stage = Stage::new(with_services());
    stage.come("gwd", "");
    stage.come("other", "");
    assert_eq!(
        stage.send("other", "NICK GWD"),
        ["other: :hub.demo.example 433 other GWD :Nickname is already in use."]
    );
    stage.send("other", "NS IDENTIFY gwd sesame");
    let regained = stage.send("other", "PRIVMSG NickServ :REGAIN gwd");
    assert!(regained[0].starts_with("gwd: :gwd!~gwd@127.0.0.1 NICK :Guest"), "{regained:?}");
    assert_eq!(regained[1], "other: :other!~other@127.0.0.1 NICK :gwd");
}

#[test]
fn modes_decide_who_speaks_and_who_enters() {
    let mut stage = two();
    assert_eq!(
        stage.send("mira", "MODE #c +m"),
        ["mira: :hub.demo.example 482 mira #c :You're not a channel operator"]
    );
    assert_eq!(
        stage.send("gwd", "MODE #c +mlk-t 2 key"),
        [
            "gwd: :gwd!~gwd@127.0.0.1 MODE #c +mlk-t 2 key",
            "mira: :gwd!~gwd@127.0.0.1 MODE #c +mlk-t 2 key"
        ]
    );
    assert_eq!(
        stage.send("mira", "PRIVMSG #c :x"),
        ["mira: :hub.demo.example 404 mira #c :Cannot send to nick/channel"]
    );
    assert!(stage.send("mira", "NOTICE #c :x").is_empty());
    stage.come("tomo", "");
    let refused = |line: &str| line.split(' ').nth(2).unwrap().to_string();
    assert_eq!(refused(&stage.send("tomo", "JOIN #c")[0]), "475");
    assert_eq!(refused(&stage.send("tomo", "JOIN #c key")[0]), "471");
    stage.send("gwd", "MODE #c -lkm+b key tomo");
    assert_eq!(refused(&stage.send("tomo", "JOIN #c")[0]), "474");
    stage.send("gwd", "INVITE tomo #c");
    assert_eq!(refused(&stage.send("tomo", "JOIN #c")[0]), "JOIN");
    assert_eq!(refused(&stage.send("tomo", "NICK tomo2")[0]), "435");
    assert_eq!(
        stage.send("gwd", "MODE #c +ov mira tomo")[0],
        "gwd: :gwd!~gwd@127.0.0.1 MODE #c +ov mira tomo"
    );
    stage.send("gwd", "MODE #c +v mira");
    let names = stage.send("gwd", "NAMES #c");
    assert_eq!(names[0], "gwd: :hub.demo.example 353 gwd = #c :@gwd @mira +tomo");
    assert_eq!(
        stage.send("gwd", "MODE #c"),
        ["gwd: :hub.demo.example 324 gwd #c +n", "gwd: :hub.demo.example 329 gwd #c 1542121200"]
    );
    stage.send("gwd", "MODE #c +f #other");
    stage.send("gwd", "MODE #c +i");
    stage.come("lsm5", "");
    let forwarded = stage.send("lsm5", "JOIN #c");
    assert_eq!(
        forwarded[0],
        "lsm5: :hub.demo.example 470 lsm5 #c #other :Forwarding to another channel"
    );
    assert_eq!(forwarded[1], "lsm5: :lsm5!~lsm5@127.0.0.1 JOIN #other");
    assert_eq!(
        stage.send("gwd", "PRIVMSG @#c :ops only"),
        ["mira: :gwd!~gwd@127.0.0.1 PRIVMSG @#c :ops only"]
    );
}

#[test]
fn who_tells_accounts() {
    let mut stage = Stage::new(with_services());
    stage.come("gwd", "multi-prefix");
    stage.come("mira", "");
    stage.send("gwd", "NS IDENTIFY sesame");
    stage.send("gwd", "JOIN #c");
    stage.send("mira", "JOIN #c");
    stage.send("mira", "MODE mira +B");
    assert_eq!(
        stage.send("gwd", "WHO #c %tuhnfar,152"),
        [
            "gwd: :hub.demo.example 354 gwd 152 ~gwd 127.0.0.1 gwd H@ gwd :gwd of the cast",
            "gwd: :hub.demo.example 354 gwd 152 ~mira 127.0.0.1 mira HB 0 :mira of the cast",
            "gwd: :hub.demo.example 315 gwd #c :End of /WHO list."
        ]
    );
    assert_eq!(
        stage.send("gwd", "WHO mira")[0],
        "gwd: :hub.demo.example 352 gwd * ~mira 127.0.0.1 hub.demo.example mira HB :0 mira of the cast"
    );
    let whois = stage.send("mira", "WHOIS gwd").join("\n");
    assert!(whois.contains(" 330 mira gwd gwd :is logged in as"), "{whois}");
    assert!(whois.contains(" 319 mira gwd :@#c"), "{whois}");
}

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

#[test]
fn a_line_is_cut_at_512_bytes_with_the_prefix_others_see() {
    let mut stage = two();
    let effects = stage.state.apply(
        stage.now,
        Event::Line(stage.id("gwd"), format!("PRIVMSG #c :{}", "漢".repeat(200)).into_bytes()),
    );
    let [Effect::Spoke(_), Effect::Send(_, bytes)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(bytes.len(), 512);
}

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
            let mut framer = crate::demo::wire::Framer::new(4096);
            let mut effects = Vec::new();
            for framed in framer.feed(&[line.as_slice(), b"\r\n"].concat()) {
                let id = Id(client as u64 + 1);
                effects.extend(stage.state.apply(stage.now, match framed {
                    crate::demo::wire::Framed::Line(line) => Event::Line(id, line),
                    crate::demo::wire::Framed::TooLong => Event::TooLong(id),
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
                prop_assert!(tags <= 8191 && body.len() - tags <= 510);
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
