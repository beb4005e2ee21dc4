-- Generations are kept by the chassis now, which search and recommendations share. What was built stays as it is; `generations` is a view of
-- them, and what writes into the projection goes on asking here which of them grow.
insert into chassis.generations (projection, generation, state, begun_at, live_at)
  select 'purchases', generation, state, begun_at, live_at from generations;
insert into chassis.generation_builds (projection, generation, history, after, told, done)
  select 'purchases', generation, history, after, told, done from builds;
drop table builds;
drop table generations cascade; -- and what referred to it
create view generations as
  select generation, state, begun_at, live_at from chassis.generations where projection = 'purchases';

create or replace function lock_projection() returns void language sql as $$
  select chassis.lock_generations('purchases');
$$;
create or replace function growing_generations(only_generation integer) returns setof integer language sql stable as $$
  select chassis.growing_generations('purchases', only_generation);
$$;
drop function begin_generation(timestamptz);
drop function publish_generation(integer, timestamptz);
drop function delete_retired(timestamptz, integer);
