//! Who was away when an action was given is told when next seen, once.

use super::*;
use crate::config::Config;
use crate::domain::roster::{Enrolled, Member};

fn with_members(config: &Config) -> Arc<Config> {
    let member = |nick: &str, account: &str| Enrolled {
        member: Member {
            name: nick.into(),
            nicks: vec![nick.into()],
            account: Some(account.into()),
            ..Member::default()
        },
        ..Enrolled::default()
    };
    let members = vec![member("gwd", "gwd"), member("jirkade", "jirid")];
    Arc::new(Config { members, ..config.clone() })
}

impl Stage {
    async fn joins(&mut self, nick: &str, account: &str) -> Vec<String> {
        let who = Speaker { nick: nick.into(), login: Login::As(account.into()) };
        self.sound(Sound::Channel("#c".into(), What::Joined(who))).await
    }
}

const TOLD: &str = "tell jirka_: While you were away: action [1] jirkade: push libvirt 4.9.0 (due \
                    2018-11-27), given by gwd: https://v.example/m/2018-11-13/log#l-4";

#[test]
fn an_action_is_told_once_to_its_owner_and_nobody_else() {
    each_place(async |database| {
        let mut stage = Stage::with(&database, with_members).await;
        stage.say("gwd", "#startmeeting Virt SIG").await;
        let numbered = stage.say("gwd", "#action jirkade push libvirt 4.9.0 by 2018-11-27").await;
        assert!(numbered[0].ends_with("will be told by mail or when next seen."), "{numbered:?}");
        stage.say("gwd", "#action jirkade something that was a mistake").await;
        stage.say("gwd", "#undo").await;
        assert!(stage.joins("jirkade", "mallory").await.is_empty(), "another account");
        assert_eq!(stage.joins("jirka_", "jirid").await, [TOLD]);
        assert!(stage.joins("jirka_", "jirid").await.is_empty());
        stage.die();
        stage.back(None).await;
        assert!(stage.joins("jirka_", "jirid").await.is_empty(), "it is known over a restart");
        stage.db.close().await;
    });
}

#[test]
fn one_who_is_there_when_the_bot_comes_back_is_seen() {
    each_place(async |database| {
        let mut stage = Stage::with(&database, with_members).await;
        stage.say("gwd", "#startmeeting Virt SIG").await;
        stage.say("gwd", "#action jirkade push libvirt 4.9.0").await;
        stage.say("gwd", "#endmeeting").await;
        stage.die();
        let who = Speaker { nick: "jirka_".into(), login: Login::As("jirid".into()) };
        let back = Sound::Back {
            channel: "#c".into(),
            members: vec![who.clone()],
            topic: "before".into(),
            lost_at: None,
            casemapping: Default::default(),
            accounts: true,
            bot: "beadle".into(),
        };
        let told = stage.sound(back).await;
        assert!(told[0].starts_with("tell jirka_: While you were away: action [1]"), "{told:?}");
        let again = stage.sound(Sound::Private(who, "hello".into())).await;
        assert!(!again.is_empty() && !again.iter().any(|line| line.contains("away")), "{again:?}");
        stage.db.close().await;
    });
}

#[test]
fn what_is_done_by_then_is_not_told() {
    each_place(async |database| {
        let mut stage = Stage::with(&database, with_members).await;
        stage.say("gwd", "#startmeeting Virt SIG").await;
        stage.say("gwd", "#action jirkade push libvirt 4.9.0").await;
        stage.say("gwd", "#done 1 anthonyper did").await;
        assert!(stage.joins("jirkade", "jirid").await.is_empty());
        stage.db.close().await;
    });
}

#[test]
fn what_could_not_be_stored_as_told_is_told_later_and_once() {
    each_place(async |database| {
        let mut stage = Stage::with(&database, with_members).await;
        stage.say("gwd", "#startmeeting Virt SIG").await;
        stage.say("gwd", "#action jirkade push libvirt 4.9.0").await;
        // Another process is writing for longer than this one waits.
        let other = Db::open_waiting(&database, WAIT).await.unwrap();
        let mut tx = other.begin().await.unwrap();
        store::journal::lock(&mut tx).await.unwrap();
        let mut told = stage.joins("jirka_", "jirid").await;
        if matches!(database, Database::Sqlite(_)) {
            assert!(!told.iter().any(|line| line.starts_with("tell jirka_")), "{told:?}");
        }
        tx.commit().await.unwrap();
        told.extend(shown(&stage.hear.beat().await));
        told.extend(stage.joins("jirka_", "jirid").await);
        let count = told.iter().filter(|line| line.contains("While you were away")).count();
        assert_eq!(count, 1, "{told:?}");
        other.close().await;
        stage.db.close().await;
    });
}
