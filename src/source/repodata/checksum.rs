//! Checksums as repositories write them: a kind and hexadecimal digits.

use crate::source::repodata::fault::Fault;
use ring::digest;
use std::fmt::Write;

/// The checksum a file must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    kind: Sum,
    digits: String,
}

/// The kinds that are read. SHA-1 is that of repositories made before 2009, which are still there; it
/// finds accidents, not attacks, and no signature rests on it here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sum {
    Sha1,
    Sha256,
    Sha512,
}

impl Checksum {
    /// Of the `type` and the text of the element.
    pub fn parse(kind: &str, digits: &str) -> Result<Checksum, Fault> {
        let kind = match kind {
            "sha" | "sha1" => Sum::Sha1,
            "sha256" => Sum::Sha256,
            "sha512" => Sum::Sha512,
            other => {
                let why = "is not read here; sha256, sha512 and sha1 are";
                return Err(Fault::malformed(format!("the checksum {other:?} {why}")));
            }
        };
        let digits = digits.trim().to_ascii_lowercase();
        let length = 2 * kind.algorithm().output_len();
        if digits.len() != length || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            let why = format!("a checksum is not of {length} hexadecimal digits");
            return Err(Fault::malformed(why));
        }
        Ok(Checksum { kind, digits })
    }

    /// What computes the sum of a file to hold against this one.
    pub fn start(&self) -> digest::Context {
        digest::Context::new(self.kind.algorithm())
    }

    /// Whether a file with that sum is the one that is meant.
    pub fn fits(&self, sum: &digest::Digest) -> bool {
        hex(sum.as_ref()) == self.digits
    }
}

impl Sum {
    fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            Sum::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Sum::Sha256 => &digest::SHA256,
            Sum::Sha512 => &digest::SHA512,
        }
    }
}

/// The SHA-256 of these bytes in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_kinds_are_read_and_others_refused_with_a_sentence() {
        for (kind, digits) in [
            ("sha", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("sha1", "A9993E364706816ABA3E25717850C26C9CD0D89D\n"),
            ("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "sha512",
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                 2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
        ] {
            let sum = Checksum::parse(kind, digits).expect(kind);
            let of = |bytes: &[u8]| {
                let mut context = sum.start();
                context.update(bytes);
                context.finish()
            };
            assert!(sum.fits(&of(b"abc")) && !sum.fits(&of(b"abd")), "{kind}");
        }
        let refused = Checksum::parse("md5", &"0".repeat(32)).expect_err("md5").sentence;
        assert_eq!(refused, "the checksum \"md5\" is not read here; sha256, sha512 and sha1 are");
        for digits in ["", "0", &"g".repeat(64), &"0".repeat(63), &"é".repeat(32)] {
            assert!(Checksum::parse("sha256", digits).is_err(), "{digits}");
        }
    }
}
