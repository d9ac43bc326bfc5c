//! Addresses that are almost another one: what a person writes who slips by one letter.

use crate::domain::list::Key;
use std::collections::BTreeSet;

/// A longer address is compared with none, so that one post costs a bounded number of questions.
const MOST_BYTES: usize = 64;
/// The letters that people type in addresses.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz0123456789.-_";

/// All addresses that differ from this one by one letter that is missing, too many, another one, or
/// in its neighbour's place; never the address itself. Some of them are no addresses.
pub fn one_letter_off(key: &Key) -> BTreeSet<String> {
    let given = key.as_str();
    if given.len() > MOST_BYTES || !given.is_ascii() || given.starts_with('"') {
        return BTreeSet::new();
    }
    let mut all = BTreeSet::new();
    for at in 0..given.len() {
        let (before, rest) = given.split_at(at);
        let (letter, after) = rest.split_at(1);
        if letter == "@" {
            all.extend(LETTERS.chars().map(|new| format!("{before}{new}{rest}")));
            continue;
        }
        all.insert(format!("{before}{after}"));
        for new in LETTERS.chars() {
            all.insert(format!("{before}{new}{after}"));
            all.insert(format!("{before}{new}{rest}"));
        }
        if let Some(next) = after.chars().next().filter(|next| *next != '@') {
            all.insert(format!("{before}{next}{letter}{}", &after[1..]));
        }
    }
    all.extend(LETTERS.chars().map(|new| format!("{given}{new}")));
    all.remove(given);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_found_from_either_side() {
        let key = Key::parse("anna@x.example").unwrap();
        let off = one_letter_off(&key);
        for slip in [
            "ana@x.example",
            "annna@x.example",
            "anan@x.example",
            "amna@x.example",
            "annas@x.example",
            "anna@x.exmaple",
            "anna@y.example",
            "anna@x.examples",
        ] {
            assert!(off.contains(slip), "{slip}");
            assert!(
                one_letter_off(&Key::parse(slip).unwrap()).contains("anna@x.example"),
                "{slip}"
            );
        }
        assert!(!off.contains("anna@x.example") && off.len() < 2_000, "{}", off.len());
        let long = Key::parse(&format!("{}@x.example", "a".repeat(60))).unwrap();
        assert!(one_letter_off(&long).is_empty());
    }
}
