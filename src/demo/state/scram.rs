//! SCRAM-SHA-256 as the server plays it (RFC 5802, RFC 7677), without channel binding.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac, pbkdf2};
use std::num::NonZeroU32;

/// The rounds of PBKDF2 (RFC 7677 §4 asks for at least 4096).
const ROUNDS: NonZeroU32 = NonZeroU32::new(4096).expect("4096 is not zero");

/// An exchange between the server's challenge and the client's proof.
#[derive(Debug)]
pub(super) struct Challenge {
    /// The user name the client gave.
    pub(super) account: String,
    /// What both sides sign, up to here: client-first-bare, server-first.
    transcript: String,
    nonce: String,
    salt: Vec<u8>,
}

impl Challenge {
    /// Answers the client's first message; nothing where it is none, or where it wants channel
    /// binding.
    pub(super) fn new(first: &str, server_nonce: &str, salt: &[u8]) -> Option<(Challenge, String)> {
        // gs2-header: "n" or "y", then an authorization identity, then client-first-bare.
        let rest = first.strip_prefix("n,").or_else(|| first.strip_prefix("y,"))?;
        let (_authzid, bare) = rest.split_once(',')?;
        let mut fields = bare.split(',');
        let account = fields.next()?.strip_prefix("n=")?.replace("=2C", ",").replace("=3D", "=");
        let client_nonce = fields.next()?.strip_prefix("r=")?;
        if client_nonce.is_empty() {
            return None;
        }
        let nonce = format!("{client_nonce}{server_nonce}");
        let server_first = format!("r={nonce},s={},i={ROUNDS}", STANDARD.encode(salt));
        let transcript = format!("{bare},{server_first}");
        Some((Challenge { account, transcript, nonce, salt: salt.to_vec() }, server_first))
    }

    /// Judges the client's final message; the server's final message where the proof is right.
    pub(super) fn judge(&self, last: &str, password: &str) -> Option<String> {
        let (without_proof, proof) = last.rsplit_once(",p=")?;
        let mut fields = without_proof.split(',');
        let binding = STANDARD.decode(fields.next()?.strip_prefix("c=")?).ok()?;
        if !(binding.starts_with(b"n,") || binding.starts_with(b"y,")) {
            return None;
        }
        if fields.next()?.strip_prefix("r=")? != self.nonce {
            return None;
        }
        let proof = STANDARD.decode(proof).ok()?;
        let mut salted = [0; 32];
        pbkdf2::derive(
            pbkdf2::PBKDF2_HMAC_SHA256,
            ROUNDS,
            &self.salt,
            password.as_bytes(),
            &mut salted,
        );
        let signed = format!("{},{without_proof}", self.transcript);
        let client_key = sign(&salted, b"Client Key");
        let stored_key = digest::digest(&digest::SHA256, client_key.as_ref());
        let signature = sign(stored_key.as_ref(), signed.as_bytes());
        let expected: Vec<u8> = client_key
            .as_ref()
            .iter()
            .zip(signature.as_ref())
            .map(|(key, sign)| key ^ sign)
            .collect();
        if proof != expected {
            return None;
        }
        let server_key = sign(&salted, b"Server Key");
        Some(format!("v={}", STANDARD.encode(sign(server_key.as_ref(), signed.as_bytes()))))
    }
}

/// HMAC-SHA-256.
pub(super) fn sign(key: &[u8], data: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example exchange of RFC 7677 §3.
    #[test]
    fn the_example_of_the_standard() {
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let (challenge, first) = Challenge::new(
            "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
            "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
            &salt,
        )
        .unwrap();
        assert_eq!(
            first,
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
        );
        let last = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                    p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
        assert_eq!(
            challenge.judge(last, "pencil").as_deref(),
            Some("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
        );
        assert_eq!(challenge.judge(last, "pencils"), None);
        assert_eq!(challenge.judge(&last.replace("k0,", "k1,"), "pencil"), None);
    }

    #[test]
    fn what_is_no_first_message_is_refused() {
        for first in
            ["", "n", "n,,", "p=tls-unique,,n=a,r=b", "n,,n=a", "n,,n=a,r=", "n,,m=x,n=a,r=b"]
        {
            assert!(Challenge::new(first, "s", b"salt").is_none(), "{first}");
        }
    }
}
