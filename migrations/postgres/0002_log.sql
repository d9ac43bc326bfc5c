-- One row is one thing that happened in a channel while a meeting was on there.
--
-- The key is meeting * 2^32 + seq, as on SQLite, where it keeps the writes few.
create table log (
    key bigint primary key,
    -- The moment shown.
    at bigint not null,
    -- Microseconds from it until the line reached us; null for none.
    delay bigint,
    -- One of the words in domain::meeting::event::Row.
    kind text not null,
    nick text,
    -- The services account: null unknown, empty not logged in.
    login text,
    text text not null
);
