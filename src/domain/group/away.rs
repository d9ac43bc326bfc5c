//! People of the roster who were away when something was said for them: how they are known again,
//! and what they are told when they are next seen.

use crate::domain::group::Group;
use crate::domain::meeting::Speaker;
use crate::domain::name::Casemapping;
use crate::domain::roadmap;
use crate::domain::roadmap::State;
use crate::domain::roster::Asker;
use crate::domain::roster::Enrolled;
use chrono::NaiveDate;

/// So many things are told in one line; the rest are counted.
const MOST_TOLD: usize = 5;

/// Why somebody is told of an action: `action:35:jirkade`.
pub fn action_key(number: u32, who: &str) -> String {
    format!("action:{number}:{who}")
}

impl Group {
    /// The word by which somebody of the roster is known wherever they are seen next; nothing for
    /// people who are not on it. `name` is an account, a nick or a full name.
    pub fn known_as(&self, name: &str, today: NaiveDate) -> Option<String> {
        self.roster.find(name, today).and_then(word)
    }

    /// The same of somebody who is seen: by account where the network has accounts, else by nick.
    pub fn seen_as(
        &self,
        who: &Speaker,
        casemapping: Casemapping,
        today: NaiveDate,
    ) -> Option<String> {
        let standing = self.roster.standing(&Asker::from(who), casemapping, today);
        standing.enrolled().and_then(word)
    }

    /// What somebody who was away is told, in one line: the keys and the words of what was kept for
    /// them. An action that is no longer open, or no longer theirs, is not worth a word; of one
    /// that is, the ledger's words count. `pages` is where the minutes are.
    pub fn while_away(
        &self,
        who: &str,
        kept: &[(String, String)],
        pages: Option<&str>,
        today: NaiveDate,
    ) -> Option<String> {
        let one = |(key, words): &(String, String)| match action_of(key) {
            Some(number) => self.action_for(who, number, pages, today),
            None => Some(words.clone()),
        };
        let told: Vec<String> = kept.iter().filter_map(one).collect();
        let more = match told.len().saturating_sub(MOST_TOLD) {
            0 => String::new(),
            more => format!(" · and {more} more"),
        };
        let listed = told.iter().take(MOST_TOLD).cloned().collect::<Vec<_>>().join(" · ");
        (!told.is_empty()).then(|| format!("While you were away: {listed}{more}"))
    }

    /// `action [35] jirkade: push libvirt 4.9.0 to testing (due 2018-11-27), given by gwd: URL`
    fn action_for(
        &self,
        who: &str,
        number: u32,
        pages: Option<&str>,
        today: NaiveDate,
    ) -> Option<String> {
        let entry = self.roadmap.one(number)?;
        let is_open = matches!(entry.state, State::Open | State::Deferred { .. });
        let is_theirs =
            entry.owners.iter().any(|owner| self.known_as(owner, today).as_deref() == Some(who));
        let page = pages.zip(entry.origin.meeting.as_ref());
        let page = page.map(|(pages, (slug, line))| format!(": {pages}/m/{slug}/log#l-{line}"));
        let words = roadmap::text::line(entry);
        let by = entry.origin.by.as_untrusted();
        (is_open && is_theirs)
            .then(|| format!("action {words}, given by {by}{}", page.unwrap_or_default()))
    }
}

fn word(enrolled: &Enrolled) -> Option<String> {
    enrolled.member.proof().map(|proof| Casemapping::default().fold(proof))
}

fn action_of(key: &str) -> Option<u32> {
    key.strip_prefix("action:")?.split(':').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::group::{By, Change, Entry};
    use crate::domain::meeting::Login;
    use crate::domain::roadmap::Kind;
    use crate::domain::roster::{Member, Roster};
    use crate::domain::time::Moment;

    fn day() -> NaiveDate {
        "2018-11-13".parse().unwrap()
    }

    fn group() -> Group {
        let member = Member {
            name: "Jiri Denemark".into(),
            nicks: vec!["jirkade".into()],
            account: Some("JiriD".into()),
            ..Member::default()
        };
        Group::new(Roster::new(vec![Enrolled { member, ..Enrolled::default() }]))
    }

    fn enter(group: &mut Group, number: u32, change: roadmap::Change) {
        let meeting = Some(("2018-11-13".to_string(), 17));
        let by = By { name: "gwd".into(), meeting, ..By::itself() };
        let (id, at) = (group.last + 1, Moment::of(day(), 0));
        group.apply(&Entry { id, at, by, change: Change::Entry { number, change } });
    }

    fn opened(text: &str, owner: &str) -> roadmap::Change {
        let (text, owners) = (text.into(), vec![owner.to_string()]);
        roadmap::Change::Opened { kind: Kind::Action, text, owners, due: Some(day()) }
    }

    #[test]
    fn a_member_is_known_by_account_and_by_nick_where_there_are_none() {
        let group = group();
        let word = Some("jirid".to_string());
        for name in ["jirkade", "JIRID", "jiri denemark"] {
            assert_eq!(group.known_as(name, day()), word, "{name}");
        }
        let seen = |nick: &str, login| {
            group.seen_as(&Speaker { nick: nick.into(), login }, Casemapping::Rfc1459, day())
        };
        assert_eq!(seen("whatever", Login::As("jirid".into())), word);
        assert_eq!(seen("jirkade", Login::Unknown), word);
        assert_eq!(seen("jirkade", Login::No), None, "a nick proves nothing here");
        assert_eq!(seen("jirkade", Login::As("mallory".into())), None);
    }

    #[test]
    fn what_was_given_is_told_while_it_is_open_and_theirs() {
        let mut group = group();
        enter(&mut group, 1, opened("push libvirt", "jirkade"));
        enter(&mut group, 2, opened("update the page", "jirkade"));
        enter(&mut group, 3, opened("drop it", "jirkade"));
        enter(&mut group, 4, opened("somebody else's", "gwd"));
        let reworded = roadmap::Change::Reworded {
            text: "push libvirt 4.9.0".into(),
            owners: vec!["JiriD".into()],
            due: None,
        };
        enter(&mut group, 1, reworded);
        enter(&mut group, 3, roadmap::Change::Done { note: "".into() });
        let kept = |numbers: &[u32]| -> Vec<(String, String)> {
            numbers.iter().map(|n| (action_key(*n, "jirid"), "old words".to_string())).collect()
        };
        let told = |kept: &[(String, String)], pages| group.while_away("jirid", kept, pages, day());
        let pages = Some("https://v.example");
        assert_eq!(
            told(&kept(&[1, 2, 3, 4, 9]), pages).unwrap(),
            "While you were away: action [1] JiriD: push libvirt 4.9.0, given by gwd: \
             https://v.example/m/2018-11-13/log#l-17 · action [2] jirkade: update the page (due \
             2018-11-13), given by gwd: https://v.example/m/2018-11-13/log#l-17"
        );
        assert_eq!(told(&kept(&[3, 4]), pages), None);
        let many: Vec<(String, String)> =
            (0..7).map(|n| (format!("word:{n}"), format!("word {n}"))).collect();
        let line = told(&many, None).unwrap();
        assert!(line.ends_with("word 3 · word 4 · and 2 more"), "{line}");
    }
}
