//! A token: who has it may do one thing, to one list, for one address, until a moment.
//!
//! Nothing here knows whether it was used before. A token proves that somebody could read a mail
//! that we wrote to an address; what it allows is kept where it can be looked up by
//! [`Token::digest`], and its signature covers all of that.

use crate::domain::list::key::Key;
use crate::domain::time::{DAY, Moment};
use ring::{digest, hmac};
use std::fmt;

/// How long a token is good, in microseconds.
pub const GOOD_FOR: i64 = 3 * DAY;
/// How many random bytes are in one.
pub const NONCE: usize = 4;
/// How many bytes of the signature are in one (RFC 2104 §5: at least half of them).
const SIGNATURE: usize = 16;
/// A token in characters. A local part has 64 at most (RFC 5321 §4.5.3.1.1), of which the list's
/// name and `-confirm+` need some.
pub const LENGTH: usize = (NONCE + SIGNATURE) * 8 / 5;

/// The digits of RFC 4648 §6 (base32) in small letters, since mail systems may fold the case of a
/// local part.
const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A secret key that signs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; Secret::BYTES]);

impl Secret {
    /// How long a key is (RFC 2104 §3: as long as the digest).
    pub const BYTES: usize = 32;

    /// A key of these bytes; nothing where they are too few or too many.
    pub fn new(bytes: &[u8]) -> Option<Secret> {
        bytes.try_into().ok().map(Secret)
    }

    /// The bytes, for signing something else than a token; say in what is signed what it is.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    /// Shows nothing of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What a token allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The address becomes a subscriber.
    Join,
    /// The subscriber goes, with their further addresses.
    Leave,
    /// The address becomes a further one of this subscriber.
    Other(Key),
    /// `name+anything@` is the subscriber's own, too, or is no more.
    Extension(bool),
}

impl Action {
    /// As it is kept; the subscriber of a further address stands beside it.
    pub fn word(&self) -> &'static str {
        match self {
            Action::Join => "join",
            Action::Leave => "leave",
            Action::Other(_) => "other",
            Action::Extension(true) => "extension on",
            Action::Extension(false) => "extension off",
        }
    }

    /// Reads what [`Action::word`] wrote.
    pub fn of(word: &str, other_of: Option<Key>) -> Option<Action> {
        Some(match (word, other_of) {
            ("join", None) => Action::Join,
            ("leave", None) => Action::Leave,
            ("other", Some(first)) => Action::Other(first),
            ("extension on", None) => Action::Extension(true),
            ("extension off", None) => Action::Extension(false),
            _ => return None,
        })
    }

    /// The subscriber of a further address.
    pub fn other_of(&self) -> Option<&Key> {
        match self {
            Action::Other(first) => Some(first),
            _ => None,
        }
    }
}

/// All that a token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What it allows.
    pub action: Action,
    /// The number of the list.
    pub list: i64,
    /// The address it was sent to.
    pub key: Key,
    /// It is good before this moment.
    pub until: Moment,
}

impl Claim {
    /// What is signed: each part ends with a byte that no part holds, so that no two claims are
    /// signed alike.
    fn signed(&self, nonce: &[u8]) -> Vec<u8> {
        let list = self.list.to_string();
        let until = self.until.micros().to_string();
        let other = self.action.other_of().map_or("", Key::as_str);
        let mut bytes = Vec::from(nonce);
        let parts = ["list token", self.action.word(), &list, self.key.as_str(), other, &until];
        for part in parts {
            bytes.extend_from_slice(part.as_bytes());
            bytes.push(0);
        }
        bytes
    }
}

/// A token as it stands in a mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; NONCE + SIGNATURE]);

impl Token {
    /// A token for a claim; `nonce` makes it differ from another one for the same.
    pub fn sign(claim: &Claim, secret: &Secret, nonce: [u8; NONCE]) -> Token {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret.0);
        let signature = hmac::sign(&key, &claim.signed(&nonce));
        let mut bytes = [0; NONCE + SIGNATURE];
        bytes[..NONCE].copy_from_slice(&nonce);
        bytes[NONCE..].copy_from_slice(&signature.as_ref()[..SIGNATURE]);
        Token(bytes)
    }

    /// Whether one of the keys signed it for this claim, and the claim holds now. How long that
    /// takes says nothing about the signature.
    pub fn proves(&self, claim: &Claim, secrets: &[Secret], now: Moment) -> bool {
        let (nonce, signature) = self.0.split_at(NONCE);
        let message = claim.signed(nonce);
        let is_signed_by = |secret: &Secret| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, &secret.0);
            let wanted = hmac::sign(&key, &message);
            let differ = wanted.as_ref()[..SIGNATURE].iter().zip(signature);
            differ.fold(0, |all, (one, other)| all | (one ^ other)) == 0
        };
        let signed = secrets.iter().filter(|secret| is_signed_by(secret)).count();
        signed > 0 && now < claim.until
    }

    /// Reads a token; upper and lower case are the same.
    pub fn parse(given: &str) -> Option<Token> {
        if given.len() != LENGTH {
            return None;
        }
        let mut bytes = [0; NONCE + SIGNATURE];
        for (five, digits) in bytes.chunks_exact_mut(5).zip(given.as_bytes().chunks_exact(8)) {
            let mut number = 0_u64;
            for digit in digits {
                let digit = digit.to_ascii_lowercase();
                let value = DIGITS.iter().position(|known| *known == digit)?;
                number = (number << 5) | value as u64;
            }
            five.copy_from_slice(&number.to_be_bytes()[3..]);
        }
        Some(Token(bytes))
    }

    /// What it is kept by: who reads the database cannot make the token of it.
    pub fn digest(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, &self.0).as_ref().to_vec()
    }
}

impl fmt::Display for Token {
    /// As it stands in an address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for five in self.0.chunks_exact(5) {
            let number = five.iter().fold(0_u64, |all, byte| (all << 8) | u64::from(*byte));
            for place in (0..8).rev() {
                let digit = DIGITS[(number >> (5 * place)) as usize % DIGITS.len()];
                write!(f, "{}", char::from(digit))?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Token {
    /// Who has it may use it, so it is not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(address: &str) -> Key {
        Key::parse(address).unwrap()
    }

    fn claim() -> Claim {
        let until = Moment::parse("2018-11-16T15:00:00Z").unwrap();
        Claim { action: Action::Join, list: 1, key: key("anna@x.example"), until }
    }

    fn now() -> Moment {
        Moment::parse("2018-11-13T15:00:00Z").unwrap()
    }

    fn secret(byte: u8) -> Secret {
        Secret::new(&[byte; Secret::BYTES]).unwrap()
    }

    #[test]
    fn a_token_proves_one_claim_and_no_other() {
        let token = Token::sign(&claim(), &secret(1), [7; NONCE]);
        let secrets = [secret(2), secret(1)];
        assert!(token.proves(&claim(), &secrets, now()), "an older key still verifies");
        assert!(!token.proves(&claim(), &secrets[..1], now()));
        assert!(!token.proves(&claim(), &[], now()));
        assert!(!token.proves(&claim(), &secrets, claim().until), "it has run out");
        for other in [
            Claim { action: Action::Leave, ..claim() },
            Claim { action: Action::Other(key("bob@x.example")), ..claim() },
            Claim { action: Action::Extension(true), ..claim() },
            Claim { list: 11, ..claim() },
            Claim { key: key("anna@x.example.org"), ..claim() },
            Claim { until: claim().until.plus(1), ..claim() },
        ] {
            assert!(!token.proves(&other, &secrets, now()), "{other:?}");
        }
        assert_ne!(token, Token::sign(&claim(), &secret(1), [8; NONCE]));
    }

    #[test]
    fn every_bit_counts_and_case_does_not() {
        let token = Token::sign(&claim(), &secret(1), [7; NONCE]);
        let text = token.to_string();
        assert_eq!(text.len(), LENGTH);
        assert_eq!(Token::parse(&text.to_uppercase()), Some(token.clone()));
        for bit in 0..token.0.len() * 8 {
            let mut other = token.clone();
            other.0[bit / 8] ^= 1 << (bit % 8);
            assert!(!other.proves(&claim(), &[secret(1)], now()), "{bit}");
        }
        for bad in ["", "a", &text[1..], &format!("{text}a"), &text.replace(&text[..1], "1")] {
            assert_eq!(Token::parse(bad), None, "{bad}");
        }
        assert_eq!(format!("{:?} {token:?}", secret(1)), "Secret(…) Token(…)");
    }

    #[test]
    fn an_action_can_be_read_again() {
        let first = key("anna@x.example");
        for action in [
            Action::Join,
            Action::Leave,
            Action::Other(first.clone()),
            Action::Extension(true),
            Action::Extension(false),
        ] {
            let read = Action::of(action.word(), action.other_of().cloned());
            assert_eq!(read, Some(action));
        }
        assert_eq!(Action::of("join", Some(first)), None);
        assert_eq!(Action::of("other", None), None);
    }

    proptest! {
        #[test]
        fn what_is_written_can_be_read(bytes in any::<[u8; NONCE + SIGNATURE]>(), given in any::<String>()) {
            prop_assert_eq!(Token::parse(&Token(bytes).to_string()), Some(Token(bytes)));
            let _ = Token::parse(&given);
        }
    }
}
