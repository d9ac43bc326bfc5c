//! The door for mail servers that ask before they take a mail: the milter protocol, by indymilter.
//!
//! The mail stays with the server: what is accepted goes on there, byte for byte. Addresses that are
//! not ours are none of our business.

pub use crate::mail::listen::Listening;

use crate::domain::list::policy::MOST_BYTES;
use crate::flow::receive::{Answer, Carrier, Incoming};
use crate::mail::intake::Intake;
use crate::mail::listen::Stream;
use indymilter::{
    Actions, Callbacks, Config, Context, ContextActions, EomContext, NegotiateContext, ProtoOpts,
    SetErrorReply, Status,
};
use std::ffi::CString;
use std::io;
use std::task::Poll;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The most connections at once; a mail server opens one for each of its own clients.
const MOST_CONNECTIONS: usize = 100;
/// How long a mail server may say nothing: its client may take five minutes for each command (RFC
/// 5321 §4.5.3.2), and the server says nothing to us meanwhile.
const PATIENCE: Duration = Duration::from_secs(3_600);
/// The most recipients of one mail that are ours.
const MOST_RECIPIENTS: usize = 100;

/// Answers mail servers until the stop; what is being judged is answered first.
pub async fn serve(listening: Listening, intake: Intake, stop: CancellationToken) {
    tracing::info!(at = %listening, "mail servers may ask (milter)");
    let config = Config {
        max_connections: MOST_CONNECTIONS,
        actions: Actions::DELETE_RCPT,
        connection_timeout: PATIENCE,
    };
    let served = indymilter::run(listening, callbacks(intake), config, stop.cancelled()).await;
    if let Err(error) = served {
        tracing::error!(%error, "the milter door is closed");
    }
}

/// A mail as far as it has come.
#[derive(Debug, Default)]
struct Asked {
    sender: String,
    /// The recipients that are ours.
    ours: Vec<String>,
    /// How many are not.
    others: usize,
    message: Vec<u8>,
    is_too_long: bool,
}

impl Asked {
    fn add(&mut self, bytes: &[u8]) {
        if (self.message.len() + bytes.len()) as u64 > MOST_BYTES {
            self.is_too_long = true;
            self.message = Vec::new();
        }
        if !self.is_too_long {
            self.message.extend_from_slice(bytes);
        }
    }
}

fn callbacks(intake: Intake) -> Callbacks<Asked> {
    let at_end = intake.clone();
    Callbacks::new()
        .on_negotiate(|context, _, _| Box::pin(async move { negotiate(context) }))
        .on_mail(|context, arguments| Box::pin(async move { mail(context, &arguments) }))
        .on_rcpt(move |context, arguments| {
            let intake = intake.clone();
            Box::pin(async move { recipient(context, &arguments, &intake).await })
        })
        .on_data(|context| Box::pin(async move { data(context) }))
        .on_header(|context, name, value| Box::pin(async move { header(context, &name, &value) }))
        .on_eoh(|context| Box::pin(async move { add(context, b"\r\n") }))
        .on_body(|context, chunk| Box::pin(async move { add(context, &chunk) }))
        .on_eom(move |context| {
            let intake = at_end.clone();
            Box::pin(async move { end(context, &intake).await })
        })
        .on_abort(|context| {
            Box::pin(async move {
                context.data = None;
                Status::Continue
            })
        })
}

/// Values are wanted as they stand, or no signature could be verified and no mail be compared.
fn negotiate(context: &mut NegotiateContext<Asked>) -> Status {
    let unasked = ProtoOpts::NO_CONNECT | ProtoOpts::NO_HELO | ProtoOpts::NO_UNKNOWN;
    context.requested_opts |= unasked | ProtoOpts::LEADING_SPACE;
    context.requested_actions |= Actions::DELETE_RCPT;
    Status::Continue
}

fn mail(context: &mut Context<Asked>, arguments: &[CString]) -> Status {
    let sender = path(arguments);
    context.data = Some(Asked { sender, ..Asked::default() });
    Status::Continue
}

async fn recipient(context: &mut Context<Asked>, arguments: &[CString], intake: &Intake) -> Status {
    let Some(asked) = &mut context.data else { return Status::Tempfail };
    let recipient = path(arguments);
    match intake.knows_list(&recipient).await {
        Ok(true) if asked.ours.len() >= MOST_RECIPIENTS => Status::Tempfail,
        Ok(true) => {
            asked.ours.push(recipient);
            Status::Continue
        }
        Ok(false) => {
            asked.others += 1;
            Status::Continue
        }
        Err(_) => Status::Tempfail,
    }
}

/// Mail for others only is not looked at.
fn data(context: &mut Context<Asked>) -> Status {
    match &context.data {
        Some(asked) if !asked.ours.is_empty() => Status::Continue,
        _ => Status::Accept,
    }
}

/// A field as it stands in the mail; the server gives folded lines with LF alone.
fn header(context: &mut Context<Asked>, name: &CString, value: &CString) -> Status {
    let mut line = name.as_bytes().to_vec();
    line.push(b':');
    for (place, piece) in value.as_bytes().split(|byte| *byte == b'\n').enumerate() {
        if place > 0 {
            line.extend_from_slice(b"\r\n");
        }
        line.extend_from_slice(piece.strip_suffix(b"\r").unwrap_or(piece));
    }
    line.extend_from_slice(b"\r\n");
    add(context, &line)
}

fn add(context: &mut Context<Asked>, bytes: &[u8]) -> Status {
    if let Some(asked) = &mut context.data {
        asked.add(bytes);
    }
    Status::Continue
}

async fn end(context: &mut EomContext<Asked>, intake: &Intake) -> Status {
    let Some(asked) = context.data.take() else { return Status::Accept };
    if asked.is_too_long {
        return reply(context, "552", "5.3.4", "the mail is too long", Status::Reject);
    }
    let (recipients, others) = (asked.ours, asked.others);
    let answers = intake
        .take(Incoming {
            sender: asked.sender,
            recipients: recipients.clone(),
            message: asked.message.into(),
            alignment: None,
            carrier: Carrier::Server,
        })
        .await;
    if answers.contains(&Answer::Later) {
        let words = "this cannot be judged now; try again later";
        return reply(context, "451", "4.3.0", words, Status::Tempfail);
    }
    let is_out = |answer: &Answer| *answer != Answer::Taken;
    if others == 0 && answers.iter().all(is_out) {
        // Only who is authenticated gets such an answer.
        let told = answers.iter().find_map(|answer| match answer {
            Answer::Refused(why) => Some(why.as_str()),
            _ => None,
        });
        return match told {
            Some(why) => reply(context, "550", "5.7.2", why, Status::Reject),
            None => Status::Discard,
        };
    }
    // Others get it: a DISCARD would take it away from them, too.
    for (recipient, _) in recipients.iter().zip(&answers).filter(|(_, answer)| is_out(answer)) {
        let gone = context.actions.delete_recipient(format!("<{recipient}>")).await;
        if let Err(error) = gone {
            tracing::error!(%error, "a recipient could not be removed; the mail is to come again");
            return Status::Tempfail;
        }
    }
    Status::Continue
}

fn reply(
    context: &mut EomContext<Asked>,
    code: &str,
    enhanced: &str,
    words: &str,
    status: Status,
) -> Status {
    let words: String = words.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
    // Without it the server says a sentence of its own.
    let _ = context.reply.set_error_reply(code, Some(enhanced), [words]);
    status
}

/// The address of MAIL or RCPT, without angle brackets.
fn path(arguments: &[CString]) -> String {
    let given = arguments.first().map(|path| path.to_string_lossy()).unwrap_or_default();
    let path = given.trim();
    let path = path.strip_prefix('<').unwrap_or(path);
    path.strip_suffix('>').unwrap_or(path).to_string()
}

impl indymilter::Listener for Listening {
    type Io = Stream;

    fn poll_accept(&mut self, context: &mut std::task::Context<'_>) -> Poll<io::Result<Self::Io>> {
        match self {
            Listening::Unix(listener, _) => listener.poll_accept(context).map_ok(Stream::Unix),
            Listening::Tcp(listener) => listener.poll_accept(context).map_ok(Stream::Tcp),
        }
    }
}
