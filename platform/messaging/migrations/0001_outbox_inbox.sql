create schema if not exists chassis;

-- Facts told to the others, committed with the state they tell of. done_at is the status: null until the broker has taken it.
create table chassis.outbox (
  -- Assigned while the publisher holds its aggregate, so that per subject it rises with sequence. Across subjects commits do
  -- not become visible in this order: nothing may ever remember "the last position".
  position bigint generated always as identity primary key,
  id uuid not null,
  type text not null,
  subject text not null,
  sequence bigint not null,
  at timestamptz not null,
  data text not null, -- JSON, as the publisher wrote it: nobody between publisher and consumer has to parse it
  traceparent text,
  correlation_id text,
  done_at timestamptz
) with (
  -- The claim walks over the index entries of rows that are done until a vacuum removes them: 100,000 of them cost it 0.5 ms.
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, vacuum_index_cleanup = on
);
create index outbox_pending on chassis.outbox (position) where done_at is null;

-- What each subscriber has handled; the row commits with the effect.
create table chassis.inbox (
  subscriber text not null,
  event_id uuid not null,
  handled_at timestamptz not null,
  primary key (subscriber, event_id)
);

-- Where a gapless subject stands; only for handlers that asked for it.
create table chassis.inbox_sequence (
  subscriber text not null,
  source text not null,
  subject text not null,
  sequence bigint not null,
  primary key (subscriber, source, subject)
);

-- Events that wait: for another try, behind an earlier event of their subject, or for the one before them.
create table chassis.parked (
  subscriber text not null,
  event_id uuid not null,
  type text not null,
  source text not null,
  subject text not null,
  sequence bigint not null,
  at timestamptz not null,
  data text not null,
  traceparent text,
  correlation_id text,
  reason text not null check (reason in ('failed', 'behind', 'gap')),
  attempts integer not null,
  error text,
  parked_at timestamptz not null,
  retry_at timestamptz not null,
  primary key (subscriber, event_id)
);
create index parked_subject on chassis.parked (subscriber, source, subject, sequence);
create index parked_due on chassis.parked (subscriber, retry_at);

-- Events given up on, for a person to look at. An event has one inbox row or one row here, never both.
create table chassis.dead_letters (
  subscriber text not null,
  event_id uuid not null,
  type text not null,
  source text not null,
  subject text not null,
  sequence bigint not null,
  at timestamptz not null,
  data text not null, -- may be no JSON at all: that is why it is here
  traceparent text,
  correlation_id text,
  attempts integer not null,
  error text not null,
  died_at timestamptz not null,
  redrive_at timestamptz, -- when to try again, once; null: not asked for
  primary key (subscriber, event_id)
);
create index dead_letters_redrive on chassis.dead_letters (subscriber, redrive_at) where redrive_at is not null;

create table chassis.dead_letter_audit (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  actor text not null,
  action text not null check (action in ('edit', 'dry-run', 'redrive')),
  subscriber text not null,
  event_id uuid not null,
  detail text not null -- for an edit the payload as it was before
);
create index dead_letter_audit_event on chassis.dead_letter_audit (subscriber, event_id);
