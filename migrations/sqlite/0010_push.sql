-- One row is one yum repository on one architecture, as it was last accepted and looked at.
create table place (
    repository text not null,
    arch text not null,
    -- The SHA-256 of the repomd.xml that was accepted; empty before the first one.
    sha256 text not null,
    -- domain::push::place::Place as JSON.
    state text not null,
    primary key (repository, arch)
) strict, without rowid;

-- One row is one source build that such a repository carries.
create table carried (
    repository text not null,
    arch text not null,
    source text not null,
    epoch integer not null,
    version text not null,
    release text not null,
    -- The architecture of its packages.
    package_arch text not null,
    -- The packages and their checksums (domain::push::index::Packages as JSON).
    packages text not null,
    primary key (repository, arch, source, version, release, epoch, package_arch)
) strict, without rowid;

create index carried_source on carried (source);

-- One row is one source build in one repository, and all that is known of its way.
create table build (
    id integer primary key,
    repository text not null,
    source text not null,
    epoch integer not null,
    version text not null,
    release text not null,
    -- domain::push::build::Build as JSON.
    state text not null,
    -- When something is to be done with it without anything happening.
    wakes_at integer,
    -- The last thing known of it.
    changed_at integer not null,
    -- The epoch is no part of what a build is called; not every source of events knows it.
    unique (repository, source, version, release)
) strict;

create index build_source on build (source);
create index build_wakes on build (wakes_at) where wakes_at is not null;
create index build_changed on build (changed_at);

-- One row is one push: what was announced together. Its number is in its permanent address.
create table push (
    number integer primary key,
    at integer not null,
    -- Since when we had been away, where it is told after an outage.
    since integer,
    -- domain::push::item::Item as JSON, a list of them.
    items text not null
) strict;

create index push_at on push (at);

-- One row is one push to be said in one channel. Those with the same line are said in one.
create table announcement (
    push integer not null references push (number),
    network text not null,
    -- In small letters.
    channel text not null,
    -- The key of the line it was said in.
    line text,
    -- When that line was posted first, and when the server had taken it.
    posted_at integer,
    said_at integer,
    primary key (push, network, channel)
) strict, without rowid;

create index announcement_waiting on announcement (network, channel) where said_at is null;

-- One row is how far one tag of the build system was read, and from which event on.
create table tag_cursor (
    tag text not null primary key,
    first integer not null,
    event integer not null,
    at integer not null
) strict, without rowid;

-- One row is somebody who wants to be told of packages.
create table watch (
    network text not null,
    -- As the network knows them (flow::gather::key_of).
    who text not null,
    pattern text not null,
    at integer not null,
    primary key (network, who, pattern)
) strict, without rowid;
