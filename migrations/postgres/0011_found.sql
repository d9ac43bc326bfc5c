-- One row is one thing that a search finds: an item or a topic of minutes, a line of a log, a push.
-- Derived: written anew whenever minutes are published or a push is announced. Notices and actions
-- are few and are looked through in memory.
create table found (
    -- The millisecond * 2^20 and a number that tells those of one millisecond apart: what is newer
    -- has the greater key, so that the newest come first without being sorted.
    key bigint not null primary key,
    -- minutes, log or push: what a search may be narrowed to.
    kind text not null,
    -- What it is: topic, an item's kind, line, push.
    sort text not null,
    -- The meeting it is of; null for a push.
    meeting bigint,
    -- The log line, or the number of the push.
    number bigint not null,
    at bigint not null,
    nick text not null,
    text text not null
);

create index found_meeting on found (meeting) where meeting is not null;
create index found_push on found (number) where meeting is null;

-- One row is the words of one such thing, as domain::search cuts them, by the same key.
create table found_words (
    key bigint not null primary key,
    words tsvector not null
);

create index found_words_words on found_words using gin (words);

-- All minutes are to be indexed again.
update meeting set indexed_at = null;
