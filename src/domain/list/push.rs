//! The letters to the list about pushes: of each push, or of all of a day or a week.

use crate::domain::escape;
use crate::domain::list::letter::{Letter, List};
use crate::domain::push::build::{Kind, Stage};
use crate::domain::push::item::Item;
use crate::domain::push::text::{cut, marks, places, word};
use crate::domain::push::window::day_and_hour;
use crate::domain::time::Moment;
use crate::domain::wrap::wrap;
use std::fmt::Write;

/// The most entries of a changelog in a letter of one package.
const MOST_CHANGES: usize = 20;
/// The longest entry, in characters.
const MOST_CHANGE: usize = 2_000;
/// The most checksums in a letter.
const MOST_SUMS: usize = 200;
/// The most names in a subject.
const MOST_NAMES: usize = 4;

/// The letter of one push. `page` shows the same.
pub fn each(
    number: i64,
    items: &[Item],
    since: Option<Moment>,
    list: &List,
    page: Option<&str>,
    now: Moment,
) -> Letter {
    let subject = match items {
        [item] => format!("[{}] {}", tag(list), subject_of(item)),
        items => format!("[{}] {} packages: {}", tag(list), items.len(), names(items)),
    };
    let mut body = String::new();
    if let Some(since) = since {
        let since = day_and_hour(since);
        wrap(&mut body, "", "", &format!("Seen only now, as nobody looked since {since}."));
        body.push('\n');
    }
    for item in items {
        about(&mut body, item, items.len() == 1);
    }
    let id = list.message_id(&["push", &number.to_string()]);
    Letter {
        archived_at: page.map(str::to_string),
        foot: page.map_or(String::new(), |page| format!("\n{page}\n")),
        body,
        ..list.letter(format!("push:{number}"), id, subject, now)
    }
}

/// The letter of a day (`2018-11-13`) or a week (`2018-W46`); none where nothing was pushed.
pub fn digest(
    when: &str,
    items: &[Item],
    list: &List,
    page: Option<&str>,
    now: Moment,
) -> Option<Letter> {
    if items.is_empty() {
        return None;
    }
    let count = match items.len() {
        1 => "1 package".to_string(),
        count => format!("{count} packages"),
    };
    let subject = format!("[{}] {when}: {count} pushed: {}", tag(list), names(items));
    let mut body = String::new();
    for item in items {
        about(&mut body, item, false);
    }
    let id = list.message_id(&["pushes", when]);
    Some(Letter {
        archived_at: page.map(str::to_string),
        foot: page.map_or(String::new(), |page| format!("\n{page}\n")),
        body,
        ..list.letter(format!("pushes:{when}"), id, subject, now)
    })
}

/// `virt-push`: the first word of the group's short name.
fn tag(list: &List) -> String {
    let first = list.group.split_whitespace().next().unwrap_or("sig");
    let first: String = first.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{}-push", first.to_lowercase())
}

/// `qemu-kvm-ev 2.12.0-18.el7 released (virt7-kvm-common)`, with what must not be missed.
fn subject_of(item: &Item) -> String {
    let evr = &item.evr;
    let what = match item.kind {
        Kind::New | Kind::Released | Kind::Major if item.stage == Stage::Release => "released",
        Kind::New | Kind::Released | Kind::Major | Kind::Testing => "in testing",
        Kind::Withdrawn => "withdrawn",
        Kind::Downgraded => "downgraded",
        Kind::Respun => "respun",
    };
    let must: Vec<String> = [
        item.marks.out_of_window.then(|| "OUT OF WINDOW".to_string()),
        item.marks.not_mainline.as_ref().map(|_| "NOT MAINLINE".to_string()),
        item.marks.end_of_support.map(|_| "END OF SUPPORT".to_string()),
        item.is_security().then(|| "security".to_string()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let must = if must.is_empty() { String::new() } else { format!(", {}", must.join(", ")) };
    let repositories = item.repositories().into_iter().map(word).collect::<Vec<_>>();
    let version = format!("{}-{}", word(&evr.version), word(&evr.release));
    format!("{} {version} {what}{must} ({})", word(&item.source), cut(&repositories.join(" "), 60))
}

fn names(items: &[Item]) -> String {
    let shown: Vec<String> = items.iter().take(MOST_NAMES).map(|item| word(&item.name())).collect();
    let more = match items.len().saturating_sub(MOST_NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    shown.join(", ") + &more
}

/// A package: what it is, where, and in a letter of its own what changed and the checksums.
fn about(body: &mut String, item: &Item, in_full: bool) {
    let was = item.previous.as_ref().map(|evr| format!(" (was {})", word(&evr.short())));
    let outside = if item.marks.out_of_window { "OUT OF WINDOW " } else { "" };
    let kind = item.kind.as_str().to_uppercase();
    let name = format!("{} {}", word(&item.source), word(&item.evr.short()));
    let head = format!("{outside}{kind} {name}{}", was.unwrap_or_default());
    wrap(body, "* ", "  ", &head);
    let mut say = |words: &str| wrap(body, "    ", "    ", words);
    if let Some(reason) = &item.marks.not_mainline {
        say(&format!("NOT MAINLINE: {}", escape::line(reason)));
    }
    marks(item).iter().filter(|mark| !mark.starts_with("NOT MAINLINE")).for_each(|mark| say(mark));
    if let Some((version, announced)) = &item.marks.completes {
        say(&format!("Completes the rebase to {} announced {announced}.", word(version)));
    }
    let repositories: Vec<String> = item.repositories().into_iter().map(word).collect();
    let since = item.pushed_at.map(|at| format!(", there since {}", day_and_hour(at)));
    say(&format!(
        "{} in {}{}",
        places(&item.places),
        repositories.join(", "),
        since.unwrap_or_default()
    ));
    if let Some(by) = &item.by {
        say(&format!("Tagged by {}.", word(by)));
    }
    if let Some(how) = &item.marks.try_it {
        say(&format!("It is not signed yet.  Try it: {}", escape::line(how)));
    }
    if !item.about.summary.is_empty() {
        say(&format!("{}  ({})", cut(&item.about.summary, 200), cut(&item.about.licence, 100)));
    }
    if in_full {
        in_detail(body, item);
    }
    body.push('\n');
}

fn in_detail(body: &mut String, item: &Item) {
    if !item.about.changes.is_empty() {
        *body += "\nWhat changed:\n";
    }
    for (author, text) in item.about.changes.iter().take(MOST_CHANGES) {
        wrap(body, "  * ", "    ", &cut(author, 100));
        for line in text.lines().filter(|line| !line.trim().is_empty()).take(50) {
            wrap(body, "    ", "      ", &cut(line, MOST_CHANGE));
        }
    }
    if !item.about.packages.is_empty() {
        *body += "\nSHA-256 of the packages:\n";
    }
    for (name, sum) in item.about.packages.iter().take(MOST_SUMS) {
        wrap(body, "  ", "    ", &escape::line(name));
        let _ = writeln!(body, "    {}", cut(sum, 64)); // Writing to a text cannot fail.
    }
    if item.about.packages.len() > MOST_SUMS {
        let _ = writeln!(body, "… and {} more", item.about.packages.len() - MOST_SUMS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::list::testing::{is_golden, list};
    use crate::domain::push::build::About;
    use crate::domain::push::evr::Evr;
    use crate::domain::push::item::{Marks, Place};

    fn item() -> Item {
        Item {
            kind: Kind::Released,
            source: "qemu-kvm-ev".into(),
            evr: Evr::new(10, "2.12.0", "18.el7"),
            previous: Some(Evr::new(10, "2.10.0", "21.el7")),
            stage: Stage::Release,
            places: vec![Place {
                repository: "virt7-kvm-common".into(),
                platform: "el7".into(),
                arches: vec!["x86_64".into(), "aarch64".into()],
            }],
            project: "qemu".into(),
            by: Some("sbonazzo".into()),
            pushed_at: Moment::parse("2018-11-19T12:04:00Z").ok(),
            marks: Marks {
                completes: Some(("2.12".into(), "2018-11-13".parse().unwrap())),
                not_mainline: Some("backports from RHEL".into()),
                ..Marks::default()
            },
            about: About {
                summary: "QEMU is a machine emulator\r\nBcc: all@example.org".into(),
                licence: "GPLv2".into(),
                changes: vec![(
                    "Sandro Bonazzola <sbonazzo@example.org> - 10:2.12.0-18".into(),
                    "- Update to 2.12\n- \u{3}4,1fix CVE-2018-18849\n.".into(),
                )],
                security: vec!["CVE-2018-18849".into()],
                from_changelog: true,
                packages: [("qemu-img-ev-2.12.0-18.el7.x86_64".to_string(), "ab".repeat(32))]
                    .into(),
                ..About::default()
            },
        }
    }

    #[test]
    fn the_letters_of_a_push_and_of_a_day() {
        let now = Moment::parse("2018-11-19T12:10:00Z").unwrap();
        let page = Some("https://virt.example.org/p/318");
        is_golden("push", &each(318, &[item()], None, &list(), page, now));
        let other = Item { source: "xen".into(), marks: Marks::default(), ..item() };
        let letter = digest("2018-11-19", &[item(), other], &list(), page, now).unwrap();
        is_golden("pushes", &letter);
        assert_eq!(digest("2018-11-19", &[], &list(), page, now), None);
    }
}
