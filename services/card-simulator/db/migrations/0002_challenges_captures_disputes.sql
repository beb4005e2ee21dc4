-- A charge may wait for its cardholder, be taken in parts, lapse, and be disputed. `capture` says what follows a challenge that was met.
alter table charges drop constraint charges_status_check;
alter table charges add constraint charges_status_check
  check (status in ('requires_action', 'authorized', 'succeeded', 'declined', 'voided', 'expired'));
alter table charges add column capture boolean not null default true;
alter table charges add column dispute jsonb;
-- Few charges are open at any time; those are what lapses.
create index charges_open on charges (created_at) where status in ('requires_action', 'authorized');

create table captures (
  capture_key text primary key,
  key         text not null references charges (key),
  amount      bigint not null check (amount > 0),
  at          timestamptz not null
);
alter table webhooks add column type text not null default 'charge.succeeded';
