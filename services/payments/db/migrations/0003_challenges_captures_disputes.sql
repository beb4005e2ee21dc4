-- Whose charge it is and what the provider calls it; what is reserved there and not taken yet; what a dispute has taken back.
alter table payments add column provider text not null default 'simulator';
alter table payments add column reference text;
alter table payments add column redirect_url text;
alter table payments add column reserved bigint not null default 0;
alter table payments add column disputed bigint not null default 0;
alter table payments add constraint payments_reserved_check check (reserved between 0 and amount - captured);
alter table payments add constraint payments_disputed_check check (disputed between 0 and captured - refunded);
create index payments_reference on payments (reference) where reference is not null;

-- What orders asked to take of an authorization, parcel by parcel.
create table captures (
  capture_id uuid primary key,
  payment_id uuid not null references payments,
  amount     bigint not null check (amount > 0),
  at         timestamptz not null
);
create index captures_payment on captures (payment_id);

create table disputes (
  dispute_id text primary key,
  payment_id uuid not null references payments,
  status     text not null check (status in ('open', 'won', 'lost')),
  amount     bigint not null check (amount > 0),
  reason     text not null,
  opened_at  timestamptz not null,
  closed_at  timestamptz,
  check ((status = 'open') = (closed_at is null))
);
create index disputes_newest on disputes (opened_at desc, dispute_id);
create index disputes_payment on disputes (payment_id);

-- A disputed amount leaves the provider's account at once, and comes back or is lost.
alter table ledger drop constraint ledger_account_check;
alter table ledger add constraint ledger_account_check check (account in ('provider', 'customers', 'disputes', 'losses'));
alter table ledger drop constraint ledger_kind_check;
alter table ledger add constraint ledger_kind_check
  check (kind in ('capture', 'refund', 'dispute', 'dispute_won', 'dispute_lost'));

alter table differences drop constraint differences_kind_check;
alter table differences add constraint differences_kind_check
  check (kind in ('missing_here', 'missing_at_provider', 'amount_differs', 'status_differs', 'refund_differs', 'dispute_differs'));
-- Each provider's book is read from a place of its own; the first row was the simulator's.
alter table reconciliation drop constraint reconciliation_pkey;
alter table reconciliation drop column singleton;
alter table reconciliation add column provider text not null default 'simulator' primary key;
alter table reconciliation alter column position set default 0;
