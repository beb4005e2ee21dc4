-- What was sent, was never paid because the card had let go of the money, and is not asked for any more.
create table write_offs (
  write_off_id uuid primary key,
  payment_id   uuid not null references payments,
  amount       bigint not null check (amount > 0),
  reason       text not null,
  at           timestamptz not null
);
create index write_offs_payment on write_offs (payment_id);

alter table ledger drop constraint ledger_kind_check;
alter table ledger add constraint ledger_kind_check
  check (kind in ('capture', 'refund', 'dispute', 'dispute_won', 'dispute_lost', 'write_off'));
