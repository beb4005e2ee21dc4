create sequence book_position;

-- The provider's own book. `key` names the merchant's request: the same key never charges twice, and one that was given back before
-- it was charged is a voided charge of nothing, so that a request that comes late is refused.
create table charges (
  charge_id      text primary key,
  key            text not null unique,
  reference      text not null,
  status         text not null check (status in ('authorized', 'succeeded', 'declined', 'voided')),
  decline_reason text,
  amount         bigint not null check (amount >= 0),
  currency       char(3) not null,
  captured       bigint not null check (captured between 0 and amount),
  refunded       bigint not null check (refunded between 0 and captured),
  created_at     timestamptz not null,
  updated_at     timestamptz not null,
  position       bigint not null default nextval('book_position')
);
create index charges_book on charges (position);

create table refunds (
  refund_key text primary key,
  key        text not null references charges (key),
  amount     bigint not null check (amount > 0),
  at         timestamptz not null
);

create table webhooks (
  webhook_id text primary key,
  charge_key text not null,
  due_at     timestamptz not null,
  attempts   integer not null default 0,
  sent_at    timestamptz
);
create index webhooks_due on webhooks (due_at) where sent_at is null;
