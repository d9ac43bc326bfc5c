//! Packages and repositories: RPM files that rpm's own library reads, and `createrepo_c` over them.
//!
//! The files are written by hand, lead, signature and header, as the crates that build RPMs do not let one
//! choose the source package. Their payload is empty.

#![allow(dead_code)]

use std::fs;
use std::path::Path;
use std::process::Command;

/// A package to be made.
#[derive(Clone, Debug)]
pub struct Rpm<'a> {
    /// Its name.
    pub name: &'a str,
    /// `[EPOCH:]VERSION-RELEASE`.
    pub evr: &'a str,
    /// `x86_64`, `noarch`; `src` makes a source package.
    pub arch: &'a str,
    /// The file name of its source package; empty for a source package.
    pub source: &'a str,
    /// `AUTHOR|SECONDS|TEXT`, the newest first, as in a spec file.
    pub changelog: &'a [&'a str],
    /// Seconds since 1970; another number makes other bytes of the same package.
    pub built: u32,
}

/// A package as most tests want it: of that source package, with no changelog.
pub fn package<'a>(name: &'a str, evr: &'a str, arch: &'a str, source: &'a str) -> Rpm<'a> {
    Rpm { name, evr, arch, source, changelog: &[], built: 1_542_110_400 }
}

impl Rpm<'_> {
    /// Writes it into a folder under its usual name.
    pub fn write(&self, folder: &Path) {
        let (epoch, evr) = match self.evr.split_once(':') {
            Some((epoch, evr)) => (epoch.parse().expect("an epoch"), evr),
            None => (0, self.evr),
        };
        let (version, release) = evr.rsplit_once('-').expect("a version and a release");
        let header = self.header(epoch, version, release).bytes(63);
        let sum = ring::digest::digest(&ring::digest::SHA256, &header);
        let sum: String = sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let mut signature = Header::default();
        signature.text(273, &sum);
        signature.numbers(1000, &[u32::try_from(header.len()).expect("a small header")]);
        let mut bytes = self.lead(version, release);
        bytes.extend(signature.bytes(62));
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes.extend(header);
        let file = format!("{}-{version}-{release}.{}.rpm", self.name, self.arch);
        fs::write(folder.join(file), bytes).expect("a package");
    }

    fn header(&self, epoch: u32, version: &str, release: &str) -> Header {
        let mut header = Header::default();
        header.texts(100, 8, &["C"]);
        header.text(1000, self.name);
        header.text(1001, version);
        header.text(1002, release);
        if epoch > 0 {
            header.numbers(1003, &[epoch]);
        }
        header.texts(1004, 9, &[&format!("The {} of the tests", self.name)]);
        header.texts(1005, 9, &["R&D <in words>"]);
        header.numbers(1006, &[self.built]);
        header.numbers(1009, &[0]);
        header.text(1014, "GPLv2+ and MIT");
        header.texts(1016, 9, &["Unspecified"]);
        header.text(1020, "https://xenproject.org/?a=b&c=d");
        header.text(1021, "linux");
        header.text(1022, if self.arch == "src" { "x86_64" } else { self.arch });
        match self.source {
            "" => header.numbers(1106, &[1]),
            source => header.text(1044, source),
        }
        let entries: Vec<Vec<&str>> =
            self.changelog.iter().map(|entry| entry.splitn(3, '|').collect()).collect();
        if !entries.is_empty() {
            let times: Vec<u32> =
                entries.iter().map(|entry| entry[1].parse().expect("seconds")).collect();
            let part = |at: usize| entries.iter().map(|entry| entry[at]).collect::<Vec<_>>();
            header.numbers(1080, &times);
            header.texts(1081, 8, &part(0));
            header.texts(1082, 8, &part(2));
        }
        header.text(1124, "cpio");
        header
    }

    /// The 96 bytes that `file` knows an RPM by.
    fn lead(&self, version: &str, release: &str) -> Vec<u8> {
        let kind = u8::from(self.source.is_empty());
        let mut lead = vec![0xed, 0xab, 0xee, 0xdb, 3, 0, 0, kind, 0, 1];
        lead.extend(format!("{}-{version}-{release}", self.name).bytes().take(65));
        lead.resize(10 + 66, 0);
        lead.extend([0, 1, 0, 5]);
        lead.resize(96, 0);
        lead
    }
}

/// A header of rpm: an index of tags and a store of their values.
#[derive(Default)]
struct Header {
    index: Vec<[u32; 4]>,
    store: Vec<u8>,
}

impl Header {
    fn text(&mut self, tag: u32, value: &str) {
        self.texts(tag, 6, &[value]);
    }

    /// Texts of this type: 6 one, 8 many, 9 one in each language.
    fn texts(&mut self, tag: u32, kind: u32, values: &[&str]) {
        self.index.push([tag, kind, offset(&self.store), count(values.len())]);
        for value in values {
            self.store.extend(value.bytes());
            self.store.push(0);
        }
    }

    fn numbers(&mut self, tag: u32, values: &[u32]) {
        self.store.resize(self.store.len().next_multiple_of(4), 0);
        self.index.push([tag, 4, offset(&self.store), count(values.len())]);
        self.store.extend(values.iter().flat_map(|value| value.to_be_bytes()));
    }

    /// The header within a region of this tag, which is its first entry and says where it ends.
    fn bytes(mut self, region: u32) -> Vec<u8> {
        self.index.sort_unstable();
        let entries = count(self.index.len() + 1);
        let trailer = [region, 7, (entries * 16).wrapping_neg(), 16];
        self.index.insert(0, [region, 7, offset(&self.store), 16]);
        self.store.extend(trailer.iter().flat_map(|word| word.to_be_bytes()));
        let mut bytes = vec![0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0];
        bytes.extend(entries.to_be_bytes());
        bytes.extend(count(self.store.len()).to_be_bytes());
        bytes.extend(self.index.iter().flatten().flat_map(|word| word.to_be_bytes()));
        bytes.extend(self.store);
        bytes
    }
}

fn offset(store: &[u8]) -> u32 {
    count(store.len())
}

fn count(number: usize) -> u32 {
    u32::try_from(number).expect("a small number")
}

/// Makes a repository of the packages in a folder, or renews it; `options` are createrepo_c's.
pub fn createrepo(folder: &Path, options: &[&str]) {
    let done = Command::new("createrepo_c")
        .args(["--quiet", "--no-database"])
        .args(options)
        .arg(folder)
        .output()
        .expect("createrepo_c runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
