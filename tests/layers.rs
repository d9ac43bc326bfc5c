//! The layers of the program, and a test that they are kept: the tables here are their
//! documentation.
//!
//! It reads the source as text and knows nothing of what the code does.
//! Unit tests inside the source may reach wherever they like.

use regex::Regex;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// What each part of `src` may use besides itself. Calls go one way:
/// cli → doors → flow → store → domain.
const PARTS: &[(&str, &[&str])] = &[
    // 4: reads the arguments; `serve` alone knows all doors.
    ("main", &["cli"]),
    ("cli", &EVERYTHING),
    ("demo", &EVERYTHING),
    // 3: the doors, each speaking one protocol; they never use each other.
    ("irc", &["flow", "config", "domain", "metrics", "clock", "tls"]),
    ("mail", &["flow", "config", "domain", "metrics", "clock", "tls"]),
    ("source", &["flow", "config", "domain", "metrics", "clock", "tls", "http"]),
    ("tick", &["flow", "config", "domain", "metrics", "clock", "tls"]),
    ("web", &["flow", "store", "config", "domain", "metrics", "clock", "http"]),
    // 2: one story a file; the only one that begins transactions.
    ("flow", &["store", "config", "domain", "metrics", "clock"]),
    // 1: what we remember and what we were told.
    ("store", &["config", "domain"]),
    ("config", &["domain"]),
    ("clock", &["domain"]),
    ("tls", &[]),
    ("http", &[]),
    ("metrics", &["domain"]),
    // 0: the rules; pure values.
    ("domain", &[]),
    // Only lists the parts.
    ("lib", &EVERYTHING),
];

const EVERYTHING: [&str; 16] = [
    "cli", "demo", "irc", "mail", "source", "tick", "web", "flow", "store", "config", "clock",
    "tls", "http", "metrics", "domain", "lib",
];

/// The parts of the domain, in an order in which each may use only those before it.
const DOMAIN: &[&str] = &[
    "time", "text", "name", "pattern", "address", "escape", "wrap", "search", "notice", "schedule",
    "roster", "login", "roadmap", "meeting", "group", "minutes", "push", "list", "chat",
];

/// Words that may stand in the code of some parts only, and why. No comment or text is code.
const WORDS: &[(&str, &[&str], &str)] = &[
    (r"\bsqlx\b", &["store"], "only the store knows the database"),
    (r"\.begin(_with)?\(", &["flow", "store", "demo"], "only flows begin transactions"),
    (r"\b(Utc|Local|SystemTime)::now\b", &["clock"], "only the clock reads the time of day"),
    (r"\btokio\b|\basync\b|\.await\b", &NOT_DOMAIN, "the domain never waits"),
    (r"\bSystemTime\b|\bInstant\b", &NOT_DOMAIN, "time is an argument of the domain"),
    (r"\bstd::(fs|net|env|process|io)\b", &NOT_DOMAIN, "the domain touches nothing outside"),
    (r"\bHash(Map|Set)\b", &NOT_DOMAIN, "their order differs from run to run: use BTreeMap"),
];

const NOT_DOMAIN: [&str; 15] = [
    "main", "cli", "demo", "irc", "mail", "source", "tick", "web", "flow", "store", "config",
    "clock", "tls", "http", "metrics",
];

/// A text that looks like a statement of SQL; only the store writes such.
const SQL: &str =
    r"(?is)\b(select\s.+\sfrom|insert\s+into|update\s+\w+\s+set|delete\s+from|create\s+table)\b";

/// As long as a file may get, its unit tests not counted; a longer one has two subjects.
const FILE_LINES: usize = 500;

type Forbidden = (Regex, &'static [&'static str], &'static str);

static FORBIDDEN: LazyLock<Vec<Forbidden>> =
    LazyLock::new(|| WORDS.iter().map(|(word, parts, why)| (regex(word), *parts, *why)).collect());
static SQL_TEXT: LazyLock<Regex> = LazyLock::new(|| regex(SQL));
static PATH: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b(crate|beadle|(?:super::)*super)::(\w+)(?:::(\w+))?"));
static UNIT_TESTS: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?m)^#\[cfg\(test\)\]\s*(#\[[^\n]*\]\s*)*(pub\S* )?mod \w+ \{"));
static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r##"(?sx) //[^\n]*                                # a comment to the end of the line
          | /\*.*?\*/                                     # a comment inside
          | b?r\#"(?<raw_hash>.*?)"\#                     # texts
          | b?r"(?<raw>[^"]*)"
          | b?"(?<text>(?:\\.|[^"\\])*)"
          | b?'(?:\\[^\n]{1,10}?|[^'\\\n])'               # a character; a lifetime has no end
        "##,
    )
});

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a good pattern")
}

#[test]
fn the_layers_are_kept() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = rust_files(&src);
    assert!(files.len() > 10, "the source was not found");
    let faults: Vec<String> = files
        .iter()
        .flat_map(|path| {
            let name = path.strip_prefix(&src).expect("it is under src").display().to_string();
            check(&name, &fs::read_to_string(path).expect("read a source file"))
        })
        .collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).expect("read a folder").map(|entry| entry.expect("a file")) {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The faults of one file under `src`, each with its place.
fn check(file: &str, source: &str) -> Vec<String> {
    let module = module_of(file);
    if module.contains(&"tests") || module.contains(&"testing") {
        return Vec::new();
    }
    let part = module.first().copied().unwrap_or("lib");
    let fault = |line: usize, why: String| format!("src/{file}:{line}: {why}");
    let Some((_, may_use)) = PARTS.iter().find(|(name, _)| *name == part) else {
        return vec![fault(1, format!("{part} has no place in the table of tests/layers.rs"))];
    };
    let (code, texts) = without_tests(source);
    let mut faults = Vec::new();
    for (number, line) in numbered(&code) {
        for (used, inner) in uses(&module, line) {
            let verdict = match used.as_str() {
                "domain" if part == "domain" => may_use_in_domain(&module, &inner),
                used if used == part || may_use.contains(&used) => Ok(()),
                used if !PARTS.iter().any(|(name, _)| *name == used) => Ok(()),
                used => Err(format!("{part} may use {may_use:?}, not {used}")),
            };
            faults.extend(verdict.err().map(|why| fault(number, why)));
        }
        if line.contains("crate::{") || line.contains("crate::domain::{") {
            let why = "write paths out from crate:: to their part, so that the layer is visible";
            faults.push(fault(number, why.into()));
        }
        for (word, parts, why) in FORBIDDEN.iter() {
            if let Some(found) = word.find(line).filter(|_| !parts.contains(&part)) {
                faults.push(fault(number, format!("`{}` in {part}: {why}", found.as_str())));
            }
        }
    }
    for (number, text) in texts.iter().filter(|_| part != "store") {
        if SQL_TEXT.is_match(text) {
            faults.push(fault(*number, format!("SQL in {part}: only the store writes SQL")));
        }
    }
    let lines = code.trim_end().lines().count();
    if lines > FILE_LINES {
        faults.push(fault(lines, format!("{lines} lines: split it by subject ({FILE_LINES})")));
    }
    faults
}

/// `domain/meeting/mod.rs` is the module `domain::meeting`; `lib.rs` is the root.
fn module_of(file: &str) -> Vec<&str> {
    let mut module: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
    if matches!(module.last(), Some(&"mod") | Some(&"lib")) {
        module.pop();
    }
    module
}

/// The part each path on a line goes into, and the module after it, through `crate` or `super`.
fn uses(module: &[&str], line: &str) -> Vec<(String, String)> {
    PATH.captures_iter(line)
        .map(|captures| {
            let supers = captures[1].matches("super").count();
            let base = if supers == 0 { 0 } else { module.len().saturating_sub(supers) };
            let mut whole: Vec<&str> = module[..base].to_vec();
            whole.extend([&captures[2], captures.get(3).map_or("", |inner| inner.as_str())]);
            (whole[0].to_string(), whole.get(1).copied().unwrap_or("").to_string())
        })
        .collect()
}

fn may_use_in_domain(module: &[&str], used: &str) -> Result<(), String> {
    let place = |name: &str| DOMAIN.iter().position(|part| *part == name);
    // domain/mod.rs only lists the modules.
    let Some(user) = module.get(1) else { return Ok(()) };
    match (place(user), place(used)) {
        (Some(user_at), Some(used_at)) if used_at <= user_at => Ok(()),
        (Some(user_at), Some(_)) => {
            Err(format!("domain::{user} may use {:?}, not {used}", &DOMAIN[..user_at]))
        }
        (None, _) => Err(format!("domain::{user} has no place in DOMAIN of tests/layers.rs")),
        (_, None) => Err(format!("domain::{used} has no place in DOMAIN of tests/layers.rs")),
    }
}

/// The lines with their numbers from 1.
fn numbered(code: &str) -> impl Iterator<Item = (usize, &str)> {
    code.lines().enumerate().map(|(index, line)| (index + 1, line))
}

/// The code up to the unit tests, and its texts with their lines' numbers.
fn without_tests(source: &str) -> (String, Vec<(usize, String)>) {
    let (code, mut texts) = code_and_texts(source);
    let code = match UNIT_TESTS.find(&code) {
        Some(found) => code[..found.start()].to_string(),
        None => code,
    };
    let lines = code.lines().count();
    texts.retain(|(number, _)| *number <= lines);
    (code, texts)
}

/// The source with comments taken away and texts emptied, line by line as it was; and the texts.
fn code_and_texts(source: &str) -> (String, Vec<(usize, String)>) {
    let mut texts = Vec::new();
    let code = TOKEN.replace_all(source, |found: &regex::Captures<'_>| {
        let whole = found.get(0).expect("a match");
        let text = ["raw_hash", "raw", "text"].iter().find_map(|name| found.name(name));
        if let Some(text) = text {
            let line = 1 + source[..whole.start()].matches('\n').count();
            texts.push((line, text.as_str().to_string()));
        }
        let kept = "\n".repeat(whole.as_str().matches('\n').count());
        if text.is_some() { format!("\"\"{kept}") } else { kept }
    });
    (code.into_owned(), texts)
}

#[test]
fn the_checker_finds_what_is_forbidden() {
    for (file, source, fault) in [
        ("irc/hear.rs", "use crate::store::Db;", "irc may use"),
        ("irc/hear.rs", "use crate::flow::hear;\n\nuse crate::web::page;", "hear.rs:3: irc may"),
        ("irc/session/mod.rs", "fn f() { super::super::store::log::add() }", "not store"),
        ("web/mod.rs", "use crate::irc::Door;", "not irc"),
        ("flow/hear.rs", "use crate::irc::Door;", "not irc"),
        ("store/log.rs", "let x = crate::flow::hear::f();", "not flow"),
        ("main.rs", "beadle::store::open();", "main may use"),
        ("domain/time.rs", "use crate::clock;", "not clock"),
        ("domain/meeting/item.rs", "use crate::domain::minutes::Minutes;", "not minutes"),
        ("domain/text.rs", "use super::meeting::Item;", "not meeting"),
        ("domain/weather.rs", "use crate::domain::time::Moment;", "weather has no place"),
        ("gopher/mod.rs", "", "gopher has no place"),
        ("flow/mod.rs", "use crate::{store, domain};", "write paths out"),
        ("flow/mod.rs", "use crate::domain::{time, text};", "write paths out"),
        ("domain/text.rs", "use std::collections::HashMap;", "use BTreeMap"),
        ("domain/text.rs", "use std::fs;", "touches nothing"),
        ("domain/text.rs", "async fn f() {}", "never waits"),
        ("domain/text.rs", "fn f() -> tokio::time::Instant {}", "never waits"),
        ("irc/mod.rs", "let now = chrono::Utc::now();", "only the clock"),
        ("flow/hear.rs", "let x: sqlx::Error;", "only the store"),
        ("web/mod.rs", "let tx = db.begin().await;", "only flows"),
        ("web/mod.rs", "f(\"select *\n from log\");", "SQL in web"),
        ("cli/mod.rs", "f(r#\"insert into log values ($1)\"#);", "SQL in cli"),
        ("cli/mod.rs", &"fn f() {}\n".repeat(501), "split it"),
    ] {
        let faults = check(file, source).join("\n");
        assert!(faults.contains(fault), "{file}: {source}\ngave: {faults}");
    }
}

#[test]
fn the_checker_lets_pass_what_is_allowed() {
    for (file, source) in [
        ("irc/hear.rs", "use crate::flow::hear::Heard;\nuse crate::irc::session::Session;"),
        ("irc/session/sasl.rs", "use super::caps;\nuse super::super::wire::Line;"),
        ("domain/minutes/text.rs", "use crate::domain::meeting::item::Item;\nuse super::Minutes;"),
        ("domain/mod.rs", "pub mod time;"),
        ("domain/time.rs", "//! Nothing here knows tokio or std::fs.\n/* HashMap */ fn f() {}"),
        ("domain/text.rs", "const A: &str = \"crate::store is a path, HashMap a word\";"),
        ("domain/text.rs", "fn f<'a>(x: &'a str) -> char { '\"' } // sqlx \" tokio"),
        ("domain/text.rs", "#[cfg(test)]\nmod tests {\n    use std::collections::HashMap;\n}"),
        ("domain/meeting/tests.rs", "use crate::domain::minutes::Minutes;"),
        ("clock.rs", "Moment::from_utc(chrono::Utc::now())"),
        ("flow/hear.rs", "let tx = db.begin().await?; Exchange::begin(x)"),
        ("store/log.rs", "const ADD: &str = \"insert into log values ($1)\"; use sqlx::Row;"),
    ] {
        let faults = check(file, source);
        assert!(faults.is_empty(), "{file}: {source}\ngave: {faults:?}");
    }
}
