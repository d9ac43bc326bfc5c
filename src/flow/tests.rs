//! What a door hears, through the flow to the database and back, on both databases.

use crate::config::{
    Config, Database, Group, IrcNetwork, Mail, MailTls, MailingList, MayStart, MeetingRules, Web,
};
use crate::domain::address::Address;
use crate::domain::list::Mailbox;
use crate::domain::meeting::{Event, Leaving, Login, Manner, Meeting, Speaker, What};
use crate::domain::minutes::{Format, Links, render};
use crate::domain::time::{Moment, SECOND};
use crate::flow::deliver::Outbox;
use crate::flow::group::Book;
use crate::flow::hear::{Hear, Heard, Reply, Sound};
use crate::flow::publish;
use crate::flow::room::Room;
use crate::flow::work::Work;
use crate::store::testing::each_place;
use crate::store::{self, Db};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

mod plan;
mod seen;

/// How long these tests wait for a locked database.
const WAIT: Duration = Duration::from_millis(200);

pub(crate) fn configuration(folder: &Path, database: &Database) -> Arc<Config> {
    Arc::new(Config {
        group: Group { name: "Virt SIG".into(), short: "Virt SIG".into() },
        state_dir: folder.to_path_buf(),
        database: database.clone(),
        web: Some(Web::at("127.0.0.1:0".parse().unwrap(), "https://v.example")),
        networks: vec![network()],
        meeting: MeetingRules {
            start: MayStart::Listed(vec!["gwd".into()]),
            ..MeetingRules::default()
        },
        schedule: Vec::new(),
        mail: None,
        list: None,
        gate: Default::default(),
        push: crate::config::push::Push::default(),
        members: Vec::new(),
        projects: Vec::new(),
        report: Default::default(),
    })
}

/// A configuration for what never looks at it.
pub(crate) fn nowhere() -> Arc<Config> {
    configuration(Path::new("/nonexistent"), &Database::Sqlite("/nonexistent/db".into()))
}

/// The same with a way for mail to leave, and a list.
pub(crate) fn with_a_list(config: &Config) -> Arc<Config> {
    let from = Address::parse("virtbot@centos.example").unwrap();
    Arc::new(Config {
        mail: Some(Mail {
            relay: "127.0.0.1".into(),
            port: 1,
            tls: MailTls::None,
            login: None,
            ca_file: None,
            from: Mailbox { name: "Virt SIG".into(), address: from },
            hello: "virt.example".into(),
        }),
        list: Some(MailingList {
            address: Address::parse("centos-virt@centos.example").unwrap(),
            name: "centos-virt".into(),
            page: None,
            minutes: true,
            reminders: true,
            rule: "Posts of strangers are discarded.".into(),
            requests_per_day: 20,
        }),
        ..config.clone()
    })
}

fn network() -> IrcNetwork {
    IrcNetwork::on_loopback("libera", 1, "beadle", "#c")
}

/// A conversation with one [`Hear`], which can be thrown away as a kill would.
pub(crate) struct Stage {
    folder: tempfile::TempDir,
    pub(crate) config: Arc<Config>,
    pub(crate) db: Db,
    hear: Hear,
    now: Moment,
}

impl Stage {
    pub(crate) async fn new(database: &Database) -> Stage {
        Stage::with(database, |config| Arc::new(config.clone())).await
    }

    pub(crate) async fn with(
        database: &Database,
        change: impl Fn(&Config) -> Arc<Config>,
    ) -> Stage {
        let folder = tempfile::tempdir().unwrap();
        let config = change(&configuration(folder.path(), database));
        let db = Db::open_waiting(database, WAIT).await.unwrap();
        let hear = Hear::new(db.clone(), config.clone(), network());
        let now = Moment::parse("2018-11-13T15:00:00Z").unwrap();
        let mut stage = Stage { folder, config, db, hear, now };
        stage.back(None).await;
        stage
    }

    /// The process is gone and another one has started.
    pub(crate) fn die(&mut self) {
        self.hear = Hear::new(self.db.clone(), self.config.clone(), network());
    }

    /// It is that time, and the beat comes.
    pub(crate) async fn at(&mut self, time: &str) -> Vec<String> {
        self.now = Moment::parse(&format!("2018-11-{time}Z")).unwrap();
        shown(&self.hear.tick(self.now).await)
    }

    /// The server has taken a line that was posted.
    pub(crate) async fn taken(&mut self, key: &str) {
        self.sound(Sound::Posted(key.into())).await;
    }

    pub(crate) async fn back(&mut self, lost_at: Option<Moment>) -> Vec<String> {
        self.back_with_topic("before", lost_at).await
    }

    async fn back_with_topic(&mut self, topic: &str, lost_at: Option<Moment>) -> Vec<String> {
        let who = |nick: &str| Speaker { nick: nick.into(), login: Login::As(nick.into()) };
        self.sound(Sound::Back {
            channel: "#c".into(),
            members: vec![who("gwd"), who("bob")],
            topic: topic.into(),
            lost_at,
            casemapping: Default::default(),
            accounts: true,
            bot: "beadle".into(),
        })
        .await
    }

    pub(crate) async fn say(&mut self, nick: &str, text: &str) -> Vec<String> {
        let who = Speaker { nick: nick.into(), login: Login::As(nick.into()) };
        let what = What::Said { who, manner: Manner::Say, text: text.into() };
        self.sound(Sound::Channel("#c".into(), what)).await
    }

    /// A private line to the bot.
    pub(crate) async fn tell(&mut self, nick: &str, text: &str) -> Vec<String> {
        let who = Speaker { nick: nick.into(), login: Login::As(nick.into()) };
        self.sound(Sound::Private(who, text.into())).await
    }

    async fn sound(&mut self, sound: Sound) -> Vec<String> {
        self.now = self.now.plus(10 * SECOND);
        let heard = Heard { at: self.now, heard_at: self.now, sound };
        shown(&self.hear.hear([heard]).await)
    }

    pub(crate) async fn stored(&self) -> Meeting {
        let row = store::meeting::by_slug(&self.db, "2018-11-13").await.unwrap().unwrap();
        publish::stored(&self.db, &row).await.unwrap().unwrap()
    }

    /// The file with that ending.
    pub(crate) fn file(&self, ending: &str) -> String {
        let files = files_below(&self.folder.path().join("minutes"));
        let named = |path: &&std::path::PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let base = name.strip_suffix(&format!(".{ending}"));
            base.is_some_and(|base| !base.ends_with(".log"))
        };
        let path = files.iter().find(named).unwrap_or_else(|| panic!("{ending} of {files:?}"));
        std::fs::read_to_string(path).unwrap()
    }
}

fn shown(replies: &[Reply]) -> Vec<String> {
    let one = |reply: &Reply| match reply {
        Reply::Say(_, text) => format!("say {}", text.as_untrusted()),
        Reply::Post { key, text, .. } => format!("post {key} {}", text.as_untrusted()),
        Reply::Tell(nick, text) => format!("tell {}: {}", nick.as_str(), text.as_untrusted()),
        Reply::SetTopic(_, text) => format!("topic {}", text.as_untrusted()),
    };
    replies.iter().map(one).collect()
}

#[test]
fn a_meeting_goes_through_the_database_to_its_files() {
    each_place(async |database| {
        let mut stage = Stage::new(&database).await;
        assert!(stage.say("gwd", "hello").await.is_empty(), "silent unless addressed");
        let refused = stage.say("bob", "#startmeeting").await;
        assert_eq!(refused, ["tell bob: Meetings here are started by: gwd."]);
        let started = stage.say("gwd", "#startmeeting Virt SIG").await;
        assert!(started[0].contains("https://v.example/m/2018-11-13"), "{started:?}");
        stage.say("gwd", "[off] #info not in the log").await;
        stage.say("bob", "#info café 注意 \u{1F600} \"quotes\" \\ and ' too").await;
        let ended = stage.say("gwd", "#endmeeting").await;
        assert_eq!(ended[2], "topic before");
        assert_eq!(
            ended[1],
            "say Minutes: https://v.example/m/2018-11-13  Log: https://v.example/m/2018-11-13/log"
        );
        assert_eq!(ended.len(), 3, "{ended:?}");

        let meeting = stage.stored().await;
        let row = store::meeting::by_slug(&stage.db, "2018-11-13").await.unwrap().unwrap();
        let place = row.place.clone().unwrap();
        let links = publish::links(&stage.db, &stage.config, &row, &place).await.unwrap();
        for format in Format::ALL {
            let path = stage.folder.path().join(format!("minutes/{place}.{}", format.extension()));
            let file = std::fs::read_to_string(&path).unwrap();
            assert_eq!(file, render(format, &meeting, &links), "{}", path.display());
            assert!(!file.contains("not in the log"));
        }
        assert!(stage.say("gwd", "#topic").await[0].contains("No meeting is on"));
        stage.db.close().await;
    });
}

#[test]
fn a_killed_process_goes_on_with_the_same_meeting() {
    each_place(async |database| {
        let mut stage = Stage::new(&database).await;
        stage.say("gwd", "#startmeeting Virt SIG").await;
        stage.say("gwd", "#topic One").await;
        stage.die();
        let back = stage.back(None).await;
        assert!(
            back[0].starts_with("say Back.  Not heard between 15:00:30 and 15:00:40 UTC"),
            "{back:?}"
        );
        stage.say("gwd", "#topic Two").await;
        let lost_at = stage.now;
        stage
            .sound(Sound::Channel(
                "#c".into(),
                What::Left { nick: "bob".into(), how: Leaving::Quit, reason: "".into() },
            ))
            .await;
        assert!(stage.back(Some(lost_at)).await[0].contains("15:00:50 and 15:01:10"));
        stage.say("gwd", "#endmeeting").await;
        let meeting = stage.stored().await;
        let titles: Vec<_> = meeting.topics.iter().map(|t| t.title.as_untrusted()).collect();
        assert_eq!((titles, meeting.gaps.len()), (vec!["", "One", "Two"], 2));
        stage.db.close().await;
    });
}

#[test]
fn an_end_that_was_not_told_is_told_after_the_kill() {
    each_place(async |database| {
        let mut stage = Stage::new(&database).await;
        stage.say("gwd", "#startmeeting Virt SIG").await;
        let ended = stage.say("gwd", "#endmeeting").await;
        stage.die();
        assert_eq!(stage.back_with_topic("(Meeting topic: Virt SIG)", None).await, ended);
        stage.die();
        assert!(stage.back(None).await.is_empty(), "the topic is back, so all was said");
        stage.hear.beat().await;
        stage.die();
        assert!(stage.back_with_topic("other", None).await.is_empty(), "told long ago");
        stage.db.close().await;
    });
}

#[test]
fn minutes_that_could_not_be_written_are_written_later() {
    each_place(async |database| {
        let mut stage = Stage::new(&database).await;
        let in_the_way = stage.folder.path().join("minutes");
        std::fs::write(&in_the_way, "a file where the folder should be").unwrap();
        stage.say("gwd", "#startmeeting").await;
        let ended = stage.say("gwd", "#endmeeting").await;
        assert!(ended.iter().any(|line| line.contains("Meeting ended")), "{ended:?}");
        assert_eq!(store::meeting::unpublished(&stage.db).await.unwrap().len(), 1);
        std::fs::remove_file(&in_the_way).unwrap();
        stage.hear.beat().await;
        assert!(store::meeting::unpublished(&stage.db).await.unwrap().is_empty());
        assert!(in_the_way.is_dir());
        stage.db.close().await;
    });
}

#[test]
fn a_meeting_that_is_renamed_leaves_no_files_under_its_old_name() {
    each_place(async |database| {
        let mut stage = Stage::new(&database).await;
        stage.say("gwd", "#startmeeting Old").await;
        stage.say("gwd", "#save").await;
        stage.say("gwd", "#meetingname New").await;
        stage.say("gwd", "#restrictlogs").await;
        stage.say("gwd", "#endmeeting").await;
        let files = files_below(&stage.folder.path().join("minutes"));
        assert_eq!(files.len(), Format::ALL.len(), "{files:?}");
        for file in files {
            use std::os::unix::fs::PermissionsExt;
            assert!(file.display().to_string().contains("/new."), "{}", file.display());
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        stage.db.close().await;
    });
}

#[test]
fn redacting_a_command_does_not_undo_it() {
    each_place(async |database| {
        let mut stage = Stage::new(&database).await;
        stage.say("gwd", "#startmeeting").await;
        stage.say("gwd", "#restrictlogs").await;
        stage.say("gwd", "#redact l-1").await;
        stage.say("gwd", "#redact l-4").await;
        stage.say("bob", "#startvote Ok? yes, hunter2").await;
        stage.say("gwd", "#startvote Ok? yes, hunter2").await;
        let line = stage.stored().await.log.len() - 1;
        stage.say("gwd", &format!("#redact l-{line}")).await;
        let ended = stage.say("gwd", "#endmeeting").await;
        assert!(ended.iter().any(|line| line.contains("Meeting ended")), "{ended:?}");
        let meeting = stage.stored().await;
        assert!(meeting.restricted && meeting.owner.is_some());
        let log = render(Format::LogText, &meeting, &Links::default());
        assert_eq!(log.matches("hunter2").count(), 1, "bob's own line is another one: {log}");
        stage.db.close().await;
    });
}

#[test]
fn an_aborted_meeting_leaves_no_files() {
    each_place(async |database| {
        let mut stage = Stage::new(&database).await;
        stage.say("gwd", "#startmeeting").await;
        stage.say("gwd", "#save").await;
        let folder = stage.folder.path().join("minutes");
        assert!(!files_below(&folder).is_empty());
        stage.say("gwd", "#abortmeeting").await;
        assert!(files_below(&folder).is_empty());
        stage.db.close().await;
    });
}

#[test]
fn a_redacted_line_is_nowhere_any_more() {
    each_place(async |database| {
        let mut stage = Stage::new(&database).await;
        stage.say("gwd", "#startmeeting").await;
        stage.say("bob", "#info the password is swordfish").await;
        stage.say("bob", "s/swordfish/swordfish!/").await;
        stage.say("gwd", "#save").await;
        let told = stage.say("gwd", "#redact l-4").await;
        assert_eq!(told, ["say Line l-4 is redacted."]);
        stage.say("gwd", "#redact l-5").await;
        stage.say("gwd", "#info and on it goes").await;
        stage.say("gwd", "#endmeeting").await;
        let meeting = stage.stored().await;
        let everything = render(Format::LogText, &meeting, &Links::default());
        assert!(!everything.contains("password is"), "{everything}");
        assert!(everything.contains("<bob> #info [redacted]"), "{everything}");
        assert_eq!(meeting.items().count(), 2);
        let hits = store::log::search(&stage.db, &"password".into(), 10).await.unwrap();
        assert!(hits.is_empty());
        stage.db.close().await;
        for file in files_below(stage.folder.path()) {
            let bytes = std::fs::read(&file).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains("password is"), "{}", file.display());
        }
    });
}

fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        match entry.path().is_dir() {
            true => all.extend(files_below(&entry.path())),
            false => all.push(entry.path()),
        }
    }
    all
}

#[test]
fn lines_wait_for_a_locked_database_and_nothing_is_answered_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::Sqlite(folder.path().join("beadle.db"));
    store::testing::block_on(async {
        let mut stage = Stage::new(&database).await;
        stage.say("gwd", "#startmeeting").await;
        let other = Db::open_waiting(&database, WAIT).await.unwrap();
        let mut held = other.begin().await.unwrap();
        let row = store::meeting::by_slug(&mut held, "2018-11-13").await.unwrap().unwrap();
        store::meeting::restrict(&mut held, row.id, stage.now).await.unwrap();

        let told = stage.say("gwd", "#chair bob").await;
        assert_eq!(told.len(), 1);
        assert!(told[0].contains("The log cannot be written at the moment"), "{told:?}");
        assert!(stage.say("gwd", "#topic Kept").await.is_empty(), "told once");
        drop(held);

        let after = shown(&stage.hear.beat().await);
        assert!(after[0].contains("The log is written again"), "{after:?}");
        assert!(after.iter().any(|line| line.contains("Current chairs: bob gwd")), "{after:?}");
        assert_eq!(stage.stored().await.topics.last().unwrap().title.as_untrusted(), "Kept");
        other.close().await;
        stage.db.close().await;
    });
}

#[test]
fn a_failed_transaction_takes_back_the_topic_it_set() {
    each_place(async |database| {
        let stage = Stage::new(&database).await;
        let mut room = Room::new("libera".into(), "#c".into(), "#c".into());
        room.presence.topic = Some("before".into());
        let start = || {
            let who = Speaker { nick: "gwd".into(), login: Login::As("gwd".into()) };
            let text = "#startmeeting Virt SIG".into();
            let what = What::Said { who, manner: Manner::Say, text };
            Event { at: stage.now, heard_at: stage.now, what }
        };
        let mut work = Work::new(&stage.db, &stage.config, &Book::empty().shared());
        room.start(&stage.config, &network(), start(), &mut work).await.unwrap();
        assert_eq!(room.presence.topic, Some("(Meeting topic: Virt SIG)".into()));
        drop(work);
        room.forget();
        assert_eq!(room.presence.topic, Some("before".into()), "what the next start is to restore");
        stage.db.close().await;
    });
}

#[test]
fn minutes_are_mailed_once_and_the_channel_is_told() {
    each_place(async |database| {
        let mut stage = Stage::with(&database, with_a_list).await;
        stage.say("gwd", "#startmeeting Virt SIG").await;
        stage.say("bob", "#agreed 注意事项").await;
        let ended = stage.say("gwd", "#endmeeting").await;
        let page = "https://v.example/m/2018-11-13";
        let told = format!("say Minutes: {page}  Log: {page}/log  Mailed to centos-virt.");
        assert_eq!(ended[1], told);
        // A restart replays the line and sends nothing again.
        stage.die();
        let again = stage.back_with_topic("other", None).await;
        assert!(again.contains(&told), "{again:?}");
        let letters = Outbox::new(stage.db.clone(), "one").claim().await.unwrap();
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].key, "minutes:2018-11-13");
        assert_eq!(letters[0].recipients, ["centos-virt@centos.example"]);
        assert_eq!(letters[0].sender.as_deref(), Some("virtbot@centos.example"));
        let message = mail_parser::MessageParser::new().parse(&letters[0].message).unwrap();
        assert_eq!(message.subject(), Some("Virt SIG meeting minutes, Tue 2018-11-13"));
        assert_eq!(message.message_id(), Some("minutes.2018-11-13.virt-sig@v.example"));
        let text = message.body_text(0).unwrap();
        assert!(text.contains("Full minutes: https://v.example/m/2018-11-13\r\n"), "{text}");
        stage.db.close().await;
    });
}

#[test]
fn what_is_not_for_the_list_does_not_go_there() {
    let quiet = |config: &Config| {
        let mut config = with_a_list(config).as_ref().clone();
        config.list.as_mut().unwrap().minutes = false;
        Arc::new(config)
    };
    each_place(async |database| {
        let mut stage = Stage::with(&database, with_a_list).await;
        for last in ["#abortmeeting", "#restrictlogs\n#endmeeting"] {
            stage.say("gwd", "#startmeeting Virt SIG").await;
            for command in last.lines() {
                let said = stage.say("gwd", command).await;
                assert!(!said.iter().any(|line| line.contains("Mailed")), "{said:?}");
            }
        }
        stage.config = quiet(&stage.config);
        stage.die();
        stage.back(None).await;
        stage.say("gwd", "#startmeeting Virt SIG").await;
        let said = stage.say("gwd", "#endmeeting").await;
        assert!(said.len() == 3 && !said[1].contains("Mailed"), "{said:?}");
        assert_eq!(store::outbox::depth(&stage.db).await.unwrap(), Default::default());
        stage.db.close().await;
    });
}

#[test]
fn what_a_relay_said_is_kept_and_no_address_is_logged() {
    let reason = "permanent error (550): 5.1.1 <nadia@example.com>: unknown";
    assert_eq!(
        crate::flow::deliver::without_addresses(reason),
        "permanent error (550): 5.1.1 … unknown"
    );
}
