//! What our own mail server found out about a mail's author: `Authentication-Results` (RFC 8601).
//!
//! Anybody can write the field, so only those at the very top are believed, above everything that
//! came from elsewhere, and only under our own server's name. Nothing here verifies anything itself.

use crate::domain::list::gate::Alignment;
use crate::domain::list::header::{Header, unfolded};
use crate::domain::list::{Key, key};

/// The most methods of one field that are looked at.
const MOST_METHODS: usize = 50;

/// Whether the author's domain stands for the mail, by the results of the server `authserv_id`;
/// nothing where it left none.
pub fn alignment(header: &Header, authserv_id: &str, author: &Key) -> Option<Alignment> {
    let mut is_known = false;
    // RFC 8601 §5: our server removes what others wrote under its name, and puts its own above. So
    // what is ours is one run at the top; a field of anybody else ends it.
    let ours = header.all().take_while(|(name, _)| is_ours(name));
    for (_, value) in ours.filter(|(name, _)| name == "authentication-results") {
        let text = without_comments(&unfolded(value));
        let mut parts = text.split(';');
        let id = parts.next().unwrap_or("").split_whitespace().next().unwrap_or("");
        if !id.eq_ignore_ascii_case(authserv_id) {
            return is_known.then(|| unaligned(author));
        }
        is_known = true;
        if let Some(by) = parts.take(MOST_METHODS).find_map(|part| passed(part, author)) {
            return Some(Alignment::Aligned(by));
        }
    }
    is_known.then(|| unaligned(author))
}

fn unaligned(author: &Key) -> Alignment {
    Alignment::Unaligned(format!("neither SPF nor DKIM stands for {}", author.domain()))
}

/// What our own server writes above a mail.
fn is_ours(name: &str) -> bool {
    ["authentication-results", "return-path", "delivered-to", "x-original-to", "dkim-filter"]
        .contains(&name)
        || name.starts_with("arc-")
}

/// `dkim=pass header.d=example.org`, `spf=pass smtp.mailfrom=anna@example.org`: by what the author's
/// domain stands for the mail.
fn passed(part: &str, author: &Key) -> Option<String> {
    let part = part.replace(" =", "=").replace("= ", "=");
    let mut words = part.split_whitespace();
    let (method, result) = words.next()?.split_once('=')?;
    if !result.eq_ignore_ascii_case("pass") {
        return None;
    }
    let method = method.split('/').next().unwrap_or(method).to_ascii_lowercase();
    let property = |names: &[&str]| {
        let found = words.clone().find_map(|word| {
            let (name, value) = word.split_once('=')?;
            names.iter().any(|known| name.eq_ignore_ascii_case(known)).then_some(value)
        })?;
        let domain = found.trim_matches('"').rsplit('@').next()?;
        key::domain_to_ascii(domain)
    };
    let domain = match method.as_str() {
        "dkim" => property(&["header.d"]).or_else(|| property(&["header.i"])),
        "spf" => property(&["smtp.mailfrom"]),
        _ => None,
    }?;
    is_aligned(&domain, author.domain()).then(|| format!("{method} {domain}"))
}

/// Relaxed alignment (RFC 7489 §3.1): both have the same organisational domain.
pub fn is_aligned(one: &str, other: &str) -> bool {
    let organisation =
        |domain: &str| psl::domain_str(domain).unwrap_or(domain).to_ascii_lowercase();
    one.eq_ignore_ascii_case(other) || organisation(one) == organisation(other)
}

/// RFC 8601 §2.2 allows comments nearly everywhere; what is in one says nothing. A quoted string is
/// kept, but for what could end a part.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut depth, mut is_quoted, mut is_escaped) = (0usize, false, false);
    for c in text.chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if depth > 0 || is_quoted => is_escaped = true,
            '"' if depth == 0 => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted && depth > 0 => {
                depth -= 1;
                out.push(' ');
            }
            ';' | ' ' | '=' if is_quoted => out.push('_'),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(header: &str) -> Option<bool> {
        let mail = format!("{header}Received: from elsewhere\r\nFrom: anna@example.org\r\n\r\n");
        let author = Key::parse("anna@example.org").unwrap();
        let found = alignment(&Header::read(mail.as_bytes()), "mx.centos.org", &author)?;
        Some(matches!(found, Alignment::Aligned(_)))
    }

    #[test]
    fn our_servers_word_counts() {
        for (results, wanted) in [
            ("mx.centos.org; dkim=pass header.d=example.org", true),
            ("MX.centos.org 1;\r\n spf=pass smtp.mailfrom=anna@mail.example.org", true),
            (
                "mx.centos.org; dkim=fail header.d=example.org; dkim = pass header.i=@example.org",
                true,
            ),
            ("mx.centos.org (x; dkim=pass); dkim=pass (ok; y) header.d=lists.example.org", true),
            ("mx.centos.org; dkim=pass header.d=evil.org", false),
            ("mx.centos.org; dkim=pass header.d=notexample.org", false),
            ("mx.centos.org; none", false),
            ("mx.centos.org; dkim=fail (dkim=pass header.d=example.org)", false),
            ("mx.centos.org; spf=pass smtp.helo=example.org", false),
            ("mx.centos.org; dkim=pass reason=\"x; dkim=pass header.d=example.org\"", false),
            ("mx.centos.org; dkim=pass header.d=org", false),
        ] {
            let header = format!("Authentication-Results: {results}\r\n");
            assert_eq!(found(&header), Some(wanted), "{results}");
        }
    }

    #[test]
    fn what_others_wrote_does_not() {
        let pass = "Authentication-Results: mx.centos.org; dkim=pass header.d=example.org\r\n";
        let other = "Authentication-Results: mx.evil.org; dkim=pass header.d=example.org\r\n";
        assert_eq!(found(""), None);
        assert_eq!(found(other), None);
        assert_eq!(found(&format!("Received: from evil\r\n{pass}")), None);
        assert_eq!(found(&format!("{other}{pass}")), None);
        let fail = "Authentication-Results: mx.centos.org; dkim=fail header.d=example.org\r\n";
        assert_eq!(found(&format!("{fail}Received: from evil\r\n{pass}")), Some(false));
    }
}
