//! `beadle deliver`: the door for mail servers that hand mail over by a pipe.

use crate::cli::incoming;
use crate::domain::escape;
use crate::flow::members;
use crate::flow::receive::{Answer, Carrier, Incoming, Receiver};
use crate::mail::intake::Intake;
use crate::store::Db;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The list's posting address or name, or an address beside it, such as virt-join@….
    #[arg(long, value_name = "LIST")]
    list: String,
    /// The envelope's sender; empty or <> for the null sender. Postfix's pipe(8) gives it as
    /// ${sender}.
    #[arg(short = 'f', long, value_name = "SENDER", allow_hyphen_values = true)]
    from: String,
    /// The configuration; without it ./config.toml, then /etc/beadle/config.toml.
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// sysexits.h: EX_TEMPFAIL, the mail server keeps the mail; EX_NOPERM, it tells the sender.
const LATER: u8 = 75;
const REFUSED: u8 = 77;

/// Takes in the mail. An error means that it is to come again, whatever was wrong here.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mail = incoming::read()?;
    let config = Arc::new(super::load(arguments.config)?);
    super::wait_for(async move {
        let db = Db::open(&config.database).await?;
        members::own(&db, &config).await?;
        let receiver = Receiver::start(db.clone(), config.clone());
        let named = receiver.lists().find(&arguments.list).await?;
        let recipient = named.map_or(arguments.list.clone(), |list| list.row.address.clone());
        let sender = arguments.from.trim_start_matches('<').trim_end_matches('>').to_string();
        let answers = Intake::new(receiver, &config)
            .take(Incoming {
                sender,
                recipients: vec![recipient],
                message: mail.into(),
                alignment: None,
                carrier: Carrier::Us,
            })
            .await;
        db.close().await;
        match answers.into_iter().next() {
            Some(Answer::Taken | Answer::Swallowed) => Ok(ExitCode::SUCCESS),
            Some(Answer::Refused(why)) => {
                super::print(&format!("{}\n", escape::line(&why)))?;
                Ok(ExitCode::from(REFUSED))
            }
            // The mail server's own tables are wrong, so nobody is told that their mail is.
            Some(Answer::Unknown) => anyhow::bail!(
                "there is no list {}; see beadle list show",
                escape::line(&arguments.list)
            ),
            Some(Answer::Later) | None => Ok(ExitCode::from(LATER)),
        }
    })
}
