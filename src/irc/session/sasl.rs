//! The mechanisms of SASL that the bot speaks: EXTERNAL, PLAIN and SCRAM-SHA-256.
//! It makes and checks payloads; the handshake around them is in `login`.

use crate::config::Sasl;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest;
use ring::hmac;
use ring::pbkdf2;
use std::num::NonZeroU32;

/// The length of one AUTHENTICATE line's payload (IRCv3 sasl-3.1); a shorter one ends a message.
pub const CHUNK_BYTES: usize = 400;
/// The longest challenge taken, in bytes of base64.
pub const CHALLENGE_MOST_BYTES: usize = 8192;
/// The most rounds a server may ask for; more would be an attack on our time.
const ROUNDS_MOST: u32 = 600_000;
/// The fewest rounds a server may ask for (RFC 7677 §4).
const ROUNDS_LEAST: u32 = 4096;

/// A login that goes on.
pub enum Exchange {
    /// EXTERNAL: the certificate says it all.
    External,
    /// PLAIN (RFC 4616).
    Plain {
        /// The whole message.
        message: Vec<u8>,
    },
    /// SCRAM-SHA-256 (RFC 7677).
    Scram(Box<Scram>),
}

/// Why a challenge was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswerable {
    /// It cannot be read or asks for what we refuse.
    Malformed,
    /// The server did not prove that it knows the password: it may be somebody else.
    Impostor,
}

impl Exchange {
    /// Begins a login; `nonce` must be new each time.
    pub fn begin(how: &Sasl, nonce: String) -> Exchange {
        match how {
            Sasl::External { .. } => Exchange::External,
            Sasl::Plain { account, password } => Exchange::Plain {
                message: format!("\0{}\0{}", account.as_str(), password.reveal()).into_bytes(),
            },
            Sasl::ScramSha256 { account, password } => Exchange::Scram(Box::new(Scram {
                first_bare: format!("n={},r={nonce}", saslname(account.as_str())),
                nonce,
                password: password.reveal().to_string(),
                step: Step::First,
            })),
        }
    }

    /// The answer to a challenge.
    pub fn answer(&mut self, challenge: &[u8]) -> Result<Vec<u8>, Unanswerable> {
        match self {
            Exchange::External => Ok(Vec::new()),
            Exchange::Plain { message } => Ok(message.clone()),
            Exchange::Scram(scram) => scram.answer(challenge),
        }
    }

    /// Whether "you are logged in" may be believed now.
    pub fn is_complete(&self) -> bool {
        match self {
            Exchange::External | Exchange::Plain { .. } => true,
            Exchange::Scram(scram) => matches!(scram.step, Step::Done),
        }
    }
}

/// The name of the mechanism.
pub fn name(how: &Sasl) -> &'static str {
    match how {
        Sasl::External { .. } => "EXTERNAL",
        Sasl::Plain { .. } => "PLAIN",
        Sasl::ScramSha256 { .. } => "SCRAM-SHA-256",
    }
}

/// The payload in lines of AUTHENTICATE.
pub fn chunks(payload: &[u8]) -> Vec<String> {
    let text = STANDARD.encode(payload);
    let mut lines: Vec<String> = text
        .as_bytes()
        .chunks(CHUNK_BYTES)
        .map(|chunk| format!("AUTHENTICATE {}", String::from_utf8_lossy(chunk)))
        .collect();
    if text.len().is_multiple_of(CHUNK_BYTES) {
        // Nothing, or a full last line: an empty one ends the message.
        lines.push("AUTHENTICATE +".to_string());
    }
    lines
}

/// A SCRAM exchange.
pub struct Scram {
    nonce: String,
    first_bare: String,
    password: String,
    step: Step,
}

enum Step {
    First,
    Challenged,
    Proven { server_key: Vec<u8>, signed: String },
    Done,
}

impl Scram {
    fn answer(&mut self, challenge: &[u8]) -> Result<Vec<u8>, Unanswerable> {
        match std::mem::replace(&mut self.step, Step::First) {
            Step::First => {
                self.step = Step::Challenged;
                Ok(format!("n,,{}", self.first_bare).into_bytes())
            }
            Step::Challenged => self.prove(challenge),
            Step::Proven { server_key, signed } => {
                let verified = std::str::from_utf8(challenge)
                    .ok()
                    .and_then(|text| attribute(text, "v="))
                    .and_then(|value| STANDARD.decode(value).ok());
                let key = hmac::Key::new(hmac::HMAC_SHA256, &server_key);
                let signature = verified.ok_or(Unanswerable::Impostor)?;
                hmac::verify(&key, signed.as_bytes(), &signature)
                    .map_err(|_| Unanswerable::Impostor)?;
                self.step = Step::Done;
                Ok(Vec::new())
            }
            Step::Done => Err(Unanswerable::Malformed),
        }
    }

    /// RFC 5802 §3: the client's proof, and what the server's signature must be.
    fn prove(&mut self, challenge: &[u8]) -> Result<Vec<u8>, Unanswerable> {
        let first = std::str::from_utf8(challenge).map_err(|_| Unanswerable::Malformed)?;
        let field = |name| attribute(first, name).ok_or(Unanswerable::Malformed);
        let nonce = field("r=")?;
        let salt = STANDARD.decode(field("s=")?).map_err(|_| Unanswerable::Malformed)?;
        let rounds: u32 = field("i=")?.parse().map_err(|_| Unanswerable::Malformed)?;
        let fresh = nonce.len() > self.nonce.len() && nonce.starts_with(&self.nonce);
        let rounds = NonZeroU32::new(rounds)
            .filter(|rounds| (ROUNDS_LEAST..=ROUNDS_MOST).contains(&rounds.get()));
        let (true, Some(rounds)) = (fresh, rounds) else { return Err(Unanswerable::Malformed) };

        let mut salted = [0; digest::SHA256_OUTPUT_LEN];
        let password = self.password.as_bytes();
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, &salt, password, &mut salted);
        let salted = hmac::Key::new(hmac::HMAC_SHA256, &salted);
        let client_key = hmac::sign(&salted, b"Client Key");
        let server_key = hmac::sign(&salted, b"Server Key").as_ref().to_vec();
        let stored_key = digest::digest(&digest::SHA256, client_key.as_ref());
        // "biws" is base64 of "n,,": no channel binding.
        let last_bare = format!("c=biws,r={nonce}");
        let signed = format!("{},{first},{last_bare}", self.first_bare);
        let stored_key = hmac::Key::new(hmac::HMAC_SHA256, stored_key.as_ref());
        let signature = hmac::sign(&stored_key, signed.as_bytes());
        let proof: Vec<u8> = client_key
            .as_ref()
            .iter()
            .zip(signature.as_ref())
            .map(|(key, signature)| key ^ signature)
            .collect();
        self.step = Step::Proven { server_key, signed };
        Ok(format!("{last_bare},p={}", STANDARD.encode(proof)).into_bytes())
    }
}

fn attribute<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    message.split(',').find_map(|field| field.strip_prefix(name))
}

/// RFC 5802 §5.1: `,` and `=` have a meaning in the message.
fn saslname(account: &str) -> String {
    account.replace('=', "=3D").replace(',', "=2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    fn scram(nonce: &str) -> Exchange {
        let how = Sasl::ScramSha256 { account: "user".into(), password: Secret::new("pencil") };
        Exchange::begin(&how, nonce.to_string())
    }

    const SERVER_FIRST: &[u8] = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
        s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    #[test]
    fn speaks_the_example_of_rfc_7677() {
        let mut login = scram("rOprNGfwEbeRWgbNEkqO");
        assert_eq!(login.answer(b"").unwrap(), b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        assert_eq!(
            String::from_utf8(login.answer(SERVER_FIRST).unwrap()).unwrap(),
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        assert!(!login.is_complete(), "the server has not proven itself");
        let last = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
        assert_eq!(login.answer(last), Ok(Vec::new()));
        assert!(login.is_complete());
    }

    #[test]
    fn a_server_that_does_not_know_the_password_is_found_out() {
        let wrong_signature = b"v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=".as_slice();
        for last in [wrong_signature, b"", b"e=other-error", b"v=!", b"\xff"] {
            let mut login = scram("rOprNGfwEbeRWgbNEkqO");
            login.answer(b"").unwrap();
            login.answer(SERVER_FIRST).unwrap();
            assert_eq!(login.answer(last), Err(Unanswerable::Impostor));
            assert!(!login.is_complete());
        }
    }

    #[test]
    fn a_challenge_of_nonsense_is_refused() {
        for challenge in [
            "",
            "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "r=abc,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "r=abcdef,s=!,i=4096",
            "r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0",
            "r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1",
            "r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4000000000",
        ] {
            let mut login = scram("abc");
            login.answer(b"").unwrap();
            assert_eq!(login.answer(challenge.as_bytes()), Err(Unanswerable::Malformed));
        }
    }

    #[test]
    fn long_payloads_are_chunked() {
        assert_eq!(chunks(b""), ["AUTHENTICATE +"]);
        assert_eq!(chunks(b"\0a\0b"), ["AUTHENTICATE AGEAYg=="]);
        let lengths = |bytes: usize| -> Vec<usize> {
            chunks(&vec![0; bytes]).iter().map(|line| line.len() - 13).collect()
        };
        assert_eq!(lengths(299), [400, 1]);
        assert_eq!(lengths(300), [400, 1], "an empty line ends a full one");
        assert_eq!(lengths(301), [400, 4]);
    }

    #[test]
    fn names_with_a_meaning_are_escaped() {
        assert_eq!(saslname("a=b,c"), "a=3Db=2Cc");
    }
}
