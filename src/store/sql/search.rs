//! The statements of the search; only here the databases differ much, as each has a full-text
//! search of its own.

use crate::store::sql::Sql;

statements! {
    /// `$1` a JSON array of rows for SQLite; for PostgreSQL the columns come as arrays.
    FOUND_ADD =
        "insert into found (key, kind, sort, meeting, number, at, nick, text) \
         select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, \
         value ->> 6, value ->> 7 from json_each($1) where true \
         on conflict (key) do update set kind = excluded.kind, sort = excluded.sort, \
         meeting = excluded.meeting, number = excluded.number, at = excluded.at, \
         nick = excluded.nick, text = excluded.text"
        / "insert into found (key, kind, sort, meeting, number, at, nick, text) \
         select * from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], \
         $6::bigint[], $7::text[], $8::text[]) \
         on conflict (key) do update set kind = excluded.kind, sort = excluded.sort, \
         meeting = excluded.meeting, number = excluded.number, at = excluded.at, \
         nick = excluded.nick, text = excluded.text";
    /// The words of the same rows: for SQLite key, words, kind and nick; for PostgreSQL key and vector.
    FOUND_WORDS_ADD =
        "insert or replace into found_words (rowid, words, kind, who) \
         select value ->> 0, value ->> 1, value ->> 2, value ->> 3 from json_each($1)"
        / "insert into found_words (key, words) \
         select one.key, one.words::tsvector from unnest($1::bigint[], $2::text[]) as one (key, words) \
         on conflict (key) do update set words = excluded.words";
    FOUND_WORDS_FORGET =
        "delete from found_words where rowid in (select key from found where meeting = $1)"
        / "delete from found_words where key in (select key from found where meeting = $1)";
    FOUND_FORGET = ["delete from found where meeting = $1"];
    /// `$1` what is looked for, as the database reads it; `$2 <= key < $3`; `$4` a nick in small
    /// letters or nothing; `$5` a kind or nothing; `$6` at most so many. What everybody may read.
    FOUND_FIND =
        "select found.key, found.sort, found.number, found.at, found.nick, found.text, meeting.slug \
         from found_words join found on found.key = found_words.rowid \
         left join meeting on meeting.id = found.meeting \
         where found_words match $1 and found_words.rowid >= $2 and found_words.rowid < $3 \
         and ($4 = '' or lower(found.nick) = $4) and ($5 = '' or found.kind = $5) \
         and (found.meeting is null or (meeting.ended_at is not null \
         and meeting.aborted_at is null and meeting.restricted_at is null)) \
         order by found_words.rowid desc limit $6"
        / "select found.key, found.sort, found.number, found.at, found.nick, found.text, meeting.slug \
         from found_words join found on found.key = found_words.key \
         left join meeting on meeting.id = found.meeting \
         where found_words.words @@ ($1::text)::tsquery and found_words.key >= $2 \
         and found_words.key < $3 \
         and ($4 = '' or lower(found.nick) = $4) and ($5 = '' or found.kind = $5) \
         and (found.meeting is null or (meeting.ended_at is not null \
         and meeting.aborted_at is null and meeting.restricted_at is null)) \
         order by found_words.key desc limit $6";
    /// The pushes that cannot be found yet, the oldest first.
    FOUND_PUSHES_MISSING = [
        "select number, at, since, items from push where not exists (select 1 from found \
         where found.meeting is null and found.number = push.number) order by number limit $1"];
}
