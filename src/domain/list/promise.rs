//! The letter to somebody who was given an action while they were away.

use crate::domain::address::Address;
use crate::domain::list::letter::{Auto, Letter, Mailbox, MessageId};
use crate::domain::meeting::ledger::Carried;
use crate::domain::minutes;
use crate::domain::text::clean;
use crate::domain::time::Moment;

/// What the letter is about.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// The action.
    pub entry: &'a Carried,
    /// Who noted it.
    pub by: &'a str,
    /// The meeting's title.
    pub title: &'a str,
    /// The meeting's slug.
    pub slug: &'a str,
    /// The page of its minutes.
    pub page: Option<&'a str>,
}

/// What the keys of the letters about an action begin with.
pub fn beginning(number: u32) -> String {
    format!("action:{number}:")
}

/// The letter to one person; `owner` is what the roster calls them. The same action gives the same
/// key and id.
pub fn letter(
    given: Given<'_>,
    owner: &str,
    from: &Mailbox,
    to: Address,
    host: &str,
    date: Moment,
) -> Letter {
    let sentence = clean(&given.entry.sentence());
    let (number, title) = (given.entry.number.to_string(), clean(given.title));
    let mut body = minutes::wrapped(&format!(
        "{} gave you this in {title} on {}, where you were not:",
        clean(given.by),
        given.slug
    ));
    body += &format!("\n{}", minutes::wrapped(&sentence));
    let mut foot = String::new();
    if let Some(page) = given.page {
        foot += &minutes::wrapped(&format!("Minutes: {page}"));
    }
    foot += &minutes::wrapped(&format!(
        "When it is done, say #done {number} in a meeting; #drop {number} and why if you will not do it, #defer {number} and a date if later."
    ));
    Letter {
        key: beginning(given.entry.number) + owner,
        from: from.clone(),
        to: vec![to],
        reply_to: None,
        subject: format!("Your action [{number}]: {}", clean(given.entry.text.as_untrusted())),
        message_id: MessageId::of(&["action", &number, owner], host),
        in_reply_to: None,
        references: Vec::new(),
        date,
        archived_at: None,
        auto: Auto::Generated,
        body,
        foot,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_by_whom_where_and_what_to_do_about_it() {
        let address = |address| Address::parse(address).unwrap();
        let entry = Carried {
            number: 35,
            text: "push libvirt 4.9.0 to testing".into(),
            owners: vec!["jirkade".into()],
            due: "2018-11-27".parse().ok(),
        };
        let given = Given {
            entry: &entry,
            by: "gwd",
            title: "Virt SIG",
            slug: "2018-11-13",
            page: Some("https://virt.example.org/m/2018-11-13"),
        };
        let from = Mailbox { name: "Virt SIG".into(), address: address("virtbot@centos.org") };
        let at = Moment::parse("2018-11-13T15:48:41Z").unwrap();
        let letter =
            letter(given, "jirkade", &from, address("jiri@example.org"), "virt.example.org", at);
        assert_eq!(letter.key, "action:35:jirkade");
        let written = String::from_utf8(letter.render()).unwrap();
        let expected = "\
Message-ID: <action.35.jirkade@virt.example.org>\r
Subject: Your action [35]: push libvirt 4.9.0 to testing\r
\r
gwd gave you this in Virt SIG on 2018-11-13, where you were not:\r
\r
[35] jirkade: push libvirt 4.9.0 to testing (due 2018-11-27)\r
\r
Minutes: https://virt.example.org/m/2018-11-13\r
When it is done, say #done 35 in a meeting; #drop 35 and why if you will\r
not do it, #defer 35 and a date if later.\r
";
        for line in expected.lines() {
            assert!(written.contains(line.trim_end()), "{line:?} is not in {written}");
        }
        assert!(written.lines().skip_while(|line| !line.is_empty()).all(|line| line.len() <= 72));
    }
}
