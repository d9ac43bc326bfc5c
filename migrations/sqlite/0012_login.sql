-- One row is one browser in which a member is logged in. What the browser holds is not kept.
create table session (
    id integer primary key,
    -- SHA-256 of the token in its cookie.
    digest blob not null unique,
    -- The member's account, or the first nick where there is none (domain::roster::Member::proof).
    member text not null,
    -- What every form of this session carries.
    form text not null,
    -- link or oidc.
    way text not null,
    -- What the browser calls itself, which a stranger may have written.
    agent text not null,
    -- All moments are microseconds since 1970.
    created_at integer not null,
    used_at integer not null,
    -- It ends then, however often it is used.
    until integer not null,
    -- What came of the last act, until a page has shown it.
    told text not null
) strict;

create index session_member on session (member);
create index session_until on session (until);

-- One row is one link that was mailed to a member and logs them in, once.
create table login_link (
    -- SHA-256 of the token in it.
    digest blob not null primary key,
    member text not null,
    made_at integer not null,
    until integer not null,
    used_at integer
) strict, without rowid;

create index login_link_member on login_link (member, made_at);
create index login_link_made on login_link (made_at);

-- One row is one browser that was sent to the group's login service and is expected back.
create table login_attempt (
    -- SHA-256 of the state that the service gives back.
    digest blob not null primary key,
    -- SHA-256 of what the browser's own cookie holds.
    browser blob not null,
    -- RFC 7636: what the challenge was made of.
    verifier text not null,
    -- What the ID token must hold.
    nonce text not null,
    -- The path it goes on to.
    next text not null,
    until integer not null
) strict, without rowid;

create index login_attempt_until on login_attempt (until);
