//! `/hooks/push`: what other build systems hand in, signed and once.
//!
//! `T=$(date +%s); S=$(printf '%s.' "$T" | cat - events.json | openssl dgst -sha256 -hmac "$SECRET" |
//! sed 's/.* //'); curl --data-binary @events.json -H "X-Beadle-Timestamp: $T" -H
//! "X-Beadle-Signature: sha256=$S" https://virt.example.org/hooks/push`

use crate::domain::push::inlet;
use crate::domain::push::signature::{self, HUB_SIGNATURE, Headers, SIGNATURE, TIMESTAMP};
use crate::flow::push::Pushes;
use crate::web::Pages;
use crate::web::answer::{Refusal, Shown, plain};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use std::fmt::Write;

/// The longest message, in bytes.
pub const MOST_BYTES: usize = 1024 * 1024;
/// The most faults that an answer names.
const MOST_FAULTS: usize = 20;

/// Takes events in. All of a message is taken, or nothing of it.
pub async fn take(State(pages): State<Pages>, headers: HeaderMap, body: Bytes) -> Shown {
    let secret = pages.config.push.secret.as_ref().ok_or(Refusal::NotFound)?;
    let once = |name: &str| {
        let mut all = headers.get_all(name).iter();
        all.next().filter(|_| all.next().is_none()).and_then(|value| value.to_str().ok())
    };
    let given = Headers {
        timestamp: once(TIMESTAMP),
        signature: once(SIGNATURE),
        hub_signature: once(HUB_SIGNATURE),
    };
    let now = crate::clock::now();
    let key = match signature::check(secret.reveal().trim().as_bytes(), given, &body, now) {
        Ok(key) => key,
        Err(refused) => return Ok(plain(StatusCode::FORBIDDEN, format!("{refused}\n"))),
    };
    let (mut events, mut faults) = (Vec::new(), String::new());
    for line in inlet::read(&body) {
        match line {
            Ok(line) => events.push(line.given),
            Err(fault) if faults.lines().count() < MOST_FAULTS => {
                let _ = writeln!(faults, "{fault}"); // Writing to a text cannot fail.
            }
            Err(_) => {}
        }
    }
    if !faults.is_empty() {
        return Ok(plain(StatusCode::BAD_REQUEST, format!("nothing was taken in:\n{faults}")));
    }
    let pushes = Pushes::new(pages.db.clone(), pages.config.clone());
    let Some(taken) = pushes.given(Some(key.as_str()), &events, now).await? else {
        return Ok(plain(StatusCode::CONFLICT, "this message was taken in before\n"));
    };
    let mut said = format!("{} taken in, {} known before\n", taken.new, taken.known);
    for tag in taken.nowhere {
        let _ = writeln!(said, "{tag} leads into no repository here; left out");
    }
    Ok(plain(StatusCode::OK, said))
}
