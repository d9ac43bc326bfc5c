-- One row is one mailing list whose door beadle keeps.
create table list (
    id integer primary key,
    -- What it is called, in small letters.
    name text not null unique,
    -- Where posts to it go, in small letters.
    address text not null unique,
    -- What differs from [gate] of the configuration (domain::list::policy::Settings as JSON).
    settings text not null,
    -- All moments are microseconds since 1970.
    created_at integer not null
) strict;

-- One row is one address whose posts to a list are a subscriber's.
create table subscriber (
    list integer not null references list (id),
    -- The address as it is compared (domain::list::Key).
    key text not null,
    -- The address as it was given.
    address text not null,
    name text not null,
    -- The key of the subscriber's first address, where this is a further one; it gets no mail.
    other_of text,
    joined_at integer not null,
    -- Since then name+anything@ is the subscriber's own, too.
    extended_at integer,
    -- Since then every post waits for a moderator.
    moderated_at integer,
    -- Since then no mail is wanted.
    nomail_at integer,
    primary key (list, key)
) strict, without rowid;

create index subscriber_other on subscriber (list, other_of) where other_of is not null;

-- One row is what was decided about one post to one list, and by what. A post that comes again
-- changes its row.
create table verdict (
    -- What the post is told from all others by (domain::list::post::Post::digest).
    digest blob not null,
    list integer not null,
    at integer not null,
    -- How often it came.
    times integer not null,
    -- accept, hold, reject or discard.
    verdict text not null,
    -- The check that gave it (domain::list::gate::CHECKS).
    by_check text not null,
    -- The beginning of the digest of its message id; 0 where it has none.
    message integer not null,
    -- What it was judged by (domain::list::gate::Facts as JSON).
    facts text not null,
    primary key (digest, list)
) strict, without rowid;

create index verdict_at on verdict (at);
create index verdict_message on verdict (message);

-- One row is one post that waits for a moderator, or is kept for a while after it was discarded.
create table kept (
    id integer primary key,
    list integer not null,
    digest blob not null,
    -- hold or discard.
    verdict text not null,
    at integer not null,
    -- It is thrown away then.
    until integer not null,
    -- The envelope's sender; empty is the null sender.
    sender text not null,
    -- As it came; empty once that is decided.
    message blob not null,
    size integer not null,
    decided_at integer,
    -- release or discard.
    decision text,
    decided_by text,
    unique (digest, list)
) strict;

create index kept_until on kept (until);

-- One row is one key that signs the bot's own mail and its tokens. The newest one signs; older ones
-- still verify.
create table signing_key (
    id integer primary key,
    made_at integer not null,
    secret blob not null
) strict;

-- One row is one token that was mailed to an address, and what it allows, once. The token itself is
-- not kept.
create table token (
    -- domain::list::token::Token::digest.
    digest blob not null primary key,
    list integer not null references list (id),
    -- domain::list::token::Action::word.
    action text not null,
    -- The address it was mailed to, as it is compared, as it was given, and the name beside it.
    key text not null,
    address text not null,
    name text not null,
    -- The key of the subscriber of whom the address becomes a further one.
    other_of text,
    -- It has run out by then.
    until integer not null,
    used_at integer
) strict, without rowid;

-- Where a letter leaves: empty is the relay of [mail], else the name of the list whose accepted
-- post it is. Such a row goes when the post has left.
alter table outbox add column route text not null default '';
drop index outbox_waiting;
create index outbox_waiting on outbox (route, next_try) where sent_at is null and gave_up_at is null;
