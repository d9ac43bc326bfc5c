//! The page that members read is true: each of its questions is asked of the bot, on both databases.

use crate::config::{Config, Database};
use crate::domain::address::Address;
use crate::domain::meeting::{Login, Manner, Speaker, What};
use crate::domain::name::Nick;
use crate::domain::roster::{Enrolled, Member, Project};
use crate::domain::schedule::Entry;
use crate::domain::text::Text;
use crate::domain::time::{Moment, SECOND};
use crate::flow::ask::Asking;
use crate::flow::group;
use crate::flow::hear::{Hear, Heard, Reply, Sound};
use crate::flow::tests::{configuration, with_a_list};
use crate::store::testing::each_place;
use crate::store::{self, Db};
use std::sync::Arc;

const PAGE: &str = "docs/questions.md";

const PAST: &str = "
2018-10-30T15:00:00Z gwd #startmeeting Virt SIG
2018-10-30T15:01:00Z anthonyper o/
2018-10-30T15:02:00Z gwd #topic Xen
2018-10-30T15:03:00Z gwd #agreed Keep one Xen version per release
2018-10-30T15:05:00Z gwd #action anthonyper test xen 4.10 on arm64 by 2018-11-20
2018-10-30T15:06:00Z gwd #help testers for qemu-kvm-ev, write to nadia@example.com
2018-10-30T15:31:00Z gwd #endmeeting
2018-11-06T15:00:00Z gwd #startmeeting Virt SIG
2018-11-06T15:01:00Z gwd #restrictlogs
2018-11-06T15:02:00Z gwd #agreed A xen embargo ends on 2018-11-20
2018-11-06T15:20:00Z gwd #endmeeting
2018-11-13T15:00:00Z gwd #startmeeting Virt SIG
2018-11-13T15:01:00Z sbonazzo o/
2018-11-13T15:02:00Z gwd #topic Xen
2018-11-13T15:02:30Z anthonyper #notice Xen 4.6 is out of security support now
2018-11-13T15:06:00Z gwd #topic oVirt
2018-11-13T15:07:00Z gwd #action sbonazzo rebase ovirt on 4.2.7
2018-11-13T15:08:00Z gwd #roadmap 3 ovirt 4.2.7
2018-11-13T15:20:00Z gwd #accepted Ask KB for arm64 builders
2018-11-13T15:48:00Z gwd #endmeeting
";

fn enrolled(name: &str, nick: &str, roles: &[&str]) -> Enrolled {
    let roles = roles.iter().map(ToString::to_string).collect();
    let nicks = vec![nick.into()];
    Enrolled {
        member: Member { name: name.into(), nicks, account: None, roles },
        addresses: vec![format!("{nick}@private.example")],
        ..Enrolled::default()
    }
}

/// The group of the page.
pub(crate) fn virt(config: &Config) -> Arc<Config> {
    let mut config = with_a_list(config).as_ref().clone();
    let list = config.list.as_mut().expect("a list");
    list.address = Address::parse("centos-virt@centos.org").expect("an address");
    list.page = Some("https://lists.centos.org/mailman/listinfo/centos-virt".into());
    list.rule = crate::domain::list::RULE.to_string();
    let web = config.web.as_mut().expect("pages");
    web.url = "https://virt.example.org".into();
    config.schedule = vec![Entry::of_the_first_group()];
    config.members = vec![
        enrolled("George Dunlap", "gwd", &["lead", "maintainer: xen"]),
        enrolled("Anthony Perard", "anthonyper", &["maintainer: xen"]),
        enrolled("Sandro Bonazzola", "sbonazzo", &["maintainer: ovirt"]),
    ];
    let project = |name: &str, documents: &[&str]| Project {
        name: name.into(),
        documents: documents.iter().map(ToString::to_string).collect(),
        ..Project::default()
    };
    config.projects = vec![
        project("xen", &["https://wiki.centos.org/HowTos/Xen/Xen4QuickStart"]),
        project("oVirt", &["https://wiki.centos.org/HowTos/oVirt"]),
    ];
    Arc::new(config)
}

/// A bot that has heard the past.
pub(crate) struct Bot {
    pub(crate) config: Arc<Config>,
    pub(crate) db: Db,
    hear: Hear,
    now: Moment,
    _folder: tempfile::TempDir,
}

impl Bot {
    pub(crate) async fn new(database: &Database) -> Bot {
        let folder = tempfile::tempdir().expect("a folder");
        let config = virt(&configuration(folder.path(), database));
        let db = Db::open(database).await.expect("a database");
        let hear = Hear::new(db.clone(), config.clone(), config.networks[0].clone());
        let now = Moment::parse("2018-10-30T14:00:00Z").expect("a time");
        let mut bot = Bot { config, db, hear, now, _folder: folder };
        let people = ["gwd", "anthonyper", "sbonazzo"].map(speaker).to_vec();
        bot.hear(Sound::Back {
            channel: "#c".into(),
            members: people,
            topic: Text::default(),
            lost_at: None,
            casemapping: Default::default(),
            accounts: true,
            bot: "beadle".into(),
        })
        .await;
        for line in PAST.lines().filter(|line| !line.is_empty()) {
            let mut parts = line.splitn(3, ' ');
            let mut part = || parts.next().expect("a time, a nick, words");
            bot.now = Moment::parse(part()).expect("a time");
            let (nick, words) = (part(), part());
            bot.say(nick, words).await;
        }
        bot.now = Moment::parse("2018-11-14T10:00:00Z").expect("a time");
        bot
    }

    async fn hear(&mut self, sound: Sound) -> Vec<Reply> {
        let heard = Heard { at: self.now, heard_at: self.now, sound };
        self.hear.hear([heard]).await
    }

    /// What follows a line in the channel: `<beadle> …` in it, `-beadle- …` in private.
    pub(crate) async fn say(&mut self, nick: &str, words: &str) -> Vec<String> {
        // Nobody is refused an answer for asking much.
        self.now = self.now.plus(30 * SECOND);
        let what = What::Said { who: speaker(nick), manner: Manner::Say, text: words.into() };
        shown(self.hear(Sound::Channel("#c".into(), what)).await, nick)
    }

    pub(crate) async fn whisper(&mut self, who: Speaker, words: &str) -> Vec<String> {
        self.now = self.now.plus(30 * SECOND);
        let nick = who.nick.clone();
        shown(self.hear(Sound::Private(who, words.into())).await, nick.as_str())
    }
}

pub(crate) fn speaker(nick: &str) -> Speaker {
    Speaker { nick: nick.into(), login: Login::As(nick.into()) }
}

fn shown(replies: Vec<Reply>, asker: &str) -> Vec<String> {
    let one = |reply: Reply| match reply {
        Reply::Say(_, text) => Some(format!("<beadle> {}", text.as_untrusted())),
        Reply::Tell(nick, text) => {
            assert_eq!(nick, Nick::new(asker), "somebody else was told");
            Some(format!("-beadle- {}", text.as_untrusted()))
        }
        _ => None,
    };
    replies.into_iter().filter_map(one).collect()
}

/// `UPDATE_SCRIPTS=1` writes what is answered now; a person reads the difference.
#[test]
fn the_page_for_members_is_true() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    each_place(async |database| {
        let page = std::fs::read_to_string(&path).expect("the page");
        let mut bot = Bot::new(&database).await;
        let mut now = String::new();
        let (mut is_talk, mut asked) = (false, 0);
        for line in page.lines() {
            if let Some(fence) = line.strip_prefix("```") {
                is_talk = fence == "text";
            }
            if is_talk && (line.starts_with("<beadle>") || line.starts_with("-beadle-")) {
                continue;
            }
            now += &format!("{line}\n");
            if let Some(words) = line.strip_prefix("<mira> ").filter(|_| is_talk) {
                asked += 1;
                for answer in bot.say("mira", words).await {
                    now += &format!("{answer}\n");
                }
            }
        }
        bot.db.close().await;
        assert!(asked > 15, "only {asked} questions were found");
        assert!(!now.contains("private.example") && !now.contains("nadia"), "{now}");
        assert!(!now.contains("embargo"), "{now}");
        if std::env::var_os("UPDATE_SCRIPTS").is_some() {
            std::fs::write(&path, &now).expect("a page that can be written");
        } else {
            assert!(now == page, "{PAGE} is not what the bot says; now:\n{now}");
        }
    });
}

#[test]
fn members_alone_hear_in_private_what_is_for_members_only() {
    each_place(async |database| {
        let mut bot = Bot::new(&database).await;
        let nick = |login| Speaker { nick: "gwd".into(), login };
        for (who, is_told) in [
            (speaker("gwd"), true),
            (speaker("mira"), false),
            (nick(Login::No), false),
            (nick(Login::Unknown), false),
        ] {
            let told = bot.whisper(who, "decisions about embargo").await.concat();
            assert_eq!(told.contains("ends on 2018-11-20"), is_told, "{told}");
        }
        let aloud = bot.say("gwd", "beadle: decisions about embargo").await.concat();
        assert!(!aloud.contains("ends on"), "{aloud}");
        let listed = bot.say("gwd", "beadle: minutes 2018-11-06").await.concat();
        assert!(listed.ends_with("(20 min, minutes for members only)"), "{listed}");
        bot.db.close().await;
    });
}

#[test]
fn in_a_meeting_one_line_is_said_and_the_rest_is_private() {
    each_place(async |database| {
        let mut bot = Bot::new(&database).await;
        bot.say("gwd", "#startmeeting SCLo").await;
        let short = bot.say("mira", "beadle: when").await;
        assert!(short.len() == 1 && short[0].starts_with("<beadle> Tue 2018-11-27"), "{short:?}");
        let long = bot.say("mira", "beadle: minutes last 2").await;
        assert!(long.len() == 2 && long.iter().all(|line| line.starts_with("-beadle-")));
        let now = bot.say("mira", "beadle: minutes 2018-11-14").await.concat();
        assert!(now.ends_with("https://virt.example.org/m/2018-11-14 (on now)"), "{now}");
        bot.say("gwd", "#lurk").await;
        let quiet = bot.say("mira", "beadle: when").await;
        assert!(quiet.len() == 1 && quiet[0].starts_with("-beadle- Tue"), "{quiet:?}");
        // What was said aloud is in the log, and replay finds it there.
        let row = store::item::on_date(&bot.db, bot.now.date()).await.unwrap();
        let row = store::meeting::by_slug(&bot.db, &row[0].slug).await.unwrap().unwrap();
        let meeting = crate::flow::publish::stored(&bot.db, &row).await.unwrap().unwrap();
        let own = |line: &&crate::domain::meeting::LogLine| line.nick.as_str() == "beadle";
        let last = meeting.log.iter().rfind(own).unwrap();
        assert!(last.text.as_untrusted().ends_with("(on now)"));
        bot.db.close().await;
    });
}

#[test]
fn what_is_destroyed_is_told_no_more_not_even_by_the_same_transaction() {
    each_place(async |database| {
        let mut bot = Bot::new(&database).await;
        bot.say("gwd", "#startmeeting Virt SIG").await;
        bot.say("gwd", "#action sbonazzo hides the password hunter2").await;
        assert!(bot.say("mira", "beadle: actions sbonazzo").await.concat().contains("hunter2"));
        let row = store::meeting::open_all(&bot.db).await.unwrap().remove(0);
        let meeting = crate::flow::publish::stored(&bot.db, &row).await.unwrap().unwrap();
        let line = meeting.items().next().unwrap().line;
        let said = |nick: &str, words: String| {
            let what = What::Said { who: speaker(nick), manner: Manner::Say, text: words.into() };
            let at = bot.now.plus(60 * SECOND);
            Heard { at, heard_at: at, sound: Sound::Channel("#c".into(), what) }
        };
        let batch = [
            said("gwd", format!("#redact l-{line}")),
            said("mira", "beadle: actions sbonazzo".into()),
        ];
        let told = format!("{:?}", bot.hear.hear(batch).await);
        assert!(told.contains("[redacted]") && !told.contains("hunter2"), "{told}");
        bot.now = bot.now.plus(90 * SECOND);
        let later = bot.say("mira", "beadle: actions sbonazzo").await.concat();
        assert!(!later.contains("hunter2"), "{later}");
        bot.say("gwd", "#endmeeting").await;
        let found = bot.say("mira", "beadle: minutes about hunter2").await.concat();
        assert_eq!(found, "<beadle> No minutes have all of these words: hunter2");
        bot.db.close().await;
    });
}

#[test]
fn what_an_older_program_published_becomes_searchable() {
    each_place(async |database| {
        let mut bot = Bot::new(&database).await;
        let mut tx = bot.db.begin().await.unwrap();
        let row = store::meeting::by_slug(&mut tx, "2018-11-13").await.unwrap().unwrap();
        store::item::forget(&mut tx, row.id).await.unwrap();
        tx.commit().await.unwrap();
        let before = bot.say("mira", "beadle: minutes").await;
        crate::flow::index::catch_up(&bot.db).await.unwrap();
        let after = bot.say("mira", "beadle: minutes").await;
        assert!(before != after && after[0].contains("1 decision"), "{before:?} {after:?}");
        bot.db.close().await;
    });
}

#[test]
fn hostile_questions_are_answered_like_others() {
    each_place(async |database| {
        let bot = Bot::new(&database).await;
        let group = group::load(&bot.db, &bot.config).await.unwrap();
        let asking = Asking { config: &bot.config, group: &group, now: bot.now, is_member: false };
        let long = format!("minutes about {}", "x ".repeat(5_000));
        for asked in [
            "minutes about % _ \\ ' \" \0 😀",
            "decisions about \\",
            "minutes 0000-01-01",
            "minutes 9999-12-31",
            "minutes 99999-12-31",
            "who \u{202e}\u{1}<script>",
            "help \0",
            "docs %s%n",
            &long,
        ] {
            let answer = asking.answer(&bot.db, asked).await.unwrap();
            for line in answer.told() {
                assert!(line.len() < 1_000 && !line.contains(['\0', '\n', '\u{202e}']), "{line}");
            }
        }
        bot.db.close().await;
    });
}
