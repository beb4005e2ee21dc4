-- One row per order: also the tombstone that keeps an order cancelled before its shipment was made from ever being sent.
create table shipments (
  shipment_id     uuid primary key,
  order_id        uuid not null unique,
  tracking_number text not null unique,
  method          text not null check (method in ('standard', 'express', 'pickup')),
  status          text not null check (status in ('created', 'dispatched', 'in_transit', 'delivered', 'lost', 'cancelled')),
  lines           jsonb not null,
  -- How many events of this shipment were published: the sequence of the last one.
  published       integer not null default 0,
  next_at         timestamptz,
  check ((next_at is null) = (status in ('delivered', 'lost', 'cancelled')))
);
create index shipments_due on shipments (next_at) where next_at is not null;

create table shipment_events (
  shipment_id uuid not null references shipments,
  status      text not null,
  at          timestamptz not null,
  primary key (shipment_id, status)
);

-- The whole table of rates; a new version is published to the others by a task.
create table rate_table (
  singleton boolean primary key default true check (singleton),
  rates     jsonb not null,
  version   integer not null,
  published integer not null
);
insert into rate_table (rates, version, published)
select jsonb_agg(jsonb_build_object('method', method, 'currency', currency, 'countries', countries, 'maxWeightGrams', grams, 'amount', amount)), 1, 0
from (
  select method, currency, countries, grams, amount
  from (values ('EUR'), ('GBP'), ('USD')) as c(currency),
       (values ('["AT","BE","DE","FR","IT","LU","NL"]'::jsonb, 1), ('["*"]'::jsonb, 3)) as z(countries, zone),
       (values ('standard', 2000, 490), ('standard', 10000, 790), ('standard', 2000000, 2490),
               ('express', 2000, 990), ('express', 10000, 1590), ('express', 2000000, 4990)) as m(method, grams, base),
       lateral (select base * zone as amount) as a
  union all
  select 'pickup', currency, '["*"]'::jsonb, 2147483647, 0 from (values ('EUR'), ('GBP'), ('USD')) as c(currency)
) as rates;
