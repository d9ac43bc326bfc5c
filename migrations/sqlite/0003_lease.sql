-- One row is one job that only one node may do at a time, and the node that has it.
create table lease (
    name text primary key,
    holder text not null,
    -- Grows whenever another holder takes over, so that a write of the old one can be refused.
    fence integer not null,
    -- Microseconds since 1970 by the database's own clock, so that the nodes' clocks do not matter.
    expires integer not null
) strict, without rowid;
