-- One row per saga. `input` is written once; what steps return is merged into `output`, so an update carries only what is new.
create table chassis.sagas (
  id text primary key,
  name text not null,
  status text not null,
  input jsonb not null,
  output jsonb not null default '{}',
  progress jsonb not null default '{"steps":{}}',
  -- No way back: the pivot has happened or may have.
  irrevocable boolean not null,
  -- The runner that holds it, and the fencing token it got; null: whoever comes after `wake_at` may take it.
  owner text,
  fence integer not null,
  wake_at timestamptz,
  -- Counts the writes of its holders, so that one whose answer was lost is recognised and not repeated.
  version integer not null default 0,
  -- The number of the last history row.
  seq integer not null default 0,
  -- Counts what was put into `cancel` and `signals`, so that a runner that parks cannot overlook any.
  news integer not null default 0,
  cancel jsonb,
  signals jsonb,
  traceparent text,
  correlation_id text,
  started_at timestamptz not null,
  ended_at timestamptz
  -- Room for a few versions of a row on its page: updates then touch no index.
) with (fillfactor = 60);

-- A row is in at most one of these two, and in neither once it has ended.
create index sagas_due on chassis.sagas (wake_at) where wake_at is not null;
create index sagas_held on chassis.sagas (owner) where owner is not null;
-- Costs next to nothing to keep; for the sweep.
create index sagas_ended on chassis.sagas using brin (ended_at) with (autosummarize);

create table chassis.saga_runners (
  owner text primary key,
  lease_until timestamptz not null
);

create table chassis.saga_history (
  saga_id text not null,
  seq integer not null,
  step text,
  -- do, undo, signal, operator
  action text not null,
  attempt integer,
  -- ok, refused, unknown, given-up
  outcome text not null,
  output jsonb,
  code text,
  message text,
  actor text,
  at timestamptz not null,
  duration_ms real,
  primary key (saga_id, seq)
);

-- Records outcomes of several sagas, each only while its writer holds the saga's fence and has seen its last version.
-- Returns the rows it wrote, with `cancel` and `signals` when they are news to the writer. `strict`: fails with SG001, and with it
-- the transaction, when there is none.
-- A function for its settings: a plan that was made while the table was small would scan it when it is large.
create function chassis.saga_record(writes jsonb, strict boolean)
returns table (recorded_id text, recorded_news integer, news_cancel jsonb, news_signals jsonb)
language plpgsql
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  return query
  with written as (
    update chassis.sagas s
    set status = w.status,
        progress = w.progress,
        output = case when w.output is null then s.output else s.output || w.output end,
        irrevocable = w.irrevocable,
        owner = case when w.release then null else s.owner end,
        wake_at = case when s.news <> w.news and w.wake_at is not null then w.at else w.wake_at end,
        version = s.version + 1,
        seq = s.seq + jsonb_array_length(w.history),
        ended_at = w.ended_at
    from jsonb_to_recordset(writes) as w (
      id text, fence integer, version integer, news integer, status text, progress jsonb, output jsonb, irrevocable boolean,
      unless_cancelled boolean, release boolean, wake_at timestamptz, at timestamptz, ended_at timestamptz, history jsonb)
    where s.id = w.id and s.fence = w.fence and s.version = w.version and not (w.unless_cancelled and s.cancel is not null)
    returning s.id, s.seq, s.news, s.cancel, s.signals, w.news as known_news, w.history
  ), noted as (
    insert into chassis.saga_history
      (saga_id, seq, step, action, attempt, outcome, output, code, message, actor, at, duration_ms)
    select written.id, written.seq - jsonb_array_length(written.history) + h.n, h.step, h.action, h.attempt, h.outcome,
           h.output, h.code, h.message, h.actor, h.at, h.duration_ms
    from written, rows from (jsonb_to_recordset(written.history) as (
      step text, action text, attempt integer, outcome text, output jsonb, code text, message text, actor text,
      at timestamptz, duration_ms real)) with ordinality as h (
      step, action, attempt, outcome, output, code, message, actor, at, duration_ms, n)
  )
  select written.id, written.news,
         case when written.news <> written.known_news then written.cancel end,
         case when written.news <> written.known_news then written.signals end
  from written;
  if strict and not found then
    raise exception 'the saga is held by another runner, or was cancelled' using errcode = 'SG001';
  end if;
end
$$;
