//! Registration, talk, channels and questions.

use super::*;

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
fn a_line_is_cut_at_512_bytes_with_the_prefix_others_see() {
    let mut stage = two();
    let effects = stage.state.apply(
        stage.now,
        Event::Line(stage.id("gwd"), format!("PRIVMSG #c :{}", "漢".repeat(200)).into_bytes()),
    );
    let [Effect::Spoke(_), Effect::Send(_, bytes)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(bytes.len(), 512);
}
