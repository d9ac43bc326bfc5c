//! `updateinfo.xml`: advisories, and the security issues they name.

use crate::domain::push::about;
use crate::domain::push::evr::Evr;
use crate::domain::push::plain;
use crate::source::repodata::fault::Fault;
use crate::source::repodata::record::Records;
use crate::source::repodata::xml::{self, Step, Walk};
use std::io::Read;

/// The most security issues that are kept of an advisory.
pub const MOST_ISSUES: usize = 200;
/// The most packages that are kept of an advisory.
pub const MOST_PACKAGES: usize = 10_000;

/// An advisory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advisory {
    /// Its name, such as `CESA-2018:3408`.
    pub id: String,
    /// `security`, `bugfix`, `enhancement`, `newpackage`.
    pub kind: String,
    /// `Critical`, `Important`, `Moderate`, `Low`; empty where it has none.
    pub severity: String,
    /// The CVE and XSA numbers it refers to, each once, sorted.
    pub issues: Vec<String>,
    /// The packages that bring the change.
    pub packages: Vec<Nevra>,
}

/// A package's name, version and architecture.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nevra {
    /// The name.
    pub name: String,
    /// The version.
    pub evr: Evr,
    /// The architecture.
    pub arch: String,
}

/// Reads all advisories, in their order.
pub fn read(from: impl Read, mut each: impl FnMut(Advisory)) -> Result<(), Fault> {
    let mut records = Records::new(from, "updates", ["<update", "</update"])?;
    let mut number = 0;
    while let Some(record) = records.read_next()? {
        number += 1;
        let advisory = read_update(record);
        each(advisory.map_err(|fault| fault.about(&format!("update {number}")))?);
    }
    Ok(())
}

/// The CVE and XSA numbers in a text, each once, sorted.
pub fn security_issues(text: &str) -> Vec<String> {
    let mut issues: Vec<String> = about::security_ids(text).take(MOST_ISSUES).collect();
    issues.sort();
    issues.dedup();
    issues
}

/// One `<update>`.
fn read_update(record: &[u8]) -> Result<Advisory, Fault> {
    let mut walk = Walk::new(record)?;
    let mut advisory = Advisory::default();
    let mut text = String::new();
    let mut references = String::new();
    loop {
        match walk.step()? {
            Step::Open(tag) => {
                let name = xml::name(&tag);
                match (walk.depth(), name) {
                    (1, _) => {
                        let [kind] = xml::attributes(&tag, ["type"])?;
                        advisory.kind = plain::part(kind.as_deref().unwrap_or_default().trim());
                    }
                    (2, "id" | "severity") => {
                        let into =
                            if name == "id" { &mut advisory.id } else { &mut advisory.severity };
                        walk.words(&mut text)?;
                        *into = plain::part(text.trim());
                    }
                    (3, "reference") => {
                        let [id, title] = xml::attributes(&tag, ["id", "title"])?;
                        for words in [id, title].into_iter().flatten() {
                            if references.len() < xml::MOST_TEXT {
                                references.push_str(&words);
                                references.push(' ');
                            }
                        }
                    }
                    (4, "package") if advisory.packages.len() < MOST_PACKAGES => {
                        advisory.packages.push(nevra(&tag)?);
                    }
                    _ => {}
                }
            }
            Step::Close | Step::Words(_) => {}
            Step::Done => break,
        }
    }
    advisory.issues = security_issues(&references);
    Ok(advisory)
}

/// `<package name="xen" version="4.6.6" release="13.el7" epoch="0" arch="x86_64" src="…">`.
fn nevra(tag: &quick_xml::events::BytesStart<'_>) -> Result<Nevra, Fault> {
    let names = ["name", "epoch", "version", "release", "arch"];
    let [name, epoch, version, release, arch] = xml::attributes(tag, names)?;
    let epoch = epoch.and_then(|epoch| epoch.trim().parse().ok()).unwrap_or(0);
    let [version, release] = [version, release].map(Option::unwrap_or_default);
    Ok(Nevra {
        name: plain::part(&name.unwrap_or_default()),
        evr: Evr::new(epoch, &version, &release),
        arch: plain::part(&arch.unwrap_or_default()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_advisory_is_read_with_its_issues_and_packages() {
        let xml = "<?xml version=\"1.0\"?>\n<updates>\n<update from=\"x\" status=\"final\" \
            type=\"security\" version=\"1\"><id>CESA-2018:3408</id><title>xen &amp; more</title>\
            <severity>Important</severity><issued date=\"2018-11-13\"/><references>\
            <reference href=\"h\" id=\"CVE-2018-18849\" type=\"cve\" title=\"CVE-2018-18849\"/>\
            <reference href=\"h\" id=\"277\" type=\"other\" title=\"XSA-277: x86 (cve-2018-19964)\"/>\
            </references><pkglist><collection short=\"x\"><name>x</name>\
            <package name=\"xen\" version=\"4.6.6\" release=\"13.el7\" epoch=\"1\" arch=\"x86_64\">\
            <filename>xen.rpm</filename></package></collection></pkglist></update>\n\
            <update type=\"bugfix\"><id>two</id></update></updates>";
        let mut all = Vec::new();
        read(xml.as_bytes(), |advisory| all.push(advisory)).expect("advisories");
        let evr = Evr::new(1, "4.6.6", "13.el7");
        let first = Advisory {
            id: "CESA-2018:3408".into(),
            kind: "security".into(),
            severity: "Important".into(),
            issues: ["CVE-2018-18849", "CVE-2018-19964", "XSA-277"].map(String::from).to_vec(),
            packages: vec![Nevra { name: "xen".into(), evr, arch: "x86_64".into() }],
        };
        assert_eq!(all.len(), 2);
        assert_eq!(all[0], first);
        assert_eq!((all[1].id.as_str(), all[1].kind.as_str()), ("two", "bugfix"));
    }

    #[test]
    fn issues_are_whole_numbers_in_any_case() {
        let text =
            "fix xsa-277, CVE-2018-18849 and CVE-2018-18849; CVE-18-1, XCVE-2018-11111, XSA-";
        assert_eq!(security_issues(text), ["CVE-2018-18849", "XSA-277"]);
        assert!(security_issues(&"CVE-2018-12345678901 ".repeat(9)).is_empty());
    }
}
