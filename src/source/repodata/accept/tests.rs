//! Repositories that are whole, and those that are not: made by hand, read from a directory and from
//! a server.

use super::*;
use crate::domain::push::index::Difference;
use crate::source::repodata::{Kind, record};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// A package in primary; `id` is one hexadecimal digit.
fn package(name: &str, version: &str, id: char) -> String {
    format!(
        "<package type=\"rpm\">\n  <name>{name}</name>\n  <arch>x86_64</arch>\n  \
         <version epoch=\"0\" ver=\"{version}\" rel=\"1.el7\"/>\n  \
         <checksum type=\"sha256\" pkgid=\"YES\">{}</checksum>\n  <summary>R&amp;D</summary>\n  \
         <description>words</description>\n  <packager/>\n  <url/>\n  \
         <time file=\"1\" build=\"1542110400\"/>\n  <location href=\"{name}.rpm\"/>\n  <format>\n    \
         <rpm:license>GPLv2+ &amp; MIT</rpm:license>\n    \
         <rpm:sourcerpm>{name}-{version}-1.el7.src.rpm</rpm:sourcerpm>\n    <rpm:provides>\n      \
         <rpm:entry name=\"{name}\"/>\n    </rpm:provides>\n  </format>\n</package>\n",
        id.to_string().repeat(64)
    )
}

fn primary(packages: &[String]) -> Vec<u8> {
    let count = packages.len();
    let all = packages.concat();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<metadata xmlns:rpm=\"r\" packages=\"{count}\">\
         {all}</metadata>\n"
    )
    .into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(bytes).and_then(|()| packer.finish()).expect("packed")
}

fn bzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    packer.write_all(bytes).and_then(|()| packer.finish()).expect("packed")
}

fn zst(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 3).expect("packed")
}

/// `<data>` with true sums and sizes.
fn data(kind: &str, packed: &[u8], open: &[u8]) -> String {
    format!(
        "<data type=\"{kind}\"><checksum type=\"sha256\">{}</checksum>\
         <open-checksum type=\"sha256\">{}</open-checksum><location href=\"repodata/{kind}\"/>\
         <timestamp>1542365712</timestamp><size>{}</size><open-size>{}</open-size></data>",
        checksum::sha256(packed),
        checksum::sha256(open),
        packed.len(),
        open.len()
    )
}

fn repomd(revision: i64, files: &str) -> String {
    format!("<repomd><revision>{revision}</revision>{files}</repomd>")
}

/// A repository in a directory.
struct Repo(TempDir);

impl Repo {
    fn new() -> Repo {
        let folder = TempDir::new().expect("a folder");
        fs::create_dir(folder.path().join("repodata")).expect("a folder");
        Repo(folder)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.0.path().join("repodata").join(name), bytes).expect("a file");
    }

    /// A whole repository of this primary as it was packed.
    fn of(revision: i64, packed: &[u8], open: &[u8]) -> Repo {
        let repo = Repo::new();
        repo.put(revision, packed, open);
        repo
    }

    fn put(&self, revision: i64, packed: &[u8], open: &[u8]) {
        self.write("primary", packed);
        self.write("repomd.xml", repomd(revision, &data("primary", packed, open)));
    }

    fn place(&self) -> Place {
        Place::parse(self.0.path().to_str().expect("a path")).expect("a place")
    }

    fn poll(&self) -> Result<Poll, Fault> {
        self.place().poll(&Known::default(), &Index::default())
    }

    fn fault(&self) -> Fault {
        self.poll().expect_err("a fault")
    }
}

/// Bytes that come one by one.
struct OneByOne<'a>(&'a [u8]);

impl Read for OneByOne<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        (&mut self.0).take(1).read(into)
    }
}

fn changed(poll: Result<Poll, Fault>) -> Snapshot {
    match poll {
        Ok(Poll::Changed(snapshot)) => *snapshot,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_packing_gives_the_same_packages() {
    let open = primary(&[package("xen", "4.6", 'a'), package("qemu", "2.12", 'b')]);
    let parts = open.split_at(open.len() / 2);
    let two = |pack: fn(&[u8]) -> Vec<u8>| [pack(parts.0), pack(parts.1)].concat();
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(6))
        .expect("a packer");
    xz.write_all(&open).expect("packed");
    let xz = xz.finish().expect("packed");
    let whole = [open.clone(), gzip(&open), zst(&open), bzip(&open), xz.clone()];
    let in_parts = [two(gzip), two(zst), two(bzip)];
    let plain = changed(Repo::of(1, &open, &open).poll()).index;
    assert_eq!(plain.len(), 2);
    for packed in whole.iter().chain(&in_parts) {
        assert_eq!(changed(Repo::of(1, packed, &open).poll()).index, plain, "{:?}", &packed[..6]);
        // However slowly the bytes come.
        let repomd = repomd(1, &data("primary", packed, &open));
        let repomd = Repomd::parse(repomd.as_bytes()).expect("a repomd");
        let slowly = unpack::read(&repomd.files[0], OneByOne(packed), |from| {
            read_packages(from, &Index::default())
        });
        assert_eq!(slowly.expect("packages").0, plain);
        // Cut, or with one bit turned, each of them is refused, and never a panic.
        for at in [0, 1, 5, 7, 13, packed.len() / 2, packed.len() - 1] {
            let repo = Repo::of(1, packed, &open);
            repo.write("primary", &packed[..at]);
            assert!(matches!(repo.fault().kind, Kind::Mismatch), "cut at {at}");
            let mut turned = packed.clone();
            turned[at] ^= 1;
            repo.write("primary", &turned);
            assert_eq!(repo.fault().kind, Kind::Mismatch, "turned at {at}");
            // The same where repomd.xml describes the broken bytes truly: then what unpacks finds it,
            // or the second checksum.
            repo.put(1, &turned, &open);
            let poll = repo.poll();
            let is_same = matches!(&poll, Ok(Poll::Changed(snapshot)) if snapshot.index == plain);
            assert!(poll.is_err() || is_same, "turned at {at}: {poll:?}");
        }
    }
}

#[test]
fn what_is_fresh_is_kept_with_its_words_and_a_first_sight_has_nothing_fresh() {
    let old = primary(&[package("xen", "4.6", 'a'), package("qemu", "2.12", 'b')]);
    let repo = Repo::of(1, &gzip(&old), &old);
    let first = changed(repo.poll());
    assert_eq!(first.fresh, []);
    assert_eq!((first.known.revision, first.known.timestamp), (Some(1), Some(1_542_365_712)));
    let poll = repo.place().poll(&first.known, &first.index);
    assert!(matches!(poll, Ok(Poll::Unchanged)));
    let new = primary(&[package("xen", "4.6", 'c'), package("qemu", "2.12", 'b')]);
    repo.put(2, &gzip(&new), &new);
    let second = changed(repo.place().poll(&first.known, &first.index));
    assert_eq!(second.fresh.len(), 1);
    let xen = &second.fresh[0];
    assert_eq!(xen.licence.as_untrusted(), "GPLv2+ & MIT");
    assert_eq!(xen.summary.as_untrusted(), "R&D");
    assert_eq!((xen.url.as_ref(), xen.build_time.rfc3339()), (None, "2018-11-13T12:00:00Z".into()));
    let Difference { added, removed, respun } = first.index.compare(&second.index);
    assert_eq!((added.len(), removed.len(), respun.len()), (0, 0, 1));
}

#[test]
fn time_never_goes_backwards() {
    let open = primary(&[package("xen", "4.6", 'a')]);
    let repo = Repo::of(10, &open, &open);
    let known = changed(repo.poll()).known;
    let poll = |known: &Known| repo.place().poll(known, &Index::default());
    repo.put(9, &open, &open);
    match poll(&known) {
        Ok(Poll::Stale { revision: Some(9), timestamp: Some(1_542_365_712) }) => {}
        other => panic!("{other:?}"),
    }
    // An older state is not even read: that it is broken does not matter.
    repo.write("primary", "");
    assert!(matches!(poll(&known), Ok(Poll::Stale { .. })));
    // The revision is the same: the time decides.
    let older = data("primary", &open, &open).replace("1542365712", "1542365711");
    repo.write("repomd.xml", repomd(10, &older));
    assert!(matches!(poll(&known), Ok(Poll::Stale { .. })));
    // No revision that is a number: the time decides, too.
    repo.write("repomd.xml", repomd(10, &older).replace(">10<", ">el7<"));
    assert!(matches!(poll(&known), Ok(Poll::Stale { revision: None, .. })));
    repo.put(11, &open, &open);
    assert_eq!(changed(poll(&known)).known.revision, Some(11));
}

#[test]
fn what_is_missing_empty_or_short_is_a_fault_and_no_removal() {
    let open = primary(&[package("xen", "4.6", 'a')]);
    let packed = gzip(&open);
    let repo = Repo::of(1, &packed, &open);
    let elsewhere = Place::parse("/nowhere/at/all").expect("a place");
    let poll = elsewhere.poll(&Known::default(), &Index::default());
    assert_eq!(poll.err().map(|fault| fault.kind), Some(Kind::Missing));
    for (bytes, kind, why) in [
        (&b""[..], Kind::Mismatch, "repodata/primary: 0 bytes as sent, and repomd.xml promises"),
        (&packed[..9], Kind::Mismatch, "repodata/primary: 9 bytes as sent"),
        (&gzip(b""), Kind::Mismatch, "repodata/primary: 20 bytes as sent"),
        (&[&packed[..], b"x"].concat(), Kind::Mismatch, "repodata/primary: it is longer as sent"),
    ] {
        repo.write("primary", bytes);
        let fault = repo.fault();
        assert_eq!(fault.kind, kind, "{fault}");
        assert!(fault.sentence.starts_with(why), "{fault}");
    }
    fs::remove_file(repo.0.path().join("repodata/primary")).expect("a file");
    assert_eq!(repo.fault().sentence, "repodata/primary: there is no such file");
    // Truly described, but nothing: an empty file, an empty text, a page.
    for (packed, open, why) in [
        (vec![], &b""[..], "it is empty"),
        (gzip(b""), b"", "it ends too early"),
        (b"404".to_vec(), b"404", "it is neither XML nor packed as gz, zst, xz or bz2"),
        (gzip(b"<html/>"), b"<html/>", "it has <html> instead of <metadata>"),
    ] {
        let fault = Repo::of(1, &packed, open).fault();
        assert_eq!(fault.kind, Kind::Malformed);
        assert_eq!(fault.sentence, format!("repodata/primary: {why}"));
    }
    repo.write("repomd.xml", "");
    assert_eq!(repo.fault().sentence, "repodata/repomd.xml: it ends too early");
    repo.write("repomd.xml", repomd(1, ""));
    assert_eq!(repo.fault().sentence, "repodata/repomd.xml: it names no primary");
    repo.write("repomd.xml", " ".repeat(2 * repomd::MOST_BYTES as usize));
    assert_eq!(repo.fault().kind, Kind::TooBig);
}

#[test]
fn both_checksums_and_both_sizes_must_fit() {
    let open = primary(&[package("xen", "4.6", 'a')]);
    let packed = gzip(&open);
    let repo = Repo::of(1, &packed, &open);
    let whole = repomd(1, &data("primary", &packed, &open));
    let (sum, open_sum) = (checksum::sha256(&packed), checksum::sha256(&open));
    for (from, to, why) in [
        (&sum, &open_sum, "its bytes as sent are not those repomd.xml describes"),
        (&open_sum, &sum, "its bytes unpacked are not those repomd.xml describes"),
        (
            &format!("<open-size>{}", open.len()),
            &format!("<open-size>{}", open.len() - 1),
            "it is longer unpacked than repomd.xml promises",
        ),
    ] {
        repo.write("repomd.xml", whole.replace(from.as_str(), to));
        let fault = repo.fault();
        assert_eq!(fault.kind, Kind::Mismatch);
        assert_eq!(fault.sentence, format!("repodata/primary: {why}"));
    }
    let longer = format!("<open-size>{}", open.len() + 1);
    repo.write("repomd.xml", whole.replace(&format!("<open-size>{}", open.len()), &longer));
    assert_eq!(repo.fault().kind, Kind::Mismatch);
    let bare = whole.replace("open-checksum", "open-other");
    repo.write("repomd.xml", bare);
    let why = "repodata/primary: it is packed and has no open-checksum";
    assert_eq!(repo.fault().sentence, why);
}

#[test]
fn what_inflates_is_stopped_before_it_is_large() {
    // A summary of 30 MB of one letter, in a file of 30 KB.
    let bomb = primary(&[package("xen", "4.6", 'a').replace("words", &"x".repeat(30_000_000))]);
    for packed in [gzip(&bomb), bzip(&bomb), zst(&bomb)] {
        let fault = Repo::of(1, &packed, &bomb).fault();
        assert_eq!(fault.kind, Kind::TooBig, "{fault}");
        assert_eq!(fault.sentence, "repodata/primary: it unpacks to more than 200 times its size");
    }
    let large = primary(&[
        package("xen", "4.6", 'a').replace("words", &"x".repeat(2 * record::MOST_RECORD))
    ]);
    let fault = Repo::of(1, &large, &large).fault();
    assert_eq!(fault.sentence, "repodata/primary: an entry has more than 16 MiB");
}

#[test]
fn a_window_that_is_too_large_is_not_opened() {
    let open = primary(&[package("xen", "4.6", 'a')]);
    let mut packer = zstd::stream::write::Encoder::new(Vec::new(), 1).expect("a packer");
    packer.long_distance_matching(true).expect("an option");
    packer.window_log(30).expect("an option");
    packer.write_all(&open).expect("packed");
    let huge = packer.finish().expect("packed");
    let fault = Repo::of(1, &huge, &open).fault();
    assert_eq!(fault.kind, Kind::Malformed);
    assert!(fault.sentence.contains("cannot be unpacked"), "{fault}");
    let mut options = lzma_rust2::XzOptions::with_preset(0);
    options.lzma_options.dict_size = 256 << 20;
    let mut packer = lzma_rust2::XzWriter::new(Vec::new(), options).expect("a packer");
    packer.write_all(&open).expect("packed");
    let fault = Repo::of(1, &packer.finish().expect("packed"), &open).fault();
    assert_eq!(fault.sentence, "repodata/primary: its xz dictionary is over 64 MiB");
}

#[test]
fn hostile_packages_are_refused_or_made_harmless() {
    let good = package("xen", "4.6", 'a');
    for (from, to, why) in [
        ("<name>xen</name>", "<name/>", "package 1: it has no name"),
        ("<name>xen</name>", "<name>x\0n</name>", "package 1: it has a NUL in it"),
        ("<name>xen</name>", "<name>&x;</name>", "package 1: the entity \"x\" is not known here"),
        (
            "<name>xen</name>",
            "<name><name>xen</name></name>",
            "package 1: an element stands within a text",
        ),
        (
            "<description>words</description>",
            &"<d>".repeat(99),
            "package 1: more than 32 elements stand inside each other",
        ),
        ("epoch=\"0\"", "epoch=\"-1\"", "package 1: its epoch \"-1\" is no number"),
        ("rel=\"1.el7\"", "", "package 1: its version or release is empty"),
        (
            "aaaaaaaa</checksum>",
            "aaaaaaa/</checksum>",
            "package 1: its checksum is not of hexadecimal digits",
        ),
        ("</package>", "</package></metadata>", "package 2: it is no XML"),
    ] {
        let bytes = primary(&[good.replace(from, to), package("b", "1", 'b')]);
        let fault = Repo::of(1, &bytes, &bytes).fault();
        let why = format!("repodata/primary: {why}");
        assert_eq!(fault.kind, Kind::Malformed);
        assert!(fault.sentence.starts_with(&why), "{to}: {fault}");
    }
    let name = format!("xen\r\nPRIVMSG #a :\u{3}4,1red{}", "x".repeat(4096));
    let bytes = primary(&[good.replace("<name>xen<", &format!("<name>{name}<"))]);
    let snapshot = changed(Repo::of(1, &bytes, &bytes).poll());
    let (_, packages) = snapshot.index.iter().next().expect("a build");
    let shown = packages.keys().next().expect("a package");
    assert!(shown.chars().count() < 160, "{shown}");
    assert!(!shown.chars().any(|c| c.is_control() || c == ' '), "{shown}");
    let mut bytes = primary(&[good]);
    bytes.splice(..38, *b"<!DOCTYPE m [<!ENTITY a \"aaaaaaaaaaa\">]>");
    let why = "repodata/primary: it declares a document type, which is refused";
    assert_eq!(Repo::of(1, &bytes, &bytes).fault().sentence, why);
}

#[test]
fn details_are_those_of_the_packages_asked_about() {
    let old = primary(&[package("xen", "4.6", 'a')]);
    let new = primary(&[package("xen", "4.8", 'b'), package("qemu", "2.12", 'c')]);
    let id = |digit: &str| digit.repeat(64);
    let other = format!(
        "<otherdata><package pkgid=\"{}\"><changelog author=\"A\" date=\"1542110400\">- XSA-277\
         </changelog></package><package pkgid=\"{}\"><version/></package></otherdata>",
        id("b"),
        id("c")
    );
    let update = |name: &str, version: &str| {
        format!(
            "<update type=\"security\"><id>{name}</id><pkglist><collection><package name=\"{name}\" \
             version=\"{version}\" release=\"1.el7\" arch=\"x86_64\"/></collection></pkglist></update>"
        )
    };
    let updates = format!(
        "<updates>{}{}{}</updates>",
        update("xen", "4.8"),
        update("xen", "4.6"),
        update("qemu", "2.12")
    );
    let repo = Repo::of(1, &old, &old);
    let first = changed(repo.poll());
    let files =
        [("primary", &new), ("other", &other.into_bytes()), ("updateinfo", &updates.into_bytes())];
    let all: String = files.iter().map(|(kind, bytes)| data(kind, bytes, bytes)).collect();
    for (kind, bytes) in files {
        repo.write(kind, bytes);
    }
    repo.write("repomd.xml", repomd(2, &all));
    let snapshot = changed(repo.place().poll(&first.known, &first.index));
    assert_eq!(snapshot.fresh.len(), 2);
    let details =
        |wanted: &[String]| repo.place().details(&snapshot, &wanted.iter().cloned().collect());
    let xen = details(&[id("b")]).expect("details");
    assert_eq!(xen.changelogs[&id("b")][0].text.as_untrusted(), "- XSA-277");
    assert_eq!((xen.changelogs.len(), xen.advisories.len()), (1, 1));
    assert_eq!(details(&[]).expect("nothing"), Details::default());
    repo.write("other", "<otherdata/>");
    assert_eq!(details(&[id("b")]).expect_err("swapped").kind, Kind::Mismatch);
}

/// A server of one directory, with entity tags; it notes what it was asked.
struct Server {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

/// What a server answers: the status line with headers, and the body.
type Answers = Arc<dyn Fn(&str, &str) -> (String, Vec<u8>) + Send + Sync>;

impl Server {
    fn start(answers: Answers) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/repo", listener.local_addr().expect("an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answers, notes) = (answers.clone(), notes.clone());
                std::thread::spawn(move || serve(stream, &answers, &notes));
            }
        });
        Server { url, asked }
    }

    fn place(&self) -> Place {
        Place::parse(&self.url).expect("a place")
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().expect("notes"))
    }
}

fn serve(stream: TcpStream, answers: &Answers, notes: &Mutex<Vec<String>>) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if lines.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let path = head.split(' ').nth(1)?.to_string();
        notes.lock().ok()?.push(path.clone());
        let (status, body) = answers(&path, &head.to_ascii_lowercase());
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", body.len());
        (&stream).write_all(&[head.as_bytes(), &body].concat()).ok()?;
    }
}

#[test]
fn a_server_is_asked_with_what_is_known_and_nothing_more_is_read() {
    let open = primary(&[package("xen", "4.6", 'a')]);
    let packed = gzip(&open);
    let xml = repomd(1, &data("primary", &packed, &open));
    let server = Server::start(Arc::new(move |path, head| match path {
        "/repo/repodata/repomd.xml" if head.contains("if-none-match: \"one\"") => {
            ("304 Not Modified".into(), vec![])
        }
        "/repo/repodata/repomd.xml" => ("200 OK\r\nETag: \"one\"".into(), xml.clone().into()),
        "/repo/repodata/primary" => ("200 OK\r\nContent-Encoding: x-gzip".into(), packed.clone()),
        "/TIME" => ("200 OK".into(), b"1542110400\n".to_vec()),
        _ => ("404 Not Found".into(), b"<html/>".to_vec()),
    }));
    let first = changed(server.place().poll(&Known::default(), &Index::default()));
    assert_eq!(first.index.len(), 1);
    assert_eq!(first.known.etag.as_deref(), Some("\"one\""));
    assert_eq!(server.asked(), ["/repo/repodata/repomd.xml", "/repo/repodata/primary"]);
    assert!(matches!(server.place().poll(&first.known, &first.index), Ok(Poll::Unchanged)));
    // A server that forgot its tag sends the file again: its bytes are known.
    let bare = Known { etag: None, ..first.known };
    assert!(matches!(server.place().poll(&bare, &first.index), Ok(Poll::Unchanged)));
    assert_eq!(server.asked().len(), 2);
    assert_eq!(server.place().time().map(|time| time.rfc3339()), Ok("2018-11-13T12:00:00Z".into()));
    assert_eq!(server.asked(), ["/TIME"]);
}

#[test]
fn what_a_server_cannot_do_is_told_by_its_kind() {
    let server = Server::start(Arc::new(|path, _| {
        let status = match path {
            "/repo/repodata/repomd.xml" => "404 Not Found",
            "/TIME" => "200 OK",
            _ => "200 OK",
        };
        (status.into(), b"soon".to_vec())
    }));
    let fault = server.place().poll(&Known::default(), &Index::default()).expect_err("a fault");
    assert_eq!(fault.kind, Kind::Missing);
    assert_eq!(fault.sentence, "repodata/repomd.xml: the server has no such file (404)");
    let fault = server.place().time().expect_err("no time");
    assert_eq!(fault.sentence, "/TIME: it does not hold seconds since 1970");
    let busy = Server::start(Arc::new(|_, _| ("503 Busy".into(), vec![])));
    let fault = busy.place().poll(&Known::default(), &Index::default()).expect_err("a fault");
    assert_eq!(fault.kind, Kind::Unreachable);
    assert_eq!(fault.sentence, "repodata/repomd.xml: the server answers 503 instead of the file");
    let port = TcpListener::bind("127.0.0.1:0").and_then(|port| port.local_addr()).expect("a port");
    let nobody = Place::parse(&format!("http://{port}/")).expect("a place");
    let fault = nobody.poll(&Known::default(), &Index::default()).expect_err("a fault");
    assert_eq!(fault.kind, Kind::Unreachable);
}

#[test]
fn a_node_that_swaps_its_files_while_they_are_read_is_not_believed() {
    let old = primary(&[package("xen", "4.6", 'a')]);
    let new = primary(&[package("xen", "4.8", 'b')]);
    let xml = repomd(1, &data("primary", &old, &old));
    let server = Server::start(Arc::new(move |path, _| match path {
        "/repo/repodata/repomd.xml" => ("200 OK".into(), xml.clone().into()),
        _ => ("200 OK".into(), new.clone()),
    }));
    let fault = server.place().poll(&Known::default(), &Index::default()).expect_err("a fault");
    assert_eq!(fault.kind, Kind::Mismatch);
}

#[test]
fn any_bytes_are_survived() {
    use proptest::prelude::*;
    let open = primary(&[package("xen", "4.6", 'a'), package("qemu", "2", 'b')]);
    let damage = proptest::collection::vec((0..open.len(), any::<u8>()), 1..6);
    proptest!(|(damage in damage, bytes in proptest::collection::vec(any::<u8>(), 0..200))| {
        let mut damaged = open.clone();
        for (at, byte) in damage {
            damaged[at] = byte;
        }
        for bytes in [&damaged, &bytes] {
            let _ = primary::read(bytes.as_slice(), |_| {});
            let _ = other::read(bytes.as_slice(), &BTreeSet::new());
            let _ = updateinfo::read(bytes.as_slice(), |_| {});
            let _ = Repomd::parse(bytes);
        }
    });
}
