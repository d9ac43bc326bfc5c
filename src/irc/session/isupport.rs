//! What the server says it supports (RPL_ISUPPORT, numeric 005), and modes read by it.
//! It holds facts about the network, none about people or channels.

use crate::domain::name::Casemapping;

/// The facts, with what a network has that says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Isupport {
    /// `CASEMAPPING`.
    pub casemapping: Casemapping,
    /// `PREFIX`: mode letter and sign, highest first.
    pub prefix: Vec<(char, char)>,
    /// `CHANTYPES`.
    pub chantypes: String,
    /// `STATUSMSG`: signs before a channel that reach only some of its people.
    pub statusmsg: String,
    /// `CHANMODES`: the letters of lists, always with, only set with, never with an argument.
    pub chanmodes: [String; 4],
    /// `TOPICLEN`, bytes.
    pub topiclen: usize,
    /// `NICKLEN`, bytes.
    pub nicklen: usize,
    /// `WHOX`: WHO tells accounts.
    pub whox: bool,
    /// `BOT`: the user mode that marks a bot.
    pub bot: Option<char>,
}

impl Default for Isupport {
    fn default() -> Isupport {
        Isupport {
            casemapping: Casemapping::Rfc1459,
            prefix: vec![('o', '@'), ('v', '+')],
            chantypes: "#&".to_string(),
            statusmsg: String::new(),
            chanmodes: ["b", "k", "l", "imnpst"].map(str::to_string),
            topiclen: 390,
            nicklen: 64,
            whox: false,
            bot: None,
        }
    }
}

/// One change of a member's rank: the sign (`@`), whether it was given, and the nick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RankChange {
    /// The sign.
    pub sign: char,
    /// Given or taken.
    pub given: bool,
    /// Whose.
    pub nick: String,
}

impl Isupport {
    /// Takes in one token, `NAME`, `NAME=value` or `-NAME`. Unknown ones mean nothing.
    pub fn token(&mut self, token: &str) {
        let (name, value) = token.split_once('=').unwrap_or((token, ""));
        let unset = Isupport::default();
        match name {
            "CASEMAPPING" => self.casemapping = Casemapping::parse(value),
            "-CASEMAPPING" => self.casemapping = unset.casemapping,
            "PREFIX" => self.prefix = prefix(value).unwrap_or(unset.prefix),
            "CHANTYPES" => self.chantypes = value.chars().take(8).collect(),
            "STATUSMSG" => self.statusmsg = value.chars().take(8).collect(),
            "-STATUSMSG" => self.statusmsg.clear(),
            "CHANMODES" => self.chanmodes = chanmodes(value),
            "TOPICLEN" => self.topiclen = value.parse().unwrap_or(unset.topiclen).max(1),
            "NICKLEN" => self.nicklen = value.parse().unwrap_or(unset.nicklen).max(1),
            "WHOX" => self.whox = true,
            "-WHOX" => self.whox = false,
            "BOT" => self.bot = value.chars().next().filter(char::is_ascii_alphabetic),
            "-BOT" => self.bot = None,
            _ => {}
        }
    }

    /// Whether this names a channel.
    pub fn is_channel(&self, target: &str) -> bool {
        target.starts_with(|c| self.chantypes.contains(c))
    }

    /// Whether this names only some of a channel's people (`@#c`).
    pub fn is_status_message(&self, target: &str) -> bool {
        let channel = target.trim_start_matches(|c| self.is_sign(c));
        channel.len() < target.len() && self.is_channel(channel)
    }

    /// Splits `@+alice` of NAMES into signs and name.
    pub fn signs<'a>(&self, name: &'a str) -> (&'a str, &'a str) {
        let nick = name.trim_start_matches(|c| self.prefix.iter().any(|(_, sign)| *sign == c));
        name.split_at(name.len() - nick.len())
    }

    /// The changes of rank in a MODE of a channel: `+ov alice bob`. All other modes are passed over
    /// with the arguments they take; an unknown letter takes none.
    pub fn rank_changes(&self, params: &[String]) -> Vec<RankChange> {
        let mut changes = Vec::new();
        let Some((letters, arguments)) = params.split_first() else { return changes };
        let (mut given, mut arguments) = (true, arguments.iter());
        for letter in letters.chars() {
            let rank = self.prefix.iter().find(|(mode, _)| *mode == letter);
            let [lists, always, when_set, _] = &self.chanmodes;
            match (letter, rank) {
                ('+' | '-', _) => given = letter == '+',
                (_, Some((_, sign))) => {
                    let Some(nick) = arguments.next() else { return changes };
                    changes.push(RankChange { sign: *sign, given, nick: nick.clone() });
                }
                _ if lists.contains(letter)
                    || always.contains(letter)
                    || (given && when_set.contains(letter)) =>
                {
                    arguments.next();
                }
                _ => {}
            }
        }
        changes
    }

    fn is_sign(&self, c: char) -> bool {
        self.statusmsg.contains(c) || self.prefix.iter().any(|(_, sign)| *sign == c)
    }
}

fn prefix(value: &str) -> Option<Vec<(char, char)>> {
    if value.is_empty() {
        return Some(Vec::new());
    }
    let (letters, signs) = value.strip_prefix('(')?.split_once(')')?;
    let same = letters.chars().count() == signs.chars().count() && letters.len() <= 32;
    same.then(|| letters.chars().zip(signs.chars()).collect())
}

fn chanmodes(value: &str) -> [String; 4] {
    let mut groups = value.split(',').map(|group| group.chars().take(64).collect());
    std::array::from_fn(|_| groups.next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn libera() -> Isupport {
        let mut isupport = Isupport::default();
        for token in "CHANTYPES=# CHANMODES=eIbq,k,flj,CFLMPQRSTcgimnprstuz PREFIX=(ov)@+ \
                      STATUSMSG=@+ CASEMAPPING=rfc1459 NICKLEN=16 TOPICLEN=390 WHOX BOT="
            .split(' ')
        {
            isupport.token(token);
        }
        isupport
    }

    fn changes(modes: &str) -> Vec<String> {
        let params: Vec<String> = modes.split(' ').map(str::to_string).collect();
        libera()
            .rank_changes(&params)
            .into_iter()
            .map(|it| format!("{}{}{}", if it.given { '+' } else { '-' }, it.sign, it.nick))
            .collect()
    }

    #[test]
    fn modes_take_the_arguments_the_network_says() {
        assert_eq!(changes("+fo #fwd bob"), ["+@bob"]);
        assert_eq!(changes("-lo bob"), ["-@bob"]);
        assert_eq!(changes("+q *!*@host"), [""; 0]);
        assert_eq!(changes("+bov-v *!*@x al bo al"), ["+@al", "++bo", "-+al"]);
        assert_eq!(changes("+ooo al"), ["+@al"], "arguments that are missing change nothing");
        assert_eq!(changes("+Ýo al"), ["+@al"]);
        assert_eq!(changes(""), [""; 0]);
    }

    #[test]
    fn a_line_to_the_ops_is_not_a_line_to_the_channel() {
        let isupport = libera();
        assert!(isupport.is_status_message("@#c") && isupport.is_status_message("+#c"));
        assert!(!isupport.is_status_message("#c") && !isupport.is_status_message("@c"));
        assert!(isupport.is_channel("#c") && !isupport.is_channel("&c"));
    }

    #[test]
    fn nonsense_leaves_what_was_usual() {
        let mut isupport = Isupport::default();
        for token in ["PREFIX=(ov", "PREFIX=(o)@+", "TOPICLEN=x", "NICKLEN=", "=", "-", "BOT=€"] {
            isupport.token(token);
        }
        assert_eq!(isupport, Isupport::default());
        isupport.token("PREFIX=");
        assert_eq!(isupport.signs("@al"), ("", "@al"));
    }
}
