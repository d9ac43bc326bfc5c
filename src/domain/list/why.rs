//! What became of a post, for whoever sent it: what happened, and what to do.
//!
//! Nothing here finds the post. Who asks about a post that is not known, and who asks about somebody
//! else's, get the same answer: nobody learns from it who is subscribed.

use crate::domain::list::gate::{Author, Facts, Verdict};
use crate::domain::time::Moment;

/// The most posts that one question is answered for.
pub const MOST_ANSWERED: usize = 5;

/// A post of whoever asks.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// What the list is called.
    pub list: &'a str,
    /// Its posting address.
    pub address: &'a str,
    /// When it came.
    pub at: Moment,
    /// How often.
    pub times: u32,
    /// What happened to it.
    pub verdict: Verdict,
    /// The check that decided.
    pub check: &'a str,
    /// Why, in the words of that check.
    pub because: &'a str,
    /// What it was judged by.
    pub facts: &'a Facts,
}

/// What happened to a post and what to do, a sentence each.
pub fn told(case: &Case) -> Vec<String> {
    let when = case.at.utc().format("%Y-%m-%d %H:%M UTC");
    let what = match case.verdict {
        Verdict::Accept => "was accepted and went on to the list",
        Verdict::Hold => "waits for a moderator",
        Verdict::Reject => "was refused",
        Verdict::Discard => "was discarded, as this list does without telling the sender",
    };
    let mut lines = vec![format!("It came to {} on {when} and {what}.", case.list)];
    if case.verdict != Verdict::Accept {
        lines.push(format!("Why ({}): {}.", case.check, case.because.trim_end_matches('.')));
        lines.push(advice(case));
    }
    if case.times > 1 {
        lines.push(format!("The same post came {} times; it counts once.", case.times));
    }
    lines
}

/// What to do about it.
fn advice(case: &Case) -> String {
    let beside = |word: &str| match case.address.split_once('@') {
        Some((local, domain)) => format!("{local}-{word}@{domain}"),
        None => case.address.to_string(),
    };
    let from = match &case.facts.author {
        Author::One(key, _) => key.to_string(),
        _ => "the address you write from".to_string(),
    };
    match (case.verdict, case.check) {
        (Verdict::Hold, _) => "You need not do anything; a moderator decides.".to_string(),
        (_, "subscriber") => format!(
            "What to do: subscribe {from} by a mail to {} and send the post again; or, if you are \
             subscribed with another address, write from that one, or add this one to it: mail \
             \"add address {from}\" to {} from the address that is subscribed.",
            beside("join"),
            beside("request"),
        ),
        (_, "author") => {
            "What to do: write one From with one plain address in it; your mail program \
             or what is on the way made it ambiguous."
                .to_string()
        }
        (_, "aligned") => "What to do: send it by your own provider's mail server, so that its \
             signature (DKIM) or its address (SPF) stands for your domain."
            .to_string(),
        (_, "loop" | "automatic") => {
            "What to do: nothing. Automatic mail and mail that was on this list before goes no \
             further."
                .to_string()
        }
        _ => format!("What to do: ask for help at {}.", beside("request")),
    }
}

/// The one answer for a post that is not known and for somebody else's.
pub fn unknown(days: u32) -> Vec<String> {
    vec![
        "No post with this Message-ID came from this address.".to_string(),
        format!(
            "Posts are remembered for {days} days. The address must be the one that the post was \
             sent from, and the Message-ID the one in its header: look at its source in your folder \
             of sent mail. If it did not come here at all, ask your mail server."
        ),
    ]
}

/// The message ids in what somebody wrote, without angle brackets: words with an `@` that are not
/// their own address.
pub fn message_ids(lines: &[String], own: &str) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let edge = |c: char| c.is_whitespace() || "<>\"'();,".contains(c);
    for word in lines.iter().flat_map(|line| line.split(edge)) {
        let word = word.trim_end_matches(['.', ':', '?', '!']);
        let is_id = word.len() <= MOST_ID && word.contains('@') && !word.eq_ignore_ascii_case(own);
        if is_id && !ids.iter().any(|known| known == word) && ids.len() < MOST_ANSWERED {
            ids.push(word.to_string());
        }
    }
    ids
}

/// The longest message id that is looked for, in bytes (a line of RFC 5322 §2.1.1).
const MOST_ID: usize = 998;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::list::Key;

    fn case<'a>(verdict: Verdict, check: &'a str, facts: &'a Facts) -> Case<'a> {
        Case {
            list: "centos-virt",
            address: "centos-virt@centos.example",
            at: Moment::parse("2018-11-13T15:00:00Z").unwrap(),
            times: 1,
            verdict,
            check,
            because: "bob@x.example is not subscribed",
            facts,
        }
    }

    #[test]
    fn an_outsider_learns_what_to_do() {
        let author = Author::One(Key::parse("bob@x.example").unwrap(), "bob@x.example".into());
        let facts = Facts::new(author);
        let told = told(&case(Verdict::Discard, "subscriber", &facts)).join("\n");
        assert_eq!(
            told,
            "It came to centos-virt on 2018-11-13 15:00 UTC and was discarded, as this list does \
             without telling the sender.\n\
             Why (subscriber): bob@x.example is not subscribed.\n\
             What to do: subscribe bob@x.example by a mail to centos-virt-join@centos.example and \
             send the post again; or, if you are subscribed with another address, write from that \
             one, or add this one to it: mail \"add address bob@x.example\" to \
             centos-virt-request@centos.example from the address that is subscribed."
        );
    }

    #[test]
    fn an_accepted_post_needs_no_advice() {
        let facts = Facts::new(Author::Missing);
        let told = told(&Case { times: 3, ..case(Verdict::Accept, "subscriber", &facts) });
        assert_eq!(told.len(), 2);
        assert!(told[1].contains("3 times"), "{told:?}");
    }

    #[test]
    fn message_ids_are_found_where_people_put_them() {
        let lines = [
            "Message-ID: <one@x.example>, and two@x.example?".to_string(),
            "I am Bob <bob@x.example>. <one@x.example>".to_string(),
        ];
        assert_eq!(message_ids(&lines, "BOB@x.example"), ["one@x.example", "two@x.example"]);
        let many: Vec<String> = (0..50).map(|n| format!("<{n}@x>")).collect();
        assert_eq!(message_ids(&many, "").len(), MOST_ANSWERED);
    }
}
