//! The lists of meetings: the first page, `/minutes/`, and one for each directory below it.
//!
//! They are made from the files that are there, so that they need no database.

use crate::domain::text::Text;
use crate::web::Pages;
use crate::web::file;
use crate::web::format::FORMATS;
use crate::web::format::Format;
use crate::web::format::RESTRICTED;
use crate::web::page;
use crate::web::path;
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use regex::Regex;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::LazyLock;

/// How many meetings the first page shows.
const ON_FIRST_PAGE: usize = 10;

/// How many meetings one list shows.
const MOST_LISTED: usize = 1000;

/// How deep directories are searched.
const MOST_DEPTH: usize = 4;

/// How many names of files are read for one list.
const MOST_NAMES: usize = 50_000;

/// `/`.
pub async fn home(State(pages): State<Pages>) -> Response {
    let found = match search(&pages, Vec::new()).await {
        Ok(found) => found,
        Err(error) => return trouble(error).await,
    };
    let body = if found.is_empty() {
        "<p>No minutes yet.</p>\n".to_string()
    } else {
        let last = list(found.iter().take(ON_FIRST_PAGE));
        format!("<h2>Last meetings</h2>\n{last}<p><a href=\"/minutes/\">All meetings</a></p>\n")
    };
    page::ours(&pages.group, &body)
}

/// `/minutes/`.
pub async fn all(State(pages): State<Pages>) -> Response {
    show(&pages, Vec::new()).await
}

/// `/minutes/DIRECTORY/`.
pub async fn directory(pages: &Pages, directory: &str) -> Response {
    match path::parts(directory) {
        Some(parts) => show(pages, parts).await,
        None => page::missing().await,
    }
}

/// Leads from a directory's address without a slash to the one with it.
pub async fn redirect(pages: &Pages, parts: Vec<String>, uri: Uri) -> Response {
    let root = pages.minutes_dir.clone();
    let is_directory = move || file::inside(&root, &parts).is_ok_and(|path| path.is_dir());
    match tokio::task::spawn_blocking(is_directory).await {
        Ok(true) => page::with_slash(uri).await,
        _ => page::missing().await,
    }
}

async fn show(pages: &Pages, parts: Vec<String>) -> Response {
    let is_root = parts.is_empty();
    match search(pages, parts).await {
        Ok(found) if is_root || !found.is_empty() => {
            let title = Text::new(format!("Meetings of {}", pages.group.as_untrusted()));
            page::ours(&title, &by_year(&found))
        }
        Ok(_) => page::missing().await,
        Err(error) => trouble(error).await,
    }
}

async fn trouble(error: io::Error) -> Response {
    if error.kind() == io::ErrorKind::NotFound {
        return page::missing().await;
    }
    tracing::warn!(%error, "cannot list the minutes");
    page::unavailable()
}

/// A meeting that has files.
#[derive(Debug, Default)]
struct Meeting {
    /// Its name, date and time of day, as its files' name tells them.
    name: String,
    date: String,
    time: String,
    /// The endings of its files.
    endings: Vec<&'static str>,
    restricted: bool,
    /// Its files' path without their endings.
    stem: String,
}

async fn search(pages: &Pages, parts: Vec<String>) -> io::Result<Vec<Meeting>> {
    let root = pages.minutes_dir.clone();
    let searching = move || {
        let (mut found, mut names_left) = (BTreeMap::new(), MOST_NAMES);
        let start = match file::inside(&root, &parts) {
            // Before the first meeting there is no directory.
            Err(error) if error.kind() == io::ErrorKind::NotFound && parts.is_empty() => {
                return Ok(Vec::new());
            }
            start => start?,
        };
        let prefix: String = parts.iter().map(|part| format!("{part}/")).collect();
        walk(&start, &prefix, MOST_DEPTH, &mut names_left, &mut found)?;
        let mut found: Vec<Meeting> =
            found.into_values().filter(|one| !one.endings.is_empty()).collect();
        found.sort_by(|a, b| (&b.date, &b.time, &b.stem).cmp(&(&a.date, &a.time, &a.stem)));
        Ok(found)
    };
    tokio::task::spawn_blocking(searching).await.unwrap_or_else(|lost| Err(lost.into()))
}

fn walk(
    directory: &Path,
    prefix: &str,
    depth: usize,
    names_left: &mut usize,
    found: &mut BTreeMap<String, Meeting>,
) -> io::Result<()> {
    for entry in directory.read_dir()? {
        let entry = entry?;
        *names_left = names_left.saturating_sub(1);
        let kind = entry.file_type()?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
        if *names_left == 0 {
            return Ok(());
        }
        if kind.is_dir() && depth > 0 {
            walk(&entry.path(), &format!("{prefix}{name}/"), depth - 1, names_left, found)?;
        } else if kind.is_file() {
            note(prefix, name, found);
        }
    }
    Ok(())
}

fn note(prefix: &str, name: &str, found: &mut BTreeMap<String, Meeting>) {
    let split = Format::split(name).map(|(stem, _)| (stem, &name[stem.len()..]));
    let split = split.or_else(|| name.strip_suffix(RESTRICTED).map(|stem| (stem, RESTRICTED)));
    let Some((stem, ending)) = split else { return };
    let path = format!("{prefix}{stem}");
    let meeting = found.entry(path.clone()).or_insert_with(|| named(stem, path));
    match FORMATS.iter().find(|row| row.1 == ending) {
        Some((_, ending, _, _)) => meeting.endings.push(ending),
        None => meeting.restricted = true,
    }
}

static NAME_AND_TIME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(.+)\.(\d{4}-\d{2}-\d{2})-(\d{2})\.(\d{2})")
        .expect("the expression is a constant")
});

fn named(stem: &str, path: String) -> Meeting {
    let Some(found) = NAME_AND_TIME.captures(stem) else {
        return Meeting { name: stem.to_string(), stem: path, ..Meeting::default() };
    };
    Meeting {
        name: found[1].to_string(),
        date: found[2].to_string(),
        time: format!("{}:{}", &found[3], &found[4]),
        stem: path,
        ..Meeting::default()
    }
}

fn by_year(found: &[Meeting]) -> String {
    if found.is_empty() {
        return "<p>No minutes yet.</p>\n".to_string();
    }
    let year = |meeting: &&Meeting| meeting.date.get(..4).unwrap_or("Without a date").to_string();
    let shown: Vec<&Meeting> = found.iter().take(MOST_LISTED).collect();
    let mut out = String::new();
    for chunk in shown.chunk_by(|a, b| year(a) == year(b)) {
        let heading = Text::from(year(&chunk[0]));
        out += &format!("<h2>{}</h2>\n{}", page::escape(&heading), list(chunk.iter().copied()));
    }
    if found.len() > MOST_LISTED {
        out += &format!("<p>These are the newest {MOST_LISTED} of {}.</p>\n", found.len());
    }
    out + "<p><a href=\"/\">To the first page</a></p>\n"
}

fn list<'a>(meetings: impl Iterator<Item = &'a Meeting>) -> String {
    let items: String = meetings.map(item).collect();
    format!("<ul>\n{items}</ul>\n")
}

fn item(meeting: &Meeting) -> String {
    let name = page::escape(&Text::from(meeting.name.as_str()));
    let when = if meeting.date.is_empty() {
        String::new()
    } else {
        let (date, time) = (&meeting.date, &meeting.time);
        format!("<time datetime=\"{date}T{time}Z\">{date} {time} UTC</time> ")
    };
    if meeting.restricted {
        return format!("<li>{when}{name} (for members only)</li>\n");
    }
    let stem = path::encode(&meeting.stem);
    let has = |ending: &str| meeting.endings.contains(&ending);
    let main = FORMATS.iter().find(|row| row.0 == Format::Html && has(row.1));
    let heading = match main {
        Some((_, ending, _, _)) => format!("<a href=\"/minutes/{stem}{ending}\">{name}</a>"),
        None => name.clone(),
    };
    let others = FORMATS.iter().filter(|row| row.0 != Format::Html && has(row.1));
    let links: Vec<String> = others
        .map(|(_, ending, _, label)| {
            let described = format!("{label}, {name} {}", meeting.date);
            format!("<a href=\"/minutes/{stem}{ending}\" aria-label=\"{described}\">{label}</a>")
        })
        .collect();
    let links = if links.is_empty() { String::new() } else { format!(" ({})", links.join(", ")) };
    format!("<li>{when}{heading}{links}</li>\n")
}
