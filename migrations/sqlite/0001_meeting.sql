-- One row is one meeting in one channel, from #startmeeting on.
--
-- It is open while neither ended_at nor aborted_at is set; every moment counts microseconds since
-- 1970-01-01T00:00:00Z.
create table meeting (
    id integer primary key,
    -- The permanent address /m/SLUG: the UTC date of the start, with -2, -3 … for further meetings.
    slug text not null unique,
    network text not null,
    -- The channel as it is shown, and as the network compares it.
    channel text not null,
    channel_folded text not null,
    name text,
    owner_nick text not null,
    -- Null where the owner had no services account.
    owner_account text,
    started_at integer not null,
    ended_at integer,
    -- Ended without publishing; the log is kept.
    aborted_at integer,
    -- Since then the minutes are for members only.
    restricted_at integer,
    -- The channel was listened to until then; what is missing after it is a gap.
    heard_until integer not null,
    -- When the files were last written.
    published_at integer,
    -- Their path without extension, for example 2018/virt-sig.2018-11-13-15.00.
    place text unique
) strict;

-- At most one open meeting in a channel.
create unique index meeting_open on meeting (network, channel_folded)
    where ended_at is null and aborted_at is null;

create index meeting_started on meeting (started_at, id);
