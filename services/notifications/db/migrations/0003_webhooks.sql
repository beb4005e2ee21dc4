-- Where merchants want to be told.
create table webhook_endpoints (
  endpoint_id     uuid primary key,
  url             text not null,
  description     text not null,
  types           text[] not null,
  status          text not null check (status in ('active', 'disabled')),
  disabled_why    text,
  -- Sealed; the one before the last rotation signs as well for as long as it says.
  secret          bytea not null,
  previous_secret bytea,
  previous_until  timestamptz,
  failures        integer not null default 0,
  failing_since   timestamptz,
  created_at      timestamptz not null
);

-- One per endpoint and event; sent again it stays the same one, under the same id.
create table webhook_deliveries (
  delivery_id uuid primary key,
  endpoint_id uuid not null references webhook_endpoints on delete cascade,
  event_id    uuid not null,
  type        text not null,
  body        text not null,
  status      text not null default 'pending' check (status in ('pending', 'delivered', 'failed')),
  -- Since it was first to be sent, or last asked to be sent again.
  tries       integer not null default 0,
  due_at      timestamptz not null,
  created_at  timestamptz not null,
  ended_at    timestamptz,
  unique (endpoint_id, event_id)
);
create index webhook_deliveries_due on webhook_deliveries (due_at) where status = 'pending';
create index webhook_deliveries_newest on webhook_deliveries (endpoint_id, created_at desc, delivery_id);
create index webhook_deliveries_oldest on webhook_deliveries (created_at);

create table webhook_attempts (
  attempt_id  bigint generated always as identity primary key,
  delivery_id uuid not null references webhook_deliveries on delete cascade,
  at          timestamptz not null,
  -- Null when there was no answer.
  status      integer,
  error       text,
  duration_ms integer not null
);
create index webhook_attempts_of on webhook_attempts (delivery_id, attempt_id);
