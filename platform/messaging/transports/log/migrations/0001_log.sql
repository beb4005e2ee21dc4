create schema bus;

-- Every message of every service, in the order in which appends committed: they take turns under one advisory lock, so whoever
-- sees a position has seen all before it, and a cursor is enough to read on.
create table bus.log (
  position bigint generated always as identity primary key,
  partition smallint not null, -- from a hash of the subject
  id uuid not null unique, -- a relay that died after its append repeats it
  type text not null,
  source text not null,
  subject text not null,
  sequence bigint not null,
  time timestamptz not null,
  data text not null,
  traceparent text,
  correlation_id text
);

-- All types that a subscriber has ever asked for.
create table bus.subscription (
  subscriber text primary key,
  types text[] not null
);

-- How far a subscriber has read each partition, and which of its replicas reads on. Whoever takes a partition over raises its
-- epoch: what the one before still writes is refused.
create table bus.cursor (
  subscriber text not null references bus.subscription on delete cascade,
  partition smallint not null,
  position bigint not null default 0,
  epoch bigint not null default 0,
  owner text,
  leased_until timestamptz,
  primary key (subscriber, partition)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- The replicas that are there to share a subscriber's partitions.
create table bus.member (
  subscriber text not null references bus.subscription on delete cascade,
  instance text not null,
  types text[] not null,
  seen_until timestamptz not null,
  primary key (subscriber, instance)
);
