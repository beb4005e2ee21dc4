-- One row per order. A row that is `voided` and was never charged bars the order from being charged late.
create table payments (
  payment_id     uuid primary key,
  order_id       uuid not null unique,
  status         text not null check (status in ('pending', 'requires_action', 'authorized', 'partially_captured', 'captured',
                                                 'partially_refunded', 'refunded', 'declined', 'voided', 'expired')),
  decline_reason text,
  amount         bigint not null check (amount >= 0),
  currency       char(3) not null,
  captured       bigint not null check (captured between 0 and amount),
  refunded       bigint not null check (refunded between 0 and captured),
  -- Events published so far: the sequence of the last one.
  version        integer not null,
  created_at     timestamptz not null,
  updated_at     timestamptz not null
) with (fillfactor = 80);

create table refunds (
  refund_id  uuid primary key,
  payment_id uuid not null references payments,
  amount     bigint not null check (amount > 0),
  reason     text not null,
  at         timestamptz not null
);

-- Double entry: the lines of an entry add up to zero per currency. `amount` is positive for a debit.
create table ledger (
  entry_id   uuid not null,
  account    text not null check (account in ('provider', 'customers')),
  payment_id uuid not null references payments,
  kind       text not null check (kind in ('capture', 'refund')),
  amount     bigint not null,
  currency   char(3) not null,
  at         timestamptz not null,
  primary key (entry_id, account)
);
create index ledger_payment on ledger (payment_id);

create function ledger_balances() returns trigger language plpgsql as $$
begin
  if exists (select 1 from added group by entry_id, currency having sum(amount) <> 0) then
    raise exception 'a ledger entry does not balance' using errcode = '23514';
  end if;
  return null;
end $$;
create trigger ledger_balances after insert on ledger referencing new table as added
  for each statement execute function ledger_balances();

create function ledger_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is append-only: book a reversing entry instead' using errcode = '23514';
end $$;
create trigger ledger_is_append_only before update or delete on ledger
  for each statement execute function ledger_is_append_only();

create table webhook_events (event_id text primary key, at timestamptz not null);

-- Where the comparison with the provider's book has come to, and what differs.
create table reconciliation (singleton boolean primary key default true check (singleton), position bigint not null);
insert into reconciliation (position) values (0);
create table differences (
  charge_key text primary key,
  payment_id uuid,
  order_id   uuid,
  kind       text not null check (kind in ('missing_here', 'missing_at_provider', 'amount_differs', 'status_differs')),
  ours       text not null,
  theirs     text not null,
  found_at   timestamptz not null
);
