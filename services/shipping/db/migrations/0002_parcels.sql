-- What an order's parcels have in common, and the tombstone that keeps an order cancelled before its shipment was made from ever
-- being sent: until now the one row of `shipments` was both.
create table consignments (
  order_id       uuid primary key,
  cancelled      boolean not null,
  user_id        uuid,
  -- A keyed digest of the e-mail address: finds what a guest left. Null once the person was erased.
  address_digest bytea,
  -- Where it goes, sealed under the order's own key; null when it is not needed any more.
  sealed         bytea
);
insert into consignments (order_id, cancelled) select order_id, status = 'cancelled' from shipments;
create index consignments_of_user on consignments (user_id) where user_id is not null;
create index consignments_of_address on consignments (address_digest) where address_digest is not null;

alter table shipments drop constraint shipments_order_id_key;
alter table shipments add column weight_grams integer not null default 0;
create index shipments_of_order on shipments (order_id);

-- The simulated carrier's own book: what it was given, where that is, and when it moves on.
create table carrier_parcels (
  tracking_number text primary key,
  status          text not null,
  next_at         timestamptz
);
insert into carrier_parcels (tracking_number, status, next_at) select tracking_number, status, next_at from shipments;
create index carrier_parcels_due on carrier_parcels (next_at) where next_at is not null;

-- What the carrier has yet to tell.
create table carrier_events (
  event_id        uuid primary key,
  tracking_number text not null,
  status          text not null,
  at              timestamptz not null,
  due_at          timestamptz not null,
  attempts        integer not null default 0
);
create index carrier_events_due on carrier_events (due_at);

-- The carrier's book says when a parcel moves now. The column stays, empty, for replicas of the release before; a later one drops it.
drop index shipments_due;
alter table shipments drop constraint shipments_check;
update shipments set next_at = null;

-- Zones and rates as operators manage them; null: the table that the shop began with.
alter table rate_table add column managed jsonb;
