create schema if not exists chassis;

-- One row per idempotent request that had an effect or was finally refused; it commits with that effect.
create table chassis.idempotency_keys (
  -- Half a SHA-256 of caller, operation and key: short, and says nothing about any of them.
  id uuid primary key,
  -- SHA-256 of the canonical request, so that a key cannot stand for two requests.
  fingerprint bytea not null,
  -- Whether `outcome` is a problem document rather than the value the answer is rendered from.
  refused boolean not null,
  -- JSON text, not jsonb: a replay answers the same bytes. Empty for no value at all.
  outcome text not null,
  recorded_at timestamptz not null
);
-- Only the sweep reads it. A block range costs an insert nothing, and rows lie in the order of their time.
create index idempotency_keys_recorded_at on chassis.idempotency_keys using brin (recorded_at) with (autosummarize = on);
