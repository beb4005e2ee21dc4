-- What pricing has to know of a thing: its tax class, and the slugs of its category and of those above it.
alter table offers add column tax_class text not null default 'standard';
alter table offers add column categories jsonb not null default '[]';

-- As products told of them. `uses` and `spent` count the orders that used one whose use is limited, and what it cost them.
create table promotions (
  promotion_id uuid primary key,
  code         text,
  rule         jsonb not null,
  live         boolean not null,
  ends_at      timestamptz,
  version      integer not null,
  uses         bigint not null default 0 check (uses >= 0),
  spent        bigint not null default 0 check (spent >= 0)
);
create index promotions_code on promotions (code) where code is not null;
create index promotions_automatic on promotions (promotion_id) where code is null and live;

-- Each use of a limited promotion by an order. Returned when the order was not filled or was cancelled.
create table redemptions (
  order_id     uuid not null,
  promotion_id uuid not null references promotions,
  -- A customer's id, or a digest of a guest's address.
  shopper      text not null,
  amount       bigint not null,
  redeemed_at  timestamptz not null,
  returned_at  timestamptz,
  primary key (order_id, promotion_id)
);
create index redemptions_of_shopper on redemptions (shopper, promotion_id) where returned_at is null;

create table tax_rates (
  tax_rate_id uuid primary key,
  rule        jsonb not null,
  live        boolean not null,
  version     integer not null
);

-- Customers who belong to a group, as users told of them.
create table customer_groups (
  customer_id uuid primary key,
  groups      jsonb not null,
  sequence    bigint not null
);

alter table carts add column coupon text;
-- A guest's cart that became part of a customer's.
alter table carts add column merged_into uuid;
create index carts_of_customer on carts (customer_id) where status = 'open' and customer_id is not null;
