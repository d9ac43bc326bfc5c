//! The escaper and splitter of IRC: replies in, lines that fit the wire out.
//! It does not send; `pacer` says when a line may leave.

use crate::domain::name::{Channel, Nick};
use crate::domain::text;
use crate::domain::text::Text;
use unicode_segmentation::UnicodeSegmentation;

/// The longest line on the wire with its CR LF and without tags (RFC 2812 §2.3).
pub const WIRE_MOST_BYTES: usize = 512;
/// The most lines one reply becomes; what is longer ends in `[…]`.
pub const REPLY_MOST_LINES: usize = 40;
/// The smallest room for words in a line, whatever the names around it take.
const ROOM_LEAST_BYTES: usize = 64;

/// How many bytes of words fit in one line, so that what others see still fits 512 bytes:
/// `:nick!user@host PRIVMSG target :words` and CR LF.
pub fn room(mask: &str, command: &str, target: &str) -> usize {
    let around = ":".len() + mask.len() + 1 + command.len() + 1 + target.len() + " :".len() + 2;
    WIRE_MOST_BYTES.saturating_sub(around).max(ROOM_LEAST_BYTES)
}

/// The channel as a target; `None` where it could be anything but one channel.
pub fn channel(channel: &Channel) -> Option<&str> {
    let name = channel.as_str();
    let safe = !name.is_empty()
        && !name.contains([' ', ','])
        && !name.starts_with(|c: char| c.is_alphanumeric() || matches!(c, ':' | '$' | '@' | '+'));
    safe.then_some(name)
}

/// The nick as a target; `None` where it could be anything but one person.
pub fn nick(nick: &Nick) -> Option<&str> {
    let name = nick.as_str();
    let safe = !name.is_empty()
        && !name.contains([' ', ',', '!', '@', '*', '?', '.', '#', '&', '%'])
        && !name.starts_with([':', '$', '+', '~']);
    safe.then_some(name)
}

/// The words as lines of at most `room` bytes: a line feed starts a new one, control characters
/// and formatting are gone, and cuts are between graphemes, at spaces where there are any.
/// A URL is not cut where it fits in a line.
pub fn lines(words: &Text, room: usize) -> Vec<String> {
    let mut out = Vec::new();
    for paragraph in words.as_untrusted().split(['\n', '\r', '\u{2028}', '\u{2029}']) {
        split(&text::clean(paragraph), room, &mut out);
    }
    if out.len() > REPLY_MOST_LINES {
        out.truncate(REPLY_MOST_LINES - 1);
        out.push("[…]".to_string());
    }
    out
}

/// The words as one line of at most `room` bytes, for a topic; the rest is cut.
pub fn one_line(words: &Text, room: usize) -> String {
    let flat = words.as_untrusted().replace(['\n', '\r', '\u{2028}', '\u{2029}'], " ");
    let flat = text::clean(&flat);
    flat[..longest_head(&flat, room)].trim_end().to_string()
}

/// The last gate before the wire, for whatever was put together from a server's names: one line,
/// no longer than a server takes. A server that gives such names loses the rest of the line.
pub fn on_the_wire(mut line: String) -> String {
    line.retain(|c| !matches!(c, '\r' | '\n' | '\0'));
    line.truncate(line.floor_char_boundary(WIRE_MOST_BYTES - 2));
    line
}

fn split(words: &str, room: usize, out: &mut Vec<String>) {
    // Only the space we cut at is dropped; wider spaces of Unicode are somebody's words.
    let mut rest = words.trim_matches(' ');
    while !rest.is_empty() && out.len() <= REPLY_MOST_LINES {
        let cut = cut(rest, room);
        out.push(rest[..cut].trim_end_matches(' ').to_string());
        rest = rest[cut..].trim_start_matches(' ');
    }
}

/// Where the first line of `rest` ends: before the word that does not fit, unless that word would
/// not fit in a line of its own either.
fn cut(rest: &str, room: usize) -> usize {
    let head = longest_head(rest, room);
    if head == rest.len() || rest[head..].starts_with(' ') {
        return head;
    }
    let Some(space) = rest[..head].rfind(' ') else { return head };
    let word = rest[space + 1..].split(' ').next().unwrap_or("");
    if word.len() <= room { space } else { head }
}

/// The length of the longest head of whole graphemes within `room` bytes; where already the first
/// grapheme is longer, of whole characters.
fn longest_head(words: &str, room: usize) -> usize {
    if words.len() <= room {
        return words.len();
    }
    let whole = |boundaries: &mut dyn Iterator<Item = (usize, usize)>| {
        boundaries.map(|(at, len)| at + len).take_while(|end| *end <= room).last()
    };
    whole(&mut words.grapheme_indices(true).map(|(at, grapheme)| (at, grapheme.len())))
        .or_else(|| whole(&mut words.char_indices().map(|(at, c)| (at, c.len_utf8()))))
        .unwrap_or(words.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut_to(words: &str, room: usize) -> Vec<String> {
        lines(&Text::new(words), room)
    }

    #[test]
    fn control_characters_never_pass() {
        assert_eq!(cut_to("a\u{2}b\u{3}4,2c\0\u{1}d", 80), ["abc\u{fffd}d"]);
        assert_eq!(cut_to("x\r\nQUIT :bye\nPRIVMSG", 80), ["x", "QUIT :bye", "PRIVMSG"]);
        assert_eq!(one_line(&Text::new("a\r\nQUIT"), 80), "a  QUIT");
    }

    #[test]
    fn cuts_stand_at_spaces_and_not_in_urls() {
        assert_eq!(cut_to("one two three", 8), ["one two", "three"]);
        assert_eq!(cut_to("one two three", 7), ["one two", "three"]);
        assert_eq!(
            cut_to("see https://example.org/minutes now", 30),
            ["see", "https://example.org/minutes", "now"]
        );
        assert_eq!(cut_to("ab \u{2000}cd", 3), ["ab", "\u{2000}", "cd"], "no space of ours");
        assert_eq!(cut_to("https://example.org/x", 8), ["https://", "example.", "org/x"]);
    }

    #[test]
    fn graphemes_stay_whole() {
        // A family emoji is 18 bytes in one grapheme; é here is two characters.
        let family = "👨\u{200d}👩\u{200d}👧";
        assert_eq!(cut_to(&format!("ab{family}"), 19), ["ab".to_string(), family.to_string()]);
        assert_eq!(cut_to("aae\u{301}", 3), ["aa", "e\u{301}"]);
        assert_eq!(cut_to("注意事項", 7), ["注意", "事項"]);
    }

    #[test]
    fn a_reply_has_an_end() {
        let said = cut_to(&"word ".repeat(10_000), 100);
        assert_eq!(said.len(), REPLY_MOST_LINES);
        assert_eq!(said.last().unwrap(), "[…]");
    }

    #[test]
    fn a_target_is_one_target() {
        assert_eq!(channel(&"#c".into()), Some("#c"));
        for bad in ["", "#a,#b", "#a b", "nick", "$*", ":x", "@#c"] {
            assert_eq!(channel(&bad.into()), None, "{bad}");
        }
        assert_eq!(nick(&"al[m]_".into()), Some("al[m]_"));
        for bad in ["", "a,b", "#c", "$$x", ":x", "a b", "*!*@*", "irc.example.org"] {
            assert_eq!(nick(&bad.into()), None, "{bad}");
        }
    }

    fn unspaced(words: &str) -> String {
        words.chars().filter(|c| *c != ' ').collect()
    }

    proptest! {
        #[test]
        fn what_is_split_fits_and_joins_back(words in "(\\PC{0,30}|[a-z ]{0,40}|👨\u{200d}👩|e\u{301}|\u{2}|\n){0,20}", room in 64usize..120) {
            let said = cut_to(&words, room);
            prop_assert!(said.len() < REPLY_MOST_LINES);
            for line in &said {
                prop_assert!(line.len() <= room && !line.is_empty(), "{line:?}");
                prop_assert!(!line.chars().any(text::is_unprintable));
            }
            let meant: String = words.split('\n').map(text::clean).collect();
            prop_assert_eq!(unspaced(&said.concat()), unspaced(&meant));
        }

        #[test]
        fn no_grapheme_is_broken(words in "([a-z]{1,9} ?|👨\u{200d}👩\u{200d}👧|e\u{301}|각){1,60}", room in 64usize..90) {
            let whole = text::clean(&words);
            let mut rest = whole.as_str();
            for line in cut_to(&words, room) {
                rest = rest.trim_start_matches(' ').strip_prefix(line.as_str()).unwrap();
                let at = whole.len() - rest.len();
                prop_assert!(at == whole.len() || whole.grapheme_indices(true).any(|(start, _)| start == at));
            }
        }

        #[test]
        fn a_line_never_exceeds_512_bytes(nick in "[a-z]{1,30}", user in "[a-z]{1,12}", host in "[a-z.]{1,63}", channel in "#[a-z]{1,50}", words in "\\PC{0,1500}") {
            let mask = format!("{nick}!{user}@{host}");
            for line in cut_to(&words, room(&mask, "PRIVMSG", &channel)) {
                let seen = format!(":{mask} PRIVMSG {channel} :{line}\r\n");
                prop_assert!(seen.len() <= WIRE_MOST_BYTES);
            }
        }
    }
}
