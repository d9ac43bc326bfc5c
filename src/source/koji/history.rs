//! The history of a tag, read straight from the wire: rows of `tag_listing` become changes.
//! Which changes matter is not decided here.
//!
//! A row is one stay of a build under a tag. It has the event that began it and, later, the one
//! that ended it, so that one row can be two changes, and comes again when it ends. Rows are in no
//! order.

use crate::domain::push::evr::Evr;
use crate::domain::push::plain;
use crate::domain::push::tag::{Act, Change};
use crate::domain::time::Moment;
use crate::source::koji::trouble::Trouble;
use crate::source::koji::value::moment;
use crate::source::koji::xml::{Answer, Kind};
use std::io::BufRead;

/// What happened to a tag after an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The changes by their events, each once. One event can be several changes, such as a build
    /// that was tagged anew by force: what was taken away comes before what was put there.
    pub changes: Vec<Change>,
    /// How many rows, or sides of rows, could not be read and are not among the changes.
    pub skipped: usize,
}

impl History {
    /// Reads a whole answer to `queryHistory` for this tag, after this event.
    pub fn of_answer(answer: impl BufRead, tag: &str, after: i64) -> Result<History, Trouble> {
        let (mut answer, kind) = Answer::open(answer)?;
        let history = History::read(&mut answer, kind, tag, after)?;
        answer.close()?;
        Ok(history)
    }

    /// Reads the result of `queryHistory` for this tag, after this event.
    pub(super) fn read<R: BufRead>(
        answer: &mut Answer<R>,
        kind: Kind,
        tag: &str,
        after: i64,
    ) -> Result<History, Trouble> {
        let mut history = History::default();
        let mut found = false;
        if kind != Kind::Struct {
            return Err(Trouble::malformed("a history is no struct of tables"));
        }
        while let Some(kind) = answer.member()? {
            if kind == Kind::Array && answer.name() == "tag_listing" {
                found = true;
                history.read_rows(answer, tag, after)?;
            } else {
                answer.skip(kind)?;
            }
        }
        if !found {
            return Err(Trouble::malformed("a history has no table tag_listing"));
        }
        history.put_in_order();
        Ok(history)
    }

    fn read_rows<R: BufRead>(
        &mut self,
        answer: &mut Answer<R>,
        tag: &str,
        after: i64,
    ) -> Result<(), Trouble> {
        let plain_tag = plain::part(tag);
        while let Some(kind) = answer.item()? {
            if kind != Kind::Struct {
                answer.skip(kind)?;
                self.skipped += 1;
                continue;
            }
            let row = Row::read(answer)?;
            if row.tag.as_deref().is_some_and(|named| named != tag) {
                self.skipped += 1;
                continue;
            }
            self.add(row, &plain_tag, after);
        }
        Ok(())
    }

    /// Adds those sides of a row that came after the event.
    fn add(&mut self, row: Row, tag: &str, after: i64) {
        let Some((build, source, evr)) = row.build() else {
            self.skipped += 1;
            return;
        };
        if row.tagged.event.is_none() {
            self.skipped += 1;
        }
        for (act, side) in [(Act::Tagged, row.tagged), (Act::Untagged, row.untagged)] {
            let Some(event) = side.event else { continue };
            if !side.is_after.unwrap_or(event > after) {
                continue;
            }
            let Some(at) = side.at else {
                self.skipped += 1;
                continue;
            };
            let (tag, source, evr) = (tag.to_string(), source.clone(), evr.clone());
            self.changes.push(Change { event, at, act, tag, by: side.by, build, source, evr });
        }
    }

    fn put_in_order(&mut self) {
        self.changes.sort_by_key(|change| {
            (change.event, change.act == Act::Tagged, change.build, change.at)
        });
        self.changes.dedup_by_key(|change| (change.event, change.act, change.build));
    }
}

/// One row, as far as it could be read.
#[derive(Default)]
struct Row {
    tag: Option<String>,
    build: Option<i64>,
    name: Option<String>,
    epoch: Epoch,
    version: Option<String>,
    release: Option<String>,
    tagged: Side,
    untagged: Side,
}

/// How a stay began, or how it ended.
#[derive(Default)]
struct Side {
    event: Option<i64>,
    at: Option<Moment>,
    by: Option<String>,
    is_after: Option<bool>,
}

/// Most packages have no epoch, and Koji says so with `nil`.
#[derive(Default)]
enum Epoch {
    #[default]
    None,
    Some(u32),
    Unreadable,
}

impl Row {
    fn read<R: BufRead>(answer: &mut Answer<R>) -> Result<Row, Trouble> {
        let mut row = Row::default();
        while let Some(kind) = answer.member()? {
            match answer.name() {
                "name" => row.name = words(kind, answer),
                "version" => row.version = words(kind, answer),
                "release" => row.release = words(kind, answer),
                "epoch" => row.epoch = epoch(kind),
                "build_id" => row.build = int(kind),
                "tag.name" => row.tag = words(kind, answer),
                "create_event" => row.tagged.event = int(kind),
                "create_ts" => row.tagged.at = time(kind),
                "creator_name" => row.tagged.by = person(kind, answer),
                "_created_after_event" => row.tagged.is_after = yes(kind),
                "revoke_event" => row.untagged.event = int(kind),
                "revoke_ts" => row.untagged.at = time(kind),
                "revoker_name" => row.untagged.by = person(kind, answer),
                "_revoked_after_event" => row.untagged.is_after = yes(kind),
                _ => {}
            }
            answer.skip(kind)?;
        }
        Ok(row)
    }

    /// Which build it is; none where a part of that is missing.
    fn build(&self) -> Option<(i64, String, Evr)> {
        let epoch = match self.epoch {
            Epoch::None => 0,
            Epoch::Some(epoch) => epoch,
            Epoch::Unreadable => return None,
        };
        let evr = Evr::new(epoch, self.version.as_deref()?, self.release.as_deref()?);
        Some((self.build?, plain::part(self.name.as_deref()?), evr))
    }
}

fn words<R: BufRead>(kind: Kind, answer: &Answer<R>) -> Option<String> {
    (kind == Kind::Text && !answer.text().is_empty()).then(|| answer.text().to_string())
}

fn person<R: BufRead>(kind: Kind, answer: &Answer<R>) -> Option<String> {
    (kind == Kind::Text).then(|| plain::person(answer.text())).flatten()
}

fn int(kind: Kind) -> Option<i64> {
    match kind {
        Kind::Int(number) => Some(number),
        _ => None,
    }
}

fn yes(kind: Kind) -> Option<bool> {
    match kind {
        Kind::Bool(yes) => Some(yes),
        _ => None,
    }
}

fn time(kind: Kind) -> Option<Moment> {
    match kind {
        Kind::Double(seconds) => moment(seconds),
        Kind::Int(seconds) => moment(seconds as f64),
        _ => None,
    }
}

fn epoch(kind: Kind) -> Epoch {
    match kind {
        Kind::Nil => Epoch::None,
        Kind::Int(number) => u32::try_from(number).map_or(Epoch::Unreadable, Epoch::Some),
        _ => Epoch::Unreadable,
    }
}
