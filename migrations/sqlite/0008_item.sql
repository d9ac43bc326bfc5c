-- One row is one item or topic of the minutes of a meeting that ended, to be found by its words.
-- Derived: written anew whenever the minutes are published.
create table item (
    -- meeting.id * 2^32 + its place in the minutes, from 1.
    key integer primary key,
    -- topic, or the item's kind as domain::minutes::index::Sort has it.
    kind text not null,
    -- The log line (l-N) that made it.
    line integer not null,
    -- Microseconds since 1970.
    at integer not null,
    nick text not null,
    text text not null,
    -- What it is searched by: topic, text and number in small letters.
    folded text not null
) strict;

create index item_kind on item (kind, key);

-- When the items of the meeting were last written; null while they are not.
alter table meeting add column indexed_at integer;
-- How many people took part; null while that was not counted.
alter table meeting add column people integer;

-- One row is one mail address that asked something on a UTC day.
create table request (
    -- In small letters.
    address text not null,
    -- Days since 1970.
    day integer not null,
    -- How many mails of the day were answered.
    count integer not null,
    primary key (day, address)
) strict, without rowid;
