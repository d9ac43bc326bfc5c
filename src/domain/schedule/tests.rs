//! The schedule against the facts of the first group, and against what people do to it.

mod changes;
mod facts;
mod moved;

use super::*;
use crate::domain::schedule::rule::Rule;

fn at(given: &str) -> Moment {
    Moment::parse(given).unwrap()
}

fn date(given: &str) -> NaiveDate {
    read::date(given).unwrap()
}

fn virt() -> Schedule {
    Schedule::new(vec![Entry::of_the_first_group()])
}

fn with(rule: Rule) -> Schedule {
    Schedule::new(vec![Entry::new("Virt SIG", "#centos-devel", rule)])
}

/// The dates of the meetings that start from one date on and before another.
fn dates(schedule: &Schedule, from: &str, to: &str) -> Vec<String> {
    let moment = |given| Moment::of(date(given), 0);
    let slots = schedule.slots_between(moment(from), moment(to));
    slots.iter().map(|slot| slot.start.date().to_string()).collect()
}
