-- One row is one thing that is said once because of the time: a call, that a meeting was not held.
create table duty (
    -- Why it is said, for example call:virt-sig-20181113.
    key text not null primary key,
    -- All moments are microseconds since 1970. When it was decided, before it was said.
    wanted_at integer not null,
    -- When the server had taken it; null while it is not known to be said.
    said_at integer
) strict;

-- One row is one word before a meeting: somebody will be there, or will not.
create table sign_in (
    -- The meeting's id in the schedule, for example virt-sig-20181113.
    slot text not null,
    -- here or regrets.
    kind text not null,
    -- Who said it: a: and the account, or n: and the nick, folded.
    who text not null,
    -- The name they gave; empty where they meant themselves.
    name text not null,
    nick text not null,
    -- Their account; null where the network has no accounts, empty where they are not logged in.
    login text,
    at integer not null,
    primary key (slot, kind, who, name)
) strict;

-- One row is one topic that waits for the next meeting of a channel.
create table agenda (
    id integer primary key,
    network text not null,
    channel text not null,
    text text not null,
    nick text not null,
    at integer not null,
    unique (network, channel, text)
) strict;

-- One row is one person who wants a private word when a meeting is called.
create table ping (
    network text not null,
    -- a: and the account, or n: and the nick, folded.
    who text not null,
    -- What they were called when they asked.
    nick text not null,
    at integer not null,
    primary key (network, who)
) strict;

-- One row is one thing that somebody is told when seen next.
create table telling (
    -- Why, for example action:35.
    key text not null primary key,
    -- Account or nick, folded.
    who text not null,
    text text not null,
    at integer not null,
    told_at integer
) strict;

create index telling_waiting on telling (who) where told_at is null;
