//! A repository of 50,000 packages, polled and compared; an unchanged one; and what others need for the same.
//!
//! `cargo bench --bench repodata [-- PACKAGES]`. Targets: 0.6 CPU seconds and 64 MiB for the new state read
//! and compared with the old one in memory, 5 ms for an unchanged poll. Beside it, where they are
//! installed: createrepo_c's own parser from Python, and `dnf repodiff`.

use beadle::domain::push::index::Index;
use beadle::source::repodata::{Known, Place, Poll, Snapshot};
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const PACKAGES: usize = 50_000;
const POLLS: usize = 500;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|word| word == "--measure") {
        return measure(Path::new(&arguments[at + 1]), Path::new(&arguments[at + 2]));
    }
    let packages = arguments.iter().find_map(|word| word.parse().ok()).unwrap_or(PACKAGES);
    let folder = tempfile::tempdir().expect("a folder");
    let open = [primary(packages, 0), primary(packages, 1)];
    println!(
        "{packages} packages, {} bytes of primary each, 1 of 100 changed",
        open[1].len() / packages
    );
    println!("what                          CPU s   MiB at most  packed MB");
    let mut pairs = Vec::new();
    for (name, pack) in [("gz", gzip as fn(&[u8]) -> Vec<u8>), ("zst", zstandard)] {
        let packed = open.each_ref().map(|open| pack(open));
        let pair = [0, 1].map(|state| {
            let place = folder.path().join(format!("{name}-{state}"));
            repository(&place, name, state, &packed[state], &open[state]);
            place
        });
        let size = packed[1].len() as f64 / 1e6;
        // The process itself tells both figures: it holds the old state while it reads the new one.
        let child = Command::new(std::env::current_exe().expect("this program"))
            .arg("--measure")
            .args(&pair)
            .output()
            .expect("this program runs");
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
        let said = String::from_utf8_lossy(&child.stdout);
        println!("read and compare, {name:<11} {}  {size:>9.1}", said.trim_end());
        pairs.push((name, pair));
    }
    for (name, pair) in &pairs {
        compare_with_others(name, pair, folder.path());
    }
    unchanged(&pairs[0].1[1]);
}

/// Reads the old state, then reads the new one and compares: the figures of the second part, and the
/// most memory of both.
fn measure(old: &Path, new: &Path) {
    let first = snapshot(old, &Known::default(), &Index::default());
    let before = cpu_seconds();
    let second = snapshot(new, &first.known, &first.index);
    let difference = first.index.compare(&second.index);
    let spent = cpu_seconds() - before;
    assert!(difference.added.len() + difference.respun.len() > 0);
    assert!(first.index.vanished_percent(&second.index) < 30);
    println!("{spent:>7.2}   {:>11.1}", most_mib());
}

fn snapshot(folder: &Path, known: &Known, old: &Index) -> Snapshot {
    let place = Place::parse(folder.to_str().expect("a path")).expect("a place");
    match place.poll(known, old).expect("a repository") {
        Poll::Changed(snapshot) => *snapshot,
        other => panic!("{other:?}"),
    }
}

/// The same two repositories for `beadle repodata diff`, createrepo_c's parser and dnf.
fn compare_with_others(name: &str, pair: &[PathBuf; 2], folder: &Path) {
    let ours = vec![env!("CARGO_BIN_EXE_beadle").to_string(), "repodata".into(), "diff".into()];
    let paths = pair.each_ref().map(|path| path.display().to_string());
    timed(&format!("beadle repodata diff, {name}"), &[ours, paths.to_vec()].concat());
    let parser = "import createrepo_c as c, glob, sys\nfor place in sys.argv[1:]:\n seen = {}\n \
         c.xml_parse_primary(glob.glob(place + '/repodata/primary.xml.*')[0], \
         pkgcb=lambda p: seen.__setitem__(p.nevra(), p.pkgId), do_files=False)\n assert seen";
    let python = ["/usr/bin/python3".to_string(), "-c".into(), parser.into()];
    timed(&format!("createrepo_c's parser, {name}"), &[&python[..], &paths[..]].concat());
    let dnf = [
        "dnf".to_string(),
        "--quiet".into(),
        "--releasever=7".into(),
        "--setopt=reposdir=/nonexistent".into(),
        format!("--setopt=cachedir={}", folder.join("cache").display()),
        format!("--setopt=logdir={}", folder.join("cache").display()),
        format!("--setopt=persistdir={}", folder.join("cache").display()),
        format!("--repofrompath=old{name},file://{}", paths[0]),
        format!("--repofrompath=new{name},file://{}", paths[1]),
        "repodiff".into(),
        format!("--repo-old=old{name}"),
        format!("--repo-new=new{name}"),
        "--arch=x86_64".into(),
        "--simple".into(),
    ];
    timed(&format!("dnf repodiff, {name}"), &dnf);
}

/// Runs a command under Python, which can say what its children took.
fn timed(what: &str, command: &[String]) {
    let wrapper = "import resource, subprocess, sys\n\
         done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)\n\
         took = resource.getrusage(resource.RUSAGE_CHILDREN)\n\
         if done.returncode: sys.exit(done.stderr.decode(errors='replace').strip()[-100:])\n\
         print('%7.2f   %11.1f' % (took.ru_utime + took.ru_stime, took.ru_maxrss / 1024))";
    let done = Command::new("/usr/bin/python3").args(["-c", wrapper]).args(command).output();
    let said = match done {
        Ok(done) if done.status.success() => String::from_utf8_lossy(&done.stdout).into_owned(),
        Ok(done) => format!("cannot: {}", String::from_utf8_lossy(&done.stderr).trim()),
        Err(error) => format!("cannot: {error}"),
    };
    println!("{what:<27} {}", said.trim_end().replace('\n', " "));
}

/// Polls of a server whose repository did not change.
fn unchanged(folder: &Path) {
    let repomd = fs::read(folder.join("repodata/repomd.xml")).expect("a repomd");
    let primary = fs::read(folder.join("repodata/primary.xml.gz")).expect("a primary");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = format!("http://{}/", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (repomd, primary) = (repomd.clone(), primary.clone());
            std::thread::spawn(move || serve(stream, &repomd, &primary));
        }
    });
    let place = Place::parse(&place).expect("a place");
    let first = match place.poll(&Known::default(), &Index::default()).expect("a repository") {
        Poll::Changed(snapshot) => *snapshot,
        other => panic!("{other:?}"),
    };
    for (what, known) in [
        ("unchanged, 304", first.known.clone()),
        ("unchanged, sent again", Known { etag: None, ..first.known }),
    ] {
        let before = cpu_seconds();
        let mut times: Vec<Duration> = (0..POLLS)
            .map(|_| {
                let began = Instant::now();
                let poll = place.poll(&known, &first.index);
                assert!(matches!(poll, Ok(Poll::Unchanged)));
                began.elapsed()
            })
            .collect();
        let cpu = (cpu_seconds() - before) * 1e6 / POLLS as f64;
        times.sort_unstable();
        let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e3;
        println!(
            "{what:<24} p50 {:.2} ms, p99 {:.2} ms, {cpu:.0} CPU us with the server's",
            at(0.5),
            at(0.99)
        );
    }
}

fn serve(mut stream: std::net::TcpStream, repomd: &[u8], primary: &[u8]) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut lines = BufReader::new(stream.try_clone().ok()?);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if lines.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let body = if head.contains("repomd.xml") { repomd } else { primary };
        let answer = match head.to_ascii_lowercase().contains("if-none-match") {
            true => b"HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n".to_vec(),
            false => {
                let head = format!(
                    "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                );
                [head.as_bytes(), body].concat()
            }
        };
        stream.write_all(&answer).ok()?;
    }
}

/// A primary of so many packages, three of each source, with what real ones hold beside the names. In
/// state 1 every hundredth source has a new version, and every hundredth other bytes.
fn primary(packages: usize, state: usize) -> Vec<u8> {
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<metadata \
         xmlns=\"http://linux.duke.edu/metadata/common\" \
         xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\" packages=\"{packages}\">\n"
    );
    for number in 0..packages {
        package(&mut xml, number, state);
    }
    xml.push_str("</metadata>\n");
    xml.into_bytes()
}

fn package(xml: &mut String, number: usize, state: usize) {
    let source = number / 3;
    let is_new = state == 1 && source % 100 == 7;
    let is_respun = state == 1 && source % 100 == 8;
    let name = match number % 3 {
        0 => format!("component{source}"),
        1 => format!("component{source}-libs"),
        _ => format!("component{source}-devel"),
    };
    let version = format!("{}.{}.{}", source % 9, source % 37, source % 11 + usize::from(is_new));
    let seed = number * 4 + usize::from(is_new) + 2 * usize::from(is_respun);
    let pkgid: String = (0..4).map(|part| format!("{:016x}", mixed(seed * 4 + part))).collect();
    let _ = write!(
        xml,
        "<package type=\"rpm\">\n  <name>{name}</name>\n  <arch>x86_64</arch>\n  \
         <version epoch=\"0\" ver=\"{version}\" rel=\"{}.el7\"/>\n  \
         <checksum type=\"sha256\" pkgid=\"YES\">{pkgid}</checksum>\n  \
         <summary>Part {number} of the component that does what its name says</summary>\n  \
         <description>A component &amp; its parts, number {number}.\nIt is described in some lines, as \
         packages are,\nand says nothing that its summary does not.\n{:x} {:x} {:x}</description>\n  \
         <packager>CBS &lt;cbs@centos.org&gt;</packager>\n  <url>https://project{source}.example/</url>\n  \
         <time file=\"15{:08}\" build=\"15{:08}\"/>\n  \
         <size package=\"{}\" installed=\"{}\" archive=\"{}\"/>\n  \
         <location href=\"Packages/c/{name}-{version}-{}.el7.x86_64.rpm\"/>\n  <format>\n    \
         <rpm:license>GPLv2+ and LGPLv2+</rpm:license>\n    <rpm:vendor>CentOS</rpm:vendor>\n    \
         <rpm:group>Unspecified</rpm:group>\n    <rpm:buildhost>c1be.rdu2.centos.org</rpm:buildhost>\n    \
         <rpm:sourcerpm>component{source}-{version}-{}.el7.src.rpm</rpm:sourcerpm>\n    \
         <rpm:header-range start=\"4504\" end=\"{}\"/>\n    <rpm:provides>\n",
        source % 30 + 1,
        mixed(seed + 1),
        mixed(seed + 2),
        mixed(seed + 3),
        mixed(seed) % 100_000_000,
        mixed(seed) % 99_999_999,
        mixed(seed) % 10_000_000,
        mixed(seed + 5) % 100_000_000,
        mixed(seed + 6) % 100_000_000,
        source % 30 + 1,
        source % 30 + 1,
        mixed(seed + 7) % 100_000,
    );
    for part in 0..7 {
        let _ = writeln!(
            xml,
            "      <rpm:entry name=\"lib{:x}.so.{part}()(64bit)\" flags=\"EQ\" epoch=\"0\" \
             ver=\"{version}\"/>",
            mixed(source * 8 + part) % 100_000
        );
    }
    xml.push_str("    </rpm:provides>\n    <rpm:requires>\n");
    for part in 0..11 {
        let _ = writeln!(
            xml,
            "      <rpm:entry name=\"lib{:x}.so.{part}(GLIBC_2.{part})(64bit)\"/>",
            mixed(source * 16 + part) % 3_000
        );
    }
    xml.push_str("    </rpm:requires>\n");
    for part in 0..2 {
        let _ = writeln!(xml, "    <file>/usr/bin/{name}-{part}</file>");
    }
    xml.push_str("  </format>\n</package>\n");
}

/// Numbers without order (splitmix64), the same in each run.
fn mixed(number: usize) -> u64 {
    let mut x = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn gzip(open: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    packer.write_all(open).and_then(|()| packer.finish()).expect("packed")
}

fn zstandard(open: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(open, 10).expect("packed")
}

fn repository(folder: &Path, form: &str, state: usize, packed: &[u8], open: &[u8]) {
    fs::create_dir_all(folder.join("repodata")).expect("a folder");
    let sum = |bytes: &[u8]| -> String {
        let sum = ring::digest::digest(&ring::digest::SHA256, bytes);
        sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let data = |kind: &str, form: &str, packed: &[u8], open: &[u8]| {
        fs::write(folder.join(format!("repodata/{kind}.xml.{form}")), packed).expect("a file");
        format!(
            "<data type=\"{kind}\"><checksum type=\"sha256\">{}</checksum><open-checksum \
             type=\"sha256\">{}</open-checksum><location href=\"repodata/{kind}.xml.{form}\"/>\
             <timestamp>154236571{state}</timestamp><size>{}</size><open-size>{}</open-size></data>\n",
            sum(packed),
            sum(open),
            packed.len(),
            open.len()
        )
    };
    let files = data("primary", form, packed, open);
    let repomd = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<repomd \
         xmlns=\"http://linux.duke.edu/metadata/repo\">\n<revision>154236571{state}</revision>\n\
         {files}</repomd>\n"
    );
    fs::write(folder.join("repodata/repomd.xml"), repomd).expect("a file");
}

/// What this process took so far.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("a process");
    let after_name = stat.rsplit(") ").next().expect("fields");
    let fields: Vec<&str> = after_name.split(' ').collect();
    let ticks: f64 =
        fields[11].parse::<f64>().expect("ticks") + fields[12].parse::<f64>().expect("ticks");
    ticks / 100.0
}

fn most_mib() -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("a status");
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a figure");
    most.trim().trim_end_matches(" kB").trim().parse::<f64>().expect("a figure") / 1024.0
}
