-- When the channel had been told of the end; null while a kill may have come between.
alter table meeting add column told_at integer;
update meeting set told_at = coalesce(ended_at, aborted_at);
