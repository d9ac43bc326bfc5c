//! What Mailman 2 writes: its settings (`config_list -o`), and its `config.pck` as `dumpdb` shows it.

use crate::domain::list::import::literal::{self, Value};
use crate::domain::list::import::{Entry, Source};

/// Bits of `user_options` (Mailman/Defaults.py).
const DISABLE_DELIVERY: i64 = 1;
const MODERATE: i64 = 128;

/// The settings that concern the gate; there are no subscribers among them.
pub(super) fn settings(text: &str) -> Source {
    let mut values = Vec::new();
    for (at, line) in lines(text) {
        if let Some((name, _)) = line.split_once(" = ")
            && !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            && let Some(value) = literal::read(&text[at + name.len() + 3..])
        {
            values.push((name.to_string(), value));
        }
    }
    let mut source = Source::default();
    gate(&values, &mut source);
    source
}

/// The lines, each with the place where it begins.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        at += line.len();
        (at - line.len(), line)
    })
}

/// The subscribers and the settings of a list.
pub(super) fn dump(text: &str) -> Result<Source, String> {
    let table = text
        .find("{ ")
        .and_then(|at| literal::read(&text[at..]))
        .ok_or("it is not what dumpdb writes of a config.pck")?;
    let values: Vec<(String, Value)> =
        table.rows().map(|(name, value)| (name.to_string(), value.clone())).collect();
    let value = |name: &str| values.iter().find(|(known, _)| known == name).map(|(_, v)| v);
    if value("members").is_none() {
        return Err("it has no table of members; it must be dumpdb's text of a config.pck".into());
    }
    let tables = Tables {
        options: sorted(value("user_options")),
        names: sorted(value("usernames")),
        status: sorted(value("delivery_status")),
    };
    let mut source = Source::default();
    let mut digests = 0;
    for (name, is_digest) in [("members", false), ("digest_members", true)] {
        for ((key, written), number) in value(name).into_iter().flat_map(Value::rows).zip(1..) {
            digests += usize::from(is_digest);
            let entry = tables.entry(key, written);
            source.add(number, entry);
        }
    }
    if digests > 0 {
        source
            .notes
            .push(format!("{digests} of them had a digest; they are taken like the others"));
    }
    gate(&values, &mut source);
    Ok(source)
}

/// A table by its names.
type Sorted<'a> = std::collections::BTreeMap<&'a str, &'a Value>;

fn sorted(table: Option<&Value>) -> Sorted<'_> {
    table.into_iter().flat_map(Value::rows).collect()
}

struct Tables<'a> {
    options: Sorted<'a>,
    names: Sorted<'a>,
    status: Sorted<'a>,
}

impl Tables<'_> {
    /// `key` is in small letters; `written` is the address as it was given, where that differs.
    fn entry(&self, key: &str, written: &Value) -> Option<Entry> {
        let name = self.names.get(key).and_then(|name| name.text()).unwrap_or("");
        let mut entry = Entry::new(written.text().unwrap_or(key), name)?;
        let options = self.options.get(key).and_then(|bits| bits.number()).unwrap_or(0);
        let status = match self.status.get(key) {
            Some(Value::List(parts)) => parts.first().and_then(Value::number).unwrap_or(0),
            _ => 0,
        };
        entry.is_moderated = options & MODERATE != 0;
        entry.is_nomail = options & DISABLE_DELIVERY != 0 || status != 0;
        Some(entry)
    }
}

/// What the list did with posts, as lines of `[gate]`.
fn gate(values: &[(String, Value)], source: &mut Source) {
    let value = |name: &str| values.iter().find(|(known, _)| known == name).map(|(_, v)| v);
    let number = |name| value(name).and_then(Value::number);
    let action = number("generic_nonmember_action");
    // Mailman/Defaults.py: accept, hold, reject, discard.
    if let Some(verdict) =
        action.and_then(|at| ["accept", "hold", "reject", "discard"].get(usize::try_from(at).ok()?))
    {
        source.gate.push(format!("nonmember = \"{verdict}\""));
    }
    for (name, key) in [("accept_these_nonmembers", "accept"), ("ban_list", "ban")] {
        let all = value(name).into_iter().flat_map(Value::texts);
        let (patterns, plain): (Vec<&str>, Vec<&str>) = all.partition(|one| one.starts_with('^'));
        let plain: Vec<String> = plain
            .into_iter()
            .filter_map(|one| match one.strip_prefix('@') {
                Some(list) => Some(format!("list:{list}")).filter(|_| !list.contains(['"', '\n'])),
                None => Entry::parse(one).map(|entry| entry.key.to_string()),
            })
            .collect();
        if !plain.is_empty() {
            let quoted: Vec<String> = plain.iter().map(|one| quoted(one)).collect();
            source.gate.push(format!("{key} = [{}]", quoted.join(", ")));
        }
        if !patterns.is_empty() {
            source.notes.push(format!(
                "{name} has regular expressions ({}); write them as patterns with * into {key}",
                patterns.len()
            ));
        }
    }
    if let Some(kilobytes) = number("max_message_size").filter(|size| *size > 0) {
        source.gate.push(format!("post_kilobytes = {kilobytes}"));
    }
    if let Some(most) = number("max_num_recipients").filter(|most| *most > 0) {
        source.gate.push(format!("recipients = {most}"));
    }
    if number("default_member_moderation").is_some_and(|on| on != 0) {
        source.notes.push("new members were moderated (default_member_moderation)".into());
    }
}

/// A text of TOML.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::list::import::tests::addresses;
    use crate::domain::list::import::{Format, guess};

    #[test]
    fn settings_become_lines_of_the_configuration() {
        let text = "# -*- python -*-\n## captured on Tue Nov 13 15:00:00 2018\n\
            real_name = 'CentOS-virt'\nmax_message_size = 40\n\
            accept_these_nonmembers = ['^.*@centos\\\\.org$', 'Bot@koji.example',\n  \"@centos-devel\"]\n\
            info = \"\"\"generic_nonmember_action = 0\nnobody = 1\n\"\"\"\n\
            generic_nonmember_action = 3\nmax_num_recipients = 10\n\
            import_os = __import__('os').system('true')\n";
        assert_eq!(guess(text.as_bytes()), Format::Settings);
        let source = settings(text);
        assert_eq!(
            source.gate,
            [
                "nonmember = \"discard\"",
                "accept = [\"bot@koji.example\", \"list:centos-devel\"]",
                "post_kilobytes = 40",
                "recipients = 10",
            ]
        );
        assert_eq!(source.notes.len(), 1, "{:?}", source.notes);
        assert!(source.entries.is_empty());
    }

    #[test]
    fn a_dump_has_members_with_their_options() {
        let text = "[----- start pickle file -----]\n<----- start object 1 ----->\n\
            {   'bounce_info': {'x@y': <Mailman.Bouncer._BounceInfo instance at 0x7f>},\n\
            'delivery_status': {   'carl@x.example': (4, 1542121200.0)},\n\
            'digest_members': {   'dora@x.example': 0},\n\
            'generic_nonmember_action': 2,\n\
            'members': {   'anna@x.example': 'Anna@x.example',\n 'bob@x.example': 0,\n 'carl@x.example': 0, 'broken': 0},\n\
            'user_options': {   'anna@x.example': 264, 'bob@x.example': 128 },\n\
            'usernames': {   'anna@x.example': u'Anna \\xc4'}}\n[----- end pickle file -----]\n";
        assert_eq!(guess(text.as_bytes()), Format::Dump);
        let source = dump(text).unwrap();
        let all = ["anna@x.example", "bob@x.example", "carl@x.example", "dora@x.example"];
        assert_eq!(addresses(&source), all);
        let [anna, bob, carl, _] = &source.entries[..] else { panic!() };
        assert_eq!((anna.address.as_str(), anna.name.as_str()), ("Anna@x.example", "Anna \u{c4}"));
        assert!(bob.is_moderated && !bob.is_nomail && !anna.is_moderated);
        assert!(carl.is_nomail);
        assert_eq!(source.faults, [(4, "no address")]);
        assert_eq!(source.gate, ["nonmember = \"reject\""]);
        assert!(source.notes[0].starts_with("1 of them had a digest"));
        assert!(dump("{ 'x': 1 }").is_err() && dump("nothing").is_err());
    }
}
