-- A cart is one row: its few lines are always read and written together.
create table carts (
  cart_id     uuid primary key,
  customer_id uuid,
  token_hash  bytea,
  currency    char(3) not null,
  status      text not null check (status in ('open', 'ordered', 'abandoned')),
  lines       jsonb not null,
  order_id    uuid,
  version     integer not null,
  updated_at  timestamptz not null,
  check ((customer_id is null) <> (token_hash is null)),
  check ((status = 'ordered') = (order_id is not null))
) with (fillfactor = 80);
create index carts_idle on carts (updated_at) where status = 'open';

-- What products, inventory and shipping last said of the things on sale.
create table offers (
  sku          text primary key,
  product_id   uuid not null,
  title        text not null,
  amount       bigint not null,
  currency     char(3) not null,
  weight_grams integer not null,
  on_sale      boolean not null,
  version      integer not null
);
create index offers_product on offers (product_id);
create table stock (
  sku       text primary key,
  available bigint not null,
  sequence  bigint not null
);
create table shipping_rates (
  singleton boolean primary key default true check (singleton),
  rates     jsonb not null,
  sequence  bigint not null
);

-- The index over order streams: who may see which order, and in what state it is. Written in the appending transaction.
create table orders (
  order_id    uuid primary key,
  number      text not null unique,
  cart_id     uuid not null unique,
  customer_id uuid,
  token_hash  bytea,
  lifecycle   text not null,
  currency    char(3) not null,
  total       bigint not null,
  refunded    bigint not null,
  version     integer not null,
  placed_at   timestamptz not null
) with (fillfactor = 80);
create index orders_of_customer on orders (customer_id, placed_at desc, order_id) where customer_id is not null;
create index orders_newest on orders (placed_at desc, order_id);
-- Few orders are unfinished at any time; those are what is asked for by state.
create index orders_unfinished on orders (lifecycle, placed_at) where lifecycle in ('pending', 'cancel_pending');
