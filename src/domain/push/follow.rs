//! What follows in the group's books from a push: rebases that have arrived, actions that are done,
//! support that has ended, projects a package belongs to.

use crate::domain::group::Group;
use crate::domain::notice;
use crate::domain::push::build::{Kind, Stage};
use crate::domain::push::evr::Evr;
use crate::domain::push::item::Item;
use crate::domain::roadmap;
use crate::domain::roster::Project;
use chrono::NaiveDate;

/// Words that say of an action that it is about a push.
const VERBS: [&str; 12] = [
    "push", "pushed", "pushing", "release", "released", "ship", "publish", "update", "upgrade",
    "rebase", "tag", "build",
];

/// The project a source package belongs to: the one named for its repository, else the one whose
/// packages it is among, else none.
pub fn project_of<'a>(
    source: &str,
    named: Option<&str>,
    projects: &'a [Project],
) -> Option<&'a Project> {
    let named = named.and_then(|name| projects.iter().find(|project| project.is_called(name)));
    named.or_else(|| projects.iter().find(|project| project.has_package(source)))
}

/// Since when the version of a package gets no security fixes: the notice about its stream, such as
/// `xen 4.6`, counts for every version that begins with it.
pub fn end_of_support(
    group: &Group,
    source: &str,
    project: &str,
    evr: &Evr,
    today: NaiveDate,
) -> Option<NaiveDate> {
    let is_about =
        |name: &str| name.eq_ignore_ascii_case(source) || name.eq_ignore_ascii_case(project);
    let streams = group.notices.all().iter().filter_map(|notice| match &notice.kind {
        notice::Kind::EndOfSupport { project, version, .. } if is_about(project) => {
            Some((project, version))
        }
        _ => None,
    });
    let is_of = |version: &str| {
        let rest = evr.version.strip_prefix(version);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let ended = streams
        .filter(|(_, version)| is_of(version))
        .filter_map(|(project, version)| group.notices.end_of_support(project, version));
    ended.filter(|date| *date <= today).min()
}

/// The rebases that an item completes: the numbers of their notices, what they aimed at, and when
/// they were announced.
pub fn completes(group: &Group, item: &Item) -> Vec<(u32, String, NaiveDate)> {
    if item.stage != Stage::Release || !is_arrival(item.kind) {
        return Vec::new();
    }
    let names = [item.source.as_str(), item.project.as_str()];
    let open =
        group.notices.all().iter().filter(|one| one.closed.is_none() && one.withdrawn.is_none());
    let done = open.filter_map(|notice| match &notice.kind {
        notice::Kind::Rebase { project, version, .. }
            if names.iter().any(|name| project.eq_ignore_ascii_case(name))
                && item.evr.reaches(version) =>
        {
            Some((notice.number, version.clone(), notice.at.date()))
        }
        _ => None,
    });
    done.collect()
}

/// The open actions that an item does: those that name its source package and say that it is to be
/// pushed, or name a version that this one reaches. What is to reach testing is done there.
pub fn does(group: &Group, item: &Item, today: NaiveDate) -> Vec<u32> {
    if !is_arrival(item.kind) {
        return Vec::new();
    }
    let open = group.roadmap.open(today).filter(|entry| entry.kind == roadmap::Kind::Action);
    open.filter(|entry| is_done(entry.text.as_untrusted(), item))
        .map(|entry| entry.number)
        .collect()
}

fn is_arrival(kind: Kind) -> bool {
    matches!(kind, Kind::New | Kind::Released | Kind::Testing | Kind::Major)
}

fn is_done(text: &str, item: &Item) -> bool {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || "-._+~^".contains(c);
    let trim = |word: &str| word.trim_matches(['.', '-', '_']).to_ascii_lowercase();
    let words: Vec<String> = text.split(|c: char| !is_of_word(c)).map(trim).collect();
    let source = item.source.to_ascii_lowercase();
    let nvr = format!("{source}-{}", item.evr.version.to_ascii_lowercase());
    let names_it = |word: &String| *word == source || word.starts_with(&nvr);
    if !words.iter().any(names_it) {
        return false;
    }
    let says = |what: &str| words.iter().any(|word| word == what);
    let reaches_stage = item.stage == Stage::Release || says("testing");
    let versions: Vec<&String> = words.iter().filter(|word| is_version(word)).collect();
    let reaches = versions.iter().all(|version| item.evr.reaches(version));
    let is_named = !versions.is_empty() || words.iter().any(|word| word.starts_with(&nvr));
    reaches_stage && reaches && (is_named || VERBS.iter().any(|verb| says(verb)))
}

/// `4.9.0`, but not `2018-11-27`, `el7` or `7`.
fn is_version(word: &str) -> bool {
    let version = word.split('-').next().unwrap_or("");
    word.matches('-').count() < 2
        && version.starts_with(|c: char| c.is_ascii_digit())
        && version.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::group::{By, Change, Entry};
    use crate::domain::push::build::About;
    use crate::domain::push::item::Marks;
    use crate::domain::time::Moment;

    fn item(version: &str, stage: Stage) -> Item {
        Item {
            kind: if stage == Stage::Testing { Kind::Testing } else { Kind::Released },
            source: "libvirt".into(),
            evr: Evr::new(0, version, "1.el7"),
            previous: None,
            stage,
            places: Vec::new(),
            project: "libvirt".into(),
            by: None,
            pushed_at: None,
            marks: Marks::default(),
            about: About::default(),
        }
    }

    fn entered(changes: Vec<Change>) -> Group {
        let mut group = Group::default();
        for (id, change) in (1..).zip(changes) {
            let at = Moment::parse("2018-11-13T15:00:00Z").unwrap();
            group.apply(&Entry { id, at, by: By::itself(), change });
        }
        group
    }

    fn noticed(number: u32, kind: notice::Kind) -> Change {
        let change = notice::Change::Posted { kind, text: "x".into(), about: None };
        Change::Notice { number, change }
    }

    #[test]
    fn an_action_that_names_the_package_is_done() {
        let cases = [
            ("push libvirt 4.9.0 to testing", "4.9.0", Stage::Testing, true),
            ("push libvirt 4.9.0 to testing", "4.9.0", Stage::Release, true),
            ("push libvirt 4.9.0", "4.9.0", Stage::Testing, false),
            ("push libvirt 4.9.0", "4.10.0", Stage::Release, true),
            ("push libvirt 4.9.0", "4.3.0", Stage::Release, false),
            ("push Libvirt.", "4.3.0", Stage::Release, true),
            ("get libvirt-4.9.0-1.el7 out", "4.9.0", Stage::Release, true),
            ("write the page about libvirt", "4.9.0", Stage::Release, false),
            ("push libvirt-python", "4.9.0", Stage::Release, false),
            ("release the notes", "4.9.0", Stage::Release, false),
            ("push libvirt by 2018-11-27", "4.9.0", Stage::Release, true),
        ];
        for (text, version, stage, done) in cases {
            let kind = roadmap::Kind::Action;
            let change =
                roadmap::Change::Opened { kind, text: text.into(), owners: vec![], due: None };
            let group = entered(vec![Change::Entry { number: 7, change }]);
            let today = "2018-11-20".parse().unwrap();
            let found = does(&group, &item(version, stage), today);
            assert_eq!(!found.is_empty(), done, "{text} {version}");
        }
    }

    #[test]
    fn a_rebase_arrives_with_a_release_of_at_least_its_version() {
        let rebase = notice::Kind::Rebase {
            project: "Libvirt".into(),
            version: "4.9.0".into(),
            platform: "CentOS 7.6".into(),
        };
        let group = entered(vec![noticed(3, rebase)]);
        let day = "2018-11-13".parse().unwrap();
        let found = completes(&group, &item("4.10.0", Stage::Release));
        assert_eq!(found, [(3, "4.9.0".to_string(), day)]);
        assert_eq!(completes(&group, &item("4.9.0", Stage::Testing)), []);
        assert_eq!(completes(&group, &item("4.3.0", Stage::Release)), []);
        let down = Item { kind: Kind::Downgraded, ..item("4.10.0", Stage::Release) };
        assert_eq!(completes(&group, &down), []);
    }

    #[test]
    fn support_ends_for_a_whole_stream() {
        let ended = |version: &str| notice::Kind::EndOfSupport {
            project: "libvirt".into(),
            version: version.into(),
            date: "2018-11-13".parse().unwrap(),
        };
        let group = entered(vec![noticed(1, ended("4.6")), noticed(2, ended("4"))]);
        let day = |day: &str| day.parse::<NaiveDate>().unwrap();
        let since = |group: &Group, version: &str, today: &str| {
            end_of_support(group, "libvirt", "", &Evr::new(0, version, "1"), day(today))
        };
        assert_eq!(since(&group, "4.6.6", "2018-11-13"), Some(day("2018-11-13")));
        assert_eq!(since(&group, "4.6", "2018-11-12"), None);
        let group = entered(vec![noticed(1, ended("4.6"))]);
        assert_eq!(since(&group, "4.60.1", "2018-11-13"), None, "another stream");
        assert_eq!(since(&group, "4.8", "2018-11-13"), None);
    }
}
