//! `beadle repodata`: yum repositories, looked at without configuration and database.

use crate::domain::escape;
use crate::domain::push::evr::Evr;
use crate::domain::push::index::{Difference, Index, Key, Packages};
use crate::source::repodata::{Known, Place, Poll};
use anyhow::bail;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What there is to do with repositories.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Say how a repository differs from another, or from an earlier state of itself.
    #[command(after_help = "Example: beadle repodata diff /srv/yesterday \
        https://mirror.example/centos/7/virt/x86_64/xen-46\n\n\
        Each line is a source build: + it is new there, - it is gone, ~ it has the same version and other \
        bytes (built or signed anew).")]
    Diff(Arguments),
}

/// What to compare, and how to say it.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The older repository: a directory or URL that holds repodata/.
    old: String,
    /// The newer one.
    new: String,
    /// How the difference is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Does what was asked.
pub fn run(command: Command) -> anyhow::Result<()> {
    let Command::Diff(arguments) = command;
    let (old, new) = (read(&arguments.old)?, read(&arguments.new)?);
    let difference = old.compare(&new);
    match arguments.format {
        Format::Text => super::print(&text(&old, &difference)),
        Format::Json => super::print_json(&json(&difference)),
    }
}

/// What a repository holds.
fn read(given: &str) -> anyhow::Result<Index> {
    let place = Place::parse(given).map_err(anyhow::Error::msg)?;
    match place.poll(&Known::default(), &Index::default()) {
        Ok(Poll::Changed(snapshot)) => Ok(snapshot.index),
        Ok(_) => bail!("{place}: the server says that nothing changed, and was not asked that"),
        Err(fault) => bail!("{place}: {fault}"),
    }
}

fn json(difference: &Difference) -> Value {
    let all = |list: &[(Key, Packages)]| -> Vec<Value> {
        list.iter()
            .map(|(key, packages)| {
                json!({
                    "source": key.source,
                    "evr": key.evr.to_string(),
                    "arch": key.arch,
                    "name": name(key, packages),
                    "packages": packages.len(),
                })
            })
            .collect()
    };
    json!({
        "added": all(&difference.added),
        "removed": all(&difference.removed),
        "respun": all(&difference.respun),
    })
}

/// The binary package that is named as its source, else the first one.
fn name<'a>(key: &'a Key, packages: &'a Packages) -> &'a str {
    let mut names = packages.keys().map(|shown| shown.split(' ').next().unwrap_or(shown));
    let first = names.next().unwrap_or(&key.source);
    if names.any(|name| name == key.source) { &key.source } else { first }
}

fn text(old: &Index, difference: &Difference) -> String {
    if difference.is_empty() {
        return "No difference.\n".to_string();
    }
    // What was removed of the same source and architecture is what a new build was before.
    let mut before: BTreeMap<(&str, &str), Vec<&Evr>> = BTreeMap::new();
    for (key, _) in &difference.removed {
        before.entry((&key.source, &key.arch)).or_default().push(&key.evr);
    }
    let had: BTreeMap<&Key, usize> = old.iter().map(|(key, all)| (key, all.len())).collect();
    let mut out = String::new();
    for (key, packages) in &difference.added {
        let note = match before.get(&(key.source.as_str(), key.arch.as_str())) {
            _ if had.contains_key(key) => " (further packages)".to_string(),
            Some(evrs) => format!(" (was {})", all(evrs)),
            None => String::new(),
        };
        line(&mut out, '+', key, &note, packages, "");
    }
    for (key, packages) in &difference.removed {
        let is_part = had.get(key).is_some_and(|count| *count > packages.len());
        let note = if is_part { " (some packages)" } else { "" };
        line(&mut out, '-', key, note, packages, "");
    }
    for (key, packages) in &difference.respun {
        line(&mut out, '~', key, "", packages, ", same version, other bytes");
    }
    out
}

fn all(evrs: &[&Evr]) -> String {
    let shown: Vec<String> = evrs.iter().map(|evr| evr.to_string()).collect();
    shown.join(", ")
}

fn line(out: &mut String, sign: char, key: &Key, note: &str, packages: &Packages, end: &str) {
    let count = packages.len();
    let plural = if count == 1 { "" } else { "s" };
    let Key { source, evr, arch } = key;
    let shown = format!("{sign} {source} {evr}{note} {arch}, {count} package{plural}{end}");
    let _ = writeln!(out, "{}", escape::line(&shown));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(source: &str, version: &str) -> Key {
        Key { source: source.into(), evr: Evr::new(0, version, "1.el7"), arch: "x86_64".into() }
    }

    fn index(builds: &[(&str, &str, &[&str], &str)]) -> Index {
        let build = |(source, version, names, sum): &(&str, &str, &[&str], &str)| {
            let packages = names.iter().map(|name| (name.to_string(), sum.repeat(32)));
            (key(source, version), packages.collect())
        };
        builds.iter().map(build).collect()
    }

    #[test]
    fn a_difference_is_told_in_lines_and_for_programs() {
        let old = index(&[
            ("qemu-kvm-ev", "2.10.0", &["qemu-img-ev", "qemu-kvm-ev"], "a"),
            ("xen", "4.6", &["xen", "xen-libs"], "b"),
            ("gone", "1", &["gone-libs"], "c"),
            ("same", "1", &["same"], "d"),
        ]);
        let new = index(&[
            ("qemu-kvm-ev", "2.12.0", &["qemu-img-ev", "qemu-kvm-ev"], "e"),
            ("xen", "4.6", &["xen-doc", "xen-libs"], "f"),
            ("same", "1", &["same"], "d"),
            ("fresh", "1", &["b-libs 2-1", "a-libs"], "d"),
        ]);
        let difference = old.compare(&new);
        assert_eq!(
            text(&old, &difference),
            "+ fresh 1-1.el7 x86_64, 2 packages\n\
             + qemu-kvm-ev 2.12.0-1.el7 (was 2.10.0-1.el7) x86_64, 2 packages\n\
             + xen 4.6-1.el7 (further packages) x86_64, 1 package\n\
             - gone 1-1.el7 x86_64, 1 package\n\
             - qemu-kvm-ev 2.10.0-1.el7 x86_64, 2 packages\n\
             - xen 4.6-1.el7 (some packages) x86_64, 1 package\n\
             ~ xen 4.6-1.el7 x86_64, 1 package, same version, other bytes\n"
        );
        let value = json(&difference);
        let one = json!({"source": "qemu-kvm-ev", "evr": "2.12.0-1.el7", "arch": "x86_64",
            "name": "qemu-kvm-ev", "packages": 2});
        assert_eq!(value["added"][1], one);
        assert_eq!(value["added"][0]["name"], "a-libs");
        assert_eq!(value["respun"].as_array().map(Vec::len), Some(1));
        assert_eq!(text(&old, &old.compare(&old)), "No difference.\n");
    }
}
