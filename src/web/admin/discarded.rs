//! `/admin/discarded`: which posts were discarded or refused, when and why. Addresses are for leads;
//! others see whose they were not.

use crate::domain::group::act::obscured;
use crate::domain::list::gate::{self, Author, Verdict};
use crate::domain::text::{clean, hex};
use crate::domain::time::Moment;
use crate::store::list::List;
use crate::store::verdict::{self, Decided, Digest};
use crate::store::{self};
use crate::web::Pages;
use crate::web::admin::guard::Member;
use crate::web::admin::page::{Desk, Part};
use crate::web::answer::Shown;
use crate::web::ask::Asked;
use crate::web::listing::Line;
use crate::web::markup::Markup;
use crate::web::words;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

/// How many posts one page has.
const A_PAGE: u32 = 50;

/// `/admin/discarded`
pub fn routes() -> Router<Pages> {
    Router::new().route("/admin/discarded", get(all))
}

async fn all(State(pages): State<Pages>, member: Member, asked: Asked) -> Shown {
    let is_refused = asked.of("verdict") == Some("reject");
    let verdict = if is_refused { Verdict::Reject } else { Verdict::Discard };
    let before = asked.of("before").and_then(read).unwrap_or((LAST, [255; 16]));
    let found = verdict::latest(&pages.db, verdict, before, A_PAGE).await?;
    let lists = store::list::all(&pages.db).await?;
    let entries = found.iter().map(|one| line(&pages, &lists, one, &member).into());
    let mut desk = Desk::new("Discarded posts", "/admin/discarded");
    let days = pages.config.gate.keep_days;
    let words = format!(
        "What was decided is remembered for {days} days, the post itself is not. Its sender learns \
         why, and how to do better, at “What became of my mail?”."
    );
    desk.lead = vec![Markup::linked(&words)];
    let empty = "None in that time.";
    desk.parts.push(Part::list("posts", "", entries.collect(), empty));
    let of = if is_refused { "verdict=reject&" } else { "" };
    if let Some(last) = found.last().filter(|_| found.len() == A_PAGE as usize) {
        let place = format!("{}-{}", last.at.micros(), hex(&last.digest));
        desk.onward.push(("Older".into(), format!("/admin/discarded?{of}before={place}")));
    }
    desk.onward.push(match is_refused {
        false => ("Refused posts".into(), "/admin/discarded?verdict=reject".into()),
        true => ("Discarded posts".into(), "/admin/discarded".into()),
    });
    desk.show(&pages, &member).await
}

/// After all posts.
const LAST: Moment = Moment::from_micros(i64::MAX);

/// `1542121212000000-0123…`: the post that a page goes on behind.
fn read(place: &str) -> Option<(Moment, Digest)> {
    let (at, digest) = place.split_once('-')?;
    let digest = digest.as_bytes();
    let byte = |two: &[u8]| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = digest.chunks_exact(2).map(byte).collect();
    Some((Moment::from_micros(at.parse().ok()?), bytes?.try_into().ok()?))
}

fn line(pages: &Pages, lists: &[List], one: &Decided, member: &Member) -> Line {
    let list = lists.iter().find(|list| list.id.number() == one.list);
    let because = list.map_or(format!("the rule \"{}\" decided so", one.check), |list| {
        let policy = list.settings.over(&pages.config.gate.policy);
        gate::because(&policy, &one.facts, &one.check)
    });
    let author = match &one.facts.author {
        Author::One(key, _) if member.visitor.is_lead => key.to_string(),
        Author::One(key, _) => obscured(key.as_str()),
        _ => "somebody who is not clear".to_string(),
    };
    let because = if member.visitor.is_lead { because } else { without_addresses(&because) };
    let times = if one.times > 1 { format!(", {} times", one.times) } else { String::new() };
    let name = list.map_or("a list that is gone", |list| &list.name);
    Line {
        at: Some(one.at),
        words: Markup::linked(&format!("{author} to {name}{times}: {}", clean(&because))),
        under: vec![
            (words::time(one.at), None),
            (format!("check “{}”", clean(&one.check)), None),
            (format!("{} bytes", one.facts.size_bytes), None),
        ],
        ..Line::default()
    }
}

/// The words with every address in them obscured: a reason may name its author's, or a member's.
fn without_addresses(words: &str) -> String {
    let word = |word: &str| if word.contains('@') { obscured(word) } else { word.to_string() };
    words.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_names_nobody() {
        let words = without_addresses("\"bob@x.example\" is one letter off mira@x.example.");
        assert_eq!(words, "\"…@x.example\" is one letter off m…@x.example.");
    }

    #[test]
    fn a_place_is_read_back_and_nothing_else_is() {
        let place = (Moment::from_micros(1_542_121_212_000_000), [7; 16]);
        assert_eq!(read(&format!("1542121212000000-{}", hex(&place.1))), Some(place));
        for bad in
            ["", "-", "1-", "1-00", "x-00", "1-0g00", "1-é0", &format!("1-{}", "0".repeat(34))]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
