//! The quarterly report is drafted: the facts are read, the domain counts.

use crate::clock;
use crate::config::Config;
use crate::domain::escape;
use crate::domain::group::report::draft::{self, Draft, Facts, Met};
use crate::domain::group::report::markdown;
use crate::domain::group::report::quarter::{Due, Quarter};
use crate::domain::group::{By, Change, Group, report};
use crate::domain::roster::Asker;
use crate::domain::text::Text;
use crate::domain::time::Moment;
use crate::flow::group::{self, Book};
use crate::flow::publish;
use crate::flow::push;
use crate::store::{self, Db, StoreError};
use std::collections::BTreeSet;

/// So many meetings are read at once.
const PAGE: u32 = 50;

/// A report as it is now.
#[derive(Clone, Debug)]
pub struct Report {
    /// Which.
    pub due: Due,
    /// The figures, counted now.
    pub draft: Draft,
    /// The text: the draft's, or what was sent.
    pub text: String,
    /// When it was sent.
    pub sent_at: Option<Moment>,
}

/// Which report is meant: that of a quarter, else the one that is due next. In words, why there is
/// none.
pub fn wanted(config: &Config, quarter: Option<Quarter>, now: Moment) -> Result<Due, String> {
    let rule = &config.report.due;
    let next = rule.next(now.date());
    match quarter {
        None => next.ok_or_else(|| "no report is due; see [report] months".to_string()),
        Some(quarter) => rule.of(quarter).ok_or_else(|| {
            let next = next.map_or(String::new(), |due| {
                format!("; the next one is that of {}, due on {}", due.quarter.title(), due.on)
            });
            format!("no report is due in {}{next}", quarter.title())
        }),
    }
}

/// The report of `due`, as it is now.
pub async fn read(db: &Db, config: &Config, due: Due, now: Moment) -> Result<Report, StoreError> {
    let (from, to) = (Moment::of(due.from, 0), Moment::of(due.on, 0));
    let mut before = Book::new(config).group().clone();
    let mut then = before.clone();
    let mut today = before.clone();
    for entry in store::journal::since(db, 0).await? {
        for (group, until) in [(&mut before, from), (&mut then, to)] {
            if entry.at < until {
                group.apply(&entry);
            }
        }
        today.apply(&entry);
    }
    let met = met(db, from, to).await?;
    let not_held: BTreeSet<String> =
        store::duty::said_of(db, "not-held:").await?.into_iter().collect();
    let name = due.quarter.to_string();
    let kept = today.reports.one(&name).cloned().unwrap_or_default();
    let releases = push::minutes::releases(db, config, from, to).await?;
    let facts = Facts {
        due,
        now,
        before: &before,
        group: &then,
        narrative: &kept.narrative,
        met: &met,
        not_held: &not_held,
        url: config.web.as_ref().map(|web| web.url.as_str()),
        releases: &releases,
    };
    let draft = draft::draft(&facts);
    let heading = config.report.heading.as_ref().unwrap_or(&config.group.name);
    let (sent_at, text) = match kept.sent {
        Some((at, text)) => (Some(at), lines(text.as_untrusted())),
        None => {
            let to = config.report.to.as_deref();
            (None, markdown::render(&draft, heading.as_untrusted(), to))
        }
    };
    Ok(Report { due, draft, text, sent_at })
}

/// The text without what must not reach a terminal, line by line.
fn lines(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let lines =
        text.lines().map(|line| format!("{:1$}{2}\n", "", indent(line), escape::line(line)));
    lines.collect()
}

/// Keeps the lead's own words of a report.
pub async fn tell(
    db: &Db,
    config: &Config,
    who: (&Asker, &By),
    due: Due,
    words: &str,
) -> Result<Result<String, String>, StoreError> {
    let change = report::Change::Told { quarter: due.quarter.to_string(), text: Text::new(words) };
    group::asked(db, config, who, |_: &Group| Ok(Change::Report(change))).await
}

/// Keeps what was sent: the given text, else the draft as it is now. From then on the report is
/// that text.
pub async fn sent(
    db: &Db,
    config: &Config,
    who: (&Asker, &By),
    due: Due,
    text: Option<String>,
) -> Result<Result<String, String>, StoreError> {
    let text = match text {
        Some(text) => text,
        None => read(db, config, due, clock::now()).await?.text,
    };
    let change = report::Change::Sent { quarter: due.quarter.to_string(), text: Text::new(text) };
    group::asked(db, config, who, |_: &Group| Ok(Change::Report(change))).await
}

/// The meetings that were started between two moments, from their logs, the oldest first.
async fn met(db: &Db, from: Moment, to: Moment) -> Result<Vec<Met>, StoreError> {
    let mut met = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = store::meeting::list(db, PAGE, after.as_deref()).await?;
        for row in page.iter().filter(|row| row.started_at >= from && row.started_at < to) {
            if let Some(meeting) = publish::stored(db, row).await? {
                let (network, channel) = (row.network.clone(), row.channel.clone());
                met.push(Met::of(&row.slug, network, channel, &meeting));
            }
        }
        match page.last() {
            Some(last) if last.started_at >= from => after = Some(last.slug.clone()),
            _ => break,
        }
    }
    met.reverse();
    Ok(met)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::group::Via;
    use crate::domain::group::report::draft::Fate;
    use crate::flow::tests::Stage;
    use crate::store::testing::each_place;

    const NOW: &str = "2018-11-19T09:00:00Z";

    fn operator() -> (Asker, By) {
        (Asker::Operator, By { via: Via::Cli, ..By::itself() })
    }

    #[test]
    fn a_meeting_is_counted_told_of_and_frozen() {
        each_place(async |database| {
            let mut stage = Stage::new(&database).await;
            for line in [
                "#startmeeting Virt SIG",
                "#action gwd to ask KB",
                "#agreed Keep one Xen version per release",
                "#notice Xen 4.10 packages are being built",
                "#board We would like builders for aarch64",
                "#endmeeting",
            ] {
                stage.say("gwd", line).await;
                stage.say("bob", "yes").await;
            }
            let (db, config) = (&stage.db, &stage.config);
            let due = wanted(config, Quarter::parse("2018-Q4").ok(), clock::now()).unwrap();
            let now = Moment::parse(NOW).unwrap();
            let report = read(db, config, due, now).await.unwrap();
            let draft = &report.draft;
            let url = "https://v.example/m/2018-11-13";
            let held = Fate::Held { people: 2, decisions: 1, url: Some(url.into()), extra: false };
            assert_eq!(draft.meetings.iter().map(|row| &row.fate).collect::<Vec<_>>(), [&held]);
            assert_eq!(draft.decisions[0].text, "Keep one Xen version per release");
            let line = draft.decisions[0].url.as_deref().unwrap();
            assert!(line.starts_with(&format!("{url}/log#l-")), "{line}");
            assert_eq!(draft.board[0].text, "We would like builders for aarch64");
            assert_eq!((draft.actions.opened, draft.actions.open), (1, 1));
            assert_eq!(draft.notices.len(), 1);

            let (asker, by) = operator();
            let who = (&asker, &by);
            let told = tell(db, config, who, due, "All is well.").await.unwrap();
            assert_eq!(told.unwrap(), "The report of 2018Q4 is kept.");
            let text = read(db, config, due, now).await.unwrap().text;
            assert!(text.contains("\nAll is well.\n"), "{text}");

            let stranger = Asker::Account("mira".into());
            let refused = sent(db, config, (&stranger, &by), due, None).await.unwrap();
            assert!(refused.unwrap_err().starts_with("Only the lead may do that"));
            let words = "# As it was sent\n\n  - indented\u{1b}[31m\n".to_string();
            sent(db, config, who, due, Some(words)).await.unwrap().unwrap();
            let report = read(db, config, due, now).await.unwrap();
            assert_eq!(report.text, "# As it was sent\n\n  - indented[31m\n");
            assert!(report.sent_at.is_some());
            let again = tell(db, config, who, due, "Not quite.").await.unwrap();
            assert!(again.unwrap_err().contains("was sent on"));
            stage.db.close().await;
        });
    }

    #[test]
    fn a_quarter_without_a_report_is_refused_with_the_next_one() {
        let mut config = (*crate::flow::tests::nowhere()).clone();
        config.report.due.months = vec![6];
        let now = Moment::parse(NOW).unwrap();
        let refused = wanted(&config, Quarter::parse("2018-Q4").ok(), now).unwrap_err();
        assert_eq!(
            refused,
            "no report is due in 2018 Q4; the next one is that of 2019 Q2, due on 2019-06-03"
        );
    }
}
