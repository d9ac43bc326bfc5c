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
        let mut row = Row::default();
        while let Some(kind) = answer.item()? {
            if kind != Kind::Struct {
                answer.skip(kind)?;
                self.skipped += 1;
                continue;
            }
            row.read(answer)?;
            if !row.tag.is_empty() && row.tag != tag {
                self.skipped += 1;
                continue;
            }
            self.add(&mut row, &plain_tag, after);
        }
        Ok(())
    }

    /// Adds those sides of a row that came after the event.
    fn add(&mut self, row: &mut Row, tag: &str, after: i64) {
        let Some((build, source, evr)) = row.build() else {
            self.skipped += 1;
            return;
        };
        if row.tagged.event.is_none() {
            self.skipped += 1;
        }
        for (act, side) in [(Act::Tagged, &mut row.tagged), (Act::Untagged, &mut row.untagged)] {
            let Some(event) = side.event else { continue };
            if !side.is_after.unwrap_or(event > after) {
                continue;
            }
            let Some(at) = side.at else {
                self.skipped += 1;
                continue;
            };
            let (tag, source, evr) = (tag.to_string(), source.clone(), evr.clone());
            self.changes.push(Change {
                event,
                at,
                act,
                tag,
                by: side.by.take(),
                build,
                source,
                evr,
            });
        }
    }

    fn put_in_order(&mut self) {
        self.changes.sort_by_key(|change| {
            (change.event, change.act == Act::Tagged, change.build, change.at)
        });
        self.changes.dedup_by_key(|change| (change.event, change.act, change.build));
    }
}

/// One row, as far as it could be read; a text that is missing is empty. Its texts are used again
/// for the next one.
#[derive(Default)]
struct Row {
    tag: String,
    build: Option<i64>,
    name: String,
    /// Most packages have none, and Koji says so with `nil`.
    epoch: u32,
    version: String,
    release: String,
    /// Whether something that is a number or `nil` is neither.
    is_odd: bool,
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

impl Row {
    /// Forgets the row before, and reads one.
    fn read<R: BufRead>(&mut self, answer: &mut Answer<R>) -> Result<(), Trouble> {
        for text in [&mut self.tag, &mut self.name, &mut self.version, &mut self.release] {
            text.clear();
        }
        (self.build, self.epoch, self.is_odd) = (None, 0, false);
        (self.tagged, self.untagged) = (Side::default(), Side::default());
        while let Some(kind) = answer.member()? {
            match answer.name() {
                "name" => copy(&mut self.name, kind, answer),
                "version" => copy(&mut self.version, kind, answer),
                "release" => copy(&mut self.release, kind, answer),
                "epoch" => self.epoch = self.epoch(kind),
                "build_id" => self.build = self.int(kind),
                "tag.name" => copy(&mut self.tag, kind, answer),
                "create_event" => self.tagged.event = self.int(kind),
                "create_ts" => self.tagged.at = time(kind),
                "creator_name" => self.tagged.by = person(kind, answer),
                "_created_after_event" => self.tagged.is_after = yes(kind),
                "revoke_event" => self.untagged.event = self.int(kind),
                "revoke_ts" => self.untagged.at = time(kind),
                "revoker_name" => self.untagged.by = person(kind, answer),
                "_revoked_after_event" => self.untagged.is_after = yes(kind),
                _ => {}
            }
            answer.skip(kind)?;
        }
        Ok(())
    }

    /// Which build it is; none where a part of that is missing.
    fn build(&self) -> Option<(i64, String, Evr)> {
        let texts = [&self.name, &self.version, &self.release];
        if self.is_odd || texts.iter().any(|text| text.is_empty()) {
            return None;
        }
        let evr = Evr::new(self.epoch, &self.version, &self.release);
        Some((self.build?, plain::part(&self.name), evr))
    }

    fn int(&mut self, kind: Kind) -> Option<i64> {
        match kind {
            Kind::Int(number) => Some(number),
            kind => {
                self.is_odd |= kind != Kind::Nil;
                None
            }
        }
    }

    fn epoch(&mut self, kind: Kind) -> u32 {
        let number = self.int(kind).unwrap_or(0);
        self.is_odd |= u32::try_from(number).is_err();
        u32::try_from(number).unwrap_or(0)
    }
}

fn copy<R: BufRead>(text: &mut String, kind: Kind, answer: &Answer<R>) {
    text.clear();
    if kind == Kind::Text {
        text.push_str(answer.text());
    }
}

fn person<R: BufRead>(kind: Kind, answer: &Answer<R>) -> Option<String> {
    (kind == Kind::Text).then(|| plain::person(answer.text())).flatten()
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
