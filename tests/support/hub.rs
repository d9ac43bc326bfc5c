//! A build system's hub on this machine: it speaks Koji's XML-RPC in the forms that real hubs
//! (1.35) and Python's library write, keeps tags in memory, and misbehaves when told to.
//!
//! It needs nothing but the standard library, and nothing of the program under test: what is
//! asked is read by a reader of its own.

#![allow(dead_code, reason = "each program of tests uses a part of it")]

#[path = "hub_wire.rs"]
mod wire;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use wire::Value;

/// A hub. It stops when dropped.
pub struct Hub {
    address: SocketAddr,
    shared: Arc<Mutex<State>>,
    accept: Option<JoinHandle<()>>,
}

/// How the hub behaves until told otherwise.
#[derive(Clone, Debug, Default)]
enum Mood {
    #[default]
    Well,
    /// Every call is refused.
    Fault(i64, String),
    /// Questions are taken in, and never answered.
    Silent,
    /// The server in front of it answers for it.
    Status(u16),
    /// The server in front of it sends elsewhere.
    Moved(String),
    /// Answers stop after so many bytes, as if they were whole.
    CutOff(usize),
    /// Answers come in pieces of so many bytes, with a pause after each.
    Slow(usize, Duration),
    /// Whatever is asked, this is the answer.
    Says(Vec<u8>),
}

#[derive(Default)]
struct State {
    mood: Mood,
    stop: bool,
    calls: Vec<String>,
    last_event: i64,
    last_at: i64,
    tags: Vec<String>,
    builds: Vec<Build>,
    stays: Vec<Stay>,
}

struct Build {
    nvr: String,
    epoch: Option<i64>,
    owner: String,
    completed_at: i64,
    changelog: Vec<(String, i64, String)>,
    /// Each rpm by its architecture, with the keys that signed it.
    rpms: Vec<(String, Vec<String>)>,
}

/// One row of `tag_listing`: times are microseconds since 1970.
struct Stay {
    tag: usize,
    build: usize,
    tagged: (i64, i64, Option<String>),
    untagged: Option<(i64, i64, Option<String>)>,
}

impl Hub {
    /// A hub with no tag, no build, and 1000 events in the past.
    pub fn start() -> Hub {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let state = State { last_event: 1000, ..State::default() };
        let shared = Arc::new(Mutex::new(state));
        let theirs = Arc::clone(&shared);
        let accept = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if lock(&theirs).stop {
                    return;
                }
                let shared = Arc::clone(&theirs);
                thread::spawn(move || wire::serve(stream, &shared));
            }
        });
        Hub { address, shared, accept: Some(accept) }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}/kojihub", self.address)
    }

    /// Puts a build under a tag, making both where they are new. A time is in microseconds since
    /// 1970. Tells the event.
    pub fn tag(&self, tag: &str, nvr: &str, by: &str, at: i64) -> i64 {
        let mut state = self.state();
        let (tag, build) = (state.tag(tag), state.build(nvr, by, at));
        let event = state.event(at);
        state.stays.push(Stay { tag, build, tagged: (event, at, name(by)), untagged: None });
        event
    }

    /// Takes a build away from a tag. Tells the event.
    pub fn untag(&self, tag: &str, nvr: &str, by: &str, at: i64) -> i64 {
        let mut state = self.state();
        let event = state.event(at);
        state.end_stay(tag, nvr, (event, at, name(by)));
        event
    }

    /// Tags a build anew by force: one event takes it away and puts it there.
    pub fn retag(&self, tag: &str, nvr: &str, by: &str, at: i64) -> i64 {
        let mut state = self.state();
        let event = state.event(at);
        state.end_stay(tag, nvr, (event, at, name(by)));
        let (tag, build) = (state.tag(tag), state.build(nvr, by, at));
        state.stays.push(Stay { tag, build, tagged: (event, at, name(by)), untagged: None });
        event
    }

    /// A tag with nothing under it yet.
    pub fn make_tag(&self, tag: &str) {
        self.state().tag(tag);
    }

    /// Gives a build an epoch.
    pub fn epoch(&self, nvr: &str, epoch: i64) {
        self.with_build(nvr, |build| build.epoch = Some(epoch));
    }

    /// Adds the newest entry to a build's changelog.
    pub fn changelog(&self, nvr: &str, author: &str, at: i64, text: &str) {
        let entry = (author.to_string(), at, text.to_string());
        self.with_build(nvr, |build| build.changelog.insert(0, entry));
    }

    /// Gives a build these rpms, by their architectures, unsigned.
    pub fn rpms(&self, nvr: &str, arches: &[&str]) {
        let rpms = arches.iter().map(|arch| (arch.to_string(), Vec::new())).collect();
        self.with_build(nvr, |build| build.rpms = rpms);
    }

    /// Signs the rpms of these architectures with a key.
    pub fn sign(&self, nvr: &str, arches: &[&str], key: &str) {
        self.with_build(nvr, |build| {
            let rpms = build.rpms.iter_mut().filter(|(arch, _)| arches.contains(&arch.as_str()));
            rpms.for_each(|(_, keys)| keys.push(key.to_string()));
        });
    }

    /// From now on every call is refused so.
    pub fn fault(&self, code: i64, text: &str) {
        self.state().mood = Mood::Fault(code, text.to_string());
    }

    /// From now on it takes questions and answers none.
    pub fn silent(&self) {
        self.state().mood = Mood::Silent;
    }

    /// From now on the server in front of it answers with this status.
    pub fn status(&self, code: u16) {
        self.state().mood = Mood::Status(code);
    }

    /// From now on the server in front of it sends to this address instead.
    pub fn moved(&self, to: &str) {
        self.state().mood = Mood::Moved(to.to_string());
    }

    /// From now on every answer ends after so many bytes.
    pub fn cut_off(&self, after: usize) {
        self.state().mood = Mood::CutOff(after);
    }

    /// From now on answers trickle: so many bytes, then a pause.
    pub fn slow(&self, bytes: usize, pause: Duration) {
        self.state().mood = Mood::Slow(bytes, pause);
    }

    /// From now on this is every answer.
    pub fn says(&self, answer: impl Into<Vec<u8>>) {
        self.state().mood = Mood::Says(answer.into());
    }

    /// All is well again.
    pub fn well(&self) {
        self.state().mood = Mood::Well;
    }

    /// What is later than this event was never there: a transaction that failed, or a database
    /// that was restored. The next event has the number after it.
    pub fn roll_back_events(&self, to: i64) {
        let mut state = self.state();
        state.last_event = to;
        state.stays.retain(|stay| stay.tagged.0 <= to);
        for stay in &mut state.stays {
            stay.untagged = stay.untagged.take().filter(|end| end.0 <= to);
        }
    }

    /// The next event has this number: one whose transaction began earlier and ended later.
    pub fn next_event(&self, number: i64) {
        self.state().last_event = number - 1;
    }

    /// The methods that were called since this was last asked, those inside a `multiCall` after it.
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.state().calls)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.shared)
    }

    fn with_build(&self, nvr: &str, change: impl FnOnce(&mut Build)) {
        let mut state = self.state();
        let at = state.last_at;
        let build = state.build(nvr, "nobody", at);
        change(&mut state.builds[build]);
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.state().stop = true;
        // The thread waits for a connection: this is its last.
        let _ = TcpStream::connect(self.address);
        if let Some(accept) = self.accept.take() {
            let _ = accept.join();
        }
    }
}

fn lock(shared: &Mutex<State>) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// No name is how the hub shows an account that was taken away.
fn name(by: &str) -> Option<String> {
    (!by.is_empty()).then(|| by.to_string())
}

impl State {
    fn event(&mut self, at: i64) -> i64 {
        self.last_event += 1;
        self.last_at = at;
        self.last_event
    }

    fn tag(&mut self, tag: &str) -> usize {
        let found = self.tags.iter().position(|known| known == tag);
        found.unwrap_or_else(|| {
            self.tags.push(tag.to_string());
            self.tags.len() - 1
        })
    }

    fn build(&mut self, nvr: &str, owner: &str, at: i64) -> usize {
        let found = self.builds.iter().position(|known| known.nvr == nvr);
        found.unwrap_or_else(|| {
            let (nvr, owner) = (nvr.to_string(), owner.to_string());
            let (epoch, changelog, rpms) = (None, Vec::new(), Vec::new());
            self.builds.push(Build { nvr, epoch, owner, completed_at: at, changelog, rpms });
            self.builds.len() - 1
        })
    }

    fn end_stay(&mut self, tag: &str, nvr: &str, end: (i64, i64, Option<String>)) {
        let tag = self.tag(tag);
        let builds = &self.builds;
        let stay = self.stays.iter_mut().find(|stay| {
            stay.tag == tag && builds[stay.build].nvr == nvr && stay.untagged.is_none()
        });
        stay.expect("only what is tagged can be untagged").untagged = Some(end);
    }

    fn answer(&mut self, method: &str, arguments: &[Value]) -> Result<Value, (i64, String)> {
        self.calls.push(method.to_string());
        let first = arguments.first().cloned().unwrap_or(Value::Nil);
        let named = match arguments.last() {
            Some(last) if last.get("__starstar") == Value::Bool(true) => last.clone(),
            _ => Value::Nil,
        };
        match method {
            "multiCall" => Ok(self.several(&first)),
            "getLastEvent" => {
                let ts = seconds(self.last_at);
                Ok(Value::of([("id", Value::Int(self.last_event)), ("ts", ts)]))
            }
            "queryHistory" => self.history(&named),
            "listTagged" => self.list_tagged(&first, &named),
            "getBuild" => Ok(self.get_build(&first)),
            "getChangelogEntries" => self.entries(&named),
            "listRPMs" => Ok(self.list_rpms(&first)),
            "queryRPMSigs" => Ok(self.signatures(&first)),
            method => Err((1000, format!("Invalid method: {method}"))),
        }
    }

    fn several(&mut self, calls: &Value) -> Value {
        let each = |call: &Value| {
            let (method, arguments) = (call.get("methodName"), call.get("params"));
            match self.answer(&method.words(), arguments.items()) {
                Ok(value) => Value::Array(vec![value]),
                Err((code, text)) => {
                    let traceback =
                        vec![Value::Text("Traceback (most recent call last):\n".into())];
                    Value::of([
                        ("faultCode", Value::Int(code)),
                        ("faultString", Value::Text(text)),
                        ("traceback", Value::Array(traceback)),
                    ])
                }
            }
        };
        Value::Array(calls.items().iter().map(each).collect())
    }

    fn known_tag(&self, tag: &Value) -> Result<usize, (i64, String)> {
        let tag = tag.words();
        let found = self.tags.iter().position(|known| *known == tag);
        found.ok_or_else(|| (1000, format!("No such entry in table tag: {tag}")))
    }

    /// Rows as a database gives them: in no order, the last one first here; the names of their
    /// columns in the order that the hub happens to ask for them.
    fn history(&self, named: &Value) -> Result<Value, (i64, String)> {
        let tag = self.known_tag(&named.get("tag"))?;
        let after = named.get("afterEvent");
        let is_after = |event: i64| match after {
            Value::Int(after) => event > after,
            _ => true,
        };
        let mut rows = Vec::new();
        for stay in self.stays.iter().rev().filter(|stay| stay.tag == tag) {
            let end = stay.untagged.clone();
            let end_event = end.as_ref().map(|(event, _, _)| *event);
            if !is_after(stay.tagged.0) && !end_event.is_some_and(is_after) {
                continue;
            }
            let build = &self.builds[stay.build];
            let (name, version, release) = split(&build.nvr);
            let text = |words: &str| Value::Text(words.to_string());
            let optional = |value: Option<Value>| value.unwrap_or(Value::Nil);
            let mut row = vec![
                ("revoke_event", optional(end_event.map(Value::Int))),
                ("name", text(name)),
                ("tag_id", Value::Int(tag as i64 + 1)),
                ("create_ts", seconds(stay.tagged.1)),
                ("epoch", optional(build.epoch.map(Value::Int))),
                ("creator_name", optional(stay.tagged.2.as_deref().map(text))),
                ("tag.name", text(&self.tags[tag])),
                ("version", text(version)),
                ("active", if end.is_none() { Value::Bool(true) } else { Value::Nil }),
                ("revoker_id", optional(end.as_ref().map(|_| Value::Int(7)))),
                ("build.state", Value::Int(1)),
                ("release", text(release)),
                ("create_event", Value::Int(stay.tagged.0)),
                ("build_id", Value::Int(stay.build as i64 + 1)),
                ("creator_id", Value::Int(7)),
                ("revoke_ts", optional(end.as_ref().map(|(_, at, _)| seconds(*at)))),
                ("revoker_name", optional(end.and_then(|(_, _, by)| by).as_deref().map(text))),
            ];
            if let Value::Int(_) = after {
                row.push(("_created_after_event", Value::Bool(is_after(stay.tagged.0))));
                let revoked = end_event.map(|event| Value::Bool(is_after(event)));
                row.push(("_revoked_after_event", optional(revoked)));
            }
            let turn = rows.len() % row.len();
            row.rotate_left(turn);
            rows.push(Value::of(row));
        }
        Ok(Value::of([("tag_listing", Value::Array(rows))]))
    }

    fn list_tagged(&self, tag: &Value, named: &Value) -> Result<Value, (i64, String)> {
        let tag = self.known_tag(tag)?;
        let at = match named.get("event") {
            Value::Int(event) => event,
            _ => i64::MAX,
        };
        let is_there = |stay: &&Stay| {
            let ended = stay.untagged.as_ref().is_some_and(|end| end.0 <= at);
            stay.tag == tag && stay.tagged.0 <= at && !ended
        };
        let rows = self.stays.iter().rev().filter(is_there).map(|stay| {
            let Value::Struct(mut row) = self.build_row(stay.build) else { return Value::Nil };
            row.push(("create_event".into(), Value::Int(stay.tagged.0)));
            row.push(("tag_name".into(), Value::Text(self.tags[tag].clone())));
            Value::Struct(row)
        });
        Ok(Value::Array(rows.collect()))
    }

    fn get_build(&self, nvr: &Value) -> Value {
        let nvr = nvr.words();
        let found = self.builds.iter().position(|build| build.nvr == nvr);
        found.map_or(Value::Nil, |build| self.build_row(build))
    }

    fn build_row(&self, index: usize) -> Value {
        let build = &self.builds[index];
        let (name, version, release) = split(&build.nvr);
        let id = Value::Int(index as i64 + 1);
        let text = |words: &str| Value::Text(words.to_string());
        Value::of([
            ("owner_name", text(&build.owner)),
            ("package_name", text(name)),
            ("task_id", Value::Int(4_300_000_000)),
            ("nvr", text(&build.nvr)),
            ("version", text(version)),
            ("release", text(release)),
            ("epoch", build.epoch.map_or(Value::Nil, Value::Int)),
            ("completion_ts", seconds(build.completed_at)),
            ("state", Value::Int(1)),
            ("name", text(name)),
            ("id", id.clone()),
            ("build_id", id),
        ])
    }

    fn by_id(&self, id: &Value) -> Option<&Build> {
        let Value::Int(id) = id else { return None };
        self.builds.get(usize::try_from(id - 1).ok()?)
    }

    fn entries(&self, named: &Value) -> Result<Value, (i64, String)> {
        let build = self.by_id(&named.get("buildID"));
        let most = match named.get("queryOpts").get("limit") {
            Value::Int(most) => usize::try_from(most).unwrap_or(0),
            _ => usize::MAX,
        };
        let rows = build.into_iter().flat_map(|build| &build.changelog).take(most);
        let rows = rows.map(|(author, at, text)| {
            Value::of([
                ("date", Value::Text("2018-11-13 12:00:00".into())),
                ("date_ts", Value::Int(at / 1_000_000)),
                ("author", Value::Text(author.clone())),
                ("text", Value::Text(text.clone())),
            ])
        });
        Ok(Value::Array(rows.collect()))
    }

    /// The number of an rpm is that of its build and its place there.
    fn list_rpms(&self, id: &Value) -> Value {
        let Value::Int(number) = id else { return Value::Array(Vec::new()) };
        let rpms = self.by_id(id).into_iter().flat_map(|build| &build.rpms).enumerate();
        let rows = rpms.map(|(place, (arch, _))| {
            let id = Value::Int(number * 1000 + place as i64);
            Value::of([("arch", Value::Text(arch.clone())), ("epoch", Value::Nil), ("id", id)])
        });
        Value::Array(rows.collect())
    }

    fn signatures(&self, id: &Value) -> Value {
        let Value::Int(number) = id else { return Value::Array(Vec::new()) };
        let build = self.by_id(&Value::Int(number / 1000));
        let place = usize::try_from(number % 1000).unwrap_or(usize::MAX);
        let keys = build.and_then(|build| build.rpms.get(place)).map(|(_, keys)| keys.as_slice());
        // Koji has a row with an empty key for every rpm that was built unsigned.
        let keys = std::iter::once("").chain(keys.unwrap_or_default().iter().map(String::as_str));
        let rows = keys.map(|key| {
            Value::of([
                ("rpm_id", Value::Int(*number)),
                ("sigkey", Value::Text(key.to_string())),
                ("sighash", Value::Text("f1e2d3".into())),
            ])
        });
        Value::Array(rows.collect())
    }
}

fn split(nvr: &str) -> (&str, &str, &str) {
    let (rest, release) = nvr.rsplit_once('-').expect("a name-version-release");
    let (name, version) = rest.rsplit_once('-').expect("a name-version-release");
    (name, version, release)
}

fn seconds(micros: i64) -> Value {
    Value::Double(micros as f64 / 1e6)
}
