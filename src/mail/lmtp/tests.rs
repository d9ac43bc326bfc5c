//! The session with any bytes; the server with clients that trickle, stall, vanish and crowd.

use crate::flow::receive::Answer;
use crate::mail::lmtp::session::{Effect, Event, MOST_RECIPIENTS, Session};
use proptest::prelude::*;

/// Plays bytes in pieces; every question is answered, every recipient known. How many replies there
/// were to each mail, and to how many recipients it went.
fn play(bytes: &[u8], piece: usize) -> Vec<(usize, usize)> {
    let (mut session, _) = Session::open("door.example");
    let mut mails = Vec::new();
    for chunk in bytes.chunks(piece.max(1)) {
        let mut effects = session.apply(Event::Bytes(chunk));
        while let Some(asked) = effects.pop() {
            let event = match asked {
                Effect::Ask(_) => Event::Known(Ok(true)),
                Effect::Take(mail) => {
                    mails.push((mail.recipients.len(), 0));
                    Event::Answered(vec![Answer::Later; mail.recipients.len()])
                }
                _ => continue,
            };
            let is_mail = matches!(event, Event::Answered(_));
            effects = session.apply(event);
            if let (true, Some(Effect::Say(lines)), Some(mail)) =
                (is_mail, effects.first(), mails.last_mut())
            {
                mail.1 = lines.matches("451 4.3.0").count();
            }
        }
    }
    mails
}

#[test]
fn a_mail_has_so_many_recipients_at_most() {
    let mut bytes = b"LHLO mx\r\nMAIL FROM:<>\r\n".to_vec();
    for n in 0..5_000 {
        bytes.extend_from_slice(format!("RCPT TO:<l{n}@x.example>\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"DATA\r\nhi\r\n.\r\n");
    assert_eq!(play(&bytes, 1_000), [(MOST_RECIPIENTS, MOST_RECIPIENTS)]);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(
        bytes in proptest::collection::vec(any::<u8>(), 0..400), piece in 1usize..40
    ) {
        play(&bytes, piece);
    }

    /// Commands in any order: one reply for each recipient of each mail.
    #[test]
    fn every_recipient_is_answered(words in proptest::collection::vec(0usize..9, 0..40), piece in 1usize..60) {
        let lines = [
            "LHLO mx", "MAIL FROM:<a@x.example>", "RCPT TO:<l@x.example>", "DATA", ".", "RSET",
            "text", "..", "BDAT 9",
        ];
        let bytes: String = words.iter().map(|word| format!("{}\r\n", lines[*word])).collect();
        for (recipients, replies) in play(bytes.as_bytes(), piece) {
            prop_assert_eq!(recipients, replies);
        }
    }
}
