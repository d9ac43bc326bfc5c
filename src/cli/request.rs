//! `beadle request`: the door for mail with questions, as a mail server's pipe.

use crate::domain::list::request::MOST_BYTES;
use crate::flow::request::{self, Outcome};
use crate::store::Db;
use anyhow::Context;
use std::io::Read;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The envelope's sender; empty or <> for the null sender. Postfix's aliases give it as $SENDER.
    #[arg(long, value_name = "ADDRESS", env = "SENDER", allow_hyphen_values = true)]
    from: String,
    /// The configuration; without it ./config.toml, then /etc/beadle/config.toml.
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Takes in the mail and says what became of it; an error means that it is to come again.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let mail = read().context("the mail cannot be read")?;
    let config = super::load(arguments.config)?;
    super::wait_for(async move {
        let db = Db::open(&config.database).await?;
        let outcome = request::receive(&db, &config, &mail, &arguments.from).await;
        db.close().await;
        super::print(&match outcome? {
            Outcome::Answered => "answered\n".to_string(),
            Outcome::Known => "not answered: it was answered before\n".to_string(),
            Outcome::TooMany => {
                "not answered: too many today ([list] requests_per_day)\n".to_string()
            }
            Outcome::Refused(reason) => format!("not answered: {reason}\n"),
        })
    })
}

/// The mail, or as much of it as shows that it is too long; the rest is read and thrown away, so
/// that the mail server is not cut off.
fn read() -> std::io::Result<Vec<u8>> {
    let mut mail = Vec::new();
    let mut input = std::io::stdin().lock();
    input.by_ref().take(MOST_BYTES as u64 + 1).read_to_end(&mut mail)?;
    std::io::copy(&mut input, &mut std::io::sink())?;
    Ok(mail)
}
