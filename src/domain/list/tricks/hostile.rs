//! Mails that have stopped some reader: too deep, too many, too long.

/// All of them with their names; the author is the member where that is possible, so that nothing
/// is lost early.
pub fn all() -> Vec<(&'static str, Vec<u8>)> {
    let with = |header: &str, body: &str| {
        format!("{header}From: alice@example.org\r\nTo: virt@lists.example.org\r\n\r\n{body}")
            .into_bytes()
    };
    let from =
        |value: String| format!("From: {value}\r\nTo: virt@lists.example.org\r\n\r\n").into_bytes();
    let nested = |depth: usize| {
        let mut mail = String::new();
        for n in 0..depth {
            mail += &format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n");
        }
        mail
    };
    let deep = nested(5_000);
    let (first, rest) = deep.split_once("\r\n").expect("a line");
    let attached = "Content-Type: message/rfc822\r\n\r\n".repeat(2_000);
    vec![
        ("5,000 nested parts", with(&format!("{first}\r\n"), rest)),
        ("2,000 nested mails", with("Content-Type: message/rfc822\r\n", &attached)),
        (
            "100,000 parts",
            with(
                "Content-Type: multipart/mixed; boundary=b\r\n",
                &"--b\r\n\r\nx\r\n".repeat(100_000),
            ),
        ),
        (
            "10,000 pieces of a parameter",
            with(
                &format!(
                    "Content-Type: multipart/mixed;{} boundary=b\r\n",
                    (0..10_000).map(|n| format!(" name*{n}=x;")).collect::<String>()
                ),
                "--b\r\n",
            ),
        ),
        ("50,000 encoded words", from("=?utf-8?Q?a?= ".repeat(50_000) + "<alice@example.org>")),
        ("20,000 comments", from("(".repeat(20_000) + "alice@example.org" + &")".repeat(20_000))),
        ("2 MB in quotes", from(format!("\"{}\" <alice@example.org>", "x".repeat(2_000_000)))),
        ("100,000 fields", with(&"X: y\r\n".repeat(100_000), "")),
        ("a line of 1 MB", with(&format!("X: {}\r\n", "y".repeat(1_000_000)), "")),
        ("50,000 addresses", from("alice@example.org, ".repeat(50_000) + "alice@example.org")),
        ("50,000 folds", from("alice\r\n ".repeat(50_000) + "@example.org")),
        ("24 MB of one line", with("", &"x".repeat(24_000_000))),
        ("24 MB of empty lines", with("", &"\r\n".repeat(12_000_000))),
        ("NUL bytes", vec![0; 1_000_000]),
        ("CR only", vec![b'\r'; 1_000_000]),
        ("half a header", b"From: alice@example.org".to_vec()),
    ]
}
