//! Every statement of the store, and nothing else.
//!
//! One text serves both databases wherever both understand it. `$n` placeholders; arithmetic on
//! placeholders is done in Rust, since PostgreSQL cannot tell their types.

/// A statement, as each database reads it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sql {
    pub(super) sqlite: &'static str,
    pub(super) pg: &'static str,
}

/// Declares the statements and lists them in [`ALL`], so that none escapes the check.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $($sqlite:literal / $pg:literal)? $([$($both:tt)+])?;)+) => {
        $($(#[$doc])* pub(in crate::store) const $name: Sql =
            Sql { sqlite: concat!($($sqlite)? $($($both)+)?), pg: concat!($($pg)? $($($both)+)?) };)+

        /// Every statement of this file with its name.
        pub(in crate::store) const ALL: &[(&str, Sql)] = &[$((stringify!($name), $name)),+];
    };
}

/// The columns of a meeting. Never `*`: a program that is still running when a newer one adds a
/// column would get rows that its prepared statements do not know.
macro_rules! meeting {
    () => {
        "id, slug, network, channel, channel_folded, name, owner_nick, owner_account, started_at, \
         ended_at, aborted_at, restricted_at, heard_until, published_at, place"
    };
}

/// A meeting in one line, with what was noted in it.
macro_rules! brief {
    () => {
        "meeting.slug, meeting.name, meeting.channel, meeting.started_at, meeting.ended_at, meeting.restricted_at, meeting.people, \
         (select count(*) from item where item.key >= (meeting.id << 32) \
         and item.key < ((meeting.id + 1) << 32) \
         and item.kind in ('agreed', 'accepted', 'rejected')) as decisions, \
         (select count(*) from item where item.key >= (meeting.id << 32) \
         and item.key < ((meeting.id + 1) << 32) and item.kind = 'notice') as notices, \
         (select count(*) from item where item.key >= (meeting.id << 32) \
         and item.key < ((meeting.id + 1) << 32) and item.kind = 'action') as actions"
    };
}

mod list;
mod login;
mod post;
mod push;
mod search;
mod site;

pub(super) use list::*;
pub(super) use login::*;
pub(super) use post::*;
pub(super) use push::*;
pub(super) use search::*;
pub(super) use site::*;

/// Every statement with its name.
pub(super) fn all() -> impl Iterator<Item = &'static (&'static str, Sql)> {
    ALL.iter()
        .chain(list::ALL)
        .chain(login::ALL)
        .chain(post::ALL)
        .chain(push::ALL)
        .chain(search::ALL)
        .chain(site::ALL)
}

statements! {
    /// `$1` slug; the rest as the table has them. Nothing where the slug or the channel is taken.
    MEETING_INSERT = [
        "insert into meeting (slug, network, channel, channel_folded, owner_nick, owner_account, \
         started_at, heard_until) values ($1, $2, $3, $4, $5, $6, $7, $7) \
         on conflict do nothing returning ", meeting!()];
    /// How many slugs lie in `$1 <= slug < $2`.
    MEETING_SLUGS = ["select count(*) from meeting where slug >= $1 and slug < $2"];
    MEETING_OPEN_IN = [
        "select ", meeting!(), " from meeting where network = $1 and channel_folded = $2 \
         and ended_at is null and aborted_at is null"];
    MEETING_OPEN_ALL = [
        "select ", meeting!(), " from meeting where ended_at is null and aborted_at is null order by id"];
    MEETING_END = [
        "update meeting set ended_at = $2, name = $3 \
         where id = $1 and ended_at is null and aborted_at is null"];
    MEETING_ABORT = [
        "update meeting set aborted_at = $2 \
         where id = $1 and ended_at is null and aborted_at is null"];
    MEETING_RESTRICT = [
        "update meeting set restricted_at = $2 where id = $1 and restricted_at is null"];
    MEETING_HEARD_UNTIL = [
        "update meeting set heard_until = $2 where id = $1 and heard_until < $2"];
    MEETING_PLACE = ["select place from meeting where id = $1"];
    MEETING_SET_PLACE = [
        "update meeting set place = $2 where id = $1 \
         and not exists (select 1 from meeting other where other.place = $2 and other.id <> $1)"];
    MEETING_REOPEN = [
        "update meeting set ended_at = null, published_at = null, told_at = null where id = $1 \
         and aborted_at is null"];
    MEETING_PUBLISHED = ["update meeting set published_at = $2 where id = $1"];
    MEETING_UNPUBLISH = ["update meeting set published_at = null where id = $1"];
    MEETING_UNPUBLISHED = [
        "select ", meeting!(), " from meeting where ended_at is not null and aborted_at is null \
         and published_at is null order by id"];
    MEETING_BY_SLUG = ["select ", meeting!(), " from meeting where slug = $1"];
    /// Those that started in `$1 <= started_at < $2`.
    MEETING_STARTED_IN = [
        "select ", meeting!(), " from meeting where started_at >= $1 and started_at < $2 \
         and aborted_at is null order by started_at, id"];
    MEETING_BEFORE = [
        "select ", meeting!(), " from meeting where started_at < $1 and aborted_at is null \
         order by started_at desc, id desc limit 1"];
    MEETING_FROM = [
        "select ", meeting!(), " from meeting where started_at >= $1 and aborted_at is null \
         order by started_at, id limit 1"];
    MEETING_TOLD = ["update meeting set told_at = $2 where id = $1 and told_at is null"];
    MEETING_UNTOLD_IN = [
        "select ", meeting!(), " from meeting where network = $1 and channel_folded = $2 \
         and told_at is null and (ended_at is not null or aborted_at is not null) \
         order by started_at desc, id desc limit 1"];
    /// The published neighbours of a meeting in its channel: `$1` network, `$2` folded channel,
    /// `$3` start, `$4` id.
    MEETING_PREVIOUS = [
        "select ", meeting!(), " from meeting where network = $1 and channel_folded = $2 \
         and (started_at, id) < ($3, $4) and ended_at is not null and aborted_at is null \
         and restricted_at is null order by started_at desc, id desc limit 1"];
    MEETING_FOLLOWING = [
        "select ", meeting!(), " from meeting where network = $1 and channel_folded = $2 \
         and (started_at, id) > ($3, $4) and ended_at is not null and aborted_at is null \
         and restricted_at is null order by started_at, id limit 1"];
    MEETING_LATEST = [
        "select ", meeting!(), " from meeting where network = $1 and channel_folded = $2 \
         and ended_at is not null and aborted_at is null \
         order by started_at desc, id desc limit 1"];
    MEETING_LIST = [
        "select ", meeting!(), " from meeting where aborted_at is null \
         order by started_at desc, id desc limit $1"];
    /// `$2` is the slug of the last row of the page before.
    MEETING_LIST_AFTER = [
        "select ", meeting!(), " from meeting where aborted_at is null and (started_at, id) < \
         (select before.started_at, before.id from meeting before where before.slug = $2) \
         order by started_at desc, id desc limit $1"];

    /// All rows of a batch at once: `$1` is a JSON array of rows for SQLite; for PostgreSQL the
    /// columns come as arrays.
    LOG_APPEND =
        "insert into log (key, at, delay, kind, nick, login, text) \
         select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, \
         value ->> 6 from json_each($1)"
        / "insert into log (key, at, delay, kind, nick, login, text) \
         select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], \
         $6::text[], $7::text[])";
    LOG_READ = [
        "select key, at, delay, kind, nick, login, text from log \
         where key between $1 and $2 order by key"];
    LOG_LAST = ["select max(key) from log where key between $1 and $2"];
    /// The kind of a redacted row is its own with `x-` before it (domain::meeting::event::Row).
    LOG_REDACT = [
        "update log set text = $2, \
         kind = case when kind like 'x-%' or kind in ('ledger', 'noted') then kind \
         else 'x-' || kind end \
         where key = $1 and kind in ('say', 'act', 'notice', 'own', 'own-act', 'ledger', 'noted', \
         'x-say', 'x-act', 'x-notice', 'x-own', 'x-own-act')"];
    /// `$1` the pattern that is looked for first, `$2` all patterns, `$3` below which key,
    /// `$4` at most so many rows. The cross join keeps SQLite walking down the log's key.
    LOG_SEARCH =
        "select log.key, log.at, log.nick, log.text, meeting.slug \
         from log cross join meeting where log.key < $3 and meeting.id = (log.key >> 32) \
         and log.kind in ('say', 'act', 'x-say', 'x-act') and log.text like $1 escape '\\' \
         and not exists (select 1 from json_each($2) where log.text not like value escape '\\') \
         and meeting.restricted_at is null and meeting.aborted_at is null \
         order by log.key desc limit $4"
        / "select log.key, log.at, log.nick, log.text, meeting.slug \
         from log cross join meeting where log.key < $3 and meeting.id = (log.key >> 32) \
         and log.kind in ('say', 'act', 'x-say', 'x-act') and log.text ilike $1 \
         and log.text ilike all ($2::text[]) \
         and meeting.restricted_at is null and meeting.aborted_at is null \
         order by log.key desc limit $4";

    /// `$1` name, `$2` holder, `$3` microseconds to live. A holder that renews keeps its fence.
    LEASE_TAKE =
        "insert into lease (name, holder, fence, expires) \
         values ($1, $2, 1, cast(unixepoch('subsec') * 1000000 as integer) + $3) \
         on conflict (name) do update set holder = excluded.holder, expires = excluded.expires, \
         fence = lease.fence + case when lease.holder = excluded.holder then 0 else 1 end \
         where lease.holder = excluded.holder \
         or lease.expires < cast(unixepoch('subsec') * 1000000 as integer) returning fence"
        / "insert into lease (name, holder, fence, expires) \
         values ($1, $2, 1, \
         cast(extract(epoch from clock_timestamp()) * 1000000 as bigint) + cast($3 as bigint)) \
         on conflict (name) do update set holder = excluded.holder, expires = excluded.expires, \
         fence = lease.fence + case when lease.holder = excluded.holder then 0 else 1 end \
         where lease.holder = excluded.holder \
         or lease.expires < cast(extract(epoch from clock_timestamp()) * 1000000 as bigint) \
         returning fence";
    /// The row stays, so that the fence goes on growing.
    LEASE_RELEASE = ["update lease set expires = 0 where name = $1 and holder = $2"];

    /// Entries get their places one after the other, also from several nodes.
    JOURNAL_LOCK = "select 1" / "select cast(pg_advisory_xact_lock(\
         7021791115 # hashtext(coalesce(current_schema(), '')::text)::bigint) as text)";
    JOURNAL_KNOWN = ["select id from journal where key = $1"];
    JOURNAL_APPEND = [
        "insert into journal (id, key, at, by, change) \
         values ((select coalesce(max(id), 0) + 1 from journal), $1, $2, $3, $4) returning id"];
    JOURNAL_REDACT = ["update journal set change = $2 where id = $1"];
    JOURNAL_SINCE = [
        "select id, at, by, change from journal where id > $1 order by id limit $2"];
    JOURNAL_BEFORE = [
        "select id, at, by, change from journal where id < $1 order by id desc limit $2"];
    /// `$1` key, `$2` Message-ID, `$3` due, `$4` sender, `$5` recipients, `$6` message.
    OUTBOX_ADD = [
        "insert into outbox (key, message_id, due, sender, recipients, message, next_try) \
         values ($1, $2, $3, $4, $5, $6, $3) on conflict do nothing"];
    OUTBOX_REWRITE = ["update outbox set message = $2 where key = $1 and sent_at is null"];
    /// Letters whose keys begin with `$1`.
    OUTBOX_WITHDRAW = [
        "delete from outbox where substr(key, 1, length(cast($1 as text))) = $1 and sent_at is null"];
    OUTBOX_RETRY = [
        "update outbox set next_try = $2, due = case when gave_up_at is null then due else $2 end, \
         attempts = case when gave_up_at is null then attempts else 0 end, gave_up_at = null where key = $1 and sent_at is null"];
    /// Many posts at once: rows of JSON, `$2` all their messages one after the other.
    OUTBOX_ADD_POSTS =
        "insert into outbox (key, message_id, due, sender, recipients, message, next_try, route) \
         select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, \
         substr($2, value ->> 5, value ->> 6), value ->> 2, value ->> 7 \
         from json_each($1) where true on conflict do nothing"
        / "insert into outbox (key, message_id, due, sender, recipients, message, next_try, route) \
         select value ->> 0, value ->> 1, cast(value ->> 2 as bigint), value ->> 3, value ->> 4, \
         substr(cast($2 as bytea), cast(value ->> 5 as int), cast(value ->> 6 as int)), \
         cast(value ->> 2 as bigint), value ->> 7 \
         from json_array_elements(cast($1 as json)) on conflict do nothing";
    OUTBOX_IS_DUE = [
        "select count(*) from (select 1 as due from outbox where route = $2 and next_try <= $1 \
         and sent_at is null and gave_up_at is null limit 1) one"];
    /// `$1` now, `$2` holder, `$3` microseconds to hold it, `$4` at most so many rows, `$5` route.
    OUTBOX_CLAIM =
        "update outbox set claimed_by = $2, \
         claimed_until = cast(unixepoch('subsec') * 1000000 as integer) + $3 \
         where key in (select key from outbox \
         where route = $5 and next_try <= $1 and sent_at is null and gave_up_at is null \
         and (claimed_by = $2 or claimed_until < cast(unixepoch('subsec') * 1000000 as integer)) \
         order by next_try, key limit $4) \
         returning key, sender, recipients, message, due, attempts"
        / "update outbox set claimed_by = $2, claimed_until = \
         cast(extract(epoch from clock_timestamp()) * 1000000 as bigint) + cast($3 as bigint) \
         where key = any (array(select key from outbox \
         where route = $5 and next_try <= $1 and sent_at is null and gave_up_at is null and (claimed_by = $2 \
         or claimed_until < cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)) \
         order by next_try, key limit $4 for update skip locked)) \
         returning key, sender, recipients, message, due, attempts";
    OUTBOX_SENT =
        "update outbox set sent_at = $2, message = x'', claimed_until = 0, gave_up_at = null, \
         last_error = null where key = $1 and sent_at is null"
        / "update outbox set sent_at = $2, message = '', claimed_until = 0, gave_up_at = null, \
         last_error = null where key = $1 and sent_at is null";
    /// A post goes when it has left: what was decided about it is remembered elsewhere.
    OUTBOX_POST_SENT = ["delete from outbox where key = $1 and route <> ''"];
    /// `$2` when it is tried again, `$3` when it was given up, `$4` why.
    OUTBOX_FAILED = [
        "update outbox set attempts = attempts + 1, next_try = $2, gave_up_at = $3, \
         last_error = $4, claimed_until = 0 where key = $1 and sent_at is null"];
    OUTBOX_RELEASE = [
        "update outbox set claimed_until = 0 \
         where claimed_by = $1 and claimed_until > 0 and route = $2"];
    OUTBOX_MESSAGE_ID = ["select message_id from outbox where key = $1"];
    OUTBOX_LIST = [
        "select key, recipients, due, attempts, next_try, gave_up_at, last_error from outbox \
         where sent_at is null \
         order by case when gave_up_at is null then 0 else 1 end, next_try, key limit $1"];
    OUTBOX_DEPTH = [
        "select count(*) filter (where gave_up_at is null), \
         min(case when gave_up_at is null then due end), \
         count(*) filter (where gave_up_at is not null) from outbox where sent_at is null"];

    DUTY_WANT = ["insert into duty (key, wanted_at) values ($1, $2) on conflict do nothing"];
    DUTY_SAID = [
        "insert into duty (key, wanted_at, said_at) values ($1, $2, $2) \
         on conflict (key) do update set said_at = coalesce(duty.said_at, excluded.said_at)"];
    DUTY_ALL_SAID = ["select key from duty where said_at is not null and wanted_at >= $1"];
    /// Keys that begin with `$1`, whatever the database's collation makes of their order.
    DUTY_SAID_OF = [
        "select key from duty where substr(key, 1, length(cast($1 as text))) = $1 \
         and said_at is not null order by key"];
    /// Those wanted before `$1`, except keys that begin with `$2`.
    DUTY_FORGET = [
        "delete from duty where wanted_at < $1 \
         and substr(key, 1, length(cast($2 as text))) <> $2"];
    /// What happened in a channel since `$3`, and what is still on.
    MEETING_SINCE = [
        "select ", meeting!(), " from meeting where network = $1 and channel_folded = $2 \
         and (started_at >= $3 or ended_at is null and aborted_at is null) \
         order by started_at, id"];

    /// `$1` slot, `$2` kind, `$3` who, `$4` name, `$5` nick, `$6` login, `$7` at, `$8` at most so
    /// many rows of a slot.
    SIGN_IN = [
        "insert into sign_in (slot, kind, who, name, nick, login, at) \
         select $1, $2, $3, $4, $5, $6, $7 \
         where (select count(*) from sign_in other where other.slot = $1) < $8 \
         on conflict do nothing"];
    SIGN_INS_OF = ["select count(*) from sign_in where slot = $1 and who = $2"];
    SIGN_IN_READ = [
        "select kind, name, nick, login, at from sign_in where slot = $1 order by at, who, name"];
    SIGN_IN_FORGET = ["delete from sign_in where at < $1"];

    /// `$1` network, `$2` channel, `$3` text, `$4` nick, `$5` at, `$6` at most so many in a channel.
    AGENDA_ADD = [
        "insert into agenda (network, channel, text, nick, at) select $1, $2, $3, $4, $5 \
         where (select count(*) from agenda other where other.network = $1 \
         and other.channel = $2) < $6 and ($4 = '' or (select count(*) from agenda other \
         where other.network = $1 and other.channel = $2 and other.nick = $4) < $7) \
         on conflict do nothing"];
    AGENDA_READ = [
        "select text from agenda where network = $1 and channel = $2 order by at, id"];
    AGENDA_TAKE = ["delete from agenda where network = $1 and channel = $2"];

    /// `$5` at most so many people of a network.
    PING_ON = [
        "insert into ping (network, who, nick, at) select $1, $2, $3, $4 \
         where (select count(*) from ping other where other.network = $1) < $5 \
         on conflict do nothing"];
    PING_OFF = ["delete from ping where network = $1 and who = $2"];
    PING_READ = ["select who, nick from ping where network = $1 order by who"];

    /// `$5` at most so many rows for one person.
    TELLING_ADD = [
        "insert into telling (key, who, text, at) select $1, $2, $3, $4 \
         where (select count(*) from telling other where other.who = $2 \
         and other.told_at is null) < $5 on conflict do nothing"];
    TELLING_WHO = ["select distinct who from telling where told_at is null order by who limit $1"];
    TELLING_TAKE = [
        "update telling set told_at = $2 where who = $1 and told_at is null returning key, text, at"];
    /// What need not be put together with the ledger.
    TELLING_TAKE_FRESH = [
        "update telling set told_at = $2 where who = $1 and told_at is null \
         and key not like 'action:%' returning key, text, at"];
    /// `$1` before when they were told, `$2` since when they wait in vain.
    TELLING_FORGET = ["delete from telling where told_at < $1 or told_at is null and at < $2"];

    /// Keys in `$1 <= key < $2`.
    ITEM_FORGET = ["delete from item where key >= $1 and key < $2"];
    /// All rows of a meeting at once, as in `LOG_APPEND`.
    ITEM_ADD =
        "insert into item (key, kind, line, at, nick, text, folded) \
         select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, \
         value ->> 6 from json_each($1)"
        / "insert into item (key, kind, line, at, nick, text, folded) \
         select * from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], \
         $6::text[], $7::text[])";
    /// `$1` the kinds, `$2` 0 or, for who may see minutes for members only, the end of time; `$3` at
    /// most so many rows; from `$4` on [`MOST_WORDS`](crate::store::log::MOST_WORDS) words, of which
    /// all must be there. Nothing is in everything.
    ITEM_FIND =
        "select meeting.slug, item.kind, item.line, item.at, item.nick, item.text \
         from item join meeting on meeting.id = (item.key >> 32) \
         where item.kind in (select value from json_each($1)) and meeting.aborted_at is null \
         and coalesce(meeting.restricted_at, 0) <= $2 \
         and instr(item.folded, $4) > 0 \
         and instr(item.folded, $5) > 0 \
         and instr(item.folded, $6) > 0 \
         and instr(item.folded, $7) > 0 \
         and instr(item.folded, $8) > 0 \
         and instr(item.folded, $9) > 0 \
         and instr(item.folded, $10) > 0 \
         and instr(item.folded, $11) > 0 \
         order by meeting.started_at desc, item.key limit $3"
        / "select meeting.slug, item.kind, item.line, item.at, item.nick, item.text \
         from item join meeting on meeting.id = (item.key >> 32) \
         where item.kind = any ($1::text[]) and meeting.aborted_at is null \
         and coalesce(meeting.restricted_at, 0) <= $2 \
         and strpos(item.folded, $4) > 0 \
         and strpos(item.folded, $5) > 0 \
         and strpos(item.folded, $6) > 0 \
         and strpos(item.folded, $7) > 0 \
         and strpos(item.folded, $8) > 0 \
         and strpos(item.folded, $9) > 0 \
         and strpos(item.folded, $10) > 0 \
         and strpos(item.folded, $11) > 0 \
         order by meeting.started_at desc, item.key limit $3";
    /// How many there would be without a limit: the words from `$3` on.
    ITEM_COUNT =
        "select count(*) from item join meeting on meeting.id = (item.key >> 32) \
         where item.kind in (select value from json_each($1)) and meeting.aborted_at is null \
         and coalesce(meeting.restricted_at, 0) <= $2 \
         and instr(item.folded, $3) > 0 \
         and instr(item.folded, $4) > 0 \
         and instr(item.folded, $5) > 0 \
         and instr(item.folded, $6) > 0 \
         and instr(item.folded, $7) > 0 \
         and instr(item.folded, $8) > 0 \
         and instr(item.folded, $9) > 0 \
         and instr(item.folded, $10) > 0"
        / "select count(*) from item join meeting on meeting.id = (item.key >> 32) \
         where item.kind = any ($1::text[]) and meeting.aborted_at is null \
         and coalesce(meeting.restricted_at, 0) <= $2 \
         and strpos(item.folded, $3) > 0 \
         and strpos(item.folded, $4) > 0 \
         and strpos(item.folded, $5) > 0 \
         and strpos(item.folded, $6) > 0 \
         and strpos(item.folded, $7) > 0 \
         and strpos(item.folded, $8) > 0 \
         and strpos(item.folded, $9) > 0 \
         and strpos(item.folded, $10) > 0";
    /// The meetings with an entry that holds all words: `$1` and `$2` as `$2` and `$3` of
    /// `ITEM_FIND`, the words from `$3` on.
    ITEM_MEETINGS =
        "select slug from meeting where aborted_at is null \
         and coalesce(restricted_at, 0) <= $1 and exists (select 1 from item \
         where item.key >= (meeting.id << 32) and item.key < ((meeting.id + 1) << 32) \
         and instr(item.folded, $3) > 0 \
         and instr(item.folded, $4) > 0 \
         and instr(item.folded, $5) > 0 \
         and instr(item.folded, $6) > 0 \
         and instr(item.folded, $7) > 0 \
         and instr(item.folded, $8) > 0 \
         and instr(item.folded, $9) > 0 \
         and instr(item.folded, $10) > 0) \
         order by started_at desc, id desc limit $2"
        / "select slug from meeting where aborted_at is null \
         and coalesce(restricted_at, 0) <= $1 and exists (select 1 from item \
         where item.key >= (meeting.id << 32) and item.key < ((meeting.id + 1) << 32) \
         and strpos(item.folded, $3) > 0 \
         and strpos(item.folded, $4) > 0 \
         and strpos(item.folded, $5) > 0 \
         and strpos(item.folded, $6) > 0 \
         and strpos(item.folded, $7) > 0 \
         and strpos(item.folded, $8) > 0 \
         and strpos(item.folded, $9) > 0 \
         and strpos(item.folded, $10) > 0) \
         order by started_at desc, id desc limit $2";
    MEETING_INDEXED = ["update meeting set indexed_at = $2, people = $3 where id = $1"];
    MEETING_UNINDEXED = [
        "select ", meeting!(), " from meeting where ended_at is not null and aborted_at is null \
         and indexed_at is null order by id limit $1"];
    BRIEF_LATEST = [
        "select ", brief!(), " from meeting where ended_at is not null and aborted_at is null \
         order by started_at desc, id desc limit $1"];
    /// Those that started in `$1 <= started_at < $2`.
    BRIEF_STARTED = [
        "select ", brief!(), " from meeting where started_at >= $1 and started_at < $2 \
         and aborted_at is null order by started_at, id"];
    BRIEF_OF = ["select ", brief!(), " from meeting where slug = $1 and aborted_at is null"];
    MEETINGS_HELD = [
        "select count(*) from meeting where ended_at is not null and aborted_at is null"];

    /// `$1` address, `$2` day, `$3` at most so many a day, `$4` at most so many addresses a day.
    REQUEST_COUNT = [
        "insert into request (address, day, count) select $1, $2, 1 where cast($3 as bigint) > 0 \
         and (select count(*) from request other where other.day = $2 and other.address <> $1 \
         and other.address not like '%:%') < $4 \
         on conflict (day, address) do update set count = request.count + 1 \
         where request.count < $3 returning count"];
    /// The same for letters that ask to confirm something; `$1` has a colon, which no address has.
    REQUEST_COUNT_LETTER = [
        "insert into request (address, day, count) select $1, $2, 1 where cast($3 as bigint) > 0 \
         and (select count(*) from request other where other.day = $2 and other.address <> $1 \
         and other.address like '%:%') < $4 \
         on conflict (day, address) do update set count = request.count + 1 \
         where request.count < $3 returning count"];
    REQUEST_FORGET = ["delete from request where day < $1"];

    MIGRATION_VERSION = ["select coalesce(max(version), 0) from migration"];
    MIGRATION_DONE = ["insert into migration (version) values ($1)"];
}

// Run as they are, outside the check: they make what the others need, or are no statements on rows.

/// One row means: this step of `migrations/` was applied.
pub(super) const MIGRATION_TABLE: Sql = Sql {
    sqlite: "create table if not exists migration (version integer primary key) strict",
    pg: "create table if not exists migration (version bigint primary key)",
};

/// Nodes that start at once migrate one after the other. The number means nothing but "ours"; those
/// who have another schema of the same database do not wait.
pub(super) const MIGRATION_LOCK: &str = "select pg_advisory_xact_lock(\
     7021791114 # hashtext(coalesce(current_schema(), '')::text)::bigint)";

/// A write transaction takes the lock when it begins: one that upgrades later fails at once.
pub(super) const BEGIN: &str = "begin immediate";

/// For every connection to PostgreSQL, whose defaults may be not to wait for the disk, and to wait
/// for a lock for ever. `$1` milliseconds to wait for a lock.
pub(super) const PG_SETTINGS: &str = "select set_config('synchronous_commit', 'on', false), \
     set_config('lock_timeout', $1, false)";

/// Rewrites what held rows that are gone, so that nothing of them is left in unused space.
pub(super) const SCRUB: Sql = Sql { sqlite: "vacuum", pg: "vacuum full log, item" };

/// Empties SQLite's write-ahead log into the database; gives 1 first where somebody was in the way.
pub(super) const CHECKPOINT: &str = "pragma wal_checkpoint(truncate)";
