//! What pages show of many meetings, and by what it is known that nothing changed.

use crate::store::sql::Sql;

statements! {
    /// What pages are made from, in a few numbers.
    STAMP = [
        "select (select coalesce(max(id), 0) from journal) as journal, \
         (select coalesce(max(number), 0) from push) as push, \
         (select coalesce(max(changed_at), 0) from build) as build, \
         coalesce(max(id), 0) as meeting, count(*) as meetings, count(ended_at) as ended, \
         count(aborted_at) as aborted, count(restricted_at) as restricted, \
         coalesce(max(ended_at), 0) as ended_at, coalesce(max(published_at), 0) as published_at, \
         coalesce(max(indexed_at), 0) as indexed_at from meeting"];
    /// The first and the last start of a meeting.
    SITE_SPAN = [
        "select min(started_at), max(started_at) from meeting where aborted_at is null"];
    /// Those that started in `$1 <= started_at < $2`, the newest first.
    SITE_BETWEEN = [
        "select ", brief!(), " from meeting where started_at >= $1 and started_at < $2 \
         and aborted_at is null order by started_at desc, id desc limit $3"];
    /// Those of a name, the newest first; before the moment `$2`.
    SITE_NAMED = [
        "select ", brief!(), " from meeting where name = $1 and started_at < $2 \
         and aborted_at is null order by started_at desc, id desc limit $3"];
    /// Each name, how many meetings it has, and when the last one started.
    SITE_NAMES = [
        "select name, count(*), max(started_at) from meeting where aborted_at is null \
         and name is not null group by name order by max(started_at) desc limit $1"];
    /// The pushes before a number, the newest first.
    SITE_PUSHES = [
        "select number, at, since, items from push where number < $1 order by number desc limit $2"];
}
