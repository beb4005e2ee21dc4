-- Text that is compared or locked in order is collated "C": the same order here, in the code and on every machine.
create table locations (
  location text collate "C" primary key,
  -- Lower is taken first.
  priority integer not null check (priority >= 0)
);
insert into locations values ('main', 0);

-- A SKU from its first receipt on, and what the others were last told of it.
create table items (
  sku     text collate "C" primary key,
  -- How often they were told: the sequence of what inventory publishes of a SKU.
  version integer not null default 0,
  -- Nothing there is low, so that a first small receipt is not announced as a fall.
  low     boolean not null default true
);
create index items_low on items (sku) where low;

-- The counters: never written but with the movements that explain them. Room is left in each page, so that a new version of
-- a row stays beside the old one and no index is touched.
create table stock (
  sku      text collate "C" not null references items,
  location text collate "C" not null references locations,
  on_hand  integer not null default 0,
  reserved integer not null default 0,
  primary key (sku, location),
  constraint nothing_negative check (on_hand >= 0 and reserved >= 0),
  constraint reserved_is_on_hand check (reserved <= on_hand),
  constraint location_is_finite check (on_hand <= 1000000000)
) with (fillfactor = 70);

-- The journal. No foreign key to stock: its check would lock the hottest rows once more for each movement.
create table movements (
  movement_id bigint generated always as identity primary key,
  sku         text collate "C" not null,
  location    text collate "C" not null,
  kind        text not null check (kind in ('receipt', 'reserve', 'release', 'sale', 'return', 'adjustment')),
  quantity    integer not null check (quantity > 0 or (kind = 'adjustment' and quantity <> 0)),
  order_id    uuid,
  reason      text,
  -- The person or client who booked it; null for what orders do.
  actor       text,
  at          timestamptz not null,
  check ((order_id is not null) = (kind in ('reserve', 'release', 'sale', 'return')))
);

-- What the counters must be; whoever doubts them compares.
create view stock_by_movements as
  select sku, location,
    sum(case when kind in ('receipt', 'return', 'adjustment') then quantity when kind = 'sale' then -quantity else 0 end) as on_hand,
    sum(case when kind = 'reserve' then quantity when kind in ('release', 'sale') then -quantity else 0 end) as reserved
  from movements group by sku, location;

-- SKUs whose stock changed since the others were told. Many changes make one row and later one event.
create table unannounced (sku text collate "C" primary key);

create type allocation as (sku text collate "C", location text collate "C", quantity integer);

create table reservations (
  order_id    uuid primary key,
  status      text not null check (status in ('held', 'committed', 'released', 'expired')),
  -- In order of SKU and location. What is held, was sold, or was held before it lapsed; empty when it never was.
  allocations allocation[] not null,
  -- Null: does not lapse by itself.
  expires_at  timestamptz check (expires_at is null or status = 'held'),
  restocked   boolean not null default false check (not restocked or status = 'committed'),
  -- How often it lapsed: the sequence of inventory.reservation_expired.v1.
  lapses      integer not null default 0,
  created_at  timestamptz not null,
  updated_at  timestamptz not null
) with (fillfactor = 70);
create index reservations_lapsing on reservations (expires_at) where expires_at is not null;
