//! Minutes and log of a meeting in every format.
//!
//! [`document`] says what stands in minutes and in which order; each format prints that. Nothing
//! here decides anything about a meeting, and the same meeting always gives the same bytes.

pub mod document;
mod html;
pub mod index;
mod json;
mod log;
mod markdown;
mod names;
pub mod place;
pub mod read;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod tests;
mod text;
mod wiki;

pub use crate::domain::wrap::{COLUMNS, wrapped};
pub use html::STYLE;
pub use html::part as html_part;
pub use json::array as json_array;
pub use log::lines as log_lines;

use crate::domain::meeting::Meeting;
use std::collections::BTreeMap;

/// The formats, with the extensions that follow the base name of a meeting's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// HTML for people.
    Html,
    /// Plain text, at most 72 columns, with MeetBot's headings.
    Text,
    /// CommonMark.
    Markdown,
    /// For programs; the names are fixed.
    Json,
    /// MediaWiki's markup.
    Mediawiki,
    /// MoinMoin 1.9's markup.
    Moinmoin,
    /// The log as text, as MeetBot writes it.
    LogText,
    /// The log as HTML, with an anchor for each line.
    LogHtml,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 8] = [
        Format::Html,
        Format::Text,
        Format::Markdown,
        Format::Json,
        Format::Mediawiki,
        Format::Moinmoin,
        Format::LogText,
        Format::LogHtml,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Format::Html => "html",
            Format::Text => "text",
            Format::Markdown => "markdown",
            Format::Json => "json",
            Format::Mediawiki => "mediawiki",
            Format::Moinmoin => "moinmoin",
            Format::LogText => "log",
            Format::LogHtml => "log-html",
        }
    }

    /// What follows the base name, without its first dot.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Html => "html",
            Format::Text => "txt",
            Format::Markdown => "md",
            Format::Json => "json",
            Format::Mediawiki => "mw",
            Format::Moinmoin => "moin",
            Format::LogText => "log.txt",
            Format::LogHtml => "log.html",
        }
    }

    /// What the file is called in a list of links.
    pub fn title(self) -> &'static str {
        match self {
            Format::Html => "HTML",
            Format::Text => "text",
            Format::Markdown => "Markdown",
            Format::Json => "JSON",
            Format::Mediawiki => "MediaWiki",
            Format::Moinmoin => "MoinMoin",
            Format::LogText => "log as text",
            Format::LogHtml => "log",
        }
    }

    /// The format of that name.
    pub fn parse(name: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The format of that extension.
    pub fn of_extension(extension: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.extension() == extension)
    }
}

/// What minutes point to. All addresses are ours or relative ones; they are escaped all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// Where each format is.
    pub formats: Vec<(Format, String)>,
    /// The permanent page.
    pub page: Option<String>,
    /// The minutes before these.
    pub previous: Option<String>,
    /// The minutes after these.
    pub next: Option<String>,
    /// What became of the actions since, by their numbers: `done 2018-11-27`.
    pub since: BTreeMap<u32, String>,
}

impl Links {
    /// Links between the files of one meeting, which lie beside each other.
    pub fn between_files(base: &str) -> Links {
        let link = |format: Format| (format, format!("{base}.{}", format.extension()));
        Links { formats: Format::ALL.into_iter().map(link).collect(), ..Links::default() }
    }

    /// Links of the permanent page `/m/SLUG`.
    pub fn of_page(slug: &str) -> Links {
        let link = |format: Format| match format {
            Format::Html => (format, format!("/m/{slug}")),
            Format::LogHtml => (format, format!("/m/{slug}/log")),
            _ => (format, format!("/m/{slug}.{}", format.extension())),
        };
        Links { formats: Format::ALL.into_iter().map(link).collect(), ..Links::default() }
    }

    /// Where a format is.
    pub fn to(&self, format: Format) -> Option<&str> {
        self.formats.iter().find(|(other, _)| *other == format).map(|(_, link)| link.as_str())
    }
}

/// One meeting in one format. Text formats end with a line feed.
pub fn render(format: Format, meeting: &Meeting, links: &Links) -> String {
    match format {
        Format::Html => html::render(&document::of(meeting, links), links),
        Format::Text => text::render(&document::of(meeting, links)),
        Format::Markdown => markdown::render(&document::of(meeting, links), links),
        Format::Json => json::render(meeting),
        Format::Mediawiki => wiki::MEDIAWIKI.render(&document::of(meeting, links)),
        Format::Moinmoin => wiki::MOINMOIN.render(&document::of(meeting, links)),
        Format::LogText => log::text(meeting),
        Format::LogHtml => log::html(meeting, links),
    }
}
