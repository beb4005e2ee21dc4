-- The index over what happens after the sale: whose it is and in what state. Written in the transaction that appends to the order's stream.
create table returns (
  return_id    uuid primary key,
  order_id     uuid not null,
  customer_id  uuid,
  status       text not null check (status in ('requested', 'approved', 'rejected', 'received', 'refunded')),
  -- What came back of it cost, in minor units of the order's currency.
  value        bigint not null,
  requested_at timestamptz not null
);
create index returns_of_customer on returns (customer_id, requested_at desc, return_id) where customer_id is not null;
create index returns_newest on returns (requested_at desc, return_id);
create index returns_of_order on returns (order_id);

create table refunds (
  refund_id  uuid primary key,
  order_id   uuid not null,
  return_id  uuid,
  status     text not null check (status in ('granted', 'executed', 'failed')),
  amount     bigint not null check (amount > 0),
  changed_at timestamptz not null
);
create index refunds_of_order on refunds (order_id);
create index refunds_granted on refunds (changed_at) where status = 'granted';
