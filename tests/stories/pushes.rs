//! Package pushes over the real things: a repository made by createrepo_c and renewed under a running
//! service, a hub that speaks Koji's forms, a Mosquitto, an IRC server, and a clock that is moved.

use crate::support::bot::{Bot, Setup};
use crate::support::cast::BOT;
use crate::support::client::{Client, Line};
use crate::support::hub::Hub;
use crate::support::mosquitto::Mosquitto;
use crate::support::network::{Kind, Network};
use crate::support::rpm::{Rpm, createrepo, package};
use chrono::{DateTime, Utc};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use toml::{Table, Value};

const CHANNEL: &str = "#centos-devel";

/// How long an announcement may take on a busy machine.
const SOON: Duration = Duration::from_secs(30);
/// How long it is waited for what must not come.
const QUIET: Duration = Duration::from_secs(4);

fn time(time: &str) -> DateTime<Utc> {
    time.parse().expect("a time")
}

/// A channel with gwd in it, a bot that comes, and the repositories of one name for two
/// architectures.
struct Rig {
    network: Network,
    gwd: Client,
    folder: tempfile::TempDir,
}

impl Rig {
    fn new() -> Rig {
        let network = Network::start(Kind::Ngircd);
        let gwd = network.connect("gwd");
        gwd.join(CHANNEL);
        let rig = Rig { network, gwd, folder: tempfile::tempdir().expect("a folder") };
        for arch in ["x86_64", "aarch64"] {
            fs::create_dir_all(rig.arch(arch)).expect("a folder");
        }
        rig
    }

    fn arch(&self, arch: &str) -> PathBuf {
        self.folder.path().join("virt7").join(arch)
    }

    /// Puts a package of qemu-kvm-ev there, as whoever pushes does: the packages first, then the
    /// metadata.
    fn has(&self, evr: &str, change: impl Fn(&mut Rpm)) {
        for arch in ["x86_64", "aarch64"] {
            let folder = self.arch(arch);
            for old in fs::read_dir(&folder).expect("a folder").flatten() {
                if old.path().extension().is_some_and(|ending| ending == "rpm") {
                    fs::remove_file(old.path()).expect("an old package");
                }
            }
            let (_, version) = evr.split_once(':').unwrap_or(("", evr));
            let source = format!("qemu-kvm-ev-{version}.src.rpm");
            for name in ["qemu-kvm-ev", "qemu-img-ev"] {
                let mut rpm = package(name, evr, arch, &source);
                change(&mut rpm);
                rpm.write(&folder);
            }
        }
        self.renew();
    }

    fn renew(&self) {
        for arch in ["x86_64", "aarch64"] {
            createrepo(&self.arch(arch), &[]);
        }
    }

    /// The bot, at a time.
    fn start(&self, now: &str, further: &[(&str, Value)]) -> Bot {
        let mut repository = Table::new();
        repository.insert("name".into(), "virt7-kvm-common".into());
        repository.insert("arches".into(), Value::from(vec!["x86_64", "aarch64"]));
        let url = format!("{}/$arch", self.folder.path().join("virt7").display());
        repository.insert("url".into(), url.into());
        let mut mark = Table::new();
        mark.insert("packages".into(), Value::from(vec!["qemu-kvm-ev"]));
        mark.insert("because".into(), "backports".into());
        let mut settings: Vec<(String, Value)> = vec![
            ("push.poll_seconds".into(), 1.into()),
            ("push.settle_seconds".into(), 2.into()),
            ("push.repository".into(), Value::Array(vec![repository.into()])),
            ("push.not_mainline".into(), Value::Array(vec![mark.into()])),
        ];
        settings.extend(further.iter().map(|(path, value)| (path.to_string(), value.clone())));
        let setup = Setup { channels: vec![CHANNEL.into()], settings, ..Setup::default() };
        let from = self.gwd.position();
        let mut bot = Bot::start(&self.network, &setup);
        bot.set_clock(time(now));
        // The clock is moved before anything is stored: it is read anew each time.
        bot.start_again();
        self.hears(from, &bot, "the bot comes", |line| line.command == "JOIN");
        let until = Instant::now() + SOON;
        while bot.output().matches("watched from now on").count() < 2 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        bot
    }

    /// What the bot says from that point on.
    fn hears(
        &self,
        from: usize,
        bot: &Bot,
        what: &str,
        wanted: impl Fn(&Line) -> bool,
    ) -> (usize, String) {
        let heard = self.gwd.wait(from, SOON, |line| line.nick.starts_with(BOT) && wanted(line));
        let (from, line) = heard.unwrap_or_else(|_| panic!("{what}\n{}", bot.output()));
        (from, line.last().to_string())
    }

    fn is_said(&self, from: usize, bot: &Bot, words: &str) -> (usize, String) {
        self.hears(from, bot, words, |line| line.last().contains(words))
    }

    /// How often something was said since.
    fn count(&self, from: usize, words: &str) -> usize {
        let lines = self.gwd.since(from);
        lines
            .iter()
            .filter(|line| line.nick.starts_with(BOT) && line.last().contains(words))
            .count()
    }
}

/// A time as the hub has it.
fn micros(at: &str) -> i64 {
    time(at).timestamp_micros()
}

#[test]
fn a_push_is_announced_once_with_its_marks_across_two_kills() {
    let rig = Rig::new();
    rig.has("10:2.10.0-21.el7", |_| ());
    let mut bot = rig.start("2018-11-19T12:00:00Z", &[]);
    let from = rig.gwd.position();
    std::thread::sleep(QUIET);
    assert_eq!(rig.count(from, "qemu"), 0, "the first sight is silent");
    bot.kill();
    rig.has("10:2.12.0-18.el7", |rpm| {
        rpm.changelog = &[
            "Sandro Bonazzola <s@example.org> - 10:2.12.0-18|1542110400|- fix CVE-2018-18849",
            "Sandro Bonazzola <s@example.org> - 10:2.10.0-21|1532110400|- older",
        ];
    });
    bot.start_again();
    let (_, said) = rig.is_said(from, &bot, "qemu-kvm-ev");
    assert!(
        said.starts_with(
            "RELEASED qemu-kvm-ev 2.12.0-18 (was 2.10.0-21) · NOT MAINLINE: backports · security: \
             CVE-2018-18849 (from the changelog) · el7 x86_64 aarch64 · virt7-kvm-common · http://"
        ),
        "{said}"
    );
    bot.kill();
    bot.start_again();
    std::thread::sleep(QUIET);
    assert_eq!(rig.count(from, "RELEASED"), 1, "{}", bot.output());
    let told = bot.command(&["push", "where", "qemu-img-ev"].map(str::to_string));
    assert!(
        told.contains("qemu-kvm-ev-2.12.0-18.el7 is in virt7-kvm-common (aarch64 x86_64)"),
        "{told}"
    );
    // A respin is nobody's business but the maintainer's; without one it is the lead's.
    let from = rig.gwd.position();
    rig.has("10:2.12.0-18.el7", |rpm| rpm.built = 1_542_110_999);
    let (_, said) = rig.is_said(from, &bot, "RESPUN qemu-kvm-ev-2.12.0-18.el7");
    assert!(said.contains("(4 packages)"), "{said}");
    // What repodata cannot be is no news: emptied, cut off, swapped.
    let from = rig.gwd.position();
    for arch in ["x86_64", "aarch64"] {
        damage(&rig.arch(arch).join("repodata"));
    }
    std::thread::sleep(QUIET);
    assert_eq!(rig.count(from, "qemu"), 0, "{:?}", rig.gwd.since(from));
    rig.renew();
    rig.has("10:2.12.0-19.el7", |_| ());
    rig.is_said(from, &bot, "RELEASED qemu-kvm-ev 2.12.0-19 (was 2.12.0-18)");
    assert_eq!(rig.count(from, "WITHDRAWN"), 0);
}

/// Cuts the primary of a repository off in the middle.
fn damage(folder: &Path) {
    for file in fs::read_dir(folder).expect("a folder").flatten() {
        if file.file_name().to_string_lossy().contains("primary.xml") {
            let bytes = fs::read(file.path()).expect("a file");
            fs::write(file.path(), &bytes[..bytes.len() / 2]).expect("a file");
        }
    }
    let repomd = folder.join("repomd.xml");
    let text = fs::read_to_string(&repomd).expect("a file");
    let revision = text.split_once("<revision>").and_then(|(_, rest)| rest.split_once('<'));
    let (revision, _) = revision.expect("a revision");
    let next: i64 = revision.parse::<i64>().expect("a number") + 1;
    fs::write(&repomd, text.replace(revision, &next.to_string())).expect("a file");
}

#[test]
fn held_on_thursday_one_second_late_and_out_on_monday() {
    let rig = Rig::new();
    rig.has("10:2.10.0-21.el7", |_| ());
    let hub = Hub::start();
    let tag = "virt7-kvm-common-release";
    hub.make_tag(tag);
    let mut broker = Mosquitto::start();
    let mut bus = Table::new();
    bus.insert("host".into(), "127.0.0.1".into());
    bus.insert("port".into(), i64::from(broker.port()).into());
    bus.insert("tls".into(), false.into());
    let further = [("push.koji", Value::from(hub.url())), ("push.mqtt", bus.into())];
    let mut bot = rig.start("2018-11-15T08:59:50Z", &further);
    let from = rig.gwd.position();
    let until = Instant::now() + SOON;
    while !bot.output().contains("listening to the bus") && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    bot.set_clock(time("2018-11-15T09:00:02Z"));
    hub.tag(tag, "qemu-kvm-ev-2.12.0-18.el7", "gwd", micros("2018-11-15T09:00:01Z"));
    let hinted = Instant::now();
    broker.publish("koji", format!(r#"{{"action":"postTag","tag":"{tag}"}}"#), 1);
    let (from, said) = rig.is_said(from, &bot, "qemu-kvm-ev-2.12.0-18.el7 tagged");
    println!("from the hint to the private line: {} ms", hinted.elapsed().as_millis());
    assert!(
        said.ends_with(
            "tagged virt7-kvm-common-release 09:00 UTC Thu, after the 09:00 cut-off: mirrors not \
             before Mon 2018-11-19 11:00 UTC"
        ),
        "{said}"
    );
    rig.gwd.send(&format!("PRIVMSG {CHANNEL} :{BOT}: when qemu-kvm-ev-2.12.0-18.el7"));
    let (from, said) = rig.is_said(from, &bot, "expected Mon 2018-11-19 11:00 UTC");
    assert!(said.contains("by gwd, after the 09:00 cut-off"), "{said}");
    bot.kill();
    bot.start_again();
    std::thread::sleep(QUIET);
    let public = rig.gwd.since(from);
    let public = public.iter().filter(|line| line.is_said_to(CHANNEL) && line.nick == BOT).count();
    assert_eq!(public, 0, "nothing is public while it is held");
    let held = bot.command(&["push", "list", "--held"].map(str::to_string));
    assert!(held.contains("qemu-kvm-ev-2.12.0-18.el7"), "{held}");
    // The weekend passes under the running service.
    bot.set_clock(time("2018-11-19T10:58:00Z"));
    std::thread::sleep(Duration::from_secs(2));
    bot.set_clock(time("2018-11-19T11:00:05Z"));
    rig.has("10:2.12.0-18.el7", |_| ());
    let (from, said) = rig.is_said(from, &bot, "RELEASED qemu-kvm-ev 2.12.0-18");
    assert!(said.contains(" · gwd · ") && !said.contains("OUT OF WINDOW"), "{said}");
    // The broker dies and the hub answers faults: nothing is said that is not so, nothing is lost.
    broker.kill();
    hub.fault(1, "database is locked\r\nQUIT :\u{3}4");
    hub.tag(tag, "qemu-kvm-ev-2.12.0-19.el7", "gwd", micros("2018-11-19T11:00:07Z"));
    std::thread::sleep(QUIET);
    assert_eq!(rig.count(from, "qemu-kvm-ev"), 0);
    hub.well();
    let until = Instant::now() + SOON;
    let asked = ["push", "when", "qemu-kvm-ev-2.12.0-19.el7"].map(str::to_string);
    while !bot.command(&asked).contains("tagged Mon 2018-11-19 11:00 UTC by gwd") {
        assert!(Instant::now() < until, "{}\n{}", bot.command(&asked), bot.output());
        std::thread::sleep(Duration::from_millis(200));
    }
}
