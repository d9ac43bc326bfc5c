//! The formats of minutes and logs, as the ends of addresses and of files' names.

/// A format of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Minutes as a page.
    Html,
    /// Minutes as text.
    Text,
    /// Minutes in Markdown.
    Markdown,
    /// Minutes for programs.
    Json,
    /// Minutes for MediaWiki.
    Mediawiki,
    /// Minutes for MoinMoin.
    Moinmoin,
    /// The log as a page.
    LogHtml,
    /// The log as text.
    LogText,
}

/// Every format: the ending, its media type, and what a link to it is called. Longer endings stand
/// before those they end in.
pub const FORMATS: [(Format, &str, &str, &str); 8] = [
    (Format::LogHtml, ".log.html", "text/html; charset=utf-8", "log"),
    (Format::LogText, ".log.txt", "text/plain; charset=utf-8", "log as text"),
    (Format::Html, ".html", "text/html; charset=utf-8", "minutes"),
    (Format::Text, ".txt", "text/plain; charset=utf-8", "text"),
    (Format::Markdown, ".md", "text/markdown; charset=utf-8", "Markdown"),
    (Format::Json, ".json", "application/json", "JSON"),
    (Format::Mediawiki, ".mw", "text/plain; charset=utf-8", "MediaWiki"),
    (Format::Moinmoin, ".moin", "text/plain; charset=utf-8", "MoinMoin"),
];

/// The ending of an empty file that says: the minutes beside it are for members only.
pub const RESTRICTED: &str = ".restricted";

impl Format {
    /// Splits a name into what comes before the ending, and its format.
    pub fn split(name: &str) -> Option<(&str, Format)> {
        let mut known = FORMATS.iter();
        known.find_map(|(format, ending, _, _)| {
            name.strip_suffix(ending).filter(|stem| !stem.is_empty()).map(|stem| (stem, *format))
        })
    }

    /// The value of `Content-Type`.
    pub fn media_type(self) -> &'static str {
        let mut known = FORMATS.iter();
        let row = known.find(|(format, ..)| *format == self);
        row.map_or("application/octet-stream", |(_, _, media_type, _)| media_type)
    }

    /// Whether a browser shows it as a page.
    pub fn is_html(self) -> bool {
        matches!(self, Format::Html | Format::LogHtml)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_known_by_its_ending() {
        for (format, ending, media_type, _) in FORMATS {
            let name = format!("virt-sig.2018-11-13-15.00{ending}");
            assert_eq!(Format::split(&name), Some(("virt-sig.2018-11-13-15.00", format)));
            assert_eq!(format.media_type(), media_type);
            assert_eq!(
                Format::split(ending).map(|(_, format)| format).filter(|f| *f == format),
                None
            );
        }
        for name in ["", "x", "x.exe", "x.html.bak", "x.HTML", ".html"] {
            assert_eq!(Format::split(name), None, "{name}");
        }
    }
}
