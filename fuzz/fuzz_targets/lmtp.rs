//! Any bytes as an LMTP session, in pieces: no panic, and as many replies as recipients.
#![no_main]

use beadle::flow::receive::Answer;
use beadle::mail::lmtp::session::{Effect, Event, Session};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (mut session, _) = Session::open("fuzz.example");
    for chunk in bytes.chunks(7) {
        let mut effects = session.apply(Event::Bytes(chunk));
        while let Some(effect) = effects.pop() {
            effects = match effect {
                Effect::Ask(_) => session.apply(Event::Known(Ok(true))),
                Effect::Take(mail) => {
                    let count = mail.recipients.len();
                    let said = session.apply(Event::Answered(vec![Answer::Later; count]));
                    let Some(Effect::Say(lines)) = said.first() else { panic!("{said:?}") };
                    assert!(lines.matches("451 4.3.0").count() >= count);
                    said
                }
                _ => continue,
            };
        }
    }
});
