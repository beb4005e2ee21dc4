-- What was sent, was never paid because the card had let go of the money, and was paid another way: by transfer, in cash.
create table claim_payments (
  claim_payment_id uuid primary key,
  payment_id       uuid not null references payments,
  amount           bigint not null check (amount > 0),
  how              text not null,
  at               timestamptz not null
);
create index claim_payments_payment on claim_payments (payment_id);

alter table ledger drop constraint ledger_account_check;
alter table ledger add constraint ledger_account_check
  check (account in ('provider', 'customers', 'disputes', 'losses', 'bank'));
alter table ledger drop constraint ledger_kind_check;
alter table ledger add constraint ledger_kind_check
  check (kind in ('capture', 'refund', 'dispute', 'dispute_won', 'dispute_lost', 'write_off', 'claim_payment'));
