-- What was confirmed and never sent, because the rest of its order was cancelled. Told before its sale or after, once for an order. `counted`:
-- it is off `sold`.
create table unsold (
  generation integer not null,
  order_id   uuid not null,
  skus       text[] collate "C" not null,
  quantities integer[] not null,
  counted    boolean not null default false,
  primary key (generation, order_id)
);
create index unsold_uncounted on unsold (generation) where not counted;

-- told: [{ orderId, cancelled: [{ sku, quantity }] }]
create function reduce_sales(told json, only_generation integer) returns void language sql as $$
  insert into unsold (generation, order_id, skus, quantities)
  select g, (s ->> 'orderId')::uuid,
    array(select l ->> 'sku' from json_array_elements(s -> 'cancelled') l),
    array(select (l ->> 'quantity')::integer from json_array_elements(s -> 'cancelled') l)
  from growing_generations(only_generation) g cross join json_array_elements(told) s
  on conflict do nothing;
$$;

-- Whole sales first: a part is taken off what it was added to.
alter function count_sales(integer) rename to count_whole_sales;
create function count_sales(at_most integer) returns integer language plpgsql as $$
declare
  whole constant integer := count_whole_sales(at_most);
begin
  with due as materialized (
    select u.generation, u.order_id, s.at, u.skus, u.quantities
    from unsold u join sales s using (generation, order_id)
    where not u.counted and s.counted and u.generation in (select growing_generations(null))
    limit at_most
  ), marked as (
    update unsold u set counted = true from due where u.generation = due.generation and u.order_id = due.order_id
  ), moved as (
    select generation, sku, sum(quantity) as units,
      sum(quantity * power(2, extract(epoch from at - timestamptz '2026-01-01 00:00Z')::double precision / 2592000)) as weight
    from due cross join unnest(due.skus, due.quantities) as line (sku, quantity) group by generation, sku
  ), taken as (
    update sold known set units = known.units - moved.units, weight = greatest(0, known.weight - moved.weight)
    from moved where known.generation = moved.generation and known.sku = moved.sku
    returning known.generation, known.sku
  )
  insert into figures as known (generation, product_id, revision)
  select generation, product_id, nextval('revisions')
  from (select distinct generation, product_id from taken join variants using (generation, sku)) changed
  on conflict (generation, product_id) do update set revision = excluded.revision;
  return whole;
end $$;
