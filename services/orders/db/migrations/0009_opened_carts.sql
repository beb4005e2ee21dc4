-- What was touched last before a time was opened before it. An index on updated_at would have every change of a cart write to all indexes.
drop index carts_idle;
-- The default is for carts that were there before, and for those that an older release still opens: they are looked at always.
alter table carts add column opened_at timestamptz not null default '1970-01-01T00:00:00Z';
create index carts_open on carts (opened_at) where status = 'open';
