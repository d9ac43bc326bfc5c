//! Yum repositories as `createrepo_c` makes them, of RPM files that rpm's own library reads.

use crate::rpm::{Rpm, createrepo, package};
use beadle::domain::push::evr::Evr;
use beadle::domain::push::index::{Index, Packages};
use beadle::source::repodata::{Known, Place, Poll, Snapshot};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const QEMU: &str = "qemu-kvm-ev-2.12.0-18.el7.src.rpm";
const OLD_QEMU: &str = "qemu-kvm-ev-2.10.0-21.el7.src.rpm";
const XEN: &str = "xen-4.6.6-13.el7.src.rpm";

/// What was there in the evening.
fn old() -> Vec<Rpm<'static>> {
    vec![
        package("qemu-kvm-ev", "10:2.10.0-21.el7", "x86_64", OLD_QEMU),
        package("qemu-img-ev", "10:2.10.0-21.el7", "x86_64", OLD_QEMU),
        package("xen", "4.6.6-13.el7", "x86_64", XEN),
        package("xen-libs", "4.6.6-13.el7", "x86_64", XEN),
        package("gone", "1-1.el7", "noarch", "gone-1-1.el7.src.rpm"),
    ]
}

/// What is there in the morning: a new qemu, xen signed anew, one package gone.
fn new() -> Vec<Rpm<'static>> {
    let changelog = &[
        "Sandro <s@example.com> - 2.12.0-18|1542024000|- fix CVE-2018-17963",
        "Sandro <s@example.com> - 2.12.0-17|1541937600|- R&D",
    ];
    let mut all = vec![
        package("qemu-kvm-ev", "10:2.12.0-18.el7", "x86_64", QEMU),
        package("qemu-img-ev", "10:2.12.0-18.el7", "x86_64", QEMU),
        package("qemu-kvm-ev", "10:2.12.0-18.el7", "src", ""),
        package("xen", "4.6.6-13.el7", "x86_64", XEN),
        package("xen-libs", "4.6.6-13.el7", "x86_64", XEN),
    ];
    all[0].changelog = changelog;
    all[3].built += 1;
    all[4].built += 1;
    all
}

fn repository(packages: &[Rpm<'_>], options: &[&str]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    packages.iter().for_each(|package| package.write(folder.path()));
    createrepo(folder.path(), options);
    folder
}

fn place(folder: &Path) -> Place {
    Place::parse(folder.to_str().expect("a path")).expect("a place")
}

fn changed(folder: &Path, known: &Known, old: &Index) -> Snapshot {
    match place(folder).poll(known, old) {
        Ok(Poll::Changed(snapshot)) => *snapshot,
        other => panic!("{other:?}"),
    }
}

fn snapshot(folder: &Path) -> Snapshot {
    changed(folder, &Known::default(), &Index::default())
}

/// `SOURCE EVR ARCH: NAMES`.
fn shown<'a>(
    all: impl IntoIterator<Item = (&'a beadle::domain::push::index::Key, Packages)>,
) -> Vec<String> {
    all.into_iter()
        .map(|(key, packages)| {
            let names: Vec<&str> = packages.keys().map(String::as_str).collect();
            format!("{} {} {}: {}", key.source, key.evr, key.arch, names.join(" "))
        })
        .collect()
}

#[test]
fn every_compression_of_createrepo_c_reads_the_same() {
    let plain = repository(&new(), &["--general-compress-type=gz"]);
    let index = snapshot(plain.path()).index;
    assert_eq!(
        shown(index.iter()),
        [
            "qemu-kvm-ev 10:2.12.0-18.el7 src: qemu-kvm-ev",
            "qemu-kvm-ev 10:2.12.0-18.el7 x86_64: qemu-img-ev qemu-kvm-ev",
            "xen 4.6.6-13.el7 x86_64: xen xen-libs",
        ]
    );
    for options in [
        &["--general-compress-type=xz"][..],
        &["--general-compress-type=bz2"],
        &["--checksum=sha512"],
        &["--repomd-checksum=sha1"],
        &["--simple-md-filenames"],
        &["--revision=el7"],
    ] {
        let repository = repository(&new(), options);
        let packed = options[0].strip_prefix("--general-compress-type=");
        let primary = snapshot(repository.path()).repomd.files[0].href.clone();
        assert!(primary.ends_with(packed.unwrap_or("gz")), "{primary}");
        let other = snapshot(repository.path()).index;
        let (this, that) = (shown(index.iter()), shown(other.iter()));
        assert_eq!(this, that, "{options:?}");
        // With another kind of checksum every package has another one.
        if !options[0].starts_with("--checksum") {
            assert_eq!(index, other, "{options:?}");
        }
    }
}

/// Debian's createrepo_c cannot write zstd: the packed file is made by hand, and described anew.
#[test]
fn zstd_as_newer_createrepo_c_writes_it_reads_the_same() {
    let folder = repository(&new(), &["--simple-md-filenames"]);
    let before = snapshot(folder.path()).index;
    let repodata = folder.path().join("repodata");
    let packed = fs::read(repodata.join("primary.xml.gz")).expect("a primary");
    let mut open = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&packed[..]), &mut open)
        .expect("it unpacks");
    fs::remove_file(repodata.join("primary.xml.gz")).expect("a file");
    let zst = zstd::stream::encode_all(&open[..], 10).expect("it packs");
    fs::write(repodata.join("primary.xml.zst"), &zst).expect("a file");
    let file = repodata.join("repomd.xml");
    let text = fs::read_to_string(&file).expect("a repomd");
    let sum = |bytes: &[u8]| -> String {
        let sum = ring::digest::digest(&ring::digest::SHA256, bytes);
        sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let text = text
        .replace(&sum(&packed), &sum(&zst))
        .replace("primary.xml.gz", "primary.xml.zst")
        .replace(&format!("<size>{}<", packed.len()), &format!("<size>{}<", zst.len()));
    fs::write(&file, text).expect("a file");
    assert_eq!(snapshot(folder.path()).index, before);
}

#[test]
fn the_morning_after_is_told_with_changelogs_and_advisories() {
    let folder = TempDir::new().expect("a folder");
    old().iter().for_each(|package| package.write(folder.path()));
    createrepo(folder.path(), &["--revision=1542000000"]);
    let first = snapshot(folder.path());
    assert!(first.fresh.is_empty());
    let again = place(folder.path()).poll(&first.known, &first.index);
    assert!(matches!(again, Ok(Poll::Unchanged)));
    for entry in fs::read_dir(folder.path()).expect("files").flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "rpm") {
            fs::remove_file(entry.path()).expect("a file");
        }
    }
    new().iter().for_each(|package| package.write(folder.path()));
    createrepo(folder.path(), &["--revision=1542100000"]);
    advise(folder.path());
    let second = changed(folder.path(), &first.known, &first.index);
    let difference = first.index.compare(&second.index);
    let of = |list: &[_]| {
        shown(list.iter().map(|(key, packages): &(_, Packages)| (key, packages.clone())))
    };
    assert_eq!(
        of(&difference.added),
        [
            "qemu-kvm-ev 10:2.12.0-18.el7 src: qemu-kvm-ev",
            "qemu-kvm-ev 10:2.12.0-18.el7 x86_64: qemu-img-ev qemu-kvm-ev",
        ]
    );
    assert_eq!(
        of(&difference.removed),
        [
            "gone 1-1.el7 noarch: gone",
            "qemu-kvm-ev 10:2.10.0-21.el7 x86_64: qemu-img-ev qemu-kvm-ev",
        ]
    );
    assert_eq!(of(&difference.respun), ["xen 4.6.6-13.el7 x86_64: xen xen-libs"]);
    assert_eq!(first.index.vanished_percent(&second.index), 34);
    assert_eq!(second.fresh.len(), 5);
    let is_qemu = |arch: &str| {
        let arch = arch.to_string();
        move |package: &&beadle::domain::push::package::Package| {
            package.name == "qemu-kvm-ev" && package.arch == arch
        }
    };
    let qemu = second.fresh.iter().find(is_qemu("x86_64")).expect("qemu");
    assert_eq!(qemu.evr, Evr::new(10, "2.12.0", "18.el7"));
    assert_eq!(qemu.licence.as_untrusted(), "GPLv2+ and MIT");
    assert_eq!(
        qemu.url.as_ref().map(|url| url.as_untrusted()),
        Some("https://xenproject.org/?a=b&c=d")
    );
    assert_eq!(qemu.build_time.rfc3339(), "2018-11-13T12:00:00Z");
    let wanted = BTreeSet::from([qemu.pkgid.clone()]);
    let details = place(folder.path()).details(&second, &wanted).expect("details");
    let texts: BTreeMap<&str, Vec<&str>> = details
        .changelogs
        .iter()
        .map(|(id, all)| (id.as_str(), all.iter().map(|one| one.text.as_untrusted()).collect()))
        .collect();
    assert_eq!(texts[qemu.pkgid.as_str()], ["- fix CVE-2018-17963", "- R&D"]);
    assert_eq!(details.advisories.len(), 1);
    assert_eq!(details.advisories[0].issues, ["CVE-2018-17963", "XSA-277"]);
    // The state of the evening, from a mirror that lags: never a removal.
    createrepo(folder.path(), &["--revision=1542000000"]);
    let lagging = place(folder.path()).poll(&second.known, &second.index);
    assert!(
        matches!(lagging, Ok(Poll::Stale { revision: Some(1_542_000_000), .. })),
        "{lagging:?}"
    );
}

/// Adds an advisory about qemu, with createrepo_c's own tool.
fn advise(folder: &Path) {
    let file = folder.join("updateinfo.xml");
    let advisory = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<updates><update type=\"security\" \
        status=\"final\" version=\"1\" from=\"x\"><id>VIRT-2018:1</id><title>t</title>\
        <issued date=\"2018-11-13 12:00:00\"/><severity>Important</severity><references>\
        <reference href=\"https://cve.example/\" id=\"CVE-2018-17963\" type=\"cve\" title=\"x\"/>\
        <reference href=\"https://xsa.example/\" id=\"x\" type=\"other\" title=\"XSA-277\"/></references>\
        <pkglist><collection short=\"x\"><name>x</name><package name=\"qemu-kvm-ev\" \
        version=\"2.12.0\" release=\"18.el7\" epoch=\"10\" arch=\"x86_64\"><filename>q.rpm</filename>\
        </package></collection></pkglist></update></updates>";
    fs::write(&file, advisory).expect("a file");
    let done = Command::new("modifyrepo_c")
        .arg(&file)
        .arg(folder.join("repodata"))
        .output()
        .expect("modifyrepo_c runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn the_command_finds_the_respin_that_dnf_repodiff_does_not() {
    let (old, new) = (repository(&old(), &[]), repository(&new(), &[]));
    let diff = |options: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_beadle"))
            .args(["repodata", "diff"])
            .args([old.path(), new.path()])
            .args(options)
            .output()
            .expect("the program runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("UTF-8")
    };
    assert_eq!(
        diff(&[]),
        "+ qemu-kvm-ev 10:2.12.0-18.el7 src, 1 package\n\
         + qemu-kvm-ev 10:2.12.0-18.el7 (was 10:2.10.0-21.el7) x86_64, 2 packages\n\
         - gone 1-1.el7 noarch, 1 package\n\
         - qemu-kvm-ev 10:2.10.0-21.el7 x86_64, 2 packages\n\
         ~ xen 4.6.6-13.el7 x86_64, 2 packages, same version, other bytes\n"
    );
    let json: serde_json::Value = serde_json::from_str(&diff(&["--format", "json"])).expect("JSON");
    let xen = serde_json::json!([{"source": "xen", "evr": "4.6.6-13.el7", "arch": "x86_64",
        "name": "xen", "packages": 2}]);
    assert_eq!(json["respun"], xen);
    assert_eq!(json["added"].as_array().map(Vec::len), Some(2));
    let Some(said) = repodiff(old.path(), new.path()) else { return };
    assert!(said.contains("qemu-img-ev"), "{said}");
    assert!(!said.contains("xen"), "dnf repodiff tells of respins now:\n{said}");
}

/// What `dnf repodiff` says; none where that plugin of dnf is not installed.
fn repodiff(old: &Path, new: &Path) -> Option<String> {
    let cache = TempDir::new().expect("a folder");
    let done = Command::new("dnf")
        .args(["--quiet", "--releasever=7", "--setopt=reposdir=/nonexistent"])
        .arg(format!("--setopt=cachedir={}", cache.path().display()))
        .arg(format!("--setopt=logdir={}", cache.path().display()))
        .arg(format!("--setopt=persistdir={}", cache.path().display()))
        .arg(format!("--repofrompath=old,file://{}", old.display()))
        .arg(format!("--repofrompath=new,file://{}", new.display()))
        .args(["repodiff", "--repo-old=old", "--repo-new=new", "--arch=x86_64", "--arch=noarch"])
        .output()
        .ok()?;
    let error = String::from_utf8_lossy(&done.stderr).into_owned();
    if error.contains("No such command") {
        return None;
    }
    assert!(done.status.success(), "{error}");
    Some(String::from_utf8_lossy(&done.stdout).into_owned())
}

#[test]
fn a_place_without_a_repository_is_told_in_a_sentence() {
    let whole = repository(&new(), &[]);
    let empty = TempDir::new().expect("a folder");
    let run = |old: &str| {
        let done = Command::new(env!("CARGO_BIN_EXE_beadle"))
            .args(["repodata", "diff", old])
            .arg(whole.path())
            .output()
            .expect("the program runs");
        assert_eq!(done.status.code(), Some(1));
        String::from_utf8(done.stderr).expect("UTF-8")
    };
    let path = empty.path().to_str().expect("a path");
    let why = "repodata/repomd.xml: there is no such file";
    assert_eq!(run(path), format!("beadle: {path}: {why}\n"));
    assert!(run("ftp://mirror.example/").contains("its scheme is none of http, https and file"));
}
