//! Changes of the roster as the lead types them to the bot: `roster add tomo Tomo Example`.

use crate::domain::name::{Account, Nick};
use crate::domain::roster::{Change, Member};
use crate::domain::text::{Text, clean};
use chrono::NaiveDate;

/// The most nicks and roles that one change may name.
const MOST_NAMES: usize = 20;
/// The longest name, nick, account or role, in bytes.
const MOST_NAME_BYTES: usize = 100;

/// How they are written; for whoever wrote something else.
pub const USAGE: &str = "roster add NICK FULL NAME · roster remove WHO [DATE] · roster name WHO FULL NAME · roster account WHO ACCOUNT · roster nicks WHO NICK NICK … · roster roles WHO lead, maintainer: xen";

/// Reads what stands after `roster`, or says how it is written.
pub fn change(words: &str, today: NaiveDate) -> Result<Change, String> {
    let words = clean(words);
    let usage = || format!("That is written: {USAGE}");
    let mut parts = words.splitn(3, ' ');
    let (Some(verb), Some(who)) = (parts.next(), parts.next()) else { return Err(usage()) };
    let (who, rest) = (who.to_string(), parts.next().unwrap_or("").trim());
    if who.len() > MOST_NAME_BYTES || long(rest) {
        return Err(format!("A name or a role has {MOST_NAME_BYTES} bytes at most."));
    }
    match (verb.to_ascii_lowercase().as_str(), rest) {
        ("remove", "") => Ok(Change::Leave { who, until: today }),
        ("remove", date) => match date.parse() {
            Ok(until) => Ok(Change::Leave { who, until }),
            Err(_) => Err(format!("{date:?} is not a date; write it as 2018-11-13.")),
        },
        (_, "") => Err(usage()),
        ("add", name) => Ok(Change::Join {
            member: Member {
                name: Text::new(name),
                nicks: vec![Nick::new(&who)],
                ..Member::default()
            },
            since: today,
        }),
        ("name", name) => Ok(Change::Name { who, name: Text::new(name) }),
        ("account", account) if !account.contains(' ') => {
            Ok(Change::Account { who, account: Account::new(account) })
        }
        ("nick" | "nicks", nicks) => {
            let nicks = nicks.split([' ', ',']).filter(|nick| !nick.is_empty());
            Ok(Change::Nicks { who, nicks: nicks.take(MOST_NAMES).map(Nick::new).collect() })
        }
        ("role" | "roles", "none") => Ok(Change::Roles { who, roles: Vec::new() }),
        ("role" | "roles", roles) => {
            let roles = roles.split(',').map(str::trim).filter(|role| !role.is_empty());
            Ok(Change::Roles { who, roles: roles.take(MOST_NAMES).map(String::from).collect() })
        }
        _ => Err(usage()),
    }
}

fn long(rest: &str) -> bool {
    rest.split(',').any(|part| part.len() > MOST_NAME_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &str) -> String {
        match change(words, "2018-11-13".parse().unwrap()) {
            Ok(change) => serde_json::to_string(&change).unwrap(),
            Err(refusal) => refusal,
        }
    }

    #[test]
    fn each_change_is_read() {
        let long = "x".repeat(101);
        let usage = format!("That is written: {USAGE}");
        for (words, expected) in [
            ("remove tomo", r#"{"change":"leave","who":"tomo","until":"2018-11-13"}"#),
            ("remove tomo 2018-12-01", r#"{"change":"leave","who":"tomo","until":"2018-12-01"}"#),
            ("remove tomo soon", "\"soon\" is not a date; write it as 2018-11-13."),
            ("name tomo Tomo Example", r#"{"change":"name","who":"tomo","name":"Tomo Example"}"#),
            ("account tomo tomex", r#"{"change":"account","who":"tomo","account":"tomex"}"#),
            ("account tomo two words", usage.as_str()),
            (
                "nicks tomo tomo, tomo_",
                r#"{"change":"nicks","who":"tomo","nicks":["tomo","tomo_"]}"#,
            ),
            (
                "ROLES tomo lead, maintainer: xen",
                r#"{"change":"roles","who":"tomo","roles":["lead","maintainer: xen"]}"#,
            ),
            ("roles tomo none", r#"{"change":"roles","who":"tomo","roles":[]}"#),
            ("add tomo", usage.as_str()),
            ("dance tomo x", usage.as_str()),
            ("", usage.as_str()),
            (&format!("name tomo {long}"), "A name or a role has 100 bytes at most."),
        ] {
            assert_eq!(read(words), expected, "{words}");
        }
        let added = read("add tomo \u{2}Tomo\u{2} Example");
        assert!(added.contains(r#""name":"Tomo Example","nicks":["tomo"]"#), "{added}");
    }
}
