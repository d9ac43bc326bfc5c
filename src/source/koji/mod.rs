//! The build system's hub: Koji's XML-RPC, asked without a login. It tells what was tagged and
//! untagged, by whom and when, and what it knows of a build; when to ask, and what follows from an
//! answer, is decided elsewhere.
//!
//! Asking blocks: from asynchronous code it goes to a thread that may wait.
//!
//! **The cursor.** Events are numbered when they begin and seen when their transaction ends, which
//! is up to a second later, so that number 100 can appear after number 101 was seen. Who polls asks
//! again from somewhat before the last event, and knows a change by its event, act, tag and build:
//! one event can change several tags, and one tag twice.

pub mod build;
pub mod call;
pub mod history;
pub mod meter;
pub mod trouble;
pub mod value;
pub mod xml;

#[cfg(test)]
mod tests;

use crate::domain::time::Moment;
use crate::http;
use crate::source::koji::build::{Build, Entry, MOST_ENTRIES, Signatures, Tagged};
use crate::source::koji::history::History;
use crate::source::koji::trouble::Trouble;
use crate::source::koji::value::Value;
use crate::source::koji::xml::{Answer, Kind, fault_of};
use std::io::BufReader;
use std::time::Duration;

/// The most calls in one request; more are asked in several.
pub const MOST_CALLS: usize = 100;
/// The most rpms of one build that are asked for their signatures.
pub const MOST_RPMS: usize = 5000;

/// An event of the build system: what everything in it is numbered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its number.
    pub id: i64,
    /// When, by the build system's clock.
    pub at: Moment,
}

/// One question of several in a request: a method and what it is asked with.
type Call<'a> = (&'a str, Vec<Value>);

/// A hub that can be asked.
#[derive(Clone, Debug)]
pub struct Hub {
    url: String,
    agent: ureq::Agent,
    patience: Option<Duration>,
}

impl Hub {
    /// The hub at this address, such as `https://cbs.centos.org/kojihub`.
    pub fn new(url: &str) -> Hub {
        Hub { url: url.to_string(), agent: http::agent(), patience: None }
    }

    /// The same hub, waited for no longer than this for a whole answer.
    pub fn with_patience(self, patience: Duration) -> Hub {
        Hub { patience: Some(patience), ..self }
    }

    /// The last event there was: where a first start begins.
    pub fn last_event(&self) -> Result<Event, Trouble> {
        let answer = self.ask("getLastEvent", &[])?;
        let (id, at) = (answer.get("id").int(), answer.get("ts").moment());
        let event = id.zip(at).map(|(id, at)| Event { id, at });
        event.ok_or_else(|| Trouble::malformed("the last event has no number or no time"))
    }

    /// What happened to a tag after an event. An unknown tag is fault 1000.
    pub fn history(&self, tag: &str, after: i64) -> Result<History, Trouble> {
        let answer = self.send("queryHistory", &[history_arguments(tag, after)])?;
        History::of_answer(answer, tag, after)
    }

    /// The same of many tags, in one request where they are not too many: for each its history, or
    /// its own trouble.
    pub fn histories(
        &self,
        asked: &[(&str, i64)],
    ) -> Result<Vec<Result<History, Trouble>>, Trouble> {
        let mut histories = Vec::new();
        for some in asked.chunks(MOST_CALLS) {
            let call =
                |(tag, after): &(&str, i64)| ("queryHistory", vec![history_arguments(tag, *after)]);
            let mut left = some.iter();
            self.ask_several(some.iter().map(call), |answer, kind| {
                let (tag, after) = left.next().ok_or_else(other_count)?;
                histories.push(match kind {
                    Ok(kind) => Ok(History::read(answer, kind, tag, *after)?),
                    Err(fault) => Err(fault),
                });
                Ok(())
            })?;
            if left.next().is_some() {
                return Err(other_count());
            }
        }
        Ok(histories)
    }

    /// What is known of a build, by its name-version-release.
    pub fn build(&self, nvr: &str) -> Result<Option<Build>, Trouble> {
        match self.ask("getBuild", &[Value::Text(nvr.to_string())])? {
            Value::Nil => Ok(None),
            build => match build::read_build(&build) {
                Some(build) => Ok(Some(build)),
                None => Err(Trouble::malformed("a build has no number, or an odd epoch")),
            },
        }
    }

    /// The newest entries of a build's changelog, newest first; none where it has none.
    pub fn changelog(&self, build: i64) -> Result<Vec<Entry>, Trouble> {
        let options = Value::of([("limit", Value::Int(MOST_ENTRIES as i64))]);
        let named = Value::named([("buildID", Value::Int(build)), ("queryOpts", options)]);
        let rows = self.rows("getChangelogEntries", &[named])?;
        Ok(rows.iter().filter_map(build::read_entry).take(MOST_ENTRIES).collect())
    }

    /// Which keys signed a build.
    pub fn signatures(&self, build: i64) -> Result<Signatures, Trouble> {
        let rpms = self.rows("listRPMs", &[Value::Int(build)])?;
        if rpms.len() > MOST_RPMS {
            return Err(Trouble::TooBig("a build of more than 5,000 rpms"));
        }
        let ids: Option<Vec<i64>> = rpms.iter().map(|rpm| rpm.get("id").int()).collect();
        let ids = ids.ok_or_else(|| Trouble::malformed("an rpm has no number"))?;
        let mut signatures = Signatures::default();
        for some in ids.chunks(MOST_CALLS) {
            let calls = some.iter().map(|id| ("queryRPMSigs", vec![Value::Int(*id)]));
            let mut count = 0;
            self.ask_several(calls, |answer, kind| {
                let value = Value::read(answer, kind?)?;
                signatures.add(value.items().ok_or_else(no_rows)?);
                count += 1;
                Ok(())
            })?;
            if count != some.len() {
                return Err(other_count());
            }
        }
        Ok(signatures)
    }

    /// The builds under a tag, as they were at an event or as they are; not those of the tags it
    /// inherits from. A row that cannot be read is left out.
    pub fn tagged(&self, tag: &str, event: Option<i64>) -> Result<Vec<Tagged>, Trouble> {
        let named = Value::named([("event", event.map_or(Value::Nil, Value::Int))]);
        let rows = self.rows("listTagged", &[Value::Text(tag.to_string()), named])?;
        Ok(rows.iter().filter_map(build::read_tagged).collect())
    }

    fn rows(&self, method: &str, arguments: &[Value]) -> Result<Vec<Value>, Trouble> {
        match self.ask(method, arguments)? {
            Value::Array(rows) => Ok(rows),
            _ => Err(no_rows()),
        }
    }

    fn ask(&self, method: &str, arguments: &[Value]) -> Result<Value, Trouble> {
        let (mut answer, kind) = self.open(method, arguments)?;
        let value = Value::read(&mut answer, kind)?;
        answer.close()?;
        Ok(value)
    }

    /// Asks several things at once, and hands each result on as it comes: a value, or the fault of
    /// this one call.
    fn ask_several<'a>(
        &self,
        calls: impl Iterator<Item = Call<'a>>,
        mut each: impl FnMut(&mut Wire, Result<Kind, Trouble>) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let calls = calls.map(|(method, arguments)| {
            let method = ("methodName", Value::Text(method.to_string()));
            Value::of([method, ("params", Value::Array(arguments))])
        });
        let (mut answer, kind) = self.open("multiCall", &[Value::Array(calls.collect())])?;
        if kind != Kind::Array {
            return Err(no_rows());
        }
        while let Some(kind) = answer.item()? {
            match kind {
                Kind::Array => {
                    let kind = answer.item()?.ok_or_else(other_count)?;
                    each(&mut answer, Ok(kind))?;
                    if answer.item()?.is_some() {
                        return Err(other_count());
                    }
                }
                kind => {
                    let fault = fault_of(&Value::read(&mut answer, kind)?);
                    each(&mut answer, Err(fault.ok_or_else(no_rows)?))?;
                }
            }
        }
        answer.close()
    }

    fn open(&self, method: &str, arguments: &[Value]) -> Result<(Wire, Kind), Trouble> {
        Answer::open(self.send(method, arguments)?)
    }

    /// Sends a call; its answer has only begun when this comes back.
    fn send(&self, method: &str, arguments: &[Value]) -> Result<Body, Trouble> {
        // A redirect would turn the question into a GET, which no hub answers.
        let question = self.agent.post(&self.url).content_type("text/xml").config();
        let question = question.max_redirects(0).max_redirects_will_error(false);
        let question = match self.patience {
            Some(patience) => question.timeout_global(Some(patience)),
            None => question,
        };
        let answer = question.build().send(call::write(method, arguments));
        let answer = answer.map_err(Trouble::unreachable)?;
        if let Some(place) = answer.headers().get("location") {
            let place = String::from_utf8_lossy(place.as_bytes());
            return Err(Trouble::unreachable(format!("it has moved to {place}")));
        }
        if answer.status() != 200 {
            let status = answer.status().as_u16();
            return Err(Trouble::unreachable(format!("it answers HTTP {status}")));
        }
        Ok(BufReader::with_capacity(64 << 10, answer.into_body().into_reader()))
    }
}

/// An answer on its way.
type Wire = Answer<Body>;
type Body = BufReader<ureq::BodyReader<'static>>;

fn history_arguments(tag: &str, after: i64) -> Value {
    let tables = Value::Array(vec![Value::Text("tag_listing".to_string())]);
    let tag = ("tag", Value::Text(tag.to_string()));
    Value::named([("tables", tables), tag, ("afterEvent", Value::Int(after))])
}

fn no_rows() -> Trouble {
    Trouble::malformed("a list is no list")
}

fn other_count() -> Trouble {
    Trouble::malformed("it has another number of results than was asked for")
}
