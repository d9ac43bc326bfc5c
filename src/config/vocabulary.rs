//! The vocabulary: every table and key of the configuration, in the order in which people read them.
//!
//! The reader, `docs/configuration.md` and the tests all read this one table; what a value means
//! beyond its kind is checked in `crate::config::check`, not here.

mod push;
mod web;

use push::PUSH;
use web::WEB;

/// A table of the file, for example `[group]`.
#[derive(Debug)]
pub struct Section {
    /// How it is opened in the file; empty for the file itself.
    pub header: &'static str,
    /// What it is for, in Markdown.
    pub about: &'static str,
    /// What may stand in it.
    pub keys: &'static [Key],
}

/// A key of a table.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Whether it must be given, and what happens without it.
    pub presence: Presence,
    /// A value, as it would be written.
    pub example: &'static str,
    /// What it is for, in Markdown.
    pub about: &'static str,
}

/// What a key takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text in quotes.
    Text,
    /// `true` or `false`.
    Bool,
    /// A whole number in this range, ends included.
    Integer(i64, i64),
    /// A number in this range, ends included; it may have a fraction.
    Number(f64, f64),
    /// A date, a time of day or both, in quotes or not.
    Date,
    /// A list of texts.
    Texts,
    /// A text or a list of texts.
    TextOrTexts,
    /// One table.
    One(&'static Section),
    /// Any number of tables.
    Many(&'static Section),
}

/// Whether a key must be given.
#[derive(Clone, Copy, Debug)]
pub enum Presence {
    /// It must be given.
    Required,
    /// It may be left out; this is what then holds, in Markdown.
    Default(&'static str),
}

use Kind::{Bool, Date, Integer, Many, Number, One, Text, TextOrTexts, Texts};
use Presence::{Default, Required};

impl Section {
    /// The key of that name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// This section and those inside it, in the order of the file.
    pub fn all(&'static self) -> Vec<&'static Section> {
        let inner = self.keys.iter().filter_map(|key| match key.kind {
            One(section) | Many(section) => Some(section),
            _ => None,
        });
        std::iter::once(self).chain(inner.flat_map(Section::all)).collect()
    }
}

const fn key(
    name: &'static str,
    kind: Kind,
    presence: Presence,
    example: &'static str,
    about: &'static str,
) -> Key {
    Key { name, kind, presence, example, about }
}

/// The whole file.
#[rustfmt::skip]
pub static FILE: Section = Section {
    header: "",
    about: "",
    keys: &[
        key("group", One(&GROUP), Required, "[group]\nname = \"CentOS Virtualization SIG\"", ""),
        key("state", One(&STATE), Default(""), "[state]", ""),
        key("web", One(&WEB), Default(""), "[web]", ""),
        key("network", Many(&NETWORK), Required, "[[network]]\nname = \"Libera\"", ""),
        key("meeting", One(&MEETING), Default(""), "[meeting]", ""),
        key("schedule", Many(&SCHEDULE), Default(""), "[[schedule]]\ncron = \"0 0 15 * * Tue\"", ""),
        key("mail", One(&MAIL), Default(""), "[mail]", ""),
        key("list", One(&LIST), Default(""), "[list]", ""),
        key("gate", One(&GATE), Default(""), "[gate]", ""),
        key("push", One(&PUSH), Default(""), "[push]", ""),
        key("member", Many(&MEMBER), Default(""), "[[member]]", ""),
        key("project", Many(&PROJECT), Default(""), "[[project]]", ""),
        key("report", One(&REPORT), Default(""), "[report]", ""),
    ],
};

#[rustfmt::skip]
static GROUP: Section = Section {
    header: "[group]",
    about: "Who we are. This table must be there.",
    keys: &[
        key("name", Text, Required, r#""CentOS Virtualization SIG""#,
            "The full name of the group."),
        key("short", Text, Default("the full name"), r#""Virt SIG""#,
            "The short name. A meeting that is started without a name gets this one."),
    ],
};

#[rustfmt::skip]
static STATE: Section = Section {
    header: "[state]",
    about: "Where beadle keeps what it must remember.",
    keys: &[
        key("dir", Text, Default("`$STATE_DIRECTORY` where systemd sets it, else `/var/lib/beadle`"), r#""/var/lib/beadle""#,
            "The directory of the minutes and of the embedded database. beadle must be able to write there."),
        key("database", Text, Default("`\"sqlite\"`"), r#""sqlite""#,
            "`\"sqlite\"` keeps the embedded database in `beadle.db` under `dir`, `\"sqlite:PATH\"` in a file of your choice; `\"postgres://USER@HOST/NAME\"` uses a PostgreSQL server."),
        key("database_file", Text, Default("none"), r#""/etc/beadle/database-url""#,
            "A file that holds the PostgreSQL URL, for a URL with a password in it. Give either this or `database`."),
    ],
};

#[rustfmt::skip]
static NETWORK: Section = Section {
    header: "[[network]]",
    about: "An IRC network. There must be one; each further one gets a `[[network]]` of its own.",
    keys: &[
        key("name", Text, Required, r#""Libera""#,
            "What the network is called in minutes and logs. No two networks may share a name."),
        key("host", Text, Required, r#""irc.libera.chat""#,
            "The server's host name or IP address."),
        key("port", Integer(1, 65535), Default("6697 with TLS, 6667 without"), "6697",
            "The server's port."),
        key("tls", Bool, Default("`true`"), "true",
            "Whether the connection is encrypted and the server's certificate verified. `false` is refused for a host that is not loopback, unless `plaintext` says that this is accepted."),
        key("plaintext", Text, Default("not accepted"), r#""accepted""#,
            "The only value is `\"accepted\"`: with `tls = false`, everybody on the way may read and change what is said. Logging in with SASL stays refused on such a connection."),
        key("ca_file", Text, Default("the system's certificates"), r#""/etc/beadle/ca.pem""#,
            "Trust the certificates in this PEM file, instead of the system's."),
        key("nick", Text, Required, r#""beadle""#,
            "What the bot is called."),
        key("alternates", Texts, Default("the nick with `_`, then with numbers"), r#"["beadle_", "beadle2"]"#,
            "Other nicks, tried in this order while the nick is taken."),
        key("realname", Text, Default("the program and the group"), r#""beadle of the Virt SIG""#,
            "The bot's real name, which WHOIS shows."),
        key("server_password_file", Text, Default("none"), r#""irc-server-password""#,
            "A file that holds the server's password (PASS), for servers and bouncers that want one."),
        key("channels", Texts, Required, r##"["#centos-devel"]"##,
            "The channels to join. A meeting can be held in each."),
        key("relays", Texts, Default("none"), r#"["matrixbridge"]"#,
            "Nicks or accounts of bots that relay from elsewhere: what they say as `<mira> hello` is said by `mira`."),
        key("operator", Text, Default("nobody"), r#""gwd""#,
            "An account or nick that is told of trouble by NOTICE."),
        key("join_without_login", Bool, Default("`false`"), "false",
            "Whether the bot joins its channels although logging in with SASL failed. It may then be taken for an impostor, or be one."),
        key("burst", Integer(1, 50), Default("5"), "5",
            "How many lines the bot may say at once, before it slows down. Networks disconnect who floods."),
        key("interval_seconds", Number(0.0, 60.0), Default("2"), "2",
            "How many seconds pass between two lines after that. It may have a fraction, for example `0.5`."),
        key("sasl", One(&SASL), Default("no login"), "[network.sasl]", ""),
    ],
};

#[rustfmt::skip]
static SASL: Section = Section {
    header: "[network.sasl]",
    about: "How the bot logs in to the services of the `[[network]]` above it. Without this table it does not.",
    keys: &[
        key("mechanism", Text, Required, r#""plain""#,
            "`\"plain\"` (account and password), `\"scram-sha-256\"` (the same, without sending the password), or `\"external\"` (a client certificate)."),
        key("account", Text, Default("none; `plain` and `scram-sha-256` need it"), r#""beadle""#,
            "The services account."),
        key("password_file", Text, Default("none; `plain` and `scram-sha-256` need it"), r#""irc-password""#,
            "A file that holds the account's password."),
        key("cert_file", Text, Default("none; `external` needs it"), r#""/etc/beadle/client.pem""#,
            "The client certificate, in PEM."),
        key("key_file", Text, Default("none; `external` needs it"), r#""client-key.pem""#,
            "The private key of the certificate, in PEM, not encrypted."),
    ],
};

#[rustfmt::skip]
static MEETING: Section = Section {
    header: "[meeting]",
    about: "How meetings are run.",
    keys: &[
        key("start", TextOrTexts, Default("`\"anyone\"`"), r#""anyone""#,
            "Who may start a meeting: `\"anyone\"`, `\"members\"` (the people of `[[member]]`), or a list of accounts."),
        key("echo", Bool, Default("`false`"), "false",
            "Whether the bot confirms the commands that MeetBot leaves unanswered, such as `#info`."),
        key("anyone_ends_after_minutes", Integer(1, 1440), Default("60"), "60",
            "After how many minutes anyone may end a meeting, not only its chairs."),
        key("quorum", Integer(1, 1000), Default("no quorum"), "3",
            "How many voters a vote needs to count."),
        key("set_topic", Bool, Default("`true`"), "true",
            "Whether the meeting's topic is written into the channel's topic, and the old one put back at the end. Between meetings a channel's topic that says `Next meeting:` with a date is kept up to date. The bot needs the right to do so."),
        key("path", Text, Default("`\"%Y/{name}.%Y-%m-%d-%H.%M\"`"), r#""%Y/{name}.%Y-%m-%d-%H.%M""#,
            "The names of the files under `minutes/`, without their endings. `{name}` is the meeting's name, `{channel}` its channel, `{network}` its network; `%Y %m %d %H %M %S` are of the time of its start in UTC, `%B` is the month's English name, `%G` and `%V` are the ISO year and week."),
    ],
};

#[rustfmt::skip]
static SCHEDULE: Section = Section {
    header: "[[schedule]]",
    about: "When the group meets; all times are UTC. Give `cron`, or `day` and `time`, or `calendar`. A group with several meetings gives each a `[[schedule]]`; so does one whose meeting moves, with `until` in the old one and `start_date` in the new one.",
    keys: &[
        key("name", Text, Default("the group's short name"), r#""Virt SIG""#,
            "The meeting's name, as `#startmeeting` has it."),
        key("id", Text, Default("the name in small letters"), r#""virt-sig""#,
            "What the addresses and calendar entries of its dates begin with. Keep it when the name changes."),
        key("network", Text, Default("the first `[[network]]`"), r#""Libera""#,
            "The name of the network."),
        key("channel", Text, Default("the first channel of the network"), r##""#centos-devel""##,
            "The channel. The bot must be in it."),
        key("cron", Text, Default("none"), r#""0 0 15 * * Tue""#,
            "The days and times: second, minute, hour, day of the month, month, weekday. A day must fit all of its fields."),
        key("frequency", Text, Default("`\"weekly\"`"), r#""biweekly-even""#,
            "How often, in the words of yaml2ical: `weekly`, `biweekly-even`, `biweekly-odd`, `quadweekly`, `quadweekly-week-1` to `-3`, `quadweekly-alternate`, `first-monday` to `last-sunday`, or `adhoc` for a meeting that has extra dates only."),
        key("day", Text, Default("none"), r#""Tuesday""#,
            "The weekday."),
        key("time", Date, Default("none"), r#""15:00""#,
            "When it starts, in UTC."),
        key("weeks", Text, Default("`\"all\"`"), r#""even""#,
            "`\"even\"` or `\"odd\"`: only in weeks whose ISO 8601 number is so. After a year of 53 weeks (2020, 2026) even weeks pause for three weeks."),
        key("every", Text, Default("none"), r#""2 weeks""#,
            "Every so many weeks, whatever their numbers are, counted from `anchor`."),
        key("anchor", Date, Default("none; `every` needs it"), r#""2014-04-22""#,
            "A date in one of those weeks."),
        key("calendar", Text, Default("none"), r#""virtualization-sig.yaml""#,
            "The meeting's file in the community's calendar, in the format of yaml2ical. It is read at the start, and nothing else needs to be given."),
        key("duration_minutes", Integer(1, 1440), Default("60"), "60",
            "How long the meeting's time is."),
        key("call_before_minutes", Integer(0, 1440), Default("5"), "5",
            "How long before the start people are called in the channel; 0 calls nobody."),
        key("start_date", Date, Default("none"), r#""2017-11-01""#,
            "The first date on which this holds."),
        key("until", Date, Default("none"), r#""2019-12-03""#,
            "The last date on which this holds."),
        key("chair", Text, Default("none"), r#""gwd""#,
            "The nick of who usually chairs."),
        key("agenda_url", Text, Default("none"), r#""https://etherpad.example.org/virt""#,
            "Where the agenda is."),
        key("skip", Many(&SKIP), Default("none"), r#"[{ date = "2018-12-25", reason = "Christmas" }]"#, ""),
        key("extra", Many(&EXTRA), Default("none"), r#"[{ start = "2027-01-05 15:00", reason = "week 53" }]"#, ""),
    ],
};

#[rustfmt::skip]
static MAIL: Section = Section {
    header: "[mail]",
    about: "How mail leaves: beadle hands it to a relay, usually the mail server of the same machine. Without this table it sends none.",
    keys: &[
        key("relay", Text, Required, r#""localhost""#,
            "The relay's host name or IP address."),
        key("port", Integer(1, 65535), Default("465 with `tls = \"wrapper\"`, 25 on a loopback host, else 587"), "25",
            "The relay's port."),
        key("tls", Text, Default("`\"wrapper\"` on port 465, `\"none\"` on a loopback host, else `\"starttls\"`"), r#""starttls""#,
            "`\"none\"`, `\"starttls\"` (TLS after the greeting; nothing is sent without it) or `\"wrapper\"` (TLS from the start). With TLS the relay's certificate is verified."),
        key("account", Text, Default("no login"), r#""beadle""#,
            "The account to log in with, where the relay wants one. It is refused together with `tls = \"none\"`, but on a loopback host."),
        key("password_file", Text, Default("none; `account` needs it"), r#""mail-password""#,
            "A file that holds the account's password."),
        key("ca_file", Text, Default("the system's certificates"), r#""/etc/beadle/mail-ca.pem""#,
            "Trust the certificates in this PEM file, instead of the system's."),
        key("from", Text, Required, r#""virtbot@centos.org""#,
            "The bot's own address, alone: what mail is from, in its header and in its envelope. The list must let it post, and what bounces comes back to it."),
        key("name", Text, Default("the short name of the group"), r#""Virt SIG""#,
            "The name that stands before the address."),
        key("hello", Text, Default("the domain of `from`"), r#""virt.example.org""#,
            "What beadle calls itself to the relay (EHLO): a host name."),
    ],
};

#[rustfmt::skip]
static SKIP: Section = Section {
    header: "[[schedule.skip]]",
    about: "A date on which the meeting above is not held.",
    keys: &[
        key("date", Date, Required, r#""2018-12-25""#,
            "The date, in UTC."),
        key("reason", Text, Required, r#""Christmas""#,
            "Why; people are told."),
    ],
};

#[rustfmt::skip]
static EXTRA: Section = Section {
    header: "[[schedule.extra]]",
    about: "A meeting beyond the rule.",
    keys: &[
        key("start", Date, Required, r#""2027-01-05 15:00""#,
            "The date and the time, in UTC."),
        key("reason", Text, Required, r#""between the weeks 52 and 2""#,
            "Why; people are told."),
    ],
};

#[rustfmt::skip]
static LIST: Section = Section {
    header: "[list]",
    about: "The group's mailing list. With this table and `[mail]`, minutes go there when a meeting ends.",
    keys: &[
        key("address", Text, Required, r#""centos-virt@centos.org""#,
            "Where posts to the list go, alone."),
        key("name", Text, Default("what stands before the `@` of the address"), r#""centos-virt""#,
            "What the list is called in the channel and on the pages."),
        key("page", Text, Default("none"), r#""https://lists.centos.org/mailman/listinfo/centos-virt""#,
            "The page where people subscribe to it."),
        key("minutes", Bool, Default("`true`"), "true",
            "Whether the minutes of each meeting are mailed to the list when it ends. Those of a meeting with `#restrictlogs` never are."),
        key("reminders", Bool, Default("`true`"), "true",
            "Whether the list is reminded of a meeting a day before."),
        key("rule", Text, Default("`\"Posts to this list from addresses that are not subscribed are discarded.\"`"), r#""Posts from addresses that are not subscribed wait for a moderator.""#,
            "The sentence under each letter that says what happens to a post of somebody who is not subscribed. Empty for none."),
        key("requests_per_day", Integer(0, 1000), Default("20"), "20",
            "How many mails with questions, sent to `NAME-request@…` beside the list, are answered to one address on one day; docs/questions.md says what can be asked. 0 answers none."),
    ],
};

#[rustfmt::skip]
static GATE: Section = Section {
    header: "[gate]",
    about: "The door of the lists: what comes in, where it comes in, where it goes on. These rules hold for every list that has none of its own (`beadle list set`). Who is subscribed is not said here: see `beadle list`.",
    keys: &[
        key("lmtp", Text, Default("none"), r#""unix:/run/beadle/lmtp.sock""#,
            "Where mail is taken by LMTP (RFC 2033): `unix:PATH`, or a loopback address with a port, such as `127.0.0.1:8024`. LMTP knows no login, so no other address is allowed."),
        key("milter", Text, Default("none"), r#""unix:/run/beadle/milter.sock""#,
            "Where a mail server may ask by the milter protocol: `unix:PATH` or a loopback address with a port."),
        key("onward", Text, Default("none; with `lmtp` or `beadle deliver` it must be given"), r#""smtp:127.0.0.1:10025""#,
            "Where accepted posts go, byte for byte, for each list that has no `onward` of its own: `smtp:HOST:PORT`, `lmtp:HOST:PORT` or `lmtp:unix:PATH` of the list manager behind the door."),
        key("nonmember", Text, Default("`\"discard\"`"), r#""discard""#,
            "What happens to a post of somebody who is not subscribed: `\"discard\"` (nobody is told), `\"reject\"` (senders whose domain stands for them are told, all others discarded), `\"hold\"` or `\"accept\"`."),
        key("members_by", Text, Default("`\"from\"`"), r#""from""#,
            "Where a subscriber's address counts: `\"from\"`, the one author in the header, or `\"any-sender\"`, also the envelope, Reply-To and Sender, as Mailman 2 did it; a stranger can write those."),
        key("require", Text, Default("`\"none\"`"), r#""none""#,
            "`\"aligned\"`: a subscriber's From counts only with SPF or DKIM of its own domain, as `authserv_id` says or, without that, as the DNS says."),
        key("unaligned", Text, Default("`\"hold\"`"), r#""hold""#,
            "What happens with `require = \"aligned\"` to a subscriber's post that cannot show it: `\"hold\"` or `\"discard\"`."),
        key("authserv_id", Text, Default("none: what `require` needs is verified here"), r#""mx.centos.org""#,
            "What our own mail server calls itself in `Authentication-Results` (RFC 8601). Only its fields at the top of a mail are believed."),
        key("resolver", Text, Default("those of the system"), r#""192.0.2.53:53""#,
            "The name server that is asked for the keys of signatures (DKIM), where they are verified here."),
        key("accept", Texts, Default("nobody"), r#"["jenkins@ci.centos.org", "@centos.org", "build-*@example.org", "list:centos-devel"]"#,
            "Who may post without being subscribed: an address, a domain (`@example.org`; `@.example.org` for those under it), a pattern with `*`, or the subscribers of another list here (`list:NAME`)."),
        key("ban", Texts, Default("nobody"), r#"["*@spam.example"]"#,
            "Who may never post; written as in `accept`."),
        key("case_sensitive", Bool, Default("`false`"), "false",
            "Whether what stands before the `@` must be written in the letters that the subscriber gave."),
        key("extensions", Bool, Default("`false`"), "false",
            "Whether `name+anything@` is the subscriber's own without having been asked for (`beadle list add --extension`)."),
        key("post_kilobytes", Integer(1, 25_000), Default("50"), "50",
            "A longer post waits for a moderator."),
        key("recipients", Integer(1, 1000), Default("20"), "20",
            "A post with more addresses in To and Cc waits for a moderator."),
        key("implicit", Text, Default("`\"hold\"`"), r#""hold""#,
            "What happens to a subscriber's post that names the list neither in To nor in Cc: `\"accept\"`, `\"hold\"` or `\"discard\"`."),
        key("aliases", Texts, Default("none"), r#"["virt@lists.centos.org"]"#,
            "Further addresses of the group's own list."),
        key("near_miss", Text, Default("`\"discard\"`: as any outsider's"), r#""hold""#,
            "What happens to an outsider's post that may be a subscriber's all the same (a member of the group's other address, an answer in a thread of the list, one letter off): `\"hold\"` or `\"discard\"`."),
        key("hold_days", Integer(1, 365), Default("14"), "14",
            "How long a held post waits for a moderator."),
        key("quarantine_days", Integer(0, 365), Default("0: discarded posts are not kept"), "7",
            "How long discarded posts are kept, so that one can be released."),
        key("quarantine_posts", Integer(1, 100_000), Default("1000"), "1000",
            "How many discarded posts are kept at most; the oldest go first."),
        key("keep_days", Integer(1, 3650), Default("14"), "14",
            "How long it is remembered what was decided about a post, for whoever asks and for `beadle gate replay`. Bodies are not part of it."),
        key("header", Many(&HEADER), Default(""), "[[gate.header]]", ""),
    ],
};

#[rustfmt::skip]
static HEADER: Section = Section {
    header: "[[gate.header]]",
    about: "A rule about a header of posts that would be accepted; the first that matches counts.",
    keys: &[
        key("name", Text, Required, r#""X-Spam-Flag""#,
            "The header."),
        key("matches", Text, Required, r#""^yes""#,
            "A regular expression that its value is searched for, without regard to case."),
        key("verdict", Text, Default("`\"hold\"`"), r#""discard""#,
            "`\"hold\"` or `\"discard\"`."),
    ],
};

#[rustfmt::skip]
static MEMBER: Section = Section {
    header: "[[member]]",
    about: "One of the group's people; each gets a `[[member]]`. Give `nicks`, `account`, or both.",
    keys: &[
        key("name", Text, Required, r#""George Dunlap""#,
            "The full name, as the minutes show it."),
        key("nicks", Texts, Default("none"), r#"["gwd"]"#,
            "The nicks the member uses, the usual one first. No two members may share one."),
        key("account", Text, Default("the first nick"), r#""gwd""#,
            "The services account, which proves who speaks where the network has accounts."),
        key("roles", Texts, Default("none"), r#"["lead", "maintainer: xen"]"#,
            "What the member does for the group, in your own words. `lead` may change the roster and write the report; `maintainer: NAME` answers for that project."),
        key("addresses", Texts, Default("none"), r#"["gwd@example.org"]"#,
            "Mail addresses, for what the member is to be told by mail. They are never shown."),
        key("since", Text, Default("always"), r#""2014-04-22""#,
            "The first day as a member."),
        key("until", Text, Default("for ever"), r#""2020-03-31""#,
            "The first day as a member no more; the minutes of earlier meetings keep the name."),
    ],
};

#[rustfmt::skip]
static PROJECT: Section = Section {
    header: "[[project]]",
    about: "One of the group's projects; each gets a `[[project]]`. Who maintains it stands in the members' roles.",
    keys: &[
        key("name", Text, Required, r#""xen""#,
            "What it is called, as in `maintainer: xen`."),
        key("documents", Texts, Default("none"), r#"["https://wiki.centos.org/HowTos/Xen"]"#,
            "Where its documentation is: what the bot answers to `docs xen`."),
        key("packages", Texts, Default("those called as the project, also with `-` and more"), r#"["xen", "linux-firmware*"]"#,
            "Its source packages; `*` stands for any letters."),
        key("major_parts", Integer(1, 4), Default("1"), "2",
            "How many numbers of a version make its major version: 2 where 4.6 and 4.8 are two."),
    ],
};

#[rustfmt::skip]
static REPORT: Section = Section {
    header: "[report]",
    about: "The quarterly report, which `beadle report draft` counts together. It covers the time from the day on which the one before it was due.",
    keys: &[
        key("to", Text, Default("nobody is named"), r#""centos-devel""#,
            "Who it is for, as it stands in its first line: a list, a board."),
        key("heading", Text, Default("the full name of the group"), r#""Virtualization SIG""#,
            "What the group is called in its heading."),
        key("due", Text, Default("`\"first-monday\"`"), r#""first-monday""#,
            "The day of the month on which it is due: `first-monday` to `fourth-sunday`, or `last-monday` to `last-sunday`."),
        key("months", Texts, Default("`[\"March\", \"June\", \"September\", \"December\"]`"), r#"["March", "June", "September", "December"]"#,
            "The months in which one is due, at most one of each quarter."),
        key("draft_days_before", Integer(0, 60), Default("14"), "14",
            "How many days before that the draft is to be looked at."),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_explained_and_every_example_is_of_its_kind() {
        for section in FILE.all().into_iter().skip(1) {
            assert!(section.about.ends_with('.'), "{}", section.header);
            for key in section.keys {
                if let One(_) | Many(_) = key.kind {
                    continue;
                }
                assert!(key.about.ends_with('.'), "{}", key.name);
                let line = format!("{} = {}", key.name, key.example);
                let parsed = toml::de::DeTable::parse(&line).expect(&line);
                let value = parsed.get_ref().get(key.name).expect(&line);
                assert_eq!(crate::config::raw::misfit(key, value.get_ref()), None, "{line}");
            }
        }
    }
}
