-- One row is one change of the group: of its roster, calendar, actions, notices, milestones,
-- reports. The group is what the configuration and all rows in order give; no row ever changes, but
-- for the words that a redaction destroys.
create table journal (
    -- 1, 2, 3 … without gaps, in the order in which the changes were made.
    id integer primary key,
    -- Why the row exists, where it must exist once; null where a person asked for it.
    key text unique,
    at integer not null,
    -- Who, and where: domain::group::By as JSON.
    by text not null,
    -- What: domain::group::Change as JSON.
    change text not null
) strict;
