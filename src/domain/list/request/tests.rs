use super::*;
use crate::domain::list::testing::{address, list};
use proptest::prelude::*;

const SENDER: &str = "mira@example.com";

fn read_from(sender: &str, mail: &str) -> Result<Request, &'static str> {
    let list = list();
    let to = address("centos-virt-request@centos.org");
    super::read(mail.as_bytes(), sender, &to, &[&list.address, &list.from.address])
}

/// A person's mail with further headers.
fn mail(headers: &str, text: &str) -> String {
    let to = match headers.contains("To:") || headers.contains("Cc:") {
        true => "",
        false => "To: Virt <Centos-Virt-Request@CentOS.org>\n",
    };
    format!(
        "From: Mira <mira@example.com>\n{to}Subject: two questions\nMessage-ID: <q1@example.com>\n{headers}\n{text}"
    )
}

#[test]
fn every_mail_that_must_not_be_answered_is_refused_for_its_reason() {
    let mut seen = Vec::new();
    let mut refused = |sender: &str, headers: &str, reason: &'static str| {
        assert_eq!(read_from(sender, &mail(headers, "when\n")), Err(reason), "{sender} {headers}");
        seen.push(reason);
    };
    for sender in ["", "<>", " "] {
        refused(sender, "", "the null sender");
    }
    refused(SENDER, "Return-Path: <>\n", "the null sender");
    for sender in ["MAILER-DAEMON", "mira", "mira@", "a b@example.com", "mira@example.com,b@c.d"] {
        refused(sender, "", "a sender that cannot be written to");
    }
    for sender in ["centos-virt-request@centos.org", "VirtBot@centos.org", "centos-virt@centos.org"]
    {
        refused(sender, "", "one of our own addresses");
    }
    for local in [
        "MAILER-DAEMON",
        "mailer_daemon",
        "no-reply",
        "noreply",
        "github-no-reply",
        "Do.Not.Reply",
        "owner-xen-devel",
        "xen-devel-owner",
        "xen-devel-request",
        "xen-devel-bounces",
        "bounces+mira=x.example",
        "bounce",
        "listserv",
        "postmaster",
    ] {
        refused(&format!("{local}@example.com"), "", "the address of a program");
    }
    for value in ["auto-replied", "auto-generated (vacation)", "AUTO-NOTIFIED; x=y", "yes", ""] {
        refused(SENDER, &format!("Auto-Submitted: {value}\n"), "Auto-Submitted");
    }
    for header in ["List-Id: <xen-devel.lists.xen.org>", "List-Unsubscribe: <mailto:x@y.z>"] {
        refused(SENDER, &format!("{header}\n"), "a mailing list");
    }
    for value in ["bulk", "Junk", " list ", "auto_reply"] {
        refused(SENDER, &format!("Precedence: {value}\n"), "Precedence");
    }
    for value in ["All", "DR, AutoReply", "OOF,autoreply"] {
        let header = format!("X-Auto-Response-Suppress: {value}\n");
        refused(SENDER, &header, "X-Auto-Response-Suppress");
    }
    let report = "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n";
    refused(SENDER, report, "a report");
    for to in [
        "To: centos-virt@centos.org",
        "To: undisclosed-recipients:;",
        "To: x@y.z\nBcc: centos-virt-request@centos.org",
        "To: centos-virt-request@centos.org.example",
    ] {
        refused(SENDER, &format!("{to}\n"), "not written to the request address");
    }
    for (reason, _) in CHECKS {
        assert!(seen.contains(reason), "no mail is refused for {reason}");
    }
}

#[test]
fn what_a_person_writes_is_answered() {
    for headers in [
        "",
        "Auto-Submitted: no\n",
        "Auto-Submitted: No (it is me)\n",
        "Precedence: first-class\n",
        "X-Auto-Response-Suppress: OOF\n",
        "To: a@b.c\nCc: <centos-virt-request@centos.org>\n",
        "To: a@b.c\nDelivered-To: centos-virt-request@centos.org\n",
        "To: sig: centos-virt-request@centos.org, a@b.c;\n",
        "Return-Path: <mira@example.com>\n",
    ] {
        let request = read_from(SENDER, &mail(headers, "when\n")).expect(headers);
        assert_eq!(request.questions, ["when"]);
        assert_eq!(request.from, address(SENDER));
    }
    let piped = format!("From mira@example.com Tue Nov 13 15:00:00 2018\n{}", mail("", "when"));
    assert_eq!(read_from(SENDER, &piped).unwrap().subject, "two questions");
}

#[test]
fn questions_are_the_lines_of_the_first_text() {
    let asked = |text: &str| read_from(SENDER, &mail("", text)).unwrap();
    let lines =
        asked("when\n\n  minutes last 2  \nOn Tue gwd wrote:\n> who xen\n-- \nMira\nlist\n");
    assert_eq!(lines.questions, ["when", "minutes last 2"]);
    let many = asked(&"when\n".repeat(9));
    assert_eq!((many.questions.len(), many.more), (MOST_QUESTIONS, 4));
    assert_eq!(asked(" \n\n").questions, ["two questions"], "the subject asks");
    let answer = mail("", "").replace("two questions", "Re: AW: who xen");
    assert_eq!(read_from(SENDER, &answer).unwrap().questions, ["who xen"]);
    let empty = mail("", "").replace("two questions", "");
    assert_eq!(read_from(SENDER, &empty).unwrap().questions, ["help"]);
    let html = "Content-Type: text/html\n";
    let html = read_from(SENDER, &mail(html, "<p>minutes</p>")).unwrap();
    assert_eq!(html.questions, ["two questions"], "HTML is no text");
    let both = "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n";
    let text = "--b\nContent-Type: text/html\n\n<p>minutes</p>\n--b\nContent-Type: text/plain; \
                charset=utf-8\nContent-Transfer-Encoding: base64\n\nd2hvIMOkbm5h\n--b--\n";
    assert_eq!(read_from(SENDER, &mail(both, text)).unwrap().questions, ["who änna"]);
    let thread = "References: <a@x.example>\n <b@x.example> <not an id>\n";
    let thread: Vec<String> = read_from(SENDER, &mail(thread, "when"))
        .unwrap()
        .references
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(thread, ["<a@x.example>", "<b@x.example>", "<q1@example.com>"]);
}

#[test]
fn what_is_too_long_is_not_looked_at() {
    let long = mail("", &"x".repeat(MOST_BYTES));
    assert_eq!(read_from(SENDER, &long), Err("a mail that is too long"));
    assert!(read_from(SENDER, "").is_err());
}

/// `UPDATE_SCRIPTS=1` rewrites it; a person reads the difference.
#[test]
fn the_answer_is_one_letter_in_the_thread_of_the_question() {
    let text = "minutes last 2\nwho xen\nminuts\nwhen\nlist\nhelp\n";
    let request = read_from(SENDER, &mail("", text)).unwrap();
    let lines = |lines: &[&str]| lines.iter().map(ToString::to_string).collect::<Vec<_>>();
    let answers: Vec<(String, Vec<String>)> = vec![
        (
            "minutes last 2".into(),
            lines(&[
                "2018-11-13 https://virt.example.org/m/2018-11-13 (48 min, 6 people, 7 notices, 2 actions)",
                "2018-10-30 https://virt.example.org/m/2018-10-30 (31 min, 2 people)",
            ]),
        ),
        (
            "who xen\r\nBcc: a@b.example".into(),
            lines(&[
                "Xen: George Dunlap (gwd), Anthony Perard (anthonyper). Write to centos-virt (posts by non-subscribers are discarded).",
            ]),
        ),
        (
            "minuts".into(),
            lines(&["I do not know 'minuts'. Did you mean 'minutes'? All that can be asked: help"]),
        ),
    ];
    let to = address("centos-virt-request@centos.org");
    let date = Moment::parse("2018-11-14T10:00:00Z").unwrap();
    let letter = answer(&request, &answers, "0123456789abcdef", &to, &list(), date);
    assert_eq!(letter.sender(), None, "nothing answers an answer");
    assert_eq!(letter.recipients(), [address(SENDER)]);
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain/list/golden/answer.eml");
    let now = String::from_utf8(letter.render()).unwrap().replace("\r\n", "\n");
    if std::env::var_os("UPDATE_SCRIPTS").is_some() {
        std::fs::write(&path, &now).expect("a writable golden file");
    }
    let golden = std::fs::read_to_string(&path).expect("a golden file");
    assert!(now == golden, "{} differs; now:\n{now}", path.display());
}

proptest! {
    #[test]
    fn any_bytes_can_come(bytes in proptest::collection::vec(any::<u8>(), 0..400), sender in "\\PC{0,30}") {
        let list = list();
        let mut mail = b"To: centos-virt-request@centos.org\n".to_vec();
        mail.extend(&bytes);
        for mail in [&bytes, &mail] {
            if let Ok(request) = super::read(mail, &sender, &address("centos-virt-request@centos.org"), &[&list.address]) {
                prop_assert!((1..=MOST_QUESTIONS).contains(&request.questions.len()));
            }
        }
    }

    #[test]
    fn any_text_is_asked_and_answered(text in "(\\PC|\n|\r|=|--\n|> ){0,200}") {
        let request = read_from(SENDER, &mail("", &text)).unwrap();
        let answers: Vec<_> = request.questions.iter().map(|one| (one.clone(), vec![one.clone()])).collect();
        let date = Moment::from_micros(0);
        let letter = answer(&request, &answers, "x", &address("r@x.example"), &list(), date);
        let head = String::from_utf8(letter.render()).unwrap();
        let head = head.split("\r\n\r\n").next().unwrap().to_string();
        prop_assert!(!head.contains("Bcc:") && head.contains("Auto-Submitted: auto-replied"));
    }
}
