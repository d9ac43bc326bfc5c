//! The words for how often a meeting is: those of yaml2ical, which write most communities'
//! calendars, and a few more.
//!
//! Nothing here knows a file format.

use crate::domain::schedule::rule::Nth;
use crate::domain::schedule::rule::Rule;
use crate::domain::schedule::rule::Weeks;
use chrono::Weekday;

/// The words that stand alone; `first-monday` and its like are made of [`NTHS`] and [`DAYS`].
const WORDS: [(&str, Weeks); 8] = [
    ("weekly", Weeks::All),
    ("biweekly-even", Weeks::EVEN),
    ("biweekly-odd", Weeks::ODD),
    ("quadweekly", Weeks::Numbered { of: 4, rest: 0 }),
    ("quadweekly-week-1", Weeks::Numbered { of: 4, rest: 1 }),
    ("quadweekly-week-2", Weeks::Numbered { of: 4, rest: 2 }),
    ("quadweekly-week-3", Weeks::Numbered { of: 4, rest: 3 }),
    ("quadweekly-alternate", Weeks::Numbered { of: 4, rest: 2 }),
];

const NTHS: [(&str, Nth); 6] = [
    ("first", Nth::From(1)),
    ("second", Nth::From(2)),
    ("third", Nth::From(3)),
    ("fourth", Nth::From(4)),
    ("fifth", Nth::From(5)),
    ("last", Nth::Last),
];

const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];

/// How often a meeting is, without its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frequency {
    /// On a weekday of these weeks.
    In(Weeks),
    /// Once a month.
    Monthly(Nth, Weekday),
    /// On extra dates only.
    Adhoc,
}

impl Frequency {
    /// Reads a word such as `biweekly-even` or `second-tuesday`.
    ///
    /// # Errors
    ///
    /// A sentence that names the words.
    pub fn parse(given: &str) -> Result<Frequency, String> {
        let word = given.trim().to_ascii_lowercase().replace('_', "-");
        if word == "adhoc" {
            return Ok(Frequency::Adhoc);
        }
        if let Some((_, weeks)) = WORDS.iter().find(|(known, _)| *known == word) {
            return Ok(Frequency::In(*weeks));
        }
        let nth_and_day = word.split_once('-').and_then(|(nth, day)| {
            let (_, nth) = NTHS.iter().find(|(known, _)| *known == nth)?;
            Some(Frequency::Monthly(*nth, weekday(day).ok()?))
        });
        nth_and_day.ok_or_else(|| {
            let words: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
            format!(
                "`frequency` is one of {}, first-monday to last-sunday, adhoc",
                words.join(", ")
            )
        })
    }

    /// The rule, on that weekday (where the word names none) at that time, in microseconds since
    /// midnight.
    ///
    /// # Errors
    ///
    /// A sentence: the day is missing, or another than the word's.
    pub fn rule(self, day: Option<Weekday>, time: Option<i64>) -> Result<Rule, String> {
        if self == Frequency::Adhoc {
            return Ok(Rule::adhoc());
        }
        let time = time.ok_or("`time` is missing, for example \"15:00\"")?;
        match (self, day) {
            (Frequency::In(weeks), Some(day)) => Ok(Rule::weekly(day, time).in_weeks(weeks)),
            (Frequency::Monthly(_, meant), Some(day)) if day != meant => {
                Err(format!("`day` is {}, but `frequency` is of a {}", name(day), name(meant)))
            }
            (Frequency::Monthly(nth, day), _) => Ok(Rule::monthly(nth, day, time)),
            _ => Err("`day` is missing, for example \"Tuesday\"".to_string()),
        }
    }
}

/// Reads a weekday: its English name, or the first three letters of it.
///
/// # Errors
///
/// A sentence with an example.
pub fn weekday(given: &str) -> Result<Weekday, String> {
    let word = given.trim().to_ascii_lowercase();
    let known = DAYS.iter().find(|(name, _)| *name == word || name.get(..3) == Some(&word));
    known.map(|(_, day)| *day).ok_or_else(|| {
        "a day is the English name of a weekday, for example \"Tuesday\"".to_string()
    })
}

fn name(day: Weekday) -> &'static str {
    DAYS[day.num_days_from_monday() as usize].0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::MINUTE;
    use crate::domain::time::Moment;

    fn dates(word: &str, day: Option<Weekday>, from: &str, count: usize) -> Vec<String> {
        let rule = Frequency::parse(word).unwrap().rule(day, Some(15 * 60 * MINUTE)).unwrap();
        let mut at = Moment::parse(&format!("{from}T00:00:00Z")).unwrap();
        let mut out = Vec::new();
        for _ in 0..count {
            let Some(next) = rule.next(at) else { break };
            out.push(next.date().to_string());
            at = next.plus(1);
        }
        out
    }

    #[test]
    fn every_word_has_its_dates() {
        let tuesday = Some(Weekday::Tue);
        for (word, wanted) in [
            ("weekly", ["2018-11-06", "2018-11-13", "2018-11-20"]),
            ("biweekly-even", ["2018-11-13", "2018-11-27", "2018-12-11"]),
            ("Biweekly-Odd", ["2018-11-06", "2018-11-20", "2018-12-04"]),
            ("quadweekly", ["2018-11-27", "2018-12-25", "2019-01-22"]),
            ("quadweekly-week-1", ["2018-11-06", "2018-12-04", "2019-01-01"]),
            ("quadweekly-week-2", ["2018-11-13", "2018-12-11", "2019-01-08"]),
            ("quadweekly-week-3", ["2018-11-20", "2018-12-18", "2019-01-15"]),
            ("quadweekly-alternate", ["2018-11-13", "2018-12-11", "2019-01-08"]),
            ("first-tuesday", ["2018-11-06", "2018-12-04", "2019-01-01"]),
            ("second-tuesday", ["2018-11-13", "2018-12-11", "2019-01-08"]),
            ("third-tuesday", ["2018-11-20", "2018-12-18", "2019-01-15"]),
            ("fourth-tuesday", ["2018-11-27", "2018-12-25", "2019-01-22"]),
            ("fifth-tuesday", ["2019-01-29", "2019-04-30", "2019-07-30"]),
            ("last-tuesday", ["2018-11-27", "2018-12-25", "2019-01-29"]),
        ] {
            assert_eq!(dates(word, tuesday, "2018-11-01", 3), wanted, "{word}");
        }
        assert_eq!(dates("last-sun", None, "2018-02-01", 2), ["2018-02-25", "2018-03-25"]);
        assert!(dates("adhoc", tuesday, "2018-11-01", 3).is_empty());
    }

    #[test]
    fn what_is_no_word_is_answered_with_the_words() {
        for bad in ["", "biweekly", "sixth-monday", "first-", "second-day", "первый-monday"] {
            let sentence = Frequency::parse(bad).expect_err(bad);
            assert!(sentence.contains("biweekly-even") && sentence.contains("last-sunday"));
        }
        assert!(weekday("Tues").is_err() && weekday("").is_err() && weekday("äöü").is_err());
        let weekly = Frequency::parse("weekly").unwrap();
        assert!(weekly.rule(None, Some(0)).unwrap_err().contains("`day` is missing"));
        assert!(weekly.rule(Some(Weekday::Mon), None).unwrap_err().contains("`time` is missing"));
        let first = Frequency::parse("first-friday").unwrap();
        let sentence = first.rule(Some(Weekday::Mon), Some(0)).unwrap_err();
        assert_eq!(sentence, "`day` is monday, but `frequency` is of a friday");
    }
}
