//! Conditional requests (RFC 9110 §13): whoever has the page already is told so.

use crate::domain::time::Moment;
use axum::http::HeaderMap;
use axum::http::header;
use chrono::DateTime;

/// What identifies one state of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The entity tag, with its quotes.
    pub tag: String,
    /// When it last changed, where that is known.
    pub modified: Option<Moment>,
}

impl Version {
    /// Whether the asker has this version already.
    pub fn is_known_to(&self, asker: &HeaderMap) -> bool {
        // RFC 9110 §13.2.2: If-None-Match counts alone where it is given.
        if asker.contains_key(header::IF_NONE_MATCH) {
            let values = asker.get_all(header::IF_NONE_MATCH).into_iter();
            let mut tags =
                values.filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(','));
            return tags.any(|tag| {
                let tag = tag.trim();
                tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.tag
            });
        }
        let since = asker.get(header::IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
        let since = since.and_then(|value| DateTime::parse_from_rfc2822(value).ok());
        match (since, self.modified) {
            (Some(since), Some(modified)) => modified.utc().timestamp() <= since.timestamp(),
            _ => false,
        }
    }

    /// The value of `Last-Modified`, for example `Tue, 13 Nov 2018 15:00:12 GMT`.
    pub fn last_modified(&self) -> Option<String> {
        let modified = self.modified?.utc();
        Some(modified.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_who_has_it_already() {
        let modified = Moment::parse("2018-11-13T15:00:12.5Z").ok();
        let version = Version { tag: "\"abc\"".to_string(), modified };
        let date = version.last_modified().unwrap();
        assert_eq!(date, "Tue, 13 Nov 2018 15:00:12 GMT");
        for (name, value, known) in [
            (header::IF_NONE_MATCH, "\"abc\"", true),
            (header::IF_NONE_MATCH, "\"x\", W/\"abc\"", true),
            (header::IF_NONE_MATCH, "*", true),
            (header::IF_NONE_MATCH, "\"x\"", false),
            (header::IF_MODIFIED_SINCE, date.as_str(), true),
            (header::IF_MODIFIED_SINCE, "Tue, 13 Nov 2018 15:00:11 GMT", false),
            (header::IF_MODIFIED_SINCE, "yesterday", false),
            (header::ACCEPT, "*/*", false),
        ] {
            let mut asker = HeaderMap::new();
            asker.insert(name.clone(), value.parse().unwrap());
            assert_eq!(version.is_known_to(&asker), known, "{name}: {value}");
        }
        let mut both = HeaderMap::new();
        both.insert(header::IF_NONE_MATCH, "\"x\"".parse().unwrap());
        both.insert(header::IF_MODIFIED_SINCE, date.parse().unwrap());
        assert!(!version.is_known_to(&both));
    }
}
