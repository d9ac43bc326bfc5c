-- One row is one letter that must leave once, and what became of it. It stays after the letter has
-- left, without its text, so that the same letter is not written again.
create table outbox (
    -- Why the letter exists, for example minutes:2018-11-13.
    key text not null primary key,
    -- Without angle brackets; what an answer or a correction refers to.
    message_id text not null,
    -- All moments are microseconds since 1970. The letter may leave from then on.
    due integer not null,
    -- The envelope's sender; null is the null sender.
    sender text,
    -- The envelope's recipients, one a line.
    recipients text not null,
    -- As it goes over the wire (RFC 5322, CRLF); empty once it has left.
    message blob not null,
    attempts integer not null default 0,
    next_try integer not null,
    -- The node that is sending it, until then by the database's own clock.
    claimed_by text,
    claimed_until integer not null default 0,
    sent_at integer,
    gave_up_at integer,
    last_error text
) strict;

create index outbox_waiting on outbox (next_try) where sent_at is null and gave_up_at is null;
