-- One row is one thing that a search finds: an item or a topic of minutes, a line of a log, a push.
-- Derived: written anew whenever minutes are published or a push is announced. Notices and actions
-- are few and are looked through in memory.
create table found (
    -- The millisecond * 2^20 and a number that tells those of one millisecond apart: what is newer
    -- has the greater key, so that the newest come first without being sorted.
    key integer primary key,
    -- minutes, log or push: what a search may be narrowed to.
    kind text not null,
    -- What it is: topic, an item's kind, line, push.
    sort text not null,
    -- The meeting it is of; null for a push.
    meeting integer,
    -- The log line, or the number of the push.
    number integer not null,
    at integer not null,
    nick text not null,
    text text not null
) strict;

create index found_meeting on found (meeting) where meeting is not null;
create index found_push on found (number) where meeting is null;

-- One row is the words of one such thing, as domain::search cuts them, by the same key; kind and
-- nick stand beside them, so that what is narrowed to few is found as fast as they are. What is
-- deleted leaves nothing behind.
create virtual table found_words using fts5(words, kind, who, tokenize = 'ascii', prefix = '2 3');
insert into found_words (found_words, rank) values ('secure-delete', 1);

-- All minutes are to be indexed again.
update meeting set indexed_at = null;
