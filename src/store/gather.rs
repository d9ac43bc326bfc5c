//! What people say before a meeting: who will be there, who will not, and what to talk about.

use crate::domain::meeting::event::{login_column, login_from};
use crate::domain::meeting::{SignIn, Speaker};
use crate::domain::name::{Network, Nick};
use crate::domain::text::Text;
use crate::domain::time::Moment;
use crate::store::driver::{Reader, from_row, on, query, query_as};
use crate::store::{StoreError, Tx, sql};

/// The most words that are kept before one meeting.
pub const MOST_SIGNED_IN: i64 = 500;
/// The most topics that wait in a channel.
pub const MOST_TOPICS: i64 = 50;
/// The most topics of one nick that wait in a channel.
pub const MOST_TOPICS_OF_ONE: i64 = 5;

/// A word before a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Whether it sends regrets; else it signs in.
    pub regrets: bool,
    /// Who said it, when, and the name they gave.
    pub sign_in: SignIn,
}

from_row!(Word, |row| {
    let name: String = row.try_get("name")?;
    let nick: String = row.try_get("nick")?;
    let login: Option<String> = row.try_get("login")?;
    Ok(Word {
        regrets: row.try_get::<String, _>("kind")? == kind(true),
        sign_in: SignIn {
            who: Speaker { nick: Nick::new(&nick), login: login_from(login.as_deref()) },
            at: Moment::from_micros(row.try_get("at")?),
            name: (!name.is_empty()).then(|| Text::new(name)),
        },
    })
});

fn kind(regrets: bool) -> String {
    (if regrets { "regrets" } else { "here" }).to_string()
}

/// Keeps a word before the meeting of a slot; `who` is the speaker as the network knows them.
/// Nothing happens where the same was said before, or too much was.
pub async fn sign_in(tx: &mut Tx, slot: &str, who: &str, word: &Word) -> Result<(), StoreError> {
    let SignIn { who: speaker, at, name } = &word.sign_in;
    let name = name.as_ref().map_or("", Text::as_untrusted).to_string();
    on!(tx, "keeping a sign-in", |c: D| {
        let kept = query::<D>(&sql::SIGN_IN)
            .bind(slot.to_string())
            .bind(kind(word.regrets))
            .bind(who.to_string())
            .bind(name)
            .bind(speaker.nick.as_str().to_string())
            .bind(login_column(&speaker.login))
            .bind(at.micros())
            .bind(MOST_SIGNED_IN);
        kept.execute(c).await.map(drop)
    })
}

/// Whether somebody has said a word before the meeting of that slot.
pub async fn is_known(
    from: impl Into<Reader<'_>>,
    slot: &str,
    who: &str,
) -> Result<bool, StoreError> {
    let (words,): (i64,) = on!(from.into(), "looking for a sign-in", |c: D| {
        let words = query_as::<D, _>(&sql::SIGN_INS_OF).bind(slot.to_string());
        words.bind(who.to_string()).fetch_one(c).await
    })?;
    Ok(words > 0)
}

/// All words before the meeting of a slot, the first said leading.
pub async fn words(from: impl Into<Reader<'_>>, slot: &str) -> Result<Vec<Word>, StoreError> {
    on!(from.into(), "reading sign-ins", |c: D| {
        query_as::<D, Word>(&sql::SIGN_IN_READ).bind(slot.to_string()).fetch_all(c).await
    })
}

/// Forgets the words that were said before that moment.
pub async fn forget(tx: &mut Tx, before: Moment) -> Result<(), StoreError> {
    on!(tx, "forgetting sign-ins", |c: D| {
        query::<D>(&sql::SIGN_IN_FORGET).bind(before.micros()).execute(c).await.map(drop)
    })
}

/// Puts a topic on the agenda of a channel; whether there was room and it was new. Without a nick it
/// is nobody's: what a meeting did not come to.
pub async fn add_topic(
    tx: &mut Tx,
    network: &Network,
    channel_folded: &str,
    text: &Text,
    nick: &Nick,
    at: Moment,
) -> Result<bool, StoreError> {
    on!(tx, "keeping a topic", |c: D| {
        let kept = query::<D>(&sql::AGENDA_ADD)
            .bind(network.as_str().to_string())
            .bind(channel_folded.to_string())
            .bind(text.as_untrusted().to_string())
            .bind(nick.as_str().to_string())
            .bind(at.micros())
            .bind(MOST_TOPICS)
            .bind(MOST_TOPICS_OF_ONE);
        Ok(kept.execute(c).await?.rows_affected() == 1)
    })
}

/// The topics that wait in a channel, the oldest first.
pub async fn topics(
    from: impl Into<Reader<'_>>,
    network: &Network,
    channel_folded: &str,
) -> Result<Vec<Text>, StoreError> {
    let topics: Vec<(String,)> = on!(from.into(), "reading the agenda", |c: D| {
        let topics = query_as::<D, _>(&sql::AGENDA_READ).bind(network.as_str().to_string());
        topics.bind(channel_folded.to_string()).fetch_all(c).await
    })?;
    Ok(topics.into_iter().map(|(text,)| Text::new(text)).collect())
}

/// Takes all topics off the agenda of a channel: a meeting has them now.
pub async fn take_topics(
    tx: &mut Tx,
    network: &Network,
    channel_folded: &str,
) -> Result<(), StoreError> {
    on!(tx, "taking the agenda", |c: D| {
        let taken = query::<D>(&sql::AGENDA_TAKE).bind(network.as_str().to_string());
        taken.bind(channel_folded.to_string()).execute(c).await.map(drop)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::meeting::Login;
    use crate::store::testing::each;

    fn word(nick: &str, login: Login, name: Option<&str>, at: i64) -> Word {
        let who = Speaker { nick: nick.into(), login };
        let at = Moment::from_micros(at);
        Word { regrets: false, sign_in: SignIn { who, at, name: name.map(Text::from) } }
    }

    #[test]
    fn words_are_kept_once_and_within_bounds() {
        each(async |db| {
            let mut tx = db.begin().await.unwrap();
            let mira = word("mira", Login::As("mira".into()), None, 1);
            let bob = Word { regrets: true, ..word("mira", Login::No, Some("Bob"), 2) };
            let anna = word("anna", Login::Unknown, None, 3);
            assert!(!is_known(&mut tx, "s", "a:mira").await.unwrap());
            for (who, word) in [("a:mira", &mira), ("a:mira", &bob), ("n:anna", &anna)] {
                sign_in(&mut tx, "s", who, word).await.unwrap();
                sign_in(&mut tx, "s", who, word).await.unwrap();
            }
            assert!(is_known(&mut tx, "s", "a:mira").await.unwrap());
            assert_eq!(words(&mut tx, "s").await.unwrap(), [mira, bob, anna.clone()]);
            for n in 0..MOST_SIGNED_IN + 9 {
                sign_in(&mut tx, "full", &format!("n:{n}"), &anna).await.unwrap();
            }
            assert_eq!(words(&mut tx, "full").await.unwrap().len() as i64, MOST_SIGNED_IN);
            forget(&mut tx, Moment::from_micros(3)).await.unwrap();
            assert_eq!(words(&mut tx, "s").await.unwrap(), [anna]);
            tx.commit().await.unwrap();
        });
    }

    #[test]
    fn the_agenda_is_a_bounded_queue_of_each_channel() {
        each(async |db| {
            let network = Network::new("libera");
            let at = Moment::from_micros(1);
            let mut tx = db.begin().await.unwrap();
            for text in ["xen", "ovirt", "xen"] {
                let text = Text::from(text);
                add_topic(&mut tx, &network, "#c", &text, &"a".into(), at).await.unwrap();
            }
            let all = topics(&mut tx, &network, "#c").await.unwrap();
            assert_eq!(all, ["xen".into(), "ovirt".into()]);
            assert!(topics(&mut tx, &network, "#d").await.unwrap().is_empty());
            take_topics(&mut tx, &network, "#c").await.unwrap();
            for (nick, most) in [("a", MOST_TOPICS_OF_ONE), ("", MOST_TOPICS)] {
                for n in 0..MOST_TOPICS + 3 {
                    let text = Text::from(n.to_string());
                    add_topic(&mut tx, &network, "#c", &text, &nick.into(), at).await.unwrap();
                }
                let kept = topics(&mut tx, &network, "#c").await.unwrap();
                assert_eq!(kept.len() as i64, most, "{nick:?}");
            }
            tx.commit().await.unwrap();
        });
    }
}
