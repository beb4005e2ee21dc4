-- Where comparing orders with payments and stock has come to, in the order of their ids: `new` goes on with those placed since, `all`
-- begins again and again.
create table reconciliation (
  walk     text primary key check (walk in ('new', 'all')),
  position uuid
);
insert into reconciliation (walk) values ('new'), ('all');

-- Orders to look at again: those that are not final, and those on which the services do not agree.
create table differences (
  order_id    uuid not null,
  kind        text not null check (kind in ('unfinished', 'money_in_flight', 'payment_without_order', 'order_without_payment', 'refund_owed',
                                            'amount_differs', 'reservation_without_order', 'order_without_stock')),
  ours        text not null,
  theirs      text not null,
  found_at    timestamptz not null,
  -- Null until it was there at two looks, a grace period apart: three services are not read at one instant.
  listed_at   timestamptz,
  -- Since when money has been where it must not stay.
  money_since timestamptz,
  look_at     timestamptz not null,
  primary key (order_id, kind)
);
create index differences_due on differences (look_at);
