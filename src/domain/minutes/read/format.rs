//! The programs whose logs can be read, as one table, and how a log tells which one wrote it.

use crate::domain::minutes::read::told::Line;
use crate::domain::minutes::read::{clients, lines};

/// A program that writes logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogFormat {
    /// MeetBot's `.log.txt`, and ours.
    Meetbot,
    /// irssi.
    Irssi,
    /// WeeChat.
    Weechat,
    /// The log module of the bouncer ZNC.
    Znc,
    /// HexChat and XChat.
    Hexchat,
    /// mIRC, and other programs that write the time in brackets.
    Mirc,
    /// The W3C's RRSAgent, and Limnoria.
    Rrsagent,
}

/// How one program's log is read.
struct Reader {
    format: LogFormat,
    name: &'static str,
    example: &'static str,
    /// What a line is; nothing if it is no line of that program.
    line: fn(&str) -> Option<Line<'_>>,
    /// Whether no other program writes such a line.
    tells: fn(&str) -> bool,
}

/// All of them. Where a log could be of two, it is of the first.
const READERS: &[Reader] = &[
    Reader {
        format: LogFormat::Meetbot,
        name: "meetbot",
        example: "15:00:12 <gwd> #startmeeting",
        line: clients::meetbot,
        tells: clients::tells_meetbot,
    },
    Reader {
        format: LogFormat::Irssi,
        name: "irssi",
        example: "15:00 <@gwd> #startmeeting",
        line: clients::irssi,
        tells: clients::tells_irssi,
    },
    Reader {
        format: LogFormat::Weechat,
        name: "weechat",
        example: "2018-11-13 15:00:12⇥gwd⇥#startmeeting",
        line: clients::weechat,
        tells: |_| false,
    },
    Reader {
        format: LogFormat::Znc,
        name: "znc",
        example: "[15:00:12] <gwd> #startmeeting",
        line: clients::znc,
        tells: clients::tells_znc,
    },
    Reader {
        format: LogFormat::Hexchat,
        name: "hexchat",
        example: "Nov 13 15:00:12 <gwd>⇥#startmeeting",
        line: clients::hexchat,
        tells: clients::tells_hexchat,
    },
    Reader {
        format: LogFormat::Mirc,
        name: "mirc",
        example: "[15:00] <gwd> #startmeeting",
        line: clients::mirc,
        tells: clients::tells_mirc,
    },
    Reader {
        format: LogFormat::Rrsagent,
        name: "rrsagent",
        example: "2018-11-13T15:00:12Z <gwd> #startmeeting",
        line: clients::rrsagent,
        tells: clients::tells_rrsagent,
    },
];

/// How many lines are looked at to tell which program wrote a log.
const MOST_LOOKED_AT: usize = 400;

impl LogFormat {
    /// All of them.
    pub const ALL: [LogFormat; 7] = [
        LogFormat::Meetbot,
        LogFormat::Irssi,
        LogFormat::Weechat,
        LogFormat::Znc,
        LogFormat::Hexchat,
        LogFormat::Mirc,
        LogFormat::Rrsagent,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        self.reader().name
    }

    /// A line of such a log; `⇥` is a tab.
    pub fn example(self) -> &'static str {
        self.reader().example
    }

    /// The format of that name; nothing for `auto`.
    pub fn parse(name: &str) -> Option<LogFormat> {
        READERS.iter().find(|reader| reader.name == name).map(|reader| reader.format)
    }

    /// The program that wrote a log: the one that explains most of its first lines, at least half of
    /// them; among equals the one with more lines that no other program writes.
    pub(super) fn guess(bytes: &[u8]) -> Option<LogFormat> {
        let sample = || lines::of(bytes).take(MOST_LOOKED_AT);
        let count = sample().count();
        let mut best: Option<((usize, usize), LogFormat)> = None;
        for reader in READERS {
            let explained = sample().filter(|(_, line)| (reader.line)(line).is_some()).count();
            let telling = sample().filter(|(_, line)| (reader.tells)(line)).count();
            if best.is_none_or(|(most, _)| (explained, telling) > most) {
                best = Some(((explained, telling), reader.format));
            }
        }
        best.filter(|((explained, _), _)| *explained > 0 && explained * 2 >= count)
            .map(|(_, format)| format)
    }

    /// What a line of such a log is.
    pub(super) fn line(self, line: &str) -> Option<Line<'_>> {
        (self.reader().line)(line)
    }

    fn reader(self) -> &'static Reader {
        &READERS[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_formats() {
        for (format, reader) in LogFormat::ALL.into_iter().zip(READERS) {
            assert_eq!((reader.format, LogFormat::parse(reader.name)), (format, Some(format)));
            let example = reader.example.replace('⇥', "\t");
            assert!(format.line(&example).is_some(), "{example}");
            assert_eq!(LogFormat::guess(example.as_bytes()), Some(format), "{example}");
        }
        assert_eq!(LogFormat::ALL.len(), READERS.len());
    }
}
