//! The quarterly report: what the lead writes, and what was sent.
//!
//! The figures of a draft are computed from the data each time; only the words of the lead are
//! kept, and the whole text once it was sent.

pub mod draft;
pub mod markdown;
pub mod quarter;

use crate::domain::notice::Origin;
use crate::domain::text::Text;
use crate::domain::time::Moment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most bytes of a narrative and of a report that was sent.
pub const MOST_BYTES: usize = 100_000;

/// What happens to a report; `quarter` is written `2018Q4`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// The lead's own words, instead of those before.
    Told {
        /// Of which quarter.
        quarter: String,
        /// The words.
        text: Text,
    },
    /// It was sent: from now on it is this text.
    Sent {
        /// Of which quarter.
        quarter: String,
        /// The whole text.
        text: Text,
    },
}

/// What is kept of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The lead's own words.
    pub narrative: Text,
    /// When it was sent, and the text that was.
    pub sent: Option<(Moment, Text)>,
}

/// The reports by quarter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reports(BTreeMap<String, Report>);

impl Reports {
    /// What is kept of one quarter's.
    pub fn one(&self, quarter: &str) -> Option<&Report> {
        self.0.get(quarter)
    }

    /// Makes a stored change; a report that was sent stays as it is.
    pub fn apply(&mut self, change: &Change, origin: &Origin) {
        let (Change::Told { quarter, .. } | Change::Sent { quarter, .. }) = change;
        let report = self.0.entry(quarter.clone()).or_default();
        if report.sent.is_some() {
            return;
        }
        match change {
            Change::Told { text, .. } => report.narrative = text.clone(),
            Change::Sent { text, .. } => report.sent = Some((origin.at, text.clone())),
        }
    }
}
