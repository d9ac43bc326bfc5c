//! Patterns of what is said: plain text in which `…` stands for anything.

/// Whether the text has this form: `…` stands for any text, also for none.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('…');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[test]
fn a_gap_stands_for_anything() {
    for (pattern, text, answer) in [
        ("Current chairs: anna gwd", "Current chairs: anna gwd", true),
        ("Current chairs: anna", "Current chairs: anna gwd", false),
        ("Meeting started … UTC.…", "Meeting started Tue 15:00 UTC.", true),
        ("Meeting started … UTC.…", "Meeting started Tue 15:00.", false),
        ("…gwd…", "the chair is gwd", true),
        ("…gwd…", "the chair is anna", false),
        ("a…a", "a", false),
        ("a…b…c", "abc", true),
        ("a…c…b", "abc", false),
        ("…", "", true),
        ("", "x", false),
    ] {
        assert_eq!(matches(pattern, text), answer, "{pattern} / {text}");
    }
}
