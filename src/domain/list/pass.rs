//! The token by which the bot's own mail passes the door of its list.
//!
//! It stands in a header of its own and is good for this post to this list only, for a while: who
//! copies it to another mail gains nothing, and a `From` that anybody can write counts for nothing.

use crate::domain::list::token::Secret;
use crate::domain::text;
use crate::domain::time::{DAY, Moment, SECOND};
use ring::hmac;

/// The header that holds it.
pub const HEADER: &str = "Beadle-Pass";

/// How long it is good: as long as a relay may try to deliver.
pub const LASTING: i64 = 7 * DAY;

/// Hexadecimal digits of the signature: 128 bits.
const DIGITS: usize = 32;

/// The pass of a post to that list: `SECONDS.SIGNATURE`.
pub fn issue(key: &Secret, list: &str, digest: &[u8; 16], at: Moment) -> String {
    let seconds = at.micros().div_euclid(SECOND);
    format!("{seconds}.{}", signature(key, list, digest, seconds))
}

/// Whether a pass was issued with one of these keys, for this post and list, and is still good.
pub fn verify(keys: &[Secret], list: &str, digest: &[u8; 16], pass: &str, now: Moment) -> bool {
    let Some((seconds, given)) = pass.trim().split_once('.') else { return false };
    let Ok(seconds) = seconds.parse::<i64>() else { return false };
    let issued = Moment::from_micros(seconds.saturating_mul(SECOND));
    // Another node's clock may be ahead a little.
    let is_good = now <= issued.plus(LASTING) && issued <= now.plus(DAY);
    is_good && keys.iter().any(|key| same(given, &signature(key, list, digest, seconds)))
}

fn signature(key: &Secret, list: &str, digest: &[u8; 16], seconds: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.bytes());
    let mut context = hmac::Context::with_key(&key);
    for part in [b"pass".as_slice(), list.to_ascii_lowercase().as_bytes(), digest] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.update(&seconds.to_be_bytes());
    text::hex(&context.sign().as_ref()[..DIGITS / 2])
}

/// Whether two signatures are the same, in a time that does not tell where they differ.
fn same(given: &str, wanted: &str) -> bool {
    let differences = given.bytes().zip(wanted.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    given.len() == wanted.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_is_good_for_one_post_one_list_and_a_week() {
        let now = Moment::parse("2018-11-13T15:00:00Z").unwrap();
        let secret = |byte: u8| Secret::new(&[byte; 32]).unwrap();
        let (old, new) = (secret(1), secret(2));
        let pass = issue(&old, "Virt@centos.example", &[7; 16], now);
        let good = |keys: &[Secret], list: &str, digest: u8, pass: &str, at: Moment| {
            verify(keys, list, &[digest; 16], pass, at)
        };
        let both = [new.clone(), old];
        assert!(good(&both, "virt@centos.example", 7, &pass, now.plus(6 * DAY)));
        assert!(good(&both, "virt@centos.example", 7, &format!(" {pass}"), now.plus(-SECOND)));
        for (keys, list, digest, pass, at) in [
            (&[new][..], "virt@centos.example", 7, pass.as_str(), now),
            (&both, "devel@centos.example", 7, &pass, now),
            (&both, "virt@centos.example", 8, &pass, now),
            (&both, "virt@centos.example", 7, &pass, now.plus(8 * DAY)),
            (&both, "virt@centos.example", 7, &pass, now.plus(-2 * DAY)),
            (&both, "virt@centos.example", 7, &pass[..pass.len() - 1], now),
            (&both, "virt@centos.example", 7, &pass.replace(&pass[..4], "1643"), now),
            (&both, "virt@centos.example", 7, "", now),
            (&both, "virt@centos.example", 7, "9223372036854775807.", now),
        ] {
            assert!(!good(keys, list, digest, pass, at), "{pass}");
        }
    }
}
