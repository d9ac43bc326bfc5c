//! An announcement in one line, for people on IRC; long ones are shortened where it hurts least.
//!
//! The parts of a package's name are outsiders' words: they are escaped here, and cut on characters.

use crate::domain::escape;
use crate::domain::push::build::Kind;
use crate::domain::push::item::{Item, Place};
use crate::domain::push::window::day_and_hour;
use crate::domain::time::Moment;
use unicode_segmentation::UnicodeSegmentation;

/// The longest announcement, in bytes: with the prefix that a server puts before it, it fits one
/// line of 512 bytes (RFC 2812 §2.3).
pub const MOST_LINE: usize = 390;
/// The most sources with a line of their own in one push.
pub const MOST_SOURCES: usize = 5;
/// The longest name or version in a line, in characters.
const MOST_WORD: usize = 48;
/// The longest reason that something is not mainline, in characters.
const MOST_REASON: usize = 80;
/// The most ids of security faults in a line.
const MOST_IDS: usize = 4;

/// An announcement of one source package: `RELEASED qemu-kvm-ev 2.12.0-18 (was 2.10.0-21) · el7
/// x86_64 aarch64 · virt7-kvm-common · sbonazzo · completes rebase to 2.12 announced 2018-11-13 ·
/// URL`.
pub fn line(item: &Item, link: Option<&str>) -> String {
    let must = [vec![head(item)], marks(item)].concat();
    let places = places(&item.places);
    let arches = item.places.iter().flat_map(|place| &place.arches).count();
    let repositories: Vec<String> = item.repositories().into_iter().map(word).collect();
    let few = |names: &[String], count| match names.len() {
        all if all <= count => names.join(" "),
        all => format!("{} and {} more", names[..count].join(" "), all - count),
    };
    let by = item.by.as_deref().map(word);
    let completes = item.marks.completes.as_ref().map(|(version, announced)| {
        format!("completes rebase to {} announced {announced}", word(version))
    });
    let try_it = item.marks.try_it.as_deref().map(|how| format!("try: {}", cut(how, 120)));
    let mut forms: Vec<Vec<Option<String>>> = Vec::new();
    let whole = Some(places.clone()).filter(|places| !places.is_empty());
    let all = Some(few(&repositories, usize::MAX)).filter(|names| !names.is_empty());
    let short = Some(few(&repositories, 1)).filter(|names| !names.is_empty());
    let counted = (arches > 0).then(|| format!("{arches} architectures"));
    forms.push(vec![whole.clone(), all, by.clone(), completes.clone(), try_it]);
    forms.push(vec![whole.clone(), short.clone(), by, completes.clone()]);
    forms.push(vec![whole, short.clone(), completes.clone()]);
    forms.push(vec![counted, short, completes]);
    forms.push(Vec::new());
    let link = link.map(str::to_string);
    let joined = |form: &[Option<String>]| {
        let parts = must.iter().chain(form.iter().flatten()).chain(&link);
        parts.cloned().collect::<Vec<_>>().join(" · ")
    };
    let fits = forms.iter().map(|form| joined(form)).find(|line| line.len() <= MOST_LINE);
    fits.unwrap_or_else(|| cut_bytes(&joined(&[]), MOST_LINE))
}

/// What several pushes are in one line. What is not mainline is named first, so that nothing that
/// is cut can lose it.
pub fn summary(items: &[&Item], since: Option<Moment>, link: Option<&str>) -> String {
    let count = match items.len() {
        1 => "1 package".to_string(),
        count => format!("{count} packages"),
    };
    let head = match since {
        Some(since) => format!("While I was away (since {}): {count}", day_and_hour(since)),
        None => format!("PUSHED {count}"),
    };
    let of = |label: &str, is: fn(&Item) -> bool| {
        let names: Vec<String> =
            items.iter().filter(|item| is(item)).map(|item| word(&item.source)).collect();
        (!names.is_empty()).then(|| format!("{label}: {}", some_of(&names, 60)))
    };
    let reasons: Vec<String> = items.iter().filter_map(|item| with_reason(item)).collect();
    let not_mainline =
        (!reasons.is_empty()).then(|| format!("NOT MAINLINE: {}", some_of(&reasons, 100)));
    let must: Vec<String> = [
        Some(head),
        not_mainline,
        of("OUT OF WINDOW", |item| item.marks.out_of_window),
        of("END OF SUPPORT", |item| item.marks.end_of_support.is_some()),
        of("security", Item::is_security),
    ]
    .into_iter()
    .flatten()
    .collect();
    let is_late = since.is_some();
    let names: Vec<String> = items.iter().map(|item| brief(item, is_late)).collect();
    let taken: usize = must.iter().map(|part| part.len() + 4).sum::<usize>()
        + link.map_or(0, |link| link.len() + 4);
    let named = some_of(&names, MOST_LINE.saturating_sub(taken + 20));
    let parts = must.into_iter().chain([named]).chain(link.map(str::to_string));
    cut_bytes(&parts.collect::<Vec<_>>().join(" · "), MOST_LINE)
}

/// `WITHDRAWN xen 4.6.6-13`, and when it came, where that is some time ago.
fn brief(item: &Item, with_time: bool) -> String {
    let kind = match item.kind {
        Kind::Released => String::new(),
        Kind::Testing => "TESTING ".to_string(),
        kind => format!("{} ", kind.as_str().to_uppercase()),
    };
    let name = format!("{kind}{} {}", word(&item.source), word(&item.evr.short()));
    match item.pushed_at.filter(|_| with_time) {
        Some(at) => format!("{name} ({})", at.utc().format("%a %H:%M")),
        None => name,
    }
}

fn with_reason(item: &Item) -> Option<String> {
    let reason = item.marks.not_mainline.as_ref()?;
    Some(format!("{} ({})", word(&item.source), cut(reason, MOST_REASON)))
}

/// As many of the names as fit, and how many more there are; at least one.
fn some_of(names: &[String], most_bytes: usize) -> String {
    let mut out = String::new();
    for (n, name) in names.iter().enumerate() {
        if n > 0 && out.len() + name.len() + 2 > most_bytes {
            return format!("{out} and {} more", names.len() - n);
        }
        if n > 0 {
            out += ", ";
        }
        out += name;
    }
    out
}

fn head(item: &Item) -> String {
    let name = format!("{} {}", word(&item.source), word(&item.evr.short()));
    let was = item.previous.as_ref().map(|evr| format!(" (was {})", word(&evr.short())));
    let was = was.unwrap_or_default();
    let outside = if item.marks.out_of_window { "OUT OF WINDOW " } else { "" };
    let said = match (item.kind, &item.marks.major) {
        (Kind::Major, Some((from, to))) => {
            let version = word(&item.evr.short());
            format!("MAJOR {} {} → {}: {version}{was}", word(&item.source), word(from), word(to))
        }
        (Kind::Testing, _) => format!("TESTING (unsigned) {name}{was}"),
        (kind, _) => format!("{} {name}{was}", kind.as_str().to_uppercase()),
    };
    format!("{outside}{said}")
}

/// The marks that every output has.
pub fn marks(item: &Item) -> Vec<String> {
    let marks = &item.marks;
    let not_mainline = marks.not_mainline.as_ref();
    let not_mainline =
        not_mainline.map(|reason| format!("NOT MAINLINE: {}", cut(reason, MOST_REASON)));
    let support = marks.end_of_support.map(|date| format!("END OF SUPPORT since {date}"));
    [not_mainline, support, security(item)].into_iter().flatten().collect()
}

/// `security: CVE-2018-18849 XSA-282 (from the changelog)`
fn security(item: &Item) -> Option<String> {
    let ids = &item.about.security;
    let first = ids.iter().take(MOST_IDS).map(|id| word(id)).collect::<Vec<_>>().join(" ");
    let more = match ids.len().saturating_sub(MOST_IDS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let source = if item.about.from_changelog { " (from the changelog)" } else { "" };
    let severity = item.about.severity.as_deref().map(|words| format!(" ({})", word(words)));
    let severity = severity.unwrap_or_default();
    (!ids.is_empty()).then(|| format!("security{severity}: {first}{more}{source}"))
}

/// `el7 x86_64 aarch64, el8 x86_64`
pub fn places(places: &[Place]) -> String {
    let mut platforms: Vec<(&str, Vec<&str>)> = Vec::new();
    for place in places {
        let known = platforms.iter_mut().find(|(platform, _)| *platform == place.platform);
        let arches = match known {
            Some((_, arches)) => arches,
            None => {
                platforms.push((&place.platform, Vec::new()));
                &mut platforms.last_mut().expect("it was just pushed").1
            }
        };
        for arch in &place.arches {
            if !arches.contains(&arch.as_str()) {
                arches.push(arch);
            }
        }
    }
    let said = platforms.into_iter().map(|(platform, arches)| {
        let words = [platform].into_iter().chain(arches).map(word).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join(" ")
    });
    said.filter(|said| !said.is_empty()).collect::<Vec<_>>().join(", ")
}

/// An outsider's word, escaped and cut.
pub fn word(given: &str) -> String {
    cut(given, MOST_WORD)
}

/// Words, escaped, of so many characters at most.
pub fn cut(given: &str, most: usize) -> String {
    let line = escape::line(given);
    match line.graphemes(true).nth(most) {
        None => line,
        Some(_) => line.graphemes(true).take(most - 1).collect::<String>() + "…",
    }
}

fn cut_bytes(line: &str, most: usize) -> String {
    if line.len() <= most {
        return line.to_string();
    }
    let mut out = String::new();
    for letter in line.graphemes(true) {
        if out.len() + letter.len() + '…'.len_utf8() > most {
            break;
        }
        out += letter;
    }
    out + "…"
}

#[cfg(test)]
mod tests;
