//! How long an answer to each kind of question takes after ten years: 261 meetings of 300 lines,
//! their items, and a journal of all that was promised and done.
//!
//! `cargo bench --bench ask`. Target: under 20 ms, from the line that asks to the reply. Beside it
//! the same by mail, where the group is read from the journal first.

use beadle::config::{Config, Database, Group, IrcNetwork, MeetingRules, Web};
use beadle::domain::meeting::{Login, Manner, Speaker, What};
use beadle::domain::roster::{Enrolled, Member, Project};
use beadle::domain::schedule::Entry;
use beadle::domain::time::{DAY, Moment, SECOND};
use beadle::flow::ask::Asking;
use beadle::flow::group;
use beadle::flow::hear::{Hear, Heard, Reply, Sound};
use beadle::store::{self, Db};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const MEETINGS: i64 = 261;
const LINES: i64 = 300;
const ROUNDS: i64 = 50;

const QUESTIONS: [&str; 20] = [
    "when",
    "minutes",
    "minutes last 10",
    "minutes 2018-11-13",
    "minutes 2018-11-14",
    "minutes about xen",
    "minutes about xen build 77",
    "minutes about nothing like this",
    "who xen",
    "who gwd",
    "who nobody",
    "actions",
    "actions anthonyper",
    "notices",
    "decisions",
    "decisions about version 9",
    "roadmap",
    "docs xen",
    "help",
    "minuts",
];

fn main() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(measure());
}

async fn measure() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let config = Arc::new(configuration(folder.path()));
    let db = Db::open(&config.database).await.expect("a database");
    let mut hear = Hear::new(db.clone(), config.clone(), config.networks[0].clone());
    let now = past(&mut hear).await;
    let held = store::item::count(&db).await.expect("a count");
    assert_eq!(held as i64, MEETINGS, "all meetings were held");
    let group = group::load(&db, &config).await.expect("the group");
    println!("{held} meetings, {} entries in the journal\n", group.last);

    println!("{:<34}  {:>9}  {:>9}  {:>11}", "question", "mean ms", "worst ms", "by mail ms");
    let (mut at, mut slowest) = (now, 0.0f64);
    for question in QUESTIONS {
        let (mut all, mut worst) = (0.0, 0.0f64);
        for _ in 0..ROUNDS {
            at = at.plus(30 * SECOND); // Nobody is refused an answer for asking much.
            let sound = Sound::Private(speaker("mira"), question.into());
            let began = Instant::now();
            let replies = hear.hear([Heard { at, heard_at: at, sound }]).await;
            let took = began.elapsed().as_secs_f64() * 1e3;
            assert!(matches!(replies.first(), Some(Reply::Tell(..))), "{question} is answered");
            all += took;
            worst = worst.max(took);
        }
        slowest = slowest.max(worst);
        let mean = all / ROUNDS as f64;
        let mail = by_mail(&db, &config, question, at).await;
        println!("{question:<34}  {mean:>9.2}  {worst:>9.2}  {mail:>11.2}");
    }
    println!("\nthe slowest of {} answers: {slowest:.2} ms", QUESTIONS.len() as i64 * ROUNDS);
    db.close().await;
}

/// Milliseconds of an answer where the group is read first.
async fn by_mail(db: &Db, config: &Config, question: &str, now: Moment) -> f64 {
    let began = Instant::now();
    let group = group::load(db, config).await.expect("the group");
    let asking = Asking { config, group: &group, now, is_member: false };
    asking.answer(db, question).await.expect("an answer");
    began.elapsed().as_secs_f64() * 1e3
}

/// Ten years of meetings, every two weeks; gives when they are over.
async fn past(hear: &mut Hear) -> Moment {
    let mut at = Moment::parse("2016-11-29T15:00:00Z").expect("a time");
    let people = ["gwd", "anthonyper", "sbonazzo", "mira"].map(speaker).to_vec();
    let back = Sound::Back {
        channel: "#c".into(),
        members: people,
        topic: Default::default(),
        lost_at: None,
        casemapping: Default::default(),
        accounts: true,
        bot: "beadle".into(),
    };
    hear.hear([Heard { at, heard_at: at, sound: back }]).await;
    let mut open = 1;
    for meeting in 0..MEETINGS {
        let said = (0..LINES).map(|n| {
            let (nick, words) = line(meeting, n, &mut open);
            let at = at.plus(n * 10 * SECOND);
            let what = What::Said { who: speaker(nick), manner: Manner::Say, text: words.into() };
            Heard { at, heard_at: at, sound: Sound::Channel("#c".into(), what) }
        });
        hear.hear(said.collect::<Vec<_>>()).await;
        at = at.plus(14 * DAY);
    }
    at
}

/// What is said as line `n` of a meeting; three actions are promised in each and two are done.
fn line(meeting: i64, n: i64, open: &mut i64) -> (&'static str, String) {
    let chair = "gwd";
    match n {
        0 => (chair, "#startmeeting Virt SIG".into()),
        299 => (chair, "#endmeeting".into()),
        10 => (chair, "#topic Xen".into()),
        100 => (chair, "#topic oVirt".into()),
        200 => (chair, "#topic Open floor".into()),
        20 => (chair, format!("#agreed Keep one Xen version per release, for version {meeting}")),
        120 => (chair, format!("#accepted oVirt {meeting} goes to testing")),
        30 => ("anthonyper", format!("#notice Xen 4.{meeting} is built")),
        40 | 50 | 130 => (chair, format!("#action anthonyper tests build {meeting}")),
        60 | 61 if meeting > 1 => {
            *open += 1;
            (chair, format!("#done {}", *open - 1))
        }
        70 => (chair, format!("#help testers for qemu-kvm-ev {meeting}")),
        _ if n % 10 == 5 => {
            ("sbonazzo", format!("#info qemu-kvm-ev build {n} of {meeting} failed"))
        }
        _ => ("mira", "the build for el7 failed again, the toolchain is too old".into()),
    }
}

fn speaker(nick: &str) -> Speaker {
    Speaker { nick: nick.into(), login: Login::As(nick.into()) }
}

fn configuration(folder: &Path) -> Config {
    let member = |name: &str, nick: &str, roles: &[&str]| Enrolled {
        member: Member {
            name: name.into(),
            nicks: vec![nick.into()],
            account: None,
            roles: roles.iter().map(ToString::to_string).collect(),
        },
        ..Enrolled::default()
    };
    let documents = vec!["https://wiki.example.org/Xen".to_string()];
    Config {
        group: Group { name: "Virt SIG".into(), short: "Virt SIG".into() },
        state_dir: folder.to_path_buf(),
        database: Database::Sqlite(folder.join("beadle.db")),
        web: Some(Web::at(([127, 0, 0, 1], 0).into(), "https://virt.example.org")),
        networks: vec![IrcNetwork::on_loopback("libera", 1, "beadle", "#c")],
        meeting: MeetingRules::default(),
        schedule: vec![Entry::of_the_first_group()],
        mail: None,
        list: None,
        gate: Default::default(),
        push: Default::default(),
        members: vec![
            member("George Dunlap", "gwd", &["lead", "maintainer: xen"]),
            member("Anthony Perard", "anthonyper", &["maintainer: xen"]),
            member("Sandro Bonazzola", "sbonazzo", &["maintainer: ovirt"]),
        ],
        report: Default::default(),
        projects: vec![Project { name: "xen".into(), documents, ..Default::default() }],
    }
}
