//! How long the schedule takes to find meetings, for every kind of rule.
//!
//! `cargo bench --bench schedule`. Targets: `next` under 10 µs; the 442 meetings of the first group
//! from 2014 to 2030 under 10 ms. Beside them, what the `cron` crate takes for a plain Tuesday.

use beadle::domain::schedule::frequency::Frequency;
use beadle::domain::schedule::rule::{Rule, Weeks};
use beadle::domain::schedule::{Change, Entry, Schedule};
use beadle::domain::time::{DAY, MINUTE, Moment};
use chrono::Weekday;
use std::hint::black_box;
use std::time::Instant;

const ROUNDS: i64 = 20_000;

fn main() {
    let start = Moment::parse("2014-01-01T00:00:00Z").expect("a time");
    println!("{:<38}  {:>10}  {:>10}", "next(T)", "mean µs", "worst µs");
    for (name, schedule) in kinds() {
        let (mut all, mut worst) = (0.0f64, 0.0f64);
        for round in 0..ROUNDS {
            // 17 years, at any time of the day.
            let at = start.plus(round * 17 * 365 * DAY / ROUNDS + round % 1440 * MINUTE);
            let began = Instant::now();
            black_box(schedule.next(black_box(at)));
            let took = began.elapsed().as_secs_f64() * 1e6;
            all += took;
            worst = worst.max(took);
        }
        println!("{name:<38}  {:>10.2}  {worst:>10.1}", all / ROUNDS as f64);
    }
    let schedule = Schedule::new(vec![Entry::of_the_first_group()]);
    let began = Instant::now();
    let end = Moment::parse("2031-01-01T00:00:00Z").expect("a time");
    let count = black_box(schedule.slots_between(start, end)).len();
    println!("\n{count} meetings, 2014 to 2030: {:.2} ms", began.elapsed().as_secs_f64() * 1e3);
    let tuesdays: cron::Schedule = "0 0 15 * * Tue".parse().expect("an expression");
    let began = Instant::now();
    for round in 0..ROUNDS {
        let at = start.plus(round * 17 * 365 * DAY / ROUNDS).utc();
        black_box(tuesdays.after(&at).next());
    }
    let mean = began.elapsed().as_secs_f64() * 1e6 / ROUNDS as f64;
    println!("the cron crate, next Tuesday: {mean:.2} µs");
}

fn kinds() -> Vec<(&'static str, Schedule)> {
    let one = |rule: Rule| Schedule::new(vec![Entry::new("Virt SIG", "#centos-devel", rule)]);
    let word = |word: &str| {
        let frequency = Frequency::parse(word).expect("a word of the vocabulary");
        one(frequency.rule(Some(Weekday::Tue), Some(15 * 60 * MINUTE)).expect("a rule"))
    };
    let tuesday = || Rule::cron("0 0 15 * * Tue").expect("an expression");
    let anchor = "2014-04-22".parse().expect("a date");
    let mut changed = one(tuesday().in_weeks(Weeks::EVEN));
    for week in 0..200 {
        let start = Moment::from_micros((16_071 + week * 28) * DAY + 20 * 60 * MINUTE);
        changed.apply(&Change::Extra { start, entry: None, reason: "x".into() });
        let date = start.plus(6 * DAY).date();
        changed.apply(&Change::Skip { date, entry: None, reason: "x".into() });
    }
    let many = (0..20).map(|n| {
        let rule = Rule::weekly(Weekday::Tue, n * 60 * MINUTE).in_weeks(Weeks::EVEN);
        Entry::new(&format!("Group {n}"), "#centos-devel", rule)
    });
    vec![
        ("cron, even weeks", one(tuesday().in_weeks(Weeks::EVEN))),
        ("every 2 weeks", one(tuesday().in_weeks(Weeks::Counted { every: 2, anchor }))),
        ("biweekly-odd", word("biweekly-odd")),
        ("quadweekly", word("quadweekly")),
        ("last-tuesday", word("last-tuesday")),
        ("fifth-tuesday", word("fifth-tuesday")),
        ("cron, every hour", one(Rule::cron("0 0 * * * *").expect("an expression"))),
        (
            "cron, 29 February on a Tuesday",
            one(Rule::cron("0 0 15 29 2 Tue").expect("an expression")),
        ),
        ("even weeks, 200 skips, 200 extras", changed),
        ("20 meetings", Schedule::new(many.collect())),
    ]
}
