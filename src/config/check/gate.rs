//! Checks `[gate]`: where mail comes in and goes on, and what the lists do with posts.

use crate::config::check::read;
use crate::config::fault::{Faults, printable};
use crate::config::gate::{Gate, Listen, Onward};
use crate::config::raw::Table;
use crate::domain::list::Key;
use crate::domain::list::gate::Verdict;
use crate::domain::list::policy::{HeaderRule, MembersBy, Pattern, Policy, Require};

use std::net::SocketAddr;

/// The most entries of a list of patterns, addresses or header rules.
const MOST_ENTRIES: usize = 1_000;

/// The most rules about headers: each is held against every post.
const MOST_RULES: usize = 50;

/// `[gate]`.
pub fn gate(table: Option<&Table>, faults: &mut Faults) -> Gate {
    let Some(table) = table else { return Gate::default() };
    let usual = Gate::default();
    let number = |key: &str, usual: u32| {
        table.integer(key).and_then(|count| u32::try_from(count).ok()).unwrap_or(usual)
    };
    let gate = Gate {
        lmtp: read(table.text("lmtp"), Listen::parse, faults),
        milter: read(table.text("milter"), Listen::parse, faults),
        onward: read(table.text("onward"), Onward::parse, faults),
        resolver: read(table.text("resolver"), resolver, faults),
        hold_days: number("hold_days", usual.hold_days),
        quarantine_days: number("quarantine_days", usual.quarantine_days),
        quarantine_posts: number("quarantine_posts", usual.quarantine_posts),
        keep_days: number("keep_days", usual.keep_days),
        policy: policy(table, faults),
    };
    if gate.lmtp.is_some() && !table.has("onward") {
        table.missing("onward", faults);
    }
    gate
}

fn resolver(given: &str) -> Result<SocketAddr, String> {
    given.parse().map_err(|_| {
        format!(
            "\"{}\" is no name server; write its address and port, 192.0.2.53:53",
            printable(given)
        )
    })
}

fn policy(table: &Table, faults: &mut Faults) -> Policy {
    use Verdict::{Accept, Discard, Hold, Reject};
    let usual = Policy::default();
    let kilobytes = table.integer("post_kilobytes").and_then(|count| u64::try_from(count).ok());
    let recipients = table.integer("recipients").and_then(|count| u32::try_from(count).ok());
    let mut of = |key: &str, words: &[Verdict], usual: Verdict| {
        verdict(table, key, words, faults).unwrap_or(usual)
    };
    let nonmember = of("nonmember", &[Discard, Reject, Hold, Accept], usual.nonmember);
    let unaligned = of("unaligned", &[Hold, Discard], usual.unaligned);
    let implicit = of("implicit", &[Accept, Hold, Discard], usual.implicit);
    let near_miss = of("near_miss", &[Hold, Discard], Discard);
    Policy {
        nonmember,
        unaligned,
        implicit,
        near_miss: Some(near_miss).filter(|verdict| *verdict == Hold),
        members_by: one_of(
            table,
            "members_by",
            &[("from", MembersBy::From), ("any-sender", MembersBy::AnySender)],
            faults,
        ),
        require: one_of(
            table,
            "require",
            &[("none", Require::None), ("aligned", Require::Aligned)],
            faults,
        ),
        authserv_id: table.text("authserv_id").map(|given| given.value.to_ascii_lowercase()),
        accept: patterns(table, "accept", faults),
        ban: patterns(table, "ban", faults),
        case_sensitive: table.bool("case_sensitive").unwrap_or(usual.case_sensitive),
        extensions: table.bool("extensions").unwrap_or(usual.extensions),
        most_bytes: kilobytes.map_or(usual.most_bytes, |kilobytes| kilobytes * 1_000),
        most_recipients: recipients.unwrap_or(usual.most_recipients),
        aliases: aliases(table, faults),
        headers: headers(table, faults),
    }
}

fn verdict(table: &Table, key: &str, words: &[Verdict], faults: &mut Faults) -> Option<Verdict> {
    let given = table.text(key)?;
    let known = Verdict::parse(given.value).filter(|verdict| words.contains(verdict));
    if known.is_none() {
        let words: Vec<String> =
            words.iter().map(|word| format!("\"{}\"", word.as_str())).collect();
        faults.at(&given.span, format!("`{key}` is one of {}", words.join(", ")));
    }
    known
}

fn one_of<T: Copy + Default>(
    table: &Table,
    key: &str,
    words: &[(&str, T)],
    faults: &mut Faults,
) -> T {
    let Some(given) = table.text(key) else { return T::default() };
    match words.iter().find(|(word, _)| *word == given.value) {
        Some((_, known)) => *known,
        None => {
            let words: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            faults.at(&given.span, format!("`{key}` is {}", words.join(" or ")));
            T::default()
        }
    }
}

fn patterns(table: &Table, key: &str, faults: &mut Faults) -> Vec<Pattern> {
    let given = table.texts(key).unwrap_or_default();
    if given.len() > MOST_ENTRIES {
        faults.at(&table.span(key), format!("`{key}` has more than {MOST_ENTRIES} entries"));
    }
    let known = given.into_iter().take(MOST_ENTRIES);
    known.filter_map(|one| read(Some(one), Pattern::parse, faults)).collect()
}

fn aliases(table: &Table, faults: &mut Faults) -> Vec<String> {
    let address = |given: &str| {
        let key = Key::parse(given).ok_or_else(|| {
            format!("\"{}\" is no mail address; write it as list@example.org", printable(given))
        })?;
        Ok::<String, String>(key.as_str().to_string())
    };
    let given = table.texts("aliases").unwrap_or_default();
    if given.len() > MOST_RULES {
        faults.at(&table.span("aliases"), format!("`aliases` has more than {MOST_RULES} entries"));
    }
    given.into_iter().take(MOST_RULES).filter_map(|one| read(Some(one), address, faults)).collect()
}

fn headers(table: &Table, faults: &mut Faults) -> Vec<HeaderRule> {
    let mut rules = Vec::new();
    let given = table.many("header", faults);
    if let Some(first) = given.get(MOST_RULES) {
        faults.at(&first.header, format!("there are more than {MOST_RULES} [[gate.header]]"));
    }
    for rule in given.into_iter().take(MOST_RULES) {
        let name = read(rule.text("name"), header_name, faults);
        let matches = read(rule.text("matches"), expression, faults);
        let words = [Verdict::Hold, Verdict::Discard];
        let verdict = verdict(&rule, "verdict", &words, faults).unwrap_or(Verdict::Hold);
        if let (Some(name), Some(matches)) = (name, matches) {
            rules.push(HeaderRule { name, matches, verdict });
        }
    }
    rules
}

/// RFC 5322 §2.2.
fn header_name(given: &str) -> Result<String, String> {
    let is_good = |byte: u8| byte.is_ascii_graphic() && byte != b':';
    match !given.is_empty() && given.len() <= 76 && given.bytes().all(is_good) {
        true => Ok(given.to_ascii_lowercase()),
        false => Err(format!("\"{}\" is no header's name, such as X-Spam-Flag", printable(given))),
    }
}

fn expression(given: &str) -> Result<String, String> {
    match HeaderRule::compile(given) {
        Ok(_) => Ok(given.to_string()),
        Err(error) => Err(format!("`matches` is no regular expression: {error}")),
    }
}
