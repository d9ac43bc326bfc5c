//! What the tests of several letters need: a list, and the files that letters are compared with.

use crate::domain::address::Address;
use crate::domain::list::{Letter, List, Mailbox, RULE};
use unicode_width::UnicodeWidthStr;

pub(super) fn address(text: &str) -> Address {
    Address::parse(text).expect("a good address")
}

/// The first group's list.
pub(super) fn list() -> List {
    List {
        name: "centos-virt".into(),
        address: address("centos-virt@centos.org"),
        from: Mailbox { name: "Virt SIG".into(), address: address("virtbot@centos.org") },
        group: "Virt SIG".into(),
        host: "virt.example.org".into(),
        rule: RULE.into(),
        page: None,
    }
}

/// Compares a letter with its file in `golden/`. `UPDATE_SCRIPTS=1` rewrites it; a person reads the
/// difference.
pub(super) fn is_golden(name: &str, letter: &Letter) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = folder.join("src/domain/list/golden").join(name);
    let bytes = letter.render();
    let message = mail_parser::MessageParser::new().parse(&bytes).expect("a mail");
    let whole = String::from_utf8(bytes.clone()).expect("ASCII");
    let (head, _) = whole.split_once("\r\n\r\n").expect("a head and a body");
    let text = message.body_text(0).expect("a text");
    let now = format!("{head}\r\n\r\n{text}").replace("\r\n", "\n");
    if std::env::var_os("UPDATE_SCRIPTS").is_some() {
        std::fs::write(&path, &now).expect("a writable golden file");
    }
    let golden = std::fs::read_to_string(&path).expect("a golden file");
    assert!(now == golden, "{} differs; now:\n{now}", path.display());
    for line in text.lines() {
        assert!(line.width() <= 72 || line.contains("://"), "{} columns: {line}", line.width());
    }
}
