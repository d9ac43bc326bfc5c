//! What the hub tells of one build: who owns it, what changed in it, which keys signed it; and of
//! the builds that stand under a tag. Read from small answers; nothing is asked here.

use crate::domain::push::evr::Evr;
use crate::domain::push::plain;
use crate::domain::text::{self, Text};
use crate::domain::time::Moment;
use crate::source::koji::value::Value;
use std::collections::BTreeSet;

/// The most entries of one changelog that are asked for, newest first.
pub const MOST_ENTRIES: usize = 100;
/// The longest text of one entry of a changelog, in characters.
pub const MOST_ENTRY: usize = 4000;

/// A build as the build system knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// The build system's number of it.
    pub id: i64,
    /// Its epoch; none counts as 0.
    pub epoch: u32,
    /// Who built it.
    pub owner: Option<String>,
    /// When it was complete; none while it runs, and where it failed or was deleted.
    pub completed_at: Option<Moment>,
}

/// One entry of a changelog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Who wrote it: often a name, an address and a version, on one line.
    pub author: Text,
    /// The day it is of: rpm writes noon UTC.
    pub date: Moment,
    /// What it says, cleaned line by line and cut to [`MOST_ENTRY`].
    pub text: Text,
}

/// Which keys signed the rpms of a build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signatures {
    /// The ids of the keys, in lower-case hexadecimal digits.
    pub keys: BTreeSet<String>,
    /// How many rpms the build has.
    pub rpms: usize,
    /// How many of them no key signed.
    pub unsigned: usize,
}

impl Signatures {
    /// Whether every rpm is signed. A build without rpms is not.
    pub fn is_signed(&self) -> bool {
        self.rpms > 0 && self.unsigned == 0
    }

    /// Adds one rpm, with the rows that `queryRPMSigs` has for it. Koji has a row with an empty key
    /// for an rpm that came unsigned.
    pub(super) fn add(&mut self, rows: &[Value]) {
        let keys = rows.iter().filter_map(|row| row.get("sigkey").text()).filter_map(key);
        let keys: BTreeSet<String> = keys.collect();
        self.rpms += 1;
        self.unsigned += usize::from(keys.is_empty());
        self.keys.extend(keys);
    }
}

/// The longest id of a key: a whole fingerprint of OpenPGP's version 6.
const MOST_KEY: usize = 64;

fn key(given: &str) -> Option<String> {
    let is_key =
        (1..=MOST_KEY).contains(&given.len()) && given.bytes().all(|b| b.is_ascii_hexdigit());
    is_key.then(|| given.to_ascii_lowercase())
}

/// A build that stands under a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged {
    /// The build system's number of it.
    pub build: i64,
    /// The source package's name.
    pub source: String,
    /// Its version.
    pub evr: Evr,
    /// Who built it.
    pub owner: Option<String>,
    /// The event that put it there; hubs before 1.22 do not say.
    pub event: Option<i64>,
}

/// Reads the result of `getBuild`; none where it is no build.
pub(super) fn read_build(value: &Value) -> Option<Build> {
    const COMPLETE: i64 = 1;
    let is_complete = value.get("state").int().is_none_or(|state| state == COMPLETE);
    Some(Build {
        id: value.get("id").int()?,
        epoch: read_epoch(value)?,
        owner: value.get("owner_name").text().and_then(plain::person),
        completed_at: value.get("completion_ts").moment().filter(|_| is_complete),
    })
}

/// Reads one row of `getChangelogEntries`.
pub(super) fn read_entry(value: &Value) -> Option<Entry> {
    let lines = value.get("text").text()?.lines().map(text::clean).collect::<Vec<_>>();
    let kept: String = lines.join("\n").chars().take(MOST_ENTRY).collect();
    let author = value.get("author").text().unwrap_or_default();
    let author: String = text::clean(author).chars().take(plain::MOST_PART).collect();
    let date = value.get("date_ts").moment()?;
    Some(Entry { author: Text::new(author), date, text: Text::new(kept) })
}

/// Reads one row of `listTagged`.
pub(super) fn read_tagged(value: &Value) -> Option<Tagged> {
    let (version, release) = (value.get("version").text()?, value.get("release").text()?);
    Some(Tagged {
        build: value.get("build_id").int()?,
        source: plain::part(value.get("package_name").text()?),
        evr: Evr::new(read_epoch(value)?, version, release),
        owner: value.get("owner_name").text().and_then(plain::person),
        event: value.get("create_event").int(),
    })
}

fn read_epoch(value: &Value) -> Option<u32> {
    match value.get("epoch") {
        Value::Nil => Some(0),
        epoch => u32::try_from(epoch.int()?).ok(),
    }
}
