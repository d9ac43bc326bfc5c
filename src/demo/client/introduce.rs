//! How the client introduces itself: CAP, SASL PLAIN, NICK and USER, as far as the server goes.

use super::{Client, Failed, PATIENCE, refused};
use crate::demo::link::lock;
use crate::demo::wire::Message;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;

/// How many nicks are tried.
const NICKS: usize = 4;
/// What is asked for where it is offered.
const WANTED: &[&str] = &[
    "account-notify",
    "account-tag",
    "batch",
    "chghost",
    "echo-message",
    "extended-join",
    "message-tags",
    "multi-prefix",
    "sasl",
    "server-time",
];

impl Client {
    /// Registers; returns after the message of the day.
    pub(super) async fn introduce(
        &mut self,
        nick: &str,
        login: Option<(&str, &str)>,
    ) -> Result<(), Failed> {
        let mut tried = vec![nick.to_string()];
        self.send("CAP LS 302").await?;
        self.send(&format!("NICK {nick}")).await?;
        self.send(&format!("USER {nick} 0 * :{nick}")).await?;
        let mut offered: BTreeMap<String, String> = BTreeMap::new();
        loop {
            let line = self.expect("registration", |_| true, PATIENCE).await?;
            let message = &line.message;
            match message.command.as_str() {
                "CAP" => self.negotiate(message, &mut offered, login).await?,
                "AUTHENTICATE" => self.authenticate(login).await?,
                "900" => self.account = Some(message.text(2).into_owned()),
                "903" => self.send("CAP END").await?,
                "902" | "904" | "905" | "906" | "908" => {
                    return Err(refused("the login", &line));
                }
                "432" | "433" | "437" if tried.len() < NICKS => {
                    let next = another(&tried);
                    self.send(&format!("NICK {next}")).await?;
                    tried.push(next);
                }
                "001" => *lock(&self.record.nick) = message.text(0).into_owned(),
                "376" | "422" => return Ok(()),
                "432" | "433" | "437" | "464" | "465" | "ERROR" => {
                    return Err(refused("the registration", &line));
                }
                _ => {}
            }
        }
    }

    async fn negotiate(
        &mut self,
        message: &Message,
        offered: &mut BTreeMap<String, String>,
        login: Option<(&str, &str)>,
    ) -> Result<(), Failed> {
        match message.text(1).as_ref() {
            "LS" => {
                let listed = message.last();
                for word in listed.split_ascii_whitespace() {
                    let (name, value) = word.split_once('=').unwrap_or((word, ""));
                    offered.insert(name.to_string(), value.to_string());
                }
                if message.params.len() > 3 {
                    return Ok(()); // More lines follow.
                }
                let plain = offered.get("sasl").is_some_and(|value| {
                    value.is_empty() || value.split(',').any(|one| one == "PLAIN")
                });
                let wanted: Vec<&str> = WANTED
                    .iter()
                    .copied()
                    .filter(|name| offered.contains_key(*name))
                    .filter(|name| *name != "sasl" || (plain && login.is_some()))
                    .collect();
                match wanted.is_empty() {
                    true => self.send("CAP END").await,
                    false => self.send(&format!("CAP REQ :{}", wanted.join(" "))).await,
                }
            }
            "ACK" => {
                self.caps.extend(message.last().split_ascii_whitespace().map(str::to_string));
                match self.caps.contains("sasl") {
                    true => self.send("AUTHENTICATE PLAIN").await,
                    false => self.send("CAP END").await,
                }
            }
            "NAK" => self.send("CAP END").await,
            _ => Ok(()),
        }
    }

    async fn authenticate(&self, login: Option<(&str, &str)>) -> Result<(), Failed> {
        let Some((account, password)) = login else { return Ok(()) };
        let text = STANDARD.encode(format!("\0{account}\0{password}"));
        for piece in text.as_bytes().chunks(400) {
            self.send(&format!("AUTHENTICATE {}", String::from_utf8_lossy(piece))).await?;
        }
        if text.len().is_multiple_of(400) {
            self.send("AUTHENTICATE +").await?;
        }
        Ok(())
    }
}

/// The next nick to try: cut to the nine bytes every server takes, then with other ends.
fn another(tried: &[String]) -> String {
    let first = &tried[0];
    let short: String = first.chars().take(9).collect();
    if tried.len() == 1 && short != *first {
        return short;
    }
    let stem: String = first.chars().take(8).collect();
    match tried.len() {
        1 => format!("{stem}_"),
        more => format!("{stem}{more}"),
    }
}
