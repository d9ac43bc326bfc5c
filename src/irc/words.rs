//! Every sentence the IRC door says to people: to the operator, to the log, and in answer to CTCP.
//! What a meeting says is not here; that is `domain::meeting`.
//!
//! Words of strangers come in as arguments and go out through `say`, which makes them harmless.

/// What the bot calls itself: name and version.
pub const PROGRAM: &str = concat!("beadle ", env!("CARGO_PKG_VERSION"));
/// The reason given with QUIT when the program ends.
pub const BYE: &str = "The beadle rests; back soon";
/// The reason given with PART in a channel nobody sent the bot to.
pub const NOT_MY_CHANNEL: &str = "I am not meant to be here";
/// The reason given with QUIT when the login failed.
pub const NO_LOGIN: &str = "Could not log in";

/// A login that failed.
pub fn login_failed(network: &str, why: &str, joins: bool) -> String {
    let then = if joins {
        "I joined without it and keep trying"
    } else {
        "I do not join without it (`without_login = true` would) and keep trying"
    };
    format!("Login on {network} failed: {why}. {then}.")
}

/// The server did not prove itself (SCRAM).
pub fn impostor(network: &str, why: &str) -> String {
    format!("I left {network}: {why}. It may be somebody else's server.")
}

/// The bot was kicked.
pub fn kicked(channel: &str, by: &str, reason: &str, again_seconds: i64) -> String {
    let again = wait(again_seconds);
    format!("I was kicked from {channel} by {by} ({reason}); I come back in {again}.")
}

/// A channel does not let the bot in.
pub fn cannot_join(channel: &str, why: &str, again_seconds: i64) -> String {
    format!("I cannot join {channel}: {why} I try again in {}.", wait(again_seconds))
}

/// A channel sent the bot to another one.
pub fn forwarded(channel: &str, to: &str) -> String {
    format!(
        "{channel} sent me on to {to}, where I do not stay. Invite or unban me, or change +f there."
    )
}

/// A line was refused.
pub fn refused(channel: &str, why: &str) -> String {
    format!("{channel} did not take what I said: {why} Voicing me (+v) helps.")
}

/// A line got lost, more than once.
pub fn lost(channel: &str) -> String {
    format!(
        "A line of mine to {channel} got lost three times without a word from the network. \
         Voicing me (+v) helps."
    )
}

/// Lines had to be dropped because too many were waiting.
pub fn overflow(line: &str) -> String {
    format!("Too much to say at once: I dropped {line:?}.")
}

/// The topic could not be set.
pub fn topic_refused(channel: &str) -> String {
    format!("I may not set the topic of {channel}. Op me, give me +t in ChanServ, or remove +t.")
}

/// The server found us too fast.
pub fn flooded() -> String {
    "The server threw me out for flooding; I say things at half the speed from now on.".to_string()
}

/// The server does not want us.
pub fn banned(network: &str, why: &str, again_seconds: i64) -> String {
    format!("{network} has banned me ({why}). I try again in {}.", wait(again_seconds))
}

/// The certificate cannot be trusted.
pub fn untrusted(network: &str, why: &str) -> String {
    format!(
        "I do not trust the certificate of {network} ({why}) and do not connect without one. \
         `ca_file` names the authority to trust."
    )
}

/// The bot is called something else than it should be.
pub fn other_nick(nick: &str, wanted: &str) -> String {
    format!("I am called {nick} because {wanted} is taken; I try to get it back.")
}

/// Somebody killed the bot.
pub fn killed(by: &str, why: &str) -> String {
    format!("I was killed by {by}: {why}")
}

fn wait(seconds: i64) -> String {
    match seconds {
        0..120 => format!("{seconds} seconds"),
        120..7200 => format!("{} minutes", seconds / 60),
        _ => format!("{} hours", seconds / 3600),
    }
}
