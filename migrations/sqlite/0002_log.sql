-- One row is one thing that happened in a channel while a meeting was on there.
--
-- The key is meeting * 2^32 + seq: with one integer that only grows SQLite appends at the edge of
-- the tree, where "primary key (meeting, seq) … without rowid" rewrites the neighbours of each page
-- that is split: half as much is written for ten lines at once, a quarter less for a hundred. For
-- the same reason nothing else is indexed.
create table log (
    key integer primary key,
    -- The moment shown.
    at integer not null,
    -- Microseconds from it until the line reached us; null for none.
    delay integer,
    -- One of the words in domain::meeting::event::Row.
    kind text not null,
    nick text,
    -- The services account: null unknown, empty not logged in.
    login text,
    text text not null
) strict;
