//! `beadle gate` and `beadle deliver`: what the door would do, did, and holds back.

use super::{desk, write};
use crate::support::Desk;
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Output, Stdio};

/// What a command says to a mail, run in the desk's folder.
fn mailed(desk: &Desk, words: &str, mail: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_beadle"))
        .args(words.split(' '))
        .current_dir(desk.path())
        .env("BEADLE_CLOCK", desk.path().join("clock"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("an input").write_all(mail).expect("the mail is read");
    child.wait_with_output().expect("the program ends")
}

fn said(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

fn mail(from: &str, id: &str) -> String {
    format!(
        "From: {from}\nTo: centos-virt@centos.org\nSubject: {id}\nMessage-ID: <{id}@x.example>\n\nHi\n"
    )
}

/// A desk whose list has anna, carl, who is moderated, and a way onward.
fn open_desk() -> Desk {
    let desk = desk();
    let file = desk.path().join("config.toml");
    let config = std::fs::read_to_string(&file).expect("a configuration");
    let gate = "[gate]\nonward = 'smtp:127.0.0.1:9'\nquarantine_days = 7\n";
    std::fs::write(file, config + gate).expect("a configuration");
    desk.does("list add centos-virt anna@x.example carl@x.example");
    desk.does("list change centos-virt carl@x.example --moderated on");
    desk
}

#[test]
fn a_mail_is_judged_without_a_database_and_without_a_configuration() {
    let folder = desk();
    std::fs::remove_file(folder.path().join("config.toml")).expect("a configuration");
    write(&folder, "members", "# ours\nAnna Berg <Anna@x.example>\nnot an address\n");
    let check = "gate check --list centos-virt --subscribers members";
    let annas = mailed(&folder, check, mail("anna@X.example", "one").as_bytes());
    let text = "accept (subscriber): anna@x.example is subscribed\n";
    assert_eq!(said(&annas), (Some(0), text.into()));
    assert_eq!(String::from_utf8_lossy(&annas.stderr), "line 3 is no address: not an address\n");

    let crlf = mail("mallory@evil.example", "two").replace('\n', "\r\n");
    let json = mailed(&folder, &format!("{check} --format json --explain"), crlf.as_bytes());
    let (code, out) = said(&json);
    let answer: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(code, Some(77));
    assert_eq!(answer["list"], "centos-virt");
    assert_eq!((&answer["verdict"], &answer["check"]), (&"discard".into(), &"subscriber".into()));
    assert_eq!(answer["author"], "mallory@evil.example");
    assert_eq!(answer["message_id"], "two@x.example");
    let checks = answer["checks"].as_array().expect("checks");
    let names: Vec<&str> =
        checks.iter().map(|check| check["name"].as_str().expect("a name")).collect();
    assert!(
        names.contains(&"author") && names.contains(&"subscriber") && names.contains(&"length")
    );
    let subscriber = checks.iter().find(|check| check["name"] == "subscriber").expect("the check");
    assert_eq!(subscriber["answer"], "discard");
    assert_eq!(subscriber["because"], "mallory@evil.example is not subscribed");

    let two =
        "From: anna@x.example\nFrom: mallory@evil.example\nTo: centos-virt@centos.org\n\nHi\n";
    let (code, out) = said(&mailed(&folder, check, two.as_bytes()));
    assert_eq!((code, out.as_str()), (Some(77), "discard (author): there are several From\n"));
    let null =
        mailed(&folder, &format!("{check} --sender <>"), mail("anna@x.example", "x").as_bytes());
    assert_eq!(said(&null).0, Some(77));
    for garbage in
        [Vec::new(), vec![0xff; 100_000], b"From: anna@x.example".to_vec(), vec![b'a'; 3_000_000]]
    {
        let output = mailed(&folder, check, &garbage);
        assert_eq!(output.status.code(), Some(77), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let nothing = mailed(&folder, "gate check --list centos-virt", b"");
    assert_eq!(nothing.status.code(), Some(1));
    let unknown = mailed(&folder, "gate check --list devel --subscribers members", b"");
    assert_eq!(unknown.status.code(), Some(1));
    assert_eq!(mailed(&folder, "gate check", b"").status.code(), Some(2));
}

#[test]
fn mail_is_delivered_held_released_and_asked_for() {
    let desk = open_desk();
    let deliver = |from: &str, id: &str| {
        let words = format!("deliver --list centos-virt -f {from}");
        mailed(&desk, &words, mail(from, id).as_bytes()).status.code()
    };
    for (from, id) in
        [("anna@x.example", "one"), ("mallory@evil.example", "two"), ("carl@x.example", "three")]
    {
        assert_eq!(deliver(from, id), Some(0), "nobody learns who is subscribed");
    }
    let queued = desk.does("mail list");
    assert!(queued.contains("post:centos-virt:"), "{queued}");
    let held = desk.json("gate held");
    assert_eq!(
        (held[0]["author"].as_str(), held[0]["check"].as_str()),
        (Some("carl@x.example"), Some("moderated"))
    );
    let number = held[0]["id"].as_i64().expect("a number");
    assert!(desk.does("gate held").contains("moderated: three"));
    assert!(desk.does("gate held --discarded").contains("mallory@evil.example"));

    let told = desk.does("gate why <two@x.example> mallory@evil.example");
    assert!(
        told.contains("was discarded") && told.contains("centos-virt-join@centos.org"),
        "{told}"
    );
    let foreign = desk.does("gate why two@x.example anna@x.example");
    assert_eq!(foreign, desk.does("gate why nothing@x.example anna@x.example"));

    assert_eq!(
        desk.does(&format!("gate release {number}")),
        format!("post {number} goes to its list\n")
    );
    assert!(desk.refuses(&format!("gate discard {number}"), 1).contains("somebody decided"));
    assert_eq!(desk.does("gate held"), "none\n");
    assert!(desk.does("gate why three@x.example carl@x.example").contains("was accepted"));

    write(&desk, "new.toml", "[gate]\naccept = ['@evil.example']\n");
    let replay = desk.does("gate replay --policy new.toml --since 1d");
    assert!(replay.contains("discard (subscriber) -> accept (subscriber)"), "{replay}");
    assert!(replay.ends_with("2 posts were judged again; 1 would get another verdict.\n1 were decided by moderators and stay.\n"), "{replay}");
    write(&desk, "bad.toml", "[gate]\nnonmembers = 'discard'\n");
    assert!(desk.refuses("gate replay --policy bad.toml", 1).contains("did you mean `nonmember`?"));
    desk.refuses("gate replay --policy new.toml --since soon", 2);
}

#[test]
fn what_cannot_be_delivered_comes_again() {
    let desk = open_desk();
    let unknown =
        mailed(&desk, "deliver --list devel@x.example -f a@x.example", b"From: a@x.example\n\n");
    assert_eq!(unknown.status.code(), Some(75));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("there is no list devel@x.example"));
    std::fs::remove_file(desk.path().join("config.toml")).expect("a configuration");
    let nothing =
        mailed(&desk, "deliver --list centos-virt -f a@x.example", b"From: a@x.example\n\n");
    assert_eq!(nothing.status.code(), Some(75));
}
