//! What the bot tells of the group: when it meets, who it is, what it has promised, its news.
//!
//! Whom to write to is always the list. No sentence here has an address of a person.

use crate::domain::chat::Answer;
use crate::domain::chat::answer::quoted;
use crate::domain::chat::question::{self, WORDS, nearest};
use crate::domain::escape;
use crate::domain::group::Group;
use crate::domain::list::RULE;
use crate::domain::meeting::command;
use crate::domain::name::Casemapping;
use crate::domain::roadmap::{Entry, Milestone, text};
use crate::domain::roster::{Member, Project, project_title};
use crate::domain::schedule::{State, say};
use crate::domain::time::Moment;
use chrono::NaiveDate;

/// The most people and projects that one sentence names.
const MOST_NAMES: usize = 20;
/// The most addresses of documents that are told.
const MOST_DOCUMENTS: usize = 10;

/// What answers rest on.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The group as it is now.
    pub group: &'a Group,
    /// What it is called in short.
    pub name: &'a str,
    /// What it works on.
    pub projects: &'a [Project],
    /// How to write to it.
    pub list: Option<List<'a>>,
    /// Where the pages are, without a slash at the end.
    pub pages: Option<&'a str>,
    /// Now.
    pub now: Moment,
    /// Whether who asks may read minutes for members only.
    pub is_member: bool,
}

/// The list, as answers name it.
#[derive(Clone, Debug)]
pub struct List<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Where posts go.
    pub address: &'a str,
    /// Where one subscribes.
    pub page: Option<&'a str>,
    /// What happens to posts of those who are not subscribed.
    pub rule: &'a str,
    /// Where questions by mail go, where they are answered.
    pub requests: Option<String>,
}

impl Facts<'_> {
    pub(super) fn today(&self) -> NaiveDate {
        self.now.date()
    }

    /// The page with that path.
    pub(super) fn page(&self, path: &str) -> Option<String> {
        self.pages.map(|pages| format!("{pages}{path}"))
    }
}

/// When the next meeting is. `open_since`: when one of the group's was started that is on, which may
/// last longer than its time.
pub fn when(facts: &Facts, open_since: Option<Moment>) -> Answer {
    let schedule = &facts.group.schedule;
    Answer::line(match (schedule.state(facts.now), open_since) {
        (State::OnNow(_), _) | (_, None) => say::when(schedule, facts.now),
        (_, Some(since)) => say::on(schedule, since, facts.now),
    })
}

/// What can be asked, or how one question or command is written.
pub fn help(facts: &Facts, word: Option<&str>) -> Answer {
    let Some(word) = word else {
        let names: Vec<&str> = WORDS.iter().map(|word| word.name).collect();
        let minutes = facts.page("/minutes/").map(|page| format!("  Minutes: {page}"));
        return Answer::line(format!(
            "I keep the meetings here: #startmeeting NAME starts one.  Ask me: {}.  'help WORD' says more.{}",
            names.join(", "),
            minutes.unwrap_or_default()
        ));
    };
    let bare = word.split_whitespace().next().unwrap_or("").trim_start_matches('#');
    match (question::find(bare), command::find(bare)) {
        (Some(known), _) if !word.starts_with('#') => {
            Answer::line(format!("{}: {}.", known.usage(), known.about))
        }
        (_, Some(known)) if known.usage.is_empty() => {
            Answer::line(format!("In a meeting: #{}", known.name))
        }
        (_, Some(known)) => Answer::line(format!("In a meeting: {}", known.usage)),
        _ => Answer::refusal(question::read(bare).err().unwrap_or_else(|| "help WORD".into())),
    }
}

/// Who somebody is, who maintains a project, or who the group is.
pub fn who(facts: &Facts, asked: Option<&str>) -> Answer {
    let Some(asked) = asked else { return everybody(facts) };
    let roster = &facts.group.roster;
    let maintainers = roster.maintainers(asked, facts.today());
    let project = facts.projects.iter().find(|project| project.is_called(asked));
    if project.is_some() || !maintainers.is_empty() {
        let names: Vec<String> =
            maintainers.iter().take(MOST_NAMES).map(|one| one.in_full()).collect();
        let names = match names.is_empty() {
            true => "nobody maintains it at the moment".to_string(),
            false => names.join(", "),
        };
        let title = project_title(&quoted(asked.trim()), facts.projects);
        return Answer::line(format!("{title}: {names}.{}", write_to(facts)));
    }
    if let Some(one) = roster.find(asked, facts.today()) {
        let roles: Vec<String> = one.member.roles.iter().map(|role| escape::line(role)).collect();
        let roles = match roles.is_empty() {
            true => "member".to_string(),
            false => roles.join(", ").replace("maintainer:", "maintainer of"),
        };
        return Answer::line(format!("{}: {roles}.{}", one.member.in_full(), write_to(facts)));
    }
    let projects = roster.projects(facts.today());
    let people = roster.on(facts.today()).map(|one| one.member.handle());
    let near = nearest(asked, projects.iter().map(String::as_str).chain(people));
    unknown(asked, near, "nobody and no project", &projects)
}

fn everybody(facts: &Facts) -> Answer {
    let today = facts.today();
    let leads: Vec<String> =
        facts.group.roster.leads(today).map(|one| one.member.in_full()).collect();
    let leads = match leads.is_empty() {
        true => String::new(),
        false => format!(" led by {},", leads.join(", ")),
    };
    let count = facts.group.roster.on(today).count();
    let people = if count == 1 { "person" } else { "people" };
    let projects = facts.group.roster.projects(today);
    let projects = match projects.is_empty() {
        true => String::new(),
        false => format!(" Projects: {}.", named(&projects)),
    };
    let group = escape::line(facts.name);
    Answer::line(format!("{group}:{leads} {count} {people}.{projects}{}", write_to(facts)))
}

fn named(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(MOST_NAMES).map(|name| escape::line(name)).collect();
    let more = if names.len() > MOST_NAMES { " …" } else { "" };
    shown.join(", ") + more
}

/// ` Write to centos-virt (posts by non-subscribers are discarded).`
fn write_to(facts: &Facts) -> String {
    let Some(list) = &facts.list else { return String::new() };
    let name = escape::line(list.name);
    match list.rule {
        "" => format!(" Write to {name}."),
        RULE => format!(" Write to {name} (posts by non-subscribers are discarded)."),
        rule => format!(" Write to {name}. {}", escape::line(rule)),
    }
}

fn unknown(asked: &str, near: Option<&str>, what: &str, known: &[String]) -> Answer {
    let asked = quoted(asked);
    let near = near.map(|near| format!(" Did you mean '{}'?", escape::line(near)));
    let known = match known.is_empty() {
        true => String::new(),
        false => format!(" Projects: {}.", named(known)),
    };
    Answer::refusal(format!("I know {what} called '{asked}'.{}{known}", near.unwrap_or_default()))
}

/// What is to be done, by everybody or by one person.
pub fn actions(facts: &Facts, nick: Option<&str>) -> Answer {
    let today = facts.today();
    let open = || facts.group.roadmap.open(today);
    let Some(nick) = nick else {
        let lines: Vec<String> = open().map(|entry| action(entry, today)).collect();
        return match lines.is_empty() {
            true => Answer::line("No action is open."),
            false => Answer::list(lines, facts.page("/")),
        };
    };
    let member = facts.group.roster.find(nick, today).map(|one| &one.member);
    let fold = Casemapping::Rfc1459;
    let is_theirs = |owner: &String| {
        fold.same(owner, nick)
            || member.is_some_and(|member| {
                member.is_called(owner, fold)
                    || member.name.as_untrusted().eq_ignore_ascii_case(owner)
            })
    };
    let theirs = open().filter(|entry| entry.owners.iter().any(is_theirs));
    let lines: Vec<String> = theirs.map(|entry| action(entry, today)).collect();
    if !lines.is_empty() {
        return Answer::list(lines, facts.page("/"));
    }
    let handle = member.map_or(nick, Member::handle);
    let people = facts.group.roster.on(today).map(|one| one.member.handle());
    let owners = open().flat_map(|entry| entry.owners.iter().map(String::as_str));
    let near = match member {
        Some(_) => None,
        None => nearest(nick, people.chain(owners)),
    };
    let near = near.map(|near| format!(" Did you mean '{}'?", escape::line(near)));
    Answer::line(format!("No action of {} is open.{}", quoted(handle), near.unwrap_or_default()))
}

fn action(entry: &Entry, today: NaiveDate) -> String {
    let late = if entry.is_late(today) { " (late)" } else { "" };
    format!("{}{late}", quoted(&text::line(entry)))
}

/// The news that stand, the newest first.
pub fn notices(facts: &Facts) -> Answer {
    let current = facts.group.notices.current(facts.today());
    let lines: Vec<String> = current.map(|notice| quoted(&notice.sentence())).collect();
    match lines.is_empty() {
        true => Answer::line("There is no notice."),
        false => Answer::list(lines, facts.page("/")),
    }
}

/// The milestones with their open actions, and what help is wanted with.
pub fn roadmap(facts: &Facts) -> Answer {
    let milestones = facts.group.roadmap.milestones().iter();
    let milestones = milestones.map(|one| milestone(facts, one));
    let wanted = facts.group.roadmap.help_wanted(facts.today());
    let wanted = wanted.map(|entry| format!("Help wanted: {}", quoted(&text::line(entry))));
    let lines: Vec<String> = milestones.chain(wanted).collect();
    match lines.is_empty() {
        true => Answer::line("Nothing is on the roadmap. 'actions' tells what is to be done."),
        false => Answer::list(lines, facts.page("/")),
    }
}

/// `xen 4.12: 2019-03-01, in testing. Open: 31, 33`
fn milestone(facts: &Facts, milestone: &Milestone) -> String {
    let of_it = |entry: &&Entry| {
        entry.milestone.as_ref().is_some_and(|(project, name)| {
            project.eq_ignore_ascii_case(&milestone.project)
                && name.eq_ignore_ascii_case(&milestone.name)
        })
    };
    let open = text::numbers(facts.group.roadmap.open(facts.today()).filter(of_it));
    let date = milestone.date.map(|date| date.to_string());
    let state = milestone.state.as_untrusted();
    let state = (!state.is_empty()).then(|| quoted(state));
    let told: Vec<String> = date.into_iter().chain(state).collect();
    let told = if told.is_empty() { "no date yet".to_string() } else { told.join(", ") };
    let open = if open == "none" { String::new() } else { format!(" Open: {open}") };
    format!("{} {}: {told}.{open}", quoted(&milestone.project), quoted(&milestone.name))
}

/// How to write to the group.
pub fn list(facts: &Facts) -> Answer {
    let Some(list) = &facts.list else {
        return Answer::line("No mailing list is known to me; ask in the channel.");
    };
    let (name, address) = (escape::line(list.name), escape::line(list.address));
    let join = list.page.map(|page| format!(" Join: {}", escape::line(page)));
    let rule = Some(escape::line(list.rule)).filter(|rule| !rule.is_empty());
    let rule = rule.map(|rule| format!(" {rule}"));
    let requests = list.requests.as_ref();
    let requests = requests.map(|address| format!(" Questions by mail: {address}"));
    Answer::line(format!(
        "{name}: {address}.{}{}{}",
        rule.unwrap_or_default(),
        join.unwrap_or_default(),
        requests.unwrap_or_default()
    ))
}

/// Where the documentation of a project is.
pub fn docs(facts: &Facts, asked: Option<&str>) -> Answer {
    let documented = facts.projects.iter().filter(|project| !project.documents.is_empty());
    let known: Vec<String> =
        documented.map(|project| escape::line(project.name.as_untrusted())).collect();
    let Some(asked) = asked else {
        return match known.is_empty() {
            true => Answer::line("No documentation is known to me."),
            false => Answer::line(format!("Documentation of: {}.", named(&known))),
        };
    };
    let Some(project) = facts.projects.iter().find(|project| project.is_called(asked)) else {
        return unknown(
            asked,
            nearest(asked, known.iter().map(String::as_str)),
            "no project",
            &known,
        );
    };
    let title = project_title(project.name.as_untrusted(), facts.projects);
    let all = project.documents.iter().take(MOST_DOCUMENTS).map(|one| escape::line(one));
    match project.documents.is_empty() {
        true => Answer::line(format!("No documentation of {title} is known to me.")),
        false => Answer::line(format!("{title}: {}", all.collect::<Vec<_>>().join("  "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::group::{By, Change, Entry as Journal};
    use crate::domain::roadmap;
    use crate::domain::roster::{Enrolled, Roster};

    fn group() -> Group {
        let member = |name: &str, nick: &str, roles: &[&str]| Enrolled {
            member: Member {
                name: name.into(),
                nicks: vec![nick.into(), format!("{nick}_").as_str().into()],
                roles: roles.iter().map(ToString::to_string).collect(),
                ..Member::default()
            },
            addresses: vec!["private@example.org".into()],
            ..Enrolled::default()
        };
        let mut group = Group::new(Roster::new(vec![
            member("Anthony Perard", "anthonyper", &["maintainer: xen"]),
            member("Mira", "Mira", &[]),
        ]));
        for (number, owner) in [(1, "Anthony Perard"), (2, "anthonyper_"), (3, "nadia")] {
            group.apply(&Journal {
                id: i64::from(number),
                at: Moment::parse("2018-11-13T15:00:00Z").unwrap(),
                by: By::itself(),
                change: Change::Entry {
                    number,
                    change: roadmap::Change::Opened {
                        kind: roadmap::Kind::Action,
                        text: "test it".into(),
                        owners: vec![owner.to_string()],
                        due: "2018-11-20".parse().ok(),
                    },
                },
            });
        }
        group
    }

    fn facts<'a>(group: &'a Group, rule: Option<&'a str>) -> Facts<'a> {
        let address = "virt@example.org";
        Facts {
            group,
            name: "Virt SIG",
            projects: &[],
            list: rule.map(|rule| List { name: "virt", address, page: None, rule, requests: None }),
            pages: None,
            now: Moment::parse("2018-11-21T10:00:00Z").unwrap(),
            is_member: false,
        }
    }

    fn one(answer: Answer) -> String {
        answer.told().join(" | ")
    }

    #[test]
    fn the_list_is_the_contact_with_its_own_rule() {
        let group = group();
        for (rule, expected) in [
            (None, "Xen: Anthony Perard (anthonyper)."),
            (Some(""), "Xen: Anthony Perard (anthonyper). Write to virt."),
            (Some("Be kind."), "Xen: Anthony Perard (anthonyper). Write to virt. Be kind."),
            (
                Some(RULE),
                "Xen: Anthony Perard (anthonyper). Write to virt (posts by non-subscribers are discarded).",
            ),
        ] {
            assert_eq!(one(who(&facts(&group, rule), Some("xen"))), expected);
        }
        assert_eq!(one(who(&facts(&group, None), Some("mira_"))), "Mira: member.");
        assert_eq!(
            one(list(&facts(&group, None))),
            "No mailing list is known to me; ask in the channel."
        );
    }

    #[test]
    fn an_action_is_found_by_each_name_of_its_owner() {
        let group = group();
        let facts = facts(&group, None);
        for name in ["anthonyper", "ANTHONYPER_", "anthony perard"] {
            let told = one(actions(&facts, Some(name)));
            assert!(told.starts_with("[1] Anthony Perard: test it (due 2018-11-20) (late) | [2]"));
        }
        assert_eq!(
            one(actions(&facts, Some("nadja"))),
            "No action of nadja is open. Did you mean 'nadia'?"
        );
        assert_eq!(one(actions(&facts, Some("mira"))), "No action of Mira is open.");
    }
}
