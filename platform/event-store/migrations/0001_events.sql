create sequence chassis.event_positions;

create table chassis.events (
  -- A total order for asynchronous readers. Not the order of commits: see store.ts, safePosition.
  position bigint not null,
  at timestamptz not null,
  version integer not null check (version > 0),
  stream_type text not null,
  stream_id text not null,
  type text not null,
  -- json and not jsonb: written once, read whole, never searched into.
  data json not null,
  traceparent text,
  correlation_id text,
  primary key (stream_type, stream_id, version)
);

create index events_by_position on chassis.events (position);

-- 40001, so that a writer that lost the race is run again like any other serialization failure.
create function chassis.raise_stream_conflict() returns integer language plpgsql as $$
begin
  raise exception 'another writer appended to the stream first' using errcode = 'serialization_failure';
end
$$;
