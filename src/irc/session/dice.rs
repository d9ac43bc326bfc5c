//! Dice: jitter and nonces from one seed, so that a session with the same seed does the same.
//! The seed comes from outside; nothing here asks the system for randomness.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::hmac;

/// A stream of values nobody can guess who does not know the seed (HMAC-SHA-256 of a counter).
pub struct Dice {
    key: hmac::Key,
    thrown: u64,
}

impl Dice {
    /// Dice with this seed.
    pub fn new(seed: &[u8; 32]) -> Dice {
        Dice { key: hmac::Key::new(hmac::HMAC_SHA256, seed), thrown: 0 }
    }

    /// A number from `0` up to but not including `sides`; `0` for no sides.
    pub fn below(&mut self, sides: i64) -> i64 {
        let bytes = self.throw();
        let number = bytes[..8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        // `sides` is minutes in microseconds: the bias of the remainder is below 1e-9.
        ((number >> 1) as i64).checked_rem(sides.max(0)).unwrap_or(0)
    }

    /// A nonce of 24 printable characters (RFC 5802 §5.1: any printable but a comma).
    pub fn nonce(&mut self) -> String {
        STANDARD_NO_PAD.encode(&self.throw()[..18])
    }

    fn throw(&mut self) -> [u8; 32] {
        self.thrown += 1;
        let tag = hmac::sign(&self.key, &self.thrown.to_be_bytes());
        let mut bytes = [0; 32];
        bytes.copy_from_slice(tag.as_ref());
        bytes
    }
}

impl std::fmt::Debug for Dice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dice(…)")
    }
}
