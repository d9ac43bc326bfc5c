//! `primary.xml`: the packages of a repository, one at a time.
//!
//! Of a package's 2,500 bytes the first part is read, up to the last thing that is wanted; what it
//! provides and requires is passed over unread.

use crate::domain::push::evr::Evr;
use crate::domain::push::package::Package;
use crate::domain::push::plain;
use crate::domain::text::Text;
use crate::domain::time::{Moment, SECOND};
use crate::source::repodata::fault::Fault;
use crate::source::repodata::record::Records;
use crate::source::repodata::xml::{self, Step, Walk};
use std::io::Read;

/// The longest summary or licence that is kept, in bytes.
pub const MOST_SUMMARY: usize = 1024;

/// Reads all packages, in their order.
pub fn read(from: impl Read, mut each: impl FnMut(Package)) -> Result<(), Fault> {
    let mut records = Records::new(from, "metadata", ["<package", "</package"])?;
    let mut text = String::new();
    let mut number = 0;
    while let Some(record) = records.read_next()? {
        number += 1;
        match read_package(record, &mut text) {
            Ok(Some(package)) => each(package),
            Ok(None) => {}
            Err(fault) => return Err(fault.about(&format!("package {number}"))),
        }
    }
    Ok(())
}

/// What was found of a package so far.
#[derive(Default)]
struct Found {
    name: Option<String>,
    arch: Option<String>,
    evr: Option<Evr>,
    pkgid: Option<String>,
    summary: Option<Text>,
    url: Option<Text>,
    build_time: Option<Moment>,
    licence: Option<Text>,
    source: Option<String>,
}

/// One `<package>`; none where it is of no type that rpm knows.
fn read_package(record: &[u8], text: &mut String) -> Result<Option<Package>, Fault> {
    let mut walk = Walk::new(record)?;
    let mut found = Found::default();
    while !found.is_complete() {
        match walk.step()? {
            Step::Open(tag) => {
                let name = xml::name(&tag);
                match (walk.depth(), name) {
                    (1, "package") => {
                        let [kind] = xml::attributes(&tag, ["type"])?;
                        if kind.is_some_and(|kind| kind != "rpm") {
                            return Ok(None);
                        }
                    }
                    (1, _) => {
                        let why = format!("it has <{name}> instead of <package>");
                        return Err(Fault::malformed(why));
                    }
                    (2, "version") => found.evr = Some(version(&tag)?),
                    (2, "time") => found.build_time = Some(build_time(&tag)?),
                    (2, "name" | "arch" | "checksum" | "summary" | "url")
                    | (3, "license" | "sourcerpm") => {
                        walk.words(text)?;
                        found.take(name, text)?;
                    }
                    _ => {}
                }
            }
            Step::Close | Step::Words(_) => {}
            Step::Done => break,
        }
    }
    found.package().map(Some)
}

impl Found {
    fn is_complete(&self) -> bool {
        let has_build = self.evr.is_some() && self.build_time.is_some() && self.source.is_some();
        let has_words = self.summary.is_some() && self.url.is_some() && self.licence.is_some();
        let has_names = self.name.is_some() && self.arch.is_some() && self.pkgid.is_some();
        has_build && has_words && has_names
    }

    /// The words of an element. An element that comes again counts no more.
    fn take(&mut self, element: &str, words: &str) -> Result<(), Fault> {
        let words = words.trim();
        match element {
            "name" => set(&mut self.name, || plain::part(words)),
            "arch" => set(&mut self.arch, || plain::part(words)),
            "summary" => set(&mut self.summary, || short(words)),
            "url" => set(&mut self.url, || short(words)),
            "license" => set(&mut self.licence, || short(words)),
            // It is taken apart later, and each part is made plain then.
            "sourcerpm" => set(&mut self.source, || words.to_string()),
            _ => {
                let pkgid = words.to_ascii_lowercase();
                if !(32..=128).contains(&pkgid.len())
                    || !pkgid.bytes().all(|b| b.is_ascii_hexdigit())
                {
                    return Err(Fault::malformed("its checksum is not of hexadecimal digits"));
                }
                set(&mut self.pkgid, || pkgid);
            }
        }
        Ok(())
    }

    fn package(self) -> Result<Package, Fault> {
        let missing = |what: &str| Fault::malformed(format!("it has no {what}"));
        let has = |part: &String| !part.is_empty();
        Ok(Package {
            name: self.name.filter(has).ok_or_else(|| missing("name"))?,
            evr: self.evr.ok_or_else(|| missing("version"))?,
            arch: self.arch.filter(has).ok_or_else(|| missing("architecture"))?,
            pkgid: self.pkgid.ok_or_else(|| missing("checksum"))?,
            source: self.source.unwrap_or_default(),
            summary: self.summary.unwrap_or_default(),
            licence: self.licence.unwrap_or_default(),
            build_time: self.build_time.unwrap_or(Moment::from_micros(0)),
            url: self.url.filter(|url| !url.is_empty()),
        })
    }
}

fn set<T>(place: &mut Option<T>, value: impl FnOnce() -> T) {
    if place.is_none() {
        *place = Some(value());
    }
}

fn short(words: &str) -> Text {
    Text::from(&words[..words.floor_char_boundary(MOST_SUMMARY.min(words.len()))])
}

/// `<version epoch="0" ver="2.12.0" rel="18.el7"/>`.
fn version(tag: &quick_xml::events::BytesStart<'_>) -> Result<Evr, Fault> {
    let [epoch, version, release] = xml::attributes(tag, ["epoch", "ver", "rel"])?;
    let epoch = match epoch.as_deref().map(str::trim) {
        None | Some("") => 0,
        Some(digits) => digits
            .parse()
            .map_err(|_| Fault::malformed(format!("its epoch {digits:?} is no number")))?,
    };
    let (version, release) = (version.unwrap_or_default(), release.unwrap_or_default());
    if version.is_empty() || release.is_empty() {
        return Err(Fault::malformed("its version or release is empty"));
    }
    Ok(Evr::new(epoch, &version, &release))
}

/// `<time file="…" build="1542365712"/>`. A builder's clock may say anything.
fn build_time(tag: &quick_xml::events::BytesStart<'_>) -> Result<Moment, Fault> {
    let [build] = xml::attributes(tag, ["build"])?;
    let seconds = build.and_then(|seconds| seconds.trim().parse::<i64>().ok()).unwrap_or(0);
    Ok(Moment::from_micros(seconds.saturating_mul(SECOND)))
}
