//! The statements about package pushes.

use crate::store::sql::Sql;

statements! {
    PLACE_ONE = ["select state from place where repository = $1 and arch = $2"];
    PLACE_ALL = ["select repository, arch, state from place order by repository, arch"];
    /// `$3` the SHA-256 of what is accepted now, `$4` the state, `$5` the SHA-256 it replaces: nothing
    /// happens where another one has come between.
    PLACE_SAVE = [
        "insert into place (repository, arch, sha256, state) values ($1, $2, $3, $4) \
         on conflict (repository, arch) do update set sha256 = excluded.sha256, \
         state = excluded.state where place.sha256 = $5"];

    CARRIED_OF = [
        "select source, epoch, version, release, package_arch, packages from carried \
         where repository = $1 and arch = $2"];
    /// `$3` rows of JSON: source, epoch, version, release, package_arch, packages.
    CARRIED_PUT =
        "insert into carried (repository, arch, source, epoch, version, release, package_arch, \
         packages) select $1, $2, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, \
         value ->> 5 from json_each($3) where true \
         on conflict (repository, arch, source, version, release, epoch, package_arch) \
         do update set packages = excluded.packages"
        / "insert into carried (repository, arch, source, epoch, version, release, package_arch, \
         packages) select $1, $2, value ->> 0, cast(value ->> 1 as bigint), value ->> 2, \
         value ->> 3, value ->> 4, value ->> 5 from json_array_elements(cast($3 as json)) \
         on conflict (repository, arch, source, version, release, epoch, package_arch) \
         do update set packages = excluded.packages";
    /// `$3` rows of JSON: source, epoch, version, release, package_arch.
    CARRIED_DROP =
        "delete from carried where repository = $1 and arch = $2 \
         and (source, epoch, version, release, package_arch) in \
         (select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 from json_each($3))"
        / "delete from carried where repository = $1 and arch = $2 \
         and (source, epoch, version, release, package_arch) in \
         (select value ->> 0, cast(value ->> 1 as bigint), value ->> 2, value ->> 3, value ->> 4 \
         from json_array_elements(cast($3 as json)))";
    /// What is carried of a source package anywhere.
    CARRIED_SOURCE = [
        "select repository, arch, source, epoch, version, release from carried where source = $1 \
         order by repository, arch"];
    /// The source packages that have a package of that name: `$1` is how its key begins, in quotes.
    CARRIED_BINARY = [
        "select distinct source from carried where packages like $1 order by source limit 5"];
    CARRIED_NAMES = ["select distinct source from carried order by source limit $1"];

    BUILD_ONE = [
        "select id, state from build where repository = $1 and source = $2 and version = $3 \
         and release = $4"];
    BUILD_SAVE = [
        "insert into build (repository, source, epoch, version, release, state, wakes_at, \
         changed_at) values ($1, $2, $3, $4, $5, $6, $7, $8) \
         on conflict (repository, source, version, release) do update set \
         epoch = excluded.epoch, state = excluded.state, wakes_at = excluded.wakes_at, changed_at = excluded.changed_at"];
    BUILD_DUE = [
        "select id, state from build where wakes_at <= $1 order by wakes_at, id limit $2"];
    /// When the next one is to be looked at.
    BUILD_NEXT = ["select min(wakes_at) as at from build"];
    BUILD_SOURCE = [
        "select id, state from build where source = $1 order by changed_at desc, id desc limit $2"];
    /// Those of a repository that changed since, the newest first.
    BUILD_IN = [
        "select id, state from build where repository = $1 and changed_at >= $2 \
         order by changed_at desc, id desc limit $3"];
    BUILD_RECENT = [
        "select id, state from build where changed_at >= $1 \
         order by changed_at desc, id desc limit $2"];

    PUSH_ADD = [
        "insert into push (at, since, items) values ($1, $2, $3) returning number"];
    PUSH_ONE = ["select number, at, since, items from push where number = $1"];
    /// In `$1 <= at < $2`, the oldest first.
    PUSH_BETWEEN = [
        "select number, at, since, items from push where at >= $1 and at < $2 \
         order by number limit $3"];

    ANNOUNCEMENT_ADD = [
        "insert into announcement (push, network, channel) values ($1, $2, $3) \
         on conflict do nothing"];
    ANNOUNCEMENT_WAITING = [
        "select push.number, push.at, push.since, push.items, announcement.line \
         from announcement join push on push.number = announcement.push \
         where announcement.network = $1 and announcement.channel = $2 \
         and announcement.said_at is null order by push.number limit $3"];
    /// How many lines were posted in a channel since then.
    ANNOUNCEMENT_RECENT = [
        "select count(distinct line) from announcement where network = $1 and channel = $2 \
         and posted_at > $3"];
    ANNOUNCEMENT_POST = [
        "update announcement set line = $4, posted_at = $5 \
         where push = $1 and network = $2 and channel = $3"];
    ANNOUNCEMENT_SAID = [
        "update announcement set said_at = $2 where line = $1 and said_at is null"];

    CURSOR_OF = ["select first, event from tag_cursor where tag = $1"];
    CURSOR_SET = [
        "insert into tag_cursor (tag, first, event, at) values ($1, $2, $2, $3) \
         on conflict (tag) do update set event = excluded.event, at = excluded.at \
         where tag_cursor.event <= excluded.event"];

    WATCH_ADD =
        "insert into watch (network, who, pattern, at) select $1, $2, $3, $4 \
         where (select count(*) from watch where network = $1 and who = $2) < $5 \
         and (select count(*) from watch) < $6 on conflict do nothing"
        / "insert into watch (network, who, pattern, at) select $1, $2, $3, $4::bigint \
         where (select count(*) from watch where network = $1 and who = $2) < $5 \
         and (select count(*) from watch) < $6 on conflict do nothing";
    WATCH_REMOVE = ["delete from watch where network = $1 and who = $2 and pattern = $3"];
    WATCH_OF = ["select who, pattern from watch where network = $1 and who = $2 order by pattern"];
    WATCH_ALL = ["select who, pattern from watch order by who, pattern"];
}
