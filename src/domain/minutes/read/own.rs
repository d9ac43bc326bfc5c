//! What a log says of itself: which nick the bot had, and what the file's name tells of the channel.

use crate::domain::meeting::{Event, What, replay};
use crate::domain::name::{Casemapping, Channel, Network, Nick};

/// What every MeetBot says first: `Meeting started Tue Nov 13 15:00:12 2018 UTC.  The chair is …`.
const STARTED: &str = "Meeting started ";
/// How many lines after `#startmeeting` the bot may answer: others talk on.
const MOST_LINES_BEFORE_ANSWER: usize = 5;

/// The bot: the one that is given, else whoever answers `#startmeeting` as a bot does.
pub(super) fn find_bot(events: &[Event], given: Option<&Nick>) -> Option<Nick> {
    if let Some(given) = given {
        return Some(given.clone());
    }
    let starts = events.iter().enumerate().filter(|(_, event)| replay::is_start(&event.what));
    starts.map(|(at, start)| (start, &events[at + 1..])).find_map(|(start, after)| {
        let starter = nick_of(start);
        let answers = after.iter().filter(|event| nick_of(event).is_some());
        answers
            .take(MOST_LINES_BEFORE_ANSWER)
            .find(|event| nick_of(event) != starter && words_of(event).starts_with(STARTED))
            .and_then(nick_of)
            .cloned()
    })
}

/// Makes the bot's lines its own, through its changes of nick.
pub(super) fn take_from_people(events: &mut [Event], bot: &Nick) {
    let mut bot = bot.clone();
    let same = |one: &Nick, other: &Nick| Casemapping::default().same(one.as_str(), other.as_str());
    for event in events {
        match &mut event.what {
            What::Said { who, manner, text } if same(&who.nick, &bot) => {
                event.what = What::Own { manner: *manner, text: std::mem::take(text) };
            }
            What::Renamed { old, new } if same(old, &bot) => bot = new.clone(),
            _ => {}
        }
    }
}

fn nick_of(event: &Event) -> Option<&Nick> {
    match &event.what {
        What::Said { who, .. } => Some(&who.nick),
        _ => None,
    }
}

fn words_of(event: &Event) -> &str {
    match &event.what {
        What::Said { text, .. } => text.as_untrusted().trim_start(),
        _ => "",
    }
}

/// The channel and the network that a file is named after: `#channel.log`,
/// `irc.libera.#channel.weechatlog`, `Libera.Chat-#channel.log`, `#channel_20181113.log`; also
/// where a folder has that name, as `#channel/2018-11-13.log`.
pub(super) fn in_file_name(path: &str) -> (Option<Channel>, Option<Network>) {
    let names = path.rsplit(['/', '\\']);
    let found = names.filter_map(|name| name.find('#').map(|at| name.split_at(at))).next();
    let Some((network, channel)) = found else { return (None, None) };
    let network = network.strip_prefix("irc.").unwrap_or(network);
    let network = network.trim_matches(['.', '-', '_']);
    let channel = without_endings(channel);
    let is_name = channel.len() > 1;
    (
        is_name.then(|| Channel::new(channel)),
        (is_name && !network.is_empty()).then(|| Network::new(network)),
    )
}

/// The name without what programs put behind it: kinds of files, dates.
fn without_endings(name: &str) -> &str {
    let kinds = [".log", ".txt", ".weechatlog"];
    let mut name = name;
    while let Some(shorter) = kinds.iter().find_map(|kind| name.strip_suffix(kind)) {
        name = shorter;
    }
    let digits = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
    let is_date = name.len() - digits.len() >= "20181113".len();
    if is_date { digits.trim_end_matches(['.', '_', '-']) } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_channel_in_a_name() {
        for (path, channel, network) in [
            ("#centos-devel.log", Some("#centos-devel"), None),
            ("#centos-devel_20181113.log", Some("#centos-devel"), None),
            ("irc.libera.#c.weechatlog", Some("#c"), Some("libera")),
            ("irc.libera.#c.2018-11-13.weechatlog", Some("#c"), Some("libera")),
            ("logs/Libera.Chat-#c.log", Some("#c"), Some("Libera.Chat")),
            ("#c/2018-11-13.log", Some("#c"), None),
            ("##linux-2018-11-13-15.00.log.txt", Some("##linux-2018-11-13-15.00"), None),
            ("centos-devel.2018-11-13-15.00.log.txt", None, None),
            ("#", None, None),
            ("", None, None),
        ] {
            let expected = (channel.map(Channel::new), network.map(Network::new));
            assert_eq!(in_file_name(path), expected, "{path}");
        }
    }
}
