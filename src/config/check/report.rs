//! Checks `[report]`: who the quarterly report is for, and when it is due.

use crate::config::ReportRules;
use crate::config::check::shown_name;
use crate::config::fault::Faults;
use crate::config::fault::printable;
use crate::config::raw::Table;
use crate::domain::group::report::quarter::Rule;
use crate::domain::schedule::frequency::Frequency;
use crate::domain::schedule::rule::Nth;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// `[report]`; what is not given is as usual.
pub fn rules(table: Option<&Table>, faults: &mut Faults) -> ReportRules {
    let Some(table) = table else { return ReportRules::default() };
    let to = table.text("to").and_then(|given| shown_name(&given, "to", faults));
    let heading = table.text("heading").and_then(|given| shown_name(&given, "heading", faults));
    ReportRules { to: to.map(|to| to.as_untrusted().to_string()), heading, due: due(table, faults) }
}

fn due(table: &Table, faults: &mut Faults) -> Rule {
    let mut rule = Rule::default();
    if let Some(given) = table.text("due") {
        match Frequency::parse(given.value) {
            // A fifth weekday is not in every month.
            Ok(Frequency::Monthly(nth, weekday)) if nth != Nth::From(5) => {
                (rule.nth, rule.weekday) = (nth, weekday);
            }
            _ => {
                let sentence =
                    "`due` is first-monday to fourth-sunday, or last-monday to last-sunday";
                faults.at(&given.span, sentence);
            }
        }
    }
    if let Some(months) = months(table, faults) {
        rule.months = months;
    }
    let days = table.integer("draft_days_before").and_then(|days| u32::try_from(days).ok());
    rule.draft_days = days.unwrap_or(rule.draft_days);
    rule
}

fn months(table: &Table, faults: &mut Faults) -> Option<Vec<u32>> {
    let given = table.texts("months")?;
    let mut months: Vec<u32> = Vec::new();
    for one in &given {
        let word = one.value.trim().to_lowercase();
        let is_it = |month: &&str| word.len() >= 3 && month.starts_with(&word);
        match MONTHS.iter().zip(1..).find(|(month, _)| is_it(month)) {
            None => {
                let shown = printable(one.value);
                let sentence = format!("\"{shown}\" is not a month; write it as \"December\"");
                faults.at(&one.span, sentence);
            }
            Some((_, month)) if months.iter().any(|known| (known - 1) / 3 == (month - 1) / 3) => {
                faults.at(&one.span, "a quarter has one report: give one of its months");
            }
            Some((_, month)) => months.push(month),
        }
    }
    if given.is_empty() {
        faults.at(&table.span("months"), "`months` is empty, for example [\"June\", \"December\"]");
    }
    months.sort_unstable();
    (!months.is_empty()).then_some(months)
}
