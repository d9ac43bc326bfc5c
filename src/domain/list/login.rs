//! The letter with the link that logs a member in to the pages. It never goes to the list.

use crate::domain::address::Address;
use crate::domain::escape;
use crate::domain::list::letter::{Auto, Letter, Mailbox, MessageId};
use crate::domain::time::Moment;
use crate::domain::wrap::wrapped;

/// What the letter is about, and from whom it is.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Whose pages, in words.
    pub group: &'a str,
    /// What the roster calls the member.
    pub member: &'a str,
    /// The address with the token in it.
    pub link: &'a str,
    /// Until when it is good.
    pub until: Moment,
    /// What the letter is kept by; it tells nothing of the token.
    pub name: &'a str,
    /// Whom the letter is from.
    pub from: &'a Mailbox,
    /// The host of the message ids.
    pub host: &'a str,
}

/// The letter to a member.
pub fn letter(facts: &Facts<'_>, to: Address, date: Moment) -> Letter {
    let (group, member) = (escape::line(facts.group), escape::line(facts.member));
    let until = facts.until.utc().format("%Y-%m-%d %H:%M UTC");
    let before = wrapped(&format!(
        "Somebody asked to log in as {member} to the pages of {group}. If that was you, open this \
         page and press its button:"
    ));
    let after = [
        format!("The page is good once, until {until}."),
        "If it was not you, do nothing: nobody is logged in, and who asked does not learn that \
         this letter was sent."
            .to_string(),
    ];
    let after = after.map(|words| wrapped(&words)).join("\n");
    Letter {
        key: format!("login:{}", facts.name),
        from: facts.from.clone(),
        to: vec![to],
        reply_to: None,
        subject: format!("{group}: log in as {member}"),
        message_id: MessageId::of(&["login", facts.name], facts.host),
        in_reply_to: None,
        references: Vec::new(),
        date,
        archived_at: None,
        auto: Auto::Generated,
        body: format!("{before}\n{}\n\n{after}", facts.link),
        foot: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::list::testing::{address, is_golden, list};
    use crate::domain::time::MINUTE;

    #[test]
    fn the_letter_is_as_its_golden_file() {
        let list = list();
        let date = Moment::parse("2018-11-13T15:00:00Z").unwrap();
        let facts = Facts {
            group: "CentOS Virtualization SIG",
            member: "gwd",
            link: "https://virt.example.org/admin/login/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
            until: date.plus(15 * MINUTE),
            name: "0123456789abcdef",
            from: &list.from,
            host: &list.host,
        };
        is_golden("login.eml", &letter(&facts, address("gwd@example.org"), date));
    }
}
