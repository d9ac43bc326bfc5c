//! Members log in, guess, come back late, leave the group: on both databases.

use super::*;
use crate::domain::roster::{self, Member};
use crate::store::testing::each;
use std::sync::Arc;
use std::time::Duration;

fn configuration() -> Config {
    let nowhere = crate::flow::tests::nowhere();
    let mut config = (*crate::flow::tests::with_a_list(&nowhere)).clone();
    let member = |nick: &str, roles: &[&str]| Enrolled {
        member: Member {
            name: nick.into(),
            nicks: vec![nick.into()],
            roles: roles.iter().map(ToString::to_string).collect(),
            ..Member::default()
        },
        addresses: vec![format!("{nick}@x.example"), format!("{nick}@y.example")],
        ..Enrolled::default()
    };
    let mut without = member("quiet", &[]);
    without.addresses.clear();
    config.members = vec![member("gwd", &["lead"]), member("mira", &[]), without];
    config
}

/// The letters in the outbox: to whom, and their text.
async fn letters(db: &Db) -> Vec<(String, String)> {
    let mut tx = db.begin().await.unwrap();
    let at = clock::now().plus(MINUTE);
    let claimed =
        store::outbox::claim(&mut tx, "", "t", at, Duration::from_secs(9), 50).await.unwrap();
    claimed
        .iter()
        .map(|one| {
            let message = mail_parser::MessageParser::new().parse(&one.message[..]).unwrap();
            (one.recipients.join(","), message.body_text(0).unwrap().to_string())
        })
        .collect()
}

/// The token of a link in a letter.
fn token(text: &str) -> Token {
    let (_, rest) = text.split_once("/admin/login/").expect("a link");
    Token::parse(rest.lines().next().unwrap().trim()).expect("a token")
}

async fn logged_in(db: &Db, config: &Config, name: &str) -> Begun {
    let named = (Claim::PreferredUsername, name);
    named_in(db, config, named).await.expect("a member")
}

async fn named_in(db: &Db, config: &Config, claim: (Claim, &str)) -> Option<Begun> {
    named(db, config, claim, &Browser::default()).await.unwrap()
}

async fn who(db: &Db, config: &Config, token: &Token) -> Option<Visitor> {
    let group = group::load(db, config).await.unwrap();
    visitor(db, &group, token).await.unwrap()
}

#[test]
fn a_link_goes_to_the_members_own_address_and_is_good_once() {
    each(async |db| {
        let config = configuration();
        for word in ["stranger", "stranger@x.example", "quiet", "", "x".repeat(9_999).as_str()] {
            ask(&db, &config, word).await.unwrap();
        }
        ask(&db, &config, "GWD@Y.example ").await.unwrap();
        ask(&db, &config, "gwd").await.unwrap();
        let all = letters(&db).await;
        assert_eq!(all.len(), 1, "one letter in five minutes, and none for strangers");
        assert_eq!(all[0].0, "gwd@y.example", "the address that was typed");
        let token = token(&all[0].1);
        assert_eq!(link(&db, &config, &token).await.unwrap().as_deref(), Some("gwd"));
        assert_eq!(link(&db, &config, &token).await.unwrap().as_deref(), Some("gwd"), "by looking");
        let browser = Browser { agent: "<b>Firefox", before: None };
        let guessed = Token::new([7; Token::BYTES]);
        assert!(enter(&db, &config, &guessed, &browser).await.unwrap().is_none());
        let begun = enter(&db, &config, &token, &browser).await.unwrap().expect("let in");
        assert!(enter(&db, &config, &token, &browser).await.unwrap().is_none(), "replayed");
        assert!(link(&db, &config, &token).await.unwrap().is_none());
        let visitor = who(&db, &config, &begun.token).await.expect("logged in");
        assert!(visitor.is_lead && visitor.handle == "gwd");
        assert_eq!(visitor.by().via, Via::Web);
        assert!(who(&db, &config, &guessed).await.is_none());
        assert!(who(&db, &config, &token).await.is_none(), "the link's token is no session's");
    });
}

#[test]
fn logging_in_again_ends_the_session_that_the_browser_had() {
    each(async |db| {
        let config = configuration();
        let first = logged_in(&db, &config, "gwd").await;
        let browser = Browser { agent: "", before: Some(&first.token) };
        let named = named(&db, &config, (Claim::Email, "mira@x.example"), &browser).await.unwrap();
        let second = named.expect("a member");
        assert!(who(&db, &config, &first.token).await.is_none());
        let mira = who(&db, &config, &second.token).await.unwrap();
        assert!(mira.handle == "mira" && !mira.is_lead);
    });
}

#[test]
fn the_login_service_names_members_exactly() {
    each(async |db| {
        let config = configuration();
        for (claim, name) in [
            (Claim::PreferredUsername, "GWD"),
            (Claim::PreferredUsername, "gwd\u{200e}"),
            (Claim::PreferredUsername, "gwd@x.example"),
            (Claim::Nickname, "stranger"),
            (Claim::Subject, ""),
            (Claim::Email, "gwd"),
            (Claim::Email, "other@x.example"),
        ] {
            assert!(named_in(&db, &config, (claim, name)).await.is_none(), "{name:?}");
        }
        assert!(named_in(&db, &config, (Claim::Email, "gwd@X.example")).await.is_some());
        assert!(named_in(&db, &config, (Claim::Nickname, "quiet")).await.is_some());
    });
}

#[test]
fn a_browser_that_comes_back_is_the_one_that_went() {
    each(async |db| {
        let sent = send(&db, "//evil.example/").await.unwrap().expect("room");
        assert_eq!(sent.attempt.next, login::HOME);
        assert!((43..=128).contains(&sent.attempt.verifier.len()), "RFC 7636 §4.1");
        let other = send(&db, "/admin/held").await.unwrap().expect("room");
        assert!(back(&db, &sent.state, &other.browser).await.unwrap().is_none());
        assert_eq!(back(&db, &sent.state, &sent.browser).await.unwrap(), Some(sent.attempt));
        assert!(back(&db, &sent.state, &sent.browser).await.unwrap().is_none(), "replayed");
        let taken = back(&db, &other.state, &other.browser).await.unwrap().unwrap();
        assert_eq!(taken.next, "/admin/held");
    });
}

#[test]
fn who_leaves_the_group_is_out_and_stays_out() {
    each(async |db| {
        let config = configuration();
        let begun = logged_in(&db, &config, "mira").await;
        let today = clock::now().date();
        let change = |change: roster::Change| Change::Roster(change);
        let made = async |made: Change| {
            group::change(&db, &config, &By::itself(), |_| Ok(made)).await.unwrap().unwrap()
        };
        made(change(roster::Change::Leave { who: "mira".into(), until: today })).await;
        assert!(who(&db, &config, &begun.token).await.is_none());
        let group = group::load(&db, &config).await.unwrap();
        sweep(&db, &group, clock::now()).await.unwrap();
        let member = Member { nicks: vec!["mira".into()], ..Member::default() };
        made(change(roster::Change::Join { member, since: today })).await;
        assert!(who(&db, &config, &begun.token).await.is_none(), "another mira");
        assert!(named_in(&db, &config, (Claim::Email, "mira@x.example")).await.is_none());
    });
}

#[test]
fn sessions_are_seen_and_ended_by_their_owner_and_by_a_lead() {
    each(async |db| {
        let config = Arc::new(configuration());
        let (lead, mira) =
            (logged_in(&db, &config, "gwd").await, logged_in(&db, &config, "mira").await);
        let lead = who(&db, &config, &lead.token).await.unwrap();
        let visitor = who(&db, &config, &mira.token).await.unwrap();
        assert_eq!(sessions(&db, &visitor).await.unwrap().len(), 1);
        assert_eq!(sessions(&db, &lead).await.unwrap().len(), 2);
        let refused = end(&db, &config, &visitor, lead.session.id).await.unwrap();
        assert!(refused.is_err(), "another's is as if it were not there");
        assert!(end(&db, &config, &lead, visitor.session.id).await.unwrap().is_ok());
        assert!(who(&db, &config, &mira.token).await.is_none());
        let entries = store::journal::since(&db, 0).await.unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].by.name.as_str(), entries[0].by.via), ("gwd", Via::Web));
        tell(&db, &lead, "Done\0").await.unwrap();
        let again = sessions(&db, &lead).await.unwrap();
        let lead = Visitor { session: again[0].clone(), ..lead };
        assert_eq!(told(&db, &lead).await.unwrap().as_deref(), Some("Done\u{fffd}"));
        leave(&db, &lead).await.unwrap();
        assert!(sessions(&db, &lead).await.unwrap().is_empty());
    });
}
