//! For operators: whether the program lives, whether it is ready, and what it counts
//! (Prometheus' text format 0.0.4).
//!
//! No name or address of a person is in any of it.

use crate::clock;
use crate::domain::list::gate::Verdict;
use crate::domain::time::{DAY, Moment};
use crate::flow::push::answer::Ledger;
use crate::metrics;
use crate::store::{self, StoreError};
use crate::web::Pages;
use crate::web::answer::{Shown, plain};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::routing::get;
use std::fmt::Write;
use std::time::Duration;
use tokio::time::timeout;

/// How long the database may take to answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);
/// Over how long verdicts are counted; they are kept at least so long.
const COUNTED: i64 = DAY;

/// `/healthz` and `/readyz`, for everybody.
pub fn probes() -> Router<Pages> {
    Router::new().route("/healthz", get(health)).route("/readyz", get(ready))
}

/// These and `/metrics`, for operators.
pub fn routes() -> Router<Pages> {
    probes().route("/metrics", get(counted))
}

/// The process lives.
async fn health() -> Shown {
    Ok(plain(StatusCode::OK, "ok\n"))
}

/// The database answers.
async fn ready(State(pages): State<Pages>) -> Shown {
    let asked = timeout(ANSWERS_WITHIN, store::stamp::read(&pages.db)).await;
    Ok(match asked {
        Ok(Ok(_)) if !pages.stop.is_cancelled() => plain(StatusCode::OK, "ready\n"),
        Ok(Ok(_)) => plain(StatusCode::SERVICE_UNAVAILABLE, "closing\n"),
        Ok(Err(_)) => plain(StatusCode::SERVICE_UNAVAILABLE, "the database is away\n"),
        Err(_) => plain(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer in time\n"),
    })
}

async fn counted(State(pages): State<Pages>) -> Shown {
    let mut sheet = Sheet(String::new());
    of_this_process(&mut sheet);
    // Without the database, what the process counted is told all the same.
    let stored = timeout(ANSWERS_WITHIN, of_the_database(&pages, clock::now())).await;
    let up = match stored {
        Ok(Ok(stored)) => {
            sheet.0.push_str(&stored.0);
            1
        }
        _ => 0,
    };
    sheet.gauge("beadle_database_up", "Whether the database answered.", &[("", up as f64)]);
    let mut answer = plain(StatusCode::OK, sheet.0);
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(answer)
}

/// The text that is written.
struct Sheet(String);

impl Sheet {
    fn metric(&mut self, name: &str, kind: &str, help: &str, samples: &[(&str, f64)]) {
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        for (labels, value) in samples {
            let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
            let _ = writeln!(self.0, "{name}{labels} {value}");
        }
    }

    fn gauge(&mut self, name: &str, help: &str, samples: &[(&str, f64)]) {
        self.metric(name, "gauge", help, samples);
    }

    fn counter(&mut self, name: &str, help: &str, samples: &[(&str, f64)]) {
        self.metric(name, "counter", help, samples);
    }
}

/// A label's value, as the format wants it.
fn label(name: &str, value: &str) -> String {
    let value = crate::domain::text::clean(value).replace('\\', "\\\\").replace('"', "\\\"");
    format!("{name}=\"{value}\"")
}

fn borrowed(samples: &[(String, f64)]) -> Vec<(&str, f64)> {
    samples.iter().map(|(labels, value)| (labels.as_str(), *value)).collect()
}

fn of_this_process(sheet: &mut Sheet) {
    let version = label("version", env!("CARGO_PKG_VERSION"));
    sheet.gauge("beadle_build_info", "The version of the program.", &[(&version, 1.0)]);
    let networks = metrics::networks();
    let of = |value: fn(&metrics::Irc) -> f64| -> Vec<(String, f64)> {
        networks.iter().map(|(name, irc)| (label("network", name), value(irc))).collect()
    };
    let connected = of(|irc| f64::from(u8::from(irc.is_connected)));
    sheet.gauge(
        "beadle_irc_connected",
        "Whether this process is on the network.",
        &borrowed(&connected),
    );
    let connects = of(|irc| irc.connects as f64);
    sheet.counter(
        "beadle_irc_connects_total",
        "How often a connection was made.",
        &borrowed(&connects),
    );
    let lines = of(|irc| irc.lines as f64);
    sheet.counter("beadle_irc_lines_total", "Lines that came from the server.", &borrowed(&lines));
    let answers = metrics::answers();
    let classes = (1..=5)
        .map(|class: usize| (format!("class=\"{class}xx\""), answers.by_class[class] as f64));
    let classes: Vec<(String, f64)> = classes.collect();
    sheet.counter(
        "beadle_http_answers_total",
        "Answers of the pages by status.",
        &borrowed(&classes),
    );
    let name = "beadle_http_answer_seconds";
    let _ = write!(
        sheet.0,
        "# HELP {name} How long answers took to be made.\n# TYPE {name} histogram\n"
    );
    for (bound, count) in metrics::BOUNDS.iter().zip(answers.within) {
        let _ = writeln!(sheet.0, "{name}_bucket{{le=\"{bound}\"}} {count}");
    }
    let all: u64 = answers.by_class.iter().sum();
    let _ = writeln!(
        sheet.0,
        "{name}_bucket{{le=\"+Inf\"}} {all}\n{name}_sum {}\n{name}_count {all}",
        answers.seconds
    );
}

async fn of_the_database(pages: &Pages, now: Moment) -> Result<Sheet, StoreError> {
    let mut sheet = Sheet(String::new());
    let stamp = store::stamp::read(&pages.db).await?;
    let [_, meetings, ended, aborted, ..] = stamp.meetings;
    sheet.gauge(
        "beadle_meetings_open",
        "Meetings that are on.",
        &[("", (meetings - ended - aborted).max(0) as f64)],
    );
    sheet.gauge("beadle_meetings", "Meetings that were held.", &[("", ended as f64)]);
    sheet.gauge("beadle_pushes", "Pushes that were announced.", &[("", stamp.pushes[0] as f64)]);
    let depth = store::outbox::depth(&pages.db).await?;
    let age = depth.oldest_due.map_or(0, |due| now.since(due).max(0));
    sheet.gauge(
        "beadle_outbox_waiting",
        "Letters that wait to be sent.",
        &[("", depth.waiting as f64)],
    );
    sheet.gauge(
        "beadle_outbox_oldest_seconds",
        "How long the oldest of them is due.",
        &[("", age as f64 / 1e6)],
    );
    sheet.gauge(
        "beadle_outbox_given_up",
        "Letters that were given up.",
        &[("", depth.given_up as f64)],
    );
    let counts = store::verdict::counts(&pages.db, now.plus(-COUNTED), now).await?;
    let word = |verdict| match verdict {
        Verdict::Accept => "accept",
        Verdict::Hold => "hold",
        Verdict::Reject => "reject",
        Verdict::Discard => "discard",
    };
    let verdicts = counts.iter().map(|count| {
        let labels = format!(
            "verdict=\"{}\",{},list=\"{}\"",
            word(count.verdict),
            label("check", &count.check),
            count.list
        );
        (labels, count.times as f64)
    });
    let verdicts: Vec<(String, f64)> = verdicts.collect();
    sheet.gauge(
        "beadle_verdicts_of_a_day",
        "Posts of the last 24 hours by what was decided.",
        &borrowed(&verdicts),
    );
    let ledger = Ledger { db: &pages.db, config: &pages.config, now };
    let (mut polled, mut faulty) = (Vec::new(), Vec::new());
    for (name, arch, place) in ledger.places().await? {
        let labels = format!("{},{}", label("repository", &name), label("arch", &arch));
        let age = place.checked_at.map(|at| now.since(at).max(0) as f64 / 1e6);
        polled.extend(age.map(|age| (labels.clone(), age)));
        faulty.push((labels, f64::from(u8::from(place.fault.is_some()))));
    }
    sheet.gauge(
        "beadle_poll_age_seconds",
        "How long ago a repository was looked at.",
        &borrowed(&polled),
    );
    sheet.gauge(
        "beadle_repository_faulty",
        "Whether a repository cannot be read.",
        &borrowed(&faulty),
    );
    Ok(sheet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_says_what_it_says_and_no_more() {
        assert_eq!(label("network", "a\"b\\c\n\u{202e}"), "network=\"a\\\"b\\\\c\"");
        let mut sheet = Sheet(String::new());
        sheet.gauge("x", "What it is.", &[("a=\"1\"", 2.0), ("", 0.5)]);
        assert_eq!(sheet.0, "# HELP x What it is.\n# TYPE x gauge\nx{a=\"1\"} 2\nx 0.5\n");
    }
}
