-- A keyed digest of a guest's e-mail address: finds the orders of somebody who had no account when they placed them. Filled by a task and
-- before each look, and not when an order is placed, which would have to pay for it.
alter table orders add column address_digest bytea;
create index orders_of_address on orders (address_digest) where address_digest is not null;

-- Up to when guests' orders have their digest.
create table guests_known (
  singleton boolean primary key default true check (singleton),
  placed_at timestamptz not null
);
insert into guests_known (placed_at) values ('1970-01-01T00:00:00Z');
