//! The signature of a webhook: whoever sends it knows the secret, and sent it just now.
//!
//! Two headers go with the body: `X-Beadle-Timestamp`, the time in seconds since 1970, and
//! `X-Beadle-Signature: sha256=` with, in hexadecimal digits, the HMAC-SHA-256 (RFC 2104) of the
//! timestamp as it was sent, a dot, and the body. With a shell:
//!
//! ```sh
//! at=$(date +%s)
//! signature=$( (printf '%s.' "$at"; cat event.json) | openssl dgst -sha256 -hmac "$SECRET" -r | cut -d' ' -f1)
//! curl -H "X-Beadle-Timestamp: $at" -H "X-Beadle-Signature: sha256=$signature" \
//!      --data-binary @event.json https://beadle.example/push/event
//! ```
//!
//! What was recorded and is sent again within the window is not noticed here: who calls
//! [`check`] keeps the [`Key`] it gives, for as long as [`WINDOW`] reaches both ways, and takes
//! each once.

use crate::domain::text;
use crate::domain::time::{MINUTE, Moment, SECOND};
use ring::hmac;

/// The header with the time.
pub const TIMESTAMP: &str = "X-Beadle-Timestamp";
/// The header with the signature.
pub const SIGNATURE: &str = "X-Beadle-Signature";
/// The header with which GitHub and Gitea sign a body without a time.
pub const HUB_SIGNATURE: &str = "X-Hub-Signature-256";
/// How far the time of a message may be from ours, in microseconds, either way.
pub const WINDOW: i64 = 5 * MINUTE;
/// The shortest secret, in bytes; what is shorter can be guessed from one message.
pub const LEAST_SECRET: usize = 16;

/// The digest in bytes.
const DIGEST: usize = 32;

/// The headers of a message, where it has them. A header that came twice counts as none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Headers<'a> {
    /// [`TIMESTAMP`].
    pub timestamp: Option<&'a str>,
    /// [`SIGNATURE`].
    pub signature: Option<&'a str>,
    /// [`HUB_SIGNATURE`], which is not enough.
    pub hub_signature: Option<&'a str>,
}

/// What is the same for two messages only if one is a copy of the other: the signature in small
/// hexadecimal digits, however it was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(String);

impl Key {
    /// For a unique key of a table.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a message is not taken. The words are for its sender, and tell nothing of the secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A header is missing, or came twice.
    #[error("the header {0} must be there once")]
    Missing(&'static str),
    /// GitHub's signature covers no time.
    #[error(
        "{HUB_SIGNATURE} covers no time, so a copy of the message could be sent again; sign \
         with {TIMESTAMP} and {SIGNATURE} instead"
    )]
    NoTime,
    /// The time is none.
    #[error("{TIMESTAMP} is not a time in seconds since 1970, such as 1542121200")]
    NotATime,
    /// The time is long past.
    #[error("{TIMESTAMP} is {0} seconds old, and 300 at most may pass; is the clock right?")]
    Late(i64),
    /// The time has yet to come.
    #[error("{TIMESTAMP} is {0} seconds ahead, and may be 300 at most; is the clock right?")]
    Early(i64),
    /// The signature has another form.
    #[error("{SIGNATURE} is not sha256= and 64 hexadecimal digits")]
    NotASignature,
    /// Another secret, another time, or another body.
    #[error("{SIGNATURE} does not fit: another secret, or the body was changed on its way")]
    Wrong,
    /// Ours is too short to be one; the one fault that the sender cannot help.
    #[error("no secret of {LEAST_SECRET} bytes or more is configured here; the operator can help")]
    NoSecret,
}

/// Checks that who knows the secret sent the body at a time near `now`.
pub fn check(
    secret: &[u8],
    headers: Headers<'_>,
    body: &[u8],
    now: Moment,
) -> Result<Key, Refused> {
    if secret.len() < LEAST_SECRET {
        return Err(Refused::NoSecret);
    }
    let (timestamp, signature) = match (headers.timestamp, headers.signature) {
        (Some(timestamp), Some(signature)) => (timestamp, signature),
        (_, None) if headers.hub_signature.is_some() => return Err(Refused::NoTime),
        (None, _) => return Err(Refused::Missing(TIMESTAMP)),
        (_, None) => return Err(Refused::Missing(SIGNATURE)),
    };
    in_time(timestamp, now)?;
    let given = signature.strip_prefix("sha256=").and_then(digest).ok_or(Refused::NotASignature)?;
    // Compares in a time that does not depend on where the first difference is.
    hmac::verify(&key(secret), &signed(timestamp, body), &given).map_err(|_| Refused::Wrong)?;
    Ok(Key(text::hex(&given)))
}

/// The value of [`SIGNATURE`] for this body at this time, as [`check`] wants it.
pub fn sign(secret: &[u8], timestamp: &str, body: &[u8]) -> String {
    let tag = hmac::sign(&key(secret), &signed(timestamp, body));
    format!("sha256={}", text::hex(tag.as_ref()))
}

fn key(secret: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret)
}

fn signed(timestamp: &str, body: &[u8]) -> Vec<u8> {
    [timestamp.as_bytes(), b".", body].concat()
}

fn in_time(timestamp: &str, now: Moment) -> Result<(), Refused> {
    let digits = timestamp.bytes().all(|b| b.is_ascii_digit());
    let seconds: i64 = timestamp.parse().ok().filter(|_| digits).ok_or(Refused::NotATime)?;
    let age = now.since(Moment::from_micros(seconds.saturating_mul(SECOND)));
    // Rounded up, so that nobody reads "300 seconds old" for what is a little more.
    let whole_seconds = (age.abs() + SECOND - 1) / SECOND;
    match age {
        age if age > WINDOW => Err(Refused::Late(whole_seconds)),
        age if age < -WINDOW => Err(Refused::Early(whole_seconds)),
        _ => Ok(()),
    }
}

fn digest(hex: &str) -> Option<[u8; DIGEST]> {
    let digits: Option<Vec<u8>> =
        hex.chars().map(|digit| digit.to_digit(16).map(|digit| digit as u8)).collect();
    let bytes: Vec<u8> = match digits {
        Some(digits) if digits.len() == 2 * DIGEST => {
            digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
        }
        _ => return None,
    };
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
    const BODY: &[u8] = br#"{"event":"tagged"}"#;
    const AT: &str = "1542121200";

    fn now() -> Moment {
        Moment::parse("2018-11-13T15:00:00Z").unwrap()
    }

    fn check_at(now: Moment, timestamp: &str, signature: &str) -> Result<Key, Refused> {
        let headers = Headers {
            timestamp: Some(timestamp),
            signature: Some(signature),
            ..Headers::default()
        };
        check(SECRET, headers, BODY, now)
    }

    #[test]
    fn the_signature_is_what_openssl_writes() {
        // (printf '1542121200.'; printf '{"event":"tagged"}') |
        //     openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef -r
        let signature = "sha256=84838a75e5aa6ffdcf594414120644e6ee6a0ae2352e6c423eaa2680df56e744";
        assert_eq!(sign(SECRET, AT, BODY), signature);
        let key = check_at(now(), AT, signature).unwrap();
        assert_eq!(format!("sha256={}", key.as_str()), signature);
    }

    #[test]
    fn a_copy_has_the_same_key_however_it_is_written() {
        let signature = sign(SECRET, AT, BODY);
        let shouted = format!("sha256={}", signature[7..].to_ascii_uppercase());
        assert_eq!(check_at(now(), AT, &signature), check_at(now(), AT, &shouted));
        let next = sign(SECRET, "1542121201", BODY);
        assert_ne!(check_at(now(), AT, &signature), check_at(now(), "1542121201", &next));
    }

    #[test]
    fn five_minutes_either_way_and_not_a_microsecond_more() {
        let signature = sign(SECRET, AT, BODY);
        let at = |micros: i64| check_at(now().plus(micros), AT, &signature).map(|_| ());
        for good in [0, WINDOW, -WINDOW, WINDOW - 1] {
            assert_eq!(at(good), Ok(()), "{good}");
        }
        assert_eq!(at(WINDOW + 1), Err(Refused::Late(301)));
        assert_eq!(at(-WINDOW - 1), Err(Refused::Early(301)));
        assert_eq!(at(3600 * SECOND), Err(Refused::Late(3600)));
        assert!(Refused::Late(3600).to_string().contains("3600 seconds old"));
        for bad in
            ["", "now", "-1", "+1542121200", "1542121200.0", " 1542121200", "9".repeat(40).as_str()]
        {
            assert_eq!(check_at(now(), bad, &sign(SECRET, bad, BODY)), Err(Refused::NotATime));
        }
        let far = i64::MAX.to_string();
        assert!(matches!(check_at(now(), &far, &sign(SECRET, &far, BODY)), Err(Refused::Early(_))));
    }

    #[test]
    fn anything_else_is_refused() {
        let signature = sign(SECRET, AT, BODY);
        let none = Headers::default();
        let refused = |headers| check(SECRET, headers, BODY, now()).unwrap_err();
        assert_eq!(refused(none), Refused::Missing(TIMESTAMP));
        let timed = Headers { timestamp: Some(AT), ..none };
        assert_eq!(refused(timed), Refused::Missing(SIGNATURE));
        let untimed = Headers { signature: Some(&signature), ..none };
        assert_eq!(refused(untimed), Refused::Missing(TIMESTAMP));
        // GitHub's form can be sent again at any time, even beside a time it does not cover.
        let hub = Some(signature.as_str());
        assert_eq!(refused(Headers { hub_signature: hub, ..none }), Refused::NoTime);
        assert_eq!(refused(Headers { hub_signature: hub, ..timed }), Refused::NoTime);
        for form in
            ["", "sha256=", "sha1=00", &signature[7..], &format!("{signature}0"), "sha256=é"]
        {
            assert_eq!(check_at(now(), AT, form), Err(Refused::NotASignature), "{form}");
        }
        let other = sign(b"another secret of many bytes", AT, BODY);
        assert_eq!(check_at(now(), AT, &other), Err(Refused::Wrong));
        assert_eq!(check_at(now(), AT, &sign(SECRET, AT, b"{}")), Err(Refused::Wrong));
        assert_eq!(check_at(now(), "1542121201", &signature), Err(Refused::Wrong));
        let short = b"too short";
        let headers = Headers { timestamp: Some(AT), signature: Some(&signature), ..none };
        assert_eq!(check(short, headers, BODY, now()), Err(Refused::NoSecret));
    }

    proptest! {
        #[test]
        fn only_the_very_bytes_fit(body in any::<Vec<u8>>(), other in any::<Vec<u8>>()) {
            let signature = sign(SECRET, AT, &body);
            let headers = Headers {
                timestamp: Some(AT),
                signature: Some(&signature),
                ..Headers::default()
            };
            prop_assert!(check(SECRET, headers, &body, now()).is_ok());
            prop_assert_eq!(check(SECRET, headers, &other, now()).is_ok(), body == other);
        }

        #[test]
        fn any_headers_are_survived(timestamp in ".*", signature in "(sha256=)?.{0,80}") {
            prop_assert!(check_at(now(), &timestamp, &signature).is_err());
        }
    }
}
