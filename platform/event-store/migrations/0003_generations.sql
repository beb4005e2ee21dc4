-- Read models of what other services own. Every row of theirs belongs to a generation: one is live, and another may be built beside it from
-- the owners' histories; what is told meanwhile goes into both, so that it can take over at any moment.
create table chassis.generations (
  projection text not null,
  generation integer not null check (generation > 0),
  state      text not null check (state in ('building', 'live', 'retired')),
  begun_at   timestamptz not null,
  live_at    timestamptz,
  primary key (projection, generation),
  check ((state = 'building') = (live_at is null))
);
create unique index generations_live on chassis.generations (projection) where state = 'live';
create unique index generations_building on chassis.generations (projection) where state = 'building';

-- How far a generation has been built from each history. `after` is where the next page begins; null at the beginning.
create table chassis.generation_builds (
  projection text not null,
  generation integer not null,
  history    text not null,
  after      text,
  told       bigint not null default 0,
  done       boolean not null default false,
  primary key (projection, generation, history),
  foreign key (projection, generation) references chassis.generations
);

-- Held until the transaction ends: writers of a projection take turns, so that numbers drawn from a sequence become visible in their
-- order, and none of them writes into a generation that is no longer what it was when it looked.
create function chassis.lock_generations(of_projection text) returns void language sql as $$
  select pg_advisory_xact_lock(hashtextextended('generations of ' || of_projection, 0));
$$;

-- Those that take what is told now, or only the one that is named.
create function chassis.growing_generations(of_projection text, only_generation integer) returns setof integer language sql stable as $$
  select generation from chassis.generations
  where projection = of_projection and state <> 'retired' and (only_generation is null or generation = only_generation);
$$;

-- The generation that is being built: the one that was begun already, or a new one. It reads all these histories, also those that are new.
create function chassis.begin_generation(of_projection text, histories text[], at timestamptz) returns integer language plpgsql as $$
declare
  begun integer;
begin
  perform chassis.lock_generations(of_projection);
  select generation into begun from chassis.generations where projection = of_projection and state = 'building';
  if begun is null then
    insert into chassis.generations (projection, generation, state, begun_at)
      select of_projection, coalesce(max(generation), 0) + 1, 'building', at from chassis.generations where projection = of_projection
      returning generation into begun;
  end if;
  insert into chassis.generation_builds (projection, generation, history)
    select of_projection, begun, unnest(histories) on conflict do nothing;
  return begun;
end $$;

-- The one that was built takes over from the live one, for everybody at once. One that is live already stays so.
create function chassis.publish_generation(of_projection text, built integer, at timestamptz) returns void language plpgsql as $$
begin
  perform chassis.lock_generations(of_projection);
  if exists (select from chassis.generations where projection = of_projection and generation = built and state = 'building') then
    update chassis.generations set state = 'retired' where projection = of_projection and state = 'live';
    update chassis.generations set state = 'live', live_at = at where projection = of_projection and generation = built;
  end if;
end $$;

-- Deletes some rows of generations that nobody reads any more: none, as long as the live one took over after `quiet_since`. Returns how
-- many; the generations themselves go last.
create function chassis.delete_retired(of_projection text, tables text[], quiet_since timestamptz, at_most integer) returns integer
language plpgsql as $$
declare
  old integer;
  deleted integer := 0;
  n integer;
  name text;
begin
  select generation into old from chassis.generations
  where projection = of_projection and state = 'retired'
    and not exists (select from chassis.generations where projection = of_projection and state = 'live' and live_at > quiet_since)
  order by generation limit 1;
  if old is null then
    return 0;
  end if;
  foreach name in array tables loop
    execute format('delete from public.%1$I where ctid = any (array(select ctid from public.%1$I where generation = $1 limit $2))', name)
      using old, at_most - deleted;
    get diagnostics n = row_count;
    deleted := deleted + n;
    if deleted >= at_most then
      return deleted;
    end if;
  end loop;
  delete from chassis.generation_builds where projection = of_projection and generation = old;
  delete from chassis.generations where projection = of_projection and generation = old;
  return deleted + 1;
end $$;
