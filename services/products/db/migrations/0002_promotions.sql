create table promotions (
  promotion_id uuid primary key,
  name         text not null,
  -- In capitals; null: it applies by itself.
  code         text collate "C",
  effect       jsonb not null,
  conditions   jsonb not null,
  limits       jsonb not null,
  status       text not null check (status in ('active', 'archived')),
  -- Counted from 1; also the sequence of the promotion's events.
  version      integer not null check (version > 0),
  created_at   timestamptz not null,
  updated_at   timestamptz not null
);
-- Of all that are active one has a code: an archived one leaves it free.
create unique index promotions_code on promotions (code) where status = 'active';
create index promotions_newest on promotions (created_at desc, promotion_id desc);

create table tax_rates (
  tax_rate_id   uuid primary key,
  code          text collate "C" not null,
  name          text not null,
  country       char(2) not null,
  -- Null: the whole country.
  region        text,
  percent       numeric(7, 4) not null check (percent between 0 and 100),
  tax_classes   jsonb not null,
  included      boolean not null,
  shipping      boolean not null,
  replaces      boolean not null,
  exempt_groups jsonb not null,
  status        text not null check (status in ('active', 'archived')),
  version       integer not null check (version > 0),
  created_at    timestamptz not null,
  updated_at    timestamptz not null
);
create unique index tax_rates_code on tax_rates (code) where status = 'active';
create index tax_rates_place on tax_rates (country, region, code);
