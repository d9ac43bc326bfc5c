//! The tables of all known tricks, honest forms and loops, and hostile mails of every size.
//!
//! A trick that is new becomes a line of a file here, before anything is changed.

mod hostile;

use crate::domain::list::Key;
use crate::domain::list::gate::{self, Author, By, Subscribed, Verdict};
use crate::domain::list::policy::{MembersBy, Policy};
use crate::domain::list::post::{self, Post, Reading};
use proptest::prelude::*;

const LIST: &str = "virt@lists.example.org";
const MEMBERS: [&str; 6] = [
    "alice@example.org",
    "o'brien@example.org",
    "\"al ice\"@example.org",
    "josé@example.org",
    "x@bücher.example",
    "bob@example.org",
];

/// One line of a table: its name, the envelope's sender and the mail.
struct Case {
    name: String,
    sender: String,
    mail: Vec<u8>,
}

fn cases(table: &str) -> Vec<Case> {
    let lines = table.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let case = |line: &str| {
        let (name, rest) = line.split_once('\t').unwrap_or_else(|| panic!("no tab: {line}"));
        let (sender, header) = match rest.strip_prefix("env=") {
            Some(rest) => rest.split_once(' ').expect("a header behind the envelope"),
            None => ("someone@evil.example", rest),
        };
        let rest = "To: virt@lists.example.org\r\nMessage-ID: <1@evil.example>\r\n\r\nHello.\r\n";
        let mut mail = unescape(header);
        mail.extend_from_slice(b"\r\n");
        mail.extend_from_slice(rest.as_bytes());
        Case { name: name.to_string(), sender: sender.to_string(), mail }
    };
    lines.map(case).collect()
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        out.push(match rest.next().expect("an escape") {
            b'r' => b'\r',
            b'n' => b'\n',
            b't' => b'\t',
            b'0' => 0,
            b'\\' => b'\\',
            b'"' => b'"',
            b'x' => {
                let digits = [rest.next().expect("a digit"), rest.next().expect("a digit")];
                let digits = std::str::from_utf8(&digits).expect("digits");
                u8::from_str_radix(digits, 16).expect("digits")
            }
            other => panic!("not understood: \\{}", char::from(other)),
        });
    }
    out
}

fn read(mail: &[u8], sender: &str, policy: &Policy) -> Post {
    post::read(mail, &Reading { list: LIST, sender, policy })
}

/// What the gate says to a mail, where the members are [`MEMBERS`].
fn judge(mail: &[u8], sender: &str, policy: &Policy) -> gate::Judgement {
    let mut post = read(mail, sender, policy);
    let members: Vec<Key> =
        MEMBERS.iter().map(|member| Key::parse(member).expect("a key")).collect();
    for (by, key) in &post.senders {
        let extended = key.without_extension().filter(|base| base.local() == "bob");
        if members.contains(key) || extended.is_some_and(|base| members.contains(&base)) {
            let one = Subscribed { by: *by, is_moderated: false, is_exact: true };
            post.facts.subscribed.push(one);
        }
    }
    gate::decide(policy, &post.facts)
}

fn none_passes(table: &str, least: usize) {
    let cases = cases(table);
    assert!(cases.len() >= least, "{}", cases.len());
    let passed: Vec<String> = cases
        .iter()
        .filter(|case| {
            judge(&case.mail, &case.sender, &Policy::default()).verdict != Verdict::Discard
        })
        .map(|case| case.name.clone())
        .collect();
    assert_eq!(passed, [""; 0]);
}

#[test]
fn no_spoof_passes() {
    none_passes(include_str!("spoofs.txt"), 80);
}

#[test]
fn no_case_of_espoofer_passes() {
    none_passes(include_str!("espoofer.txt"), 22);
}

#[test]
fn no_loop_enters() {
    none_passes(include_str!("loops.txt"), 19);
}

#[test]
fn no_honest_form_is_lost() {
    let cases = cases(include_str!("honest.txt"));
    assert!(cases.len() >= 39, "{}", cases.len());
    let lost: Vec<_> = cases
        .iter()
        .map(|case| (&case.name, judge(&case.mail, &case.sender, &Policy::default())))
        .filter(|(_, judgement)| judgement.verdict != Verdict::Accept)
        .collect();
    assert!(lost.is_empty(), "{lost:#?}");
}

#[test]
fn a_list_of_mailman_2s_kind_accepts_what_mailman_2_accepted() {
    let policy = Policy { members_by: MembersBy::AnySender, ..Policy::default() };
    for mail in [
        "From: mallory@evil.example\r\nReply-To: alice@example.org\r\nTo: virt@lists.example.org\r\n\r\n",
        "From: mallory@evil.example\r\nSender: alice@example.org\r\nTo: virt@lists.example.org\r\n\r\n",
    ] {
        assert_eq!(judge(mail.as_bytes(), "a@b.example", &policy).verdict, Verdict::Accept);
    }
}

/// How long each takes is measured by `cargo bench --bench hostile`.
#[test]
fn no_hostile_mail_is_accepted() {
    for (name, mail) in hostile::all() {
        let verdict = judge(&mail, "someone@evil.example", &Policy::default()).verdict;
        assert_ne!(verdict, Verdict::Accept, "{name}");
    }
}

/// A name that honest people have, as a client writes it.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[A-Za-z]{1,10}( [A-Za-z.]{1,10}){0,2}",
        "[A-Za-z ,.'()]{1,20}".prop_map(|name| format!("\"{name}\"")),
        "[a-zA-Z]{1,8}".prop_map(|name| format!("=?utf-8?Q?{name}?=")),
    ]
}

proptest! {
    #[test]
    fn any_bytes_are_judged(mail in proptest::collection::vec(any::<u8>(), 0..400)) {
        let verdict = judge(&mail, "a@b.example", &Policy::default()).verdict;
        prop_assert_ne!(verdict, Verdict::Reject);
    }

    #[test]
    fn a_member_is_one_whatever_their_name(name in name(), space in "[ \t]{1,3}") {
        let mail = format!("From:{space}{name}{space}<Alice@EXAMPLE.org>\r\nTo: {LIST}\r\n\r\n");
        prop_assert_eq!(judge(mail.as_bytes(), "a@b.example", &Policy::default()).verdict, Verdict::Accept);
    }

    /// No byte that is put anywhere into a stranger's From makes a member of them.
    #[test]
    fn no_byte_makes_a_member_of_a_stranger(at in 0usize..60, byte in any::<u8>(), twice in any::<bool>()) {
        let mut mail =
            b"From: \"alice@example.org\" <mallory@evil.example>\r\nTo: virt@lists.example.org\r\n\r\n".to_vec();
        let at = at.min(51);
        mail.insert(at, byte);
        if twice {
            mail.insert((at * 7) % 51, byte);
        }
        prop_assert_ne!(judge(&mail, "a@b.example", &Policy::default()).verdict, Verdict::Accept);
    }

    /// Nor does putting a member's address anywhere beside the stranger's.
    #[test]
    fn no_two_readings_make_a_member(before in "[<>\"(),;:@\\\\ a\r\n\t]{0,6}", behind in "[<>\"(),;:@\\\\ a\r\n\t]{0,6}") {
        let mail = format!(
            "From: mallory@evil.example{before}alice@example.org{behind}\r\nTo: {LIST}\r\n\r\n"
        );
        let policy = Policy::default();
        let post = read(mail.as_bytes(), "a@b.example", &policy);
        let is_alice = matches!(&post.facts.author, Author::One(key, _) if key.as_str() == MEMBERS[0]);
        prop_assert!(!is_alice, "{:?}", mail);
        prop_assert!(!post.senders.iter().any(|(by, key)| *by == By::From && key.as_str() == MEMBERS[0]));
    }
}

proptest! {
    /// What is read as one address is written and read again as the same one.
    #[test]
    fn an_author_is_read_back(value in "[ a.@<>\"(),;:=?Qb\\\\\u{e9}\t-]{0,24}") {
        if let Ok((key, _)) = crate::domain::list::author::read(value.as_bytes()) {
            let again = crate::domain::list::author::read(format!(" <{key}>").as_bytes());
            prop_assert_eq!(again.map(|(key, _)| key), Ok(key));
        }
    }
}
