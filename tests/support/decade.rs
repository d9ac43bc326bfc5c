//! A site with years of data: meetings, pushes, notices and actions, written the way the program
//! itself stores them, so that what is measured and crawled is what a group would have.

use beadle::domain::group::{By, Change, Via};
use beadle::domain::meeting::{Event, Login, Manner, Settings, Speaker, What, replay};
use beadle::domain::push::build::{Announced, Build, Id, Kind, Stage, Tagged};
use beadle::domain::push::evr::Evr;
use beadle::domain::push::item::{Item, Place};
use beadle::domain::time::{DAY, MINUTE, Moment, SECOND};
use beadle::domain::{notice, roadmap};
use beadle::flow::index;
use beadle::store::meeting::NewMeeting;
use beadle::store::push::announcement::{self, Push};
use beadle::store::{self, Db};

/// How much of everything.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Meetings, one every two weeks until the last Tuesday before `until`.
    pub meetings: usize,
    /// Lines of each.
    pub lines: usize,
    /// Pushes, each with a build.
    pub pushes: usize,
    /// Notices and actions together.
    pub entries: usize,
}

/// Ten years of the first group.
#[allow(dead_code, reason = "the bench uses it")]
pub const DECADE: Size = Size { meetings: 260, lines: 600, pushes: 20_000, entries: 1_000 };

/// The first date of all.
fn start() -> Moment {
    Moment::parse("2016-11-29T15:00:00Z").expect("a time")
}

const NICKS: [&str; 6] = ["gwd", "anthonyper", "sbonazzo", "jirkade", "lsm5", "mira"];
const TOPICS: [&str; 6] =
    ["Xen", "oVirt", "libvirt", "Docker", "qemu-kvm-ev", "Any other business"];
const TALK: [&str; 12] = [
    "I have looked at the build logs again this morning",
    "the packages for aarch64 are still missing from the testing tag",
    "did anybody try the new kernel with Xen on a machine with NVMe?",
    "yes, works here, but the balloon driver complains a lot at boot",
    "let us wait for the next point release then, it is only two weeks",
    "that sounds good to me",
    "+1",
    "who takes the documentation? the quick start page is out of date",
    "I can do that, but not before the end of the month I am afraid",
    "注意: the mirror list changes on Monday, see the mail to the list",
    "thanks!",
    "the advisory is public at https://xenbits.xen.org/xsa/advisory-273.html since today",
];
const PACKAGES: [(&str, &str); 5] = [
    ("xen", "xen"),
    ("qemu-kvm-ev", "ovirt"),
    ("libvirt", "libvirt"),
    ("docker", "docker"),
    ("ovirt-engine", "ovirt"),
];

/// Writes it all. Takes a while for ten years.
pub async fn seed(db: &Db, size: Size) {
    for n in 0..size.meetings {
        meeting(db, n, size).await;
    }
    entries(db, size).await;
    pushes(db, size).await;
}

/// When a meeting starts.
fn slot(n: usize) -> Moment {
    start().plus(n as i64 * 14 * DAY)
}

async fn meeting(db: &Db, n: usize, size: Size) {
    let at = slot(n);
    let speaker = |n: usize| Speaker { nick: NICKS[n % NICKS.len()].into(), login: Login::Unknown };
    let settings = Settings {
        channel: Some("#centos-devel".into()),
        network: Some("libera".into()),
        dated: true,
        ..Settings::default()
    };
    let mut whats = vec![What::Opened(Box::new(settings))];
    let mut say = |who: usize, words: String| {
        whats.push(What::Said { who: speaker(who), manner: Manner::Say, text: words.into() });
    };
    say(0, "#startmeeting Virt SIG".into());
    for line in 2..size.lines {
        let who = line * 7 + n;
        match line {
            _ if line % (size.lines / TOPICS.len()).max(4) == 2 => {
                say(0, format!("#topic {}", TOPICS[line * TOPICS.len() / size.lines]));
            }
            _ if line % 40 == 11 => say(0, format!("#agreed We ship release {n}.{line} of it")),
            _ if line % 40 == 17 => say(who, format!("#info Build {n}.{line} is in testing")),
            _ if line % 40 == 23 => {
                say(who, format!("#action {} to try build {n}.{line}", NICKS[who % 6]))
            }
            _ if line % 40 == 31 => {
                say(who, format!("#link https://cbs.centos.org/koji/buildinfo?buildID={n}{line}"))
            }
            _ => say(who, format!("{} ({n}.{line})", TALK[(line * 5 + n) % TALK.len()])),
        }
    }
    say(0, "#endmeeting".into());
    let step = 50 * MINUTE / size.lines.max(1) as i64;
    let event = |(n, what): (usize, What)| {
        let at = at.plus(n as i64 * step);
        Event { at, heard_at: at, what }
    };
    let events: Vec<Event> = whats.into_iter().enumerate().map(event).collect();
    let new = NewMeeting {
        network: "libera".into(),
        channel: "#centos-devel".into(),
        channel_folded: "#centos-devel".into(),
        started_at: at,
        owner: speaker(0),
    };
    let mut tx = db.begin().await.expect("a transaction");
    let row = store::meeting::insert(&mut tx, &new).await.expect("stored").expect("a free slug");
    store::log::append(&mut tx, row.id, 1, &events).await.expect("stored");
    let ended = events.last().map_or(at, |last| last.at);
    store::meeting::end(&mut tx, row.id, ended, Some(&"Virt SIG".into())).await.expect("stored");
    let meeting = replay::stored(events).expect("a whole log");
    index::write(&mut tx, row.id, &meeting).await.expect("stored");
    store::meeting::published(&mut tx, row.id, ended).await.expect("stored");
    tx.commit().await.expect("committed");
}

/// Half notices, half actions, of which most are done.
async fn entries(db: &Db, size: Size) {
    let mut tx = db.begin().await.expect("a transaction");
    let half = size.entries / 2;
    for n in 0..size.entries {
        let of = n * size.meetings / size.entries.max(1);
        let at = slot(of).plus((n as i64 % 40) * MINUTE);
        let number = u32::try_from(n / 2 + 1).expect("a few thousand");
        let slug = at.date().to_string();
        let meeting = Some((slug, u32::try_from(3 + n % 30).expect("few")));
        let by = By { name: NICKS[n % 6].into(), account: None, via: Via::Irc, meeting };
        let change = match n % 2 {
            0 => {
                let words = format!("{} {number} packages are being built", TOPICS[n % 5]);
                let posted = notice::read::news(&words).expect("a notice");
                let change = notice::read::posted(posted, &["xen", "ovirt", "libvirt", "docker"]);
                Change::Notice { number, change }
            }
            _ => Change::Entry {
                number,
                change: roadmap::Change::Opened {
                    kind: if n % 50 == 1 { roadmap::Kind::Help } else { roadmap::Kind::Action },
                    text: format!("test the packages of {} again ({number})", TOPICS[n % 5]).into(),
                    owners: vec![NICKS[n % 6].into()],
                    due: Some(at.plus(14 * DAY).date()),
                },
            },
        };
        store::journal::append(&mut tx, None, at, &by, &change).await.expect("stored");
        let is_over = n % 2 == 1 && number as usize + 40 < half;
        if is_over {
            let change = roadmap::Change::Done { note: "tested".into() };
            let change = Change::Entry { number, change };
            let later = at.plus(7 * DAY);
            store::journal::append(&mut tx, None, later, &by, &change).await.expect("stored");
        }
    }
    tx.commit().await.expect("committed");
}

async fn pushes(db: &Db, size: Size) {
    let span = size.meetings as i64 * 14 * DAY;
    // Up to now, so that the ledger of the last days has something in it.
    let now = beadle::clock::now();
    let mut tx = db.begin().await.expect("a transaction");
    for n in 0..size.pushes {
        let at = now.plus(-span * (size.pushes - n) as i64 / size.pushes as i64);
        let (source, project) = PACKAGES[n % PACKAGES.len()];
        let evr = Evr {
            epoch: 0,
            version: format!("4.{}.{}", n / 500, n / 5 % 100),
            release: format!("{}.el7", n % 9 + 1),
        };
        let item = Item {
            kind: if n % 3 == 0 { Kind::Testing } else { Kind::Released },
            source: source.into(),
            evr: evr.clone(),
            previous: None,
            stage: Stage::Release,
            places: vec![Place {
                repository: "virt7-release".into(),
                platform: "el7".into(),
                arches: vec!["x86_64".into(), "aarch64".into()],
            }],
            project: project.into(),
            by: Some(NICKS[n % 6].into()),
            pushed_at: Some(at),
            marks: Default::default(),
            about: Default::default(),
        };
        let items = vec![item];
        let number = announcement::add(&mut tx, at, None, &items).await.expect("stored");
        let push = Push { number, at, since: None, items };
        index::write_push(&mut tx, &push).await.expect("stored");
        let repository = "virt7-release".to_string();
        let mut build = Build::new(Id { repository, source: source.into(), evr });
        build.tagged = Some(Tagged {
            tag: "virt7-release".into(),
            at: at.plus(-(n as i64 % 90) * MINUTE - 40 * MINUTE),
            by: Some(NICKS[n % 6].into()),
            event: n as i64,
            build: n as i64,
            earliest: None,
            untagged_at: None,
        });
        build.signed_at = Some(at.plus(-20 * MINUTE));
        build.pushed_at = Some(at);
        build.there = ["x86_64", "aarch64"].map(|arch| (arch.to_string(), at)).into();
        build.announced =
            Some(Announced { at: at.plus(SECOND), push: number, kind: Kind::Released });
        // The last ones wait for the window.
        if n + 3 > size.pushes {
            build.pushed_at = None;
            build.announced = None;
            build.there.clear();
            if let Some(tagged) = &mut build.tagged {
                (tagged.at, tagged.earliest) = (now.plus(-MINUTE), Some(now.plus(2 * DAY)));
            }
        }
        store::push::build::save(&mut tx, &build, None, at).await.expect("stored");
    }
    tx.commit().await.expect("committed");
}
