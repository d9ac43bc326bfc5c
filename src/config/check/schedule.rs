//! Checks `[[schedule]]`: when the group meets. Whether meetings of one channel overlap is asked
//! by `beadle check`, which knows the date.

use crate::config::IrcNetwork;
use crate::config::calendar;
use crate::config::check::Context;
use crate::config::check::network::same;
use crate::config::check::read;
use crate::config::check::shown_name;
use crate::config::fault::Faults;
use crate::config::fault::printable;
use crate::config::raw::Given;
use crate::config::raw::Table;
use crate::config::words;
use crate::domain::name::Channel;
use crate::domain::name::slug;
use crate::domain::schedule::Entry;
use crate::domain::schedule::frequency;
use crate::domain::schedule::frequency::Frequency;
use crate::domain::schedule::read as when;
use crate::domain::schedule::rule::Rule;
use crate::domain::schedule::rule::Weeks;
use crate::domain::text::Text;
use crate::domain::time::MINUTE;
use crate::domain::time::Moment;
use chrono::NaiveDate;

/// All entries; those with faults are left out.
pub fn all(
    tables: &[Table],
    group: &str,
    networks: &[IrcNetwork],
    context: &Context,
    faults: &mut Faults,
) -> Vec<Entry> {
    tables.iter().flat_map(|table| one(table, group, networks, context, faults)).collect()
}

fn one(
    table: &Table,
    group: &str,
    networks: &[IrcNetwork],
    context: &Context,
    faults: &mut Faults,
) -> Vec<Entry> {
    let usual = match table.text("calendar") {
        Some(given) => from_calendar(&given, table, context, faults),
        None => rule(table, faults).map(|rule| Entry::new(group, "", rule)).into_iter().collect(),
    };
    let network = network(table, networks, faults);
    let mut entries: Vec<Entry> =
        usual.into_iter().map(|entry| of_table(table, entry, faults)).collect();
    for entry in &mut entries {
        place(table, entry, network, faults);
    }
    if let Some(first) = entries.first_mut() {
        first.extras = extras(table, faults);
        let skips = skips(table, faults);
        check_skips(table, &entries, &skips, faults);
        entries[0].skips.extend(skips);
    }
    entries
}

/// What the table says beyond the rule and the place, over what holds without it.
fn of_table(table: &Table, usual: Entry, faults: &mut Faults) -> Entry {
    let name = table.text("name").and_then(|given| shown_name(&given, "name", faults));
    let id = table.text("id").and_then(|given| id(&given, faults));
    let id = id.or_else(|| {
        name.as_ref().map(|name| Entry::new(name.as_untrusted(), "", Rule::adhoc()).id)
    });
    let minutes = |key| table.integer(key).map(|minutes| minutes * MINUTE);
    let start_date = date(table, "start_date", faults).or(usual.start_date);
    let until = date(table, "until", faults).or(usual.until);
    if start_date.zip(until).is_some_and(|(start, until)| until < start) {
        faults.at(&table.span("until"), "`until` is before `start_date`: this is never held");
    }
    Entry {
        id: id.unwrap_or(usual.id),
        name: name.unwrap_or(usual.name),
        duration: minutes("duration_minutes").unwrap_or(usual.duration),
        call_before: minutes("call_before_minutes").unwrap_or(usual.call_before),
        start_date,
        until,
        chair: read(table.text("chair"), words::nick, faults).or(usual.chair),
        agenda_url: read(table.text("agenda_url"), words::link, faults).or(usual.agenda_url),
        ..usual
    }
}

fn date(table: &Table, key: &str, faults: &mut Faults) -> Option<NaiveDate> {
    read(table.date(key), when::date, faults)
}

fn id(given: &Given<&str>, faults: &mut Faults) -> Option<String> {
    if given.value.is_empty() || slug(given.value) != given.value {
        let sentence =
            "an `id` has only small letters, digits and - in it, for example \"virt-sig\"";
        faults.at(&given.span, sentence);
        return None;
    }
    Some(given.value.to_string())
}

/// What a calendar says itself.
const OF_CALENDAR: [&str; 7] = ["cron", "frequency", "day", "time", "weeks", "every", "anchor"];

fn from_calendar(
    given: &Given<&str>,
    table: &Table,
    context: &Context,
    faults: &mut Faults,
) -> Vec<Entry> {
    for key in OF_CALENDAR.iter().filter(|key| table.has(key)) {
        let sentence = format!("the calendar says this already; remove `{key}` or `calendar`");
        faults.at(&table.span(key), sentence);
    }
    calendar::load(&context.files.base.join(given.value)).unwrap_or_else(|of_calendar| {
        faults.of_another(&given.span, of_calendar);
        Vec::new()
    })
}

fn rule(table: &Table, faults: &mut Faults) -> Option<Rule> {
    let base = base_rule(table, faults);
    let weeks = weeks(table, faults);
    Some(match weeks {
        Some(weeks) => base?.in_weeks(weeks),
        None => base?,
    })
}

/// The rule but for `weeks` and `every`.
fn base_rule(table: &Table, faults: &mut Faults) -> Option<Rule> {
    if table.has("cron") {
        for key in ["frequency", "day", "time"].iter().filter(|key| table.has(key)) {
            let sentence = format!("give either `cron` or `day` and `time`; remove `{key}`");
            faults.at(&table.span(key), sentence);
        }
        return read(table.text("cron"), Rule::cron, faults);
    }
    if !["frequency", "day", "time"].iter().any(|key| table.has(key)) {
        table.missing("cron", faults);
        return None;
    }
    let word = table.text("frequency");
    let frequency = match &word {
        Some(_) => read(word.clone(), Frequency::parse, faults),
        None => Some(Frequency::In(Weeks::All)),
    };
    let day = read(table.text("day"), frequency::weekday, faults);
    let time = read(table.date("time"), when::time, faults);
    let is_unread = (table.has("day") && day.is_none()) || (table.has("time") && time.is_none());
    if let (Some(word), true) = (&word, table.has("weeks") || table.has("every"))
        && frequency.is_some_and(|frequency| frequency != Frequency::In(Weeks::All))
    {
        let sentence = "`frequency` says already in which weeks; remove it, or `weeks` and `every`";
        faults.at(&word.span, sentence);
    }
    let rule = frequency.filter(|_| !is_unread)?.rule(day, time);
    let at = word.map_or(table.header.clone(), |word| word.span);
    rule.map_err(|sentence| faults.at(&at, sentence)).ok()
}

fn weeks(table: &Table, faults: &mut Faults) -> Option<Weeks> {
    let named = read(table.text("weeks"), weeks_of_word, faults);
    if table.has("every") && table.has("weeks") {
        let sentence = "give either `weeks` or `every`: weeks with even numbers are not always every second one";
        faults.at(&table.span("every"), sentence);
    }
    let every = read(table.text("every"), every, faults);
    let anchor = date(table, "anchor", faults);
    match (table.has("every"), table.has("anchor")) {
        (true, false) => table.missing("anchor", faults),
        (false, true) => table.missing("every", faults),
        _ => {}
    }
    let counted = every.zip(anchor).map(|(every, anchor)| Weeks::Counted { every, anchor });
    counted.or(named)
}

fn weeks_of_word(given: &str) -> Result<Weeks, &'static str> {
    match given {
        "all" => Ok(Weeks::All),
        "even" => Ok(Weeks::EVEN),
        "odd" => Ok(Weeks::ODD),
        _ => Err("`weeks` is \"even\", \"odd\" or \"all\""),
    }
}

/// The most weeks between two meetings of a counted rhythm.
const MOST_WEEKS: u32 = 52;

fn every(given: &str) -> Result<u32, String> {
    let number = given.strip_suffix("weeks").or_else(|| given.strip_suffix("week"));
    let number = number.and_then(|number| number.trim().parse().ok());
    number.filter(|number| (1..=MOST_WEEKS).contains(number)).ok_or_else(|| {
        format!("`every` is a number of weeks from 1 to {MOST_WEEKS}, for example \"2 weeks\"")
    })
}

fn network<'a>(
    table: &Table,
    networks: &'a [IrcNetwork],
    faults: &mut Faults,
) -> Option<&'a IrcNetwork> {
    let Some(given) = table.text("network") else { return networks.first() };
    let found = networks.iter().find(|network| same(network.name.as_str(), given.value));
    if found.is_none() {
        let names: Vec<&str> = networks.iter().map(|network| network.name.as_str()).collect();
        let (shown, names) = (printable(given.value), printable(&names.join(", ")));
        faults.at(&given.span, format!("no [[network]] is called \"{shown}\"; there is {names}"));
    }
    found
}

/// Where the meeting is held: where the table says, else the calendar, else in the first channel.
fn place(table: &Table, entry: &mut Entry, network: Option<&IrcNetwork>, faults: &mut Faults) {
    let given = read(table.text("channel"), words::channel, faults);
    let Some(network) = network else { return };
    entry.network = Some(network.name.clone());
    if let Some(channel) = given {
        entry.channel = channel;
    } else if entry.channel.as_str().is_empty() {
        entry.channel = network.channels.first().cloned().unwrap_or(Channel::new(""));
    }
    let (name, channel) = (network.name.as_str(), entry.channel.as_str());
    let is_joined = network.channels.iter().any(|joined| same(joined.as_str(), channel));
    // Where a meeting was held once is not of interest any more.
    if !is_joined && entry.until.is_none() && !network.channels.is_empty() {
        let key = if table.has("channel") { "channel" } else { "calendar" };
        let (name, channel) = (printable(name), printable(channel));
        let sentence = format!("the bot is not in {channel}: add it to the `channels` of {name}");
        faults.at(&table.span(key), sentence);
    }
}

fn reason(table: &Table, faults: &mut Faults) -> Option<Text> {
    shown_name(&table.text("reason")?, "reason", faults)
}

fn skips(table: &Table, faults: &mut Faults) -> Vec<(NaiveDate, Text)> {
    let tables = table.many("skip", faults);
    let skip = |table: &Table| {
        let (date, reason) = (date(table, "date", faults), reason(table, faults));
        date.zip(reason)
    };
    tables.iter().filter_map(skip).collect()
}

/// A skipped date that has no meeting was mistyped.
fn check_skips(table: &Table, entries: &[Entry], skips: &[(NaiveDate, Text)], faults: &mut Faults) {
    for (date, _) in skips {
        if !entries.iter().any(|entry| entry.on(*date).next().is_some()) {
            let sentence = format!("`skip`: there is no meeting on {date} that could be skipped");
            faults.at(&table.span("skip"), sentence);
        }
    }
}

fn extras(table: &Table, faults: &mut Faults) -> Vec<(Moment, Text)> {
    let tables = table.many("extra", faults);
    let extra = |table: &Table| {
        let start = read(table.date("start"), when::start, faults);
        start.zip(reason(table, faults))
    };
    tables.iter().filter_map(extra).collect()
}
