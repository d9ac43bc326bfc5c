//! `other.xml`: the changelogs of packages, of those that somebody asks about.

use crate::domain::text::Text;
use crate::domain::time::{Moment, SECOND};
use crate::source::repodata::fault::Fault;
use crate::source::repodata::record::Records;
use crate::source::repodata::xml::{self, Step, Walk};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

/// The most entries that are kept of a package's changelog, the newest; `createrepo_c` writes ten.
pub const MOST_ENTRIES: usize = 100;

/// An entry of a changelog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Who wrote it: name, address and usually the version.
    pub author: Text,
    /// The day, by its writer.
    pub at: Moment,
    /// What changed, in several lines.
    pub text: Text,
}

/// The changelogs of these packages by their pkgid, the newest entry first.
pub fn read(
    from: impl Read,
    wanted: &BTreeSet<String>,
) -> Result<BTreeMap<String, Vec<Entry>>, Fault> {
    let mut records = Records::new(from, "otherdata", ["<package", "</package"])?;
    let mut changelogs = BTreeMap::new();
    let mut number = 0;
    while let Some(record) = records.read_next()? {
        number += 1;
        let read = read_package(record, wanted, &mut changelogs);
        read.map_err(|fault| fault.about(&format!("package {number}")))?;
    }
    Ok(changelogs)
}

fn read_package(
    record: &[u8],
    wanted: &BTreeSet<String>,
    changelogs: &mut BTreeMap<String, Vec<Entry>>,
) -> Result<(), Fault> {
    let mut walk = Walk::new(record)?;
    let mut entries = Vec::new();
    let mut package = String::new();
    let mut text = String::new();
    loop {
        match walk.step()? {
            Step::Open(tag) if walk.depth() == 1 => {
                let [pkgid] = xml::attributes(&tag, ["pkgid"])?;
                package = pkgid.unwrap_or_default().trim().to_ascii_lowercase();
                // Most packages are not asked about: what stands in them is passed over.
                if !wanted.contains(&package) {
                    return Ok(());
                }
            }
            Step::Open(tag) if walk.depth() == 2 && xml::name(&tag) == "changelog" => {
                let [author, date] = xml::attributes(&tag, ["author", "date"])?;
                let seconds = date.and_then(|date| date.trim().parse::<i64>().ok()).unwrap_or(0);
                walk.words(&mut text)?;
                entries.push(Entry {
                    author: Text::new(author.unwrap_or_default()),
                    at: Moment::from_micros(seconds.saturating_mul(SECOND)),
                    text: Text::from(text.trim()),
                });
            }
            Step::Open(_) | Step::Close | Step::Words(_) => {}
            Step::Done => break,
        }
    }
    // Files have the oldest first; entries of one day stay in the order they have there.
    entries.reverse();
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    entries.truncate(MOST_ENTRIES);
    changelogs.insert(package, entries);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_changelogs_asked_for_come_newest_first() {
        let xml = "<?xml version=\"1.0\"?><otherdata packages=\"2\">\
            <package pkgid=\"aa\" name=\"xen\" arch=\"src\"><version epoch=\"0\" ver=\"1\" rel=\"1\"/>\
            <changelog author=\"A &lt;a@b&gt; - 4.6-1\" date=\"1542110400\">- R&amp;D\r\n- two</changelog>\
            <changelog author=\"B\" date=\"1542196800\">- CVE-2018-1</changelog></package>\
            <package pkgid=\"bb\" name=\"qemu\" arch=\"src\"><changelog>&nothing;</changelog></package>\
            </otherdata>";
        let wanted = BTreeSet::from(["aa".to_string(), "cc".to_string()]);
        let changelogs = read(xml.as_bytes(), &wanted).expect("changelogs");
        let entries = &changelogs["aa"];
        assert_eq!(changelogs.len(), 1);
        let authors: Vec<&str> = entries.iter().map(|entry| entry.author.as_untrusted()).collect();
        assert_eq!(authors, ["B", "A <a@b> - 4.6-1"]);
        assert_eq!(entries[1].text.as_untrusted(), "- R&D\n- two");
        assert_eq!(entries[0].at.rfc3339(), "2018-11-14T12:00:00Z");
        let broken = BTreeSet::from(["bb".to_string()]);
        let fault = read(xml.as_bytes(), &broken).expect_err("an entity");
        assert_eq!(fault.sentence, "package 2: the entity \"nothing\" is not known here");
    }

    #[test]
    fn a_changelog_has_a_limit() {
        let entries: String =
            (0..200).map(|day| format!("<changelog date=\"{day}\">{day}</changelog>")).collect();
        let xml = format!("<otherdata><package pkgid=\"aa\">{entries}</package></otherdata>");
        let changelogs = read(xml.as_bytes(), &BTreeSet::from(["aa".to_string()])).expect("some");
        assert_eq!(changelogs["aa"].len(), MOST_ENTRIES);
        assert_eq!(changelogs["aa"][0].text.as_untrusted(), "199");
    }
}
