//! Capabilities, SASL and services.

use super::*;

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
fn chanserv_sets_topics_for_those_on_its_lists() {
    let mut stage = Stage::new(with_services());
    stage.come("lsm5", "");
    stage.send("lsm5", "JOIN #centos-devel");
    assert_eq!(
        stage.send("lsm5", "PRIVMSG ChanServ :TOPIC #centos-devel Xen now"),
        [
            "lsm5: :ChanServ!ChanServ@services. NOTICE lsm5 :You are not authorized to perform this operation."
        ]
    );
    stage.send("lsm5", "NS IDENTIFY docker");
    assert_eq!(
        stage.send("lsm5", "PRIVMSG ChanServ :TOPIC #centos-devel Xen now"),
        [
            "lsm5: :ChanServ!ChanServ@services. TOPIC #Centos-Devel :Xen now",
            "lsm5: :ChanServ!ChanServ@services. NOTICE lsm5 :Topic set to \u{2}Xen now\u{2} on \u{2}#centos-devel\u{2}."
        ]
    );
    stage.fault(Fault::ServicesDown(Outage::Aborts));
    assert!(stage.send("lsm5", "PRIVMSG ChanServ :TOPIC #centos-devel x")[0].contains(" 401 "));
}
