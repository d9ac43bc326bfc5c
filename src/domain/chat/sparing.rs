//! Keeps answers to a flood of questions few.

use crate::domain::name::Nick;
use crate::domain::time::{Moment, SECOND};
use std::collections::BTreeMap;

/// How many private answers one person gets within [`WITHIN`].
const MOST_ANSWERS: u32 = 4;
/// The time over which they are counted: 20 seconds.
const WITHIN: i64 = 20 * SECOND;
/// How many people are counted at once; when there are more, all are forgotten.
const MOST_COUNTED: usize = 1_000;

/// Who was answered of late.
#[derive(Clone, Debug, Default)]
pub struct Sparing(BTreeMap<String, (Moment, u32)>);

impl Sparing {
    /// Whether this person may be answered now.
    pub fn admits(&mut self, who: &Nick, now: Moment) -> bool {
        if self.0.len() >= MOST_COUNTED {
            self.0.clear();
        }
        let counted = self.0.entry(who.as_str().to_lowercase()).or_insert((now, 0));
        if now.since(counted.0) > WITHIN {
            *counted = (now, 0);
        }
        counted.1 += 1;
        counted.1 <= MOST_ANSWERS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_a_few_questions_of_one_person() {
        let mut sparing = Sparing::default();
        let now = Moment::from_micros(0);
        let admitted = (0..10).filter(|_| sparing.admits(&"bob".into(), now)).count();
        assert_eq!(admitted, 4);
        assert!(
            sparing.admits(&"anna".into(), now)
                && sparing.admits(&"bob".into(), now.plus(30 * SECOND))
        );
    }
}
