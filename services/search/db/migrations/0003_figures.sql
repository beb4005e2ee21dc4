-- When anything last changed that is shown of a product but is not its document: its stock, its sales. Apart from the products, because a row
-- that changes is written anew, and a document is most of a product's row.
create table figures (
  generation integer not null,
  product_id uuid not null,
  revision   bigint not null,
  primary key (generation, product_id)
) with (fillfactor = 80);
create index figures_revision on figures (generation, revision);

-- told: [{ sku, available, sequence }], each SKU once.
create or replace function put_stock(told json, only_generation integer) returns void language plpgsql as $$
begin
  perform lock_projection();
  with put as (
    insert into stock as known (generation, sku, available, sequence)
    select g, n.sku, n.available, n.sequence
    from growing_generations(only_generation) g
      cross join json_to_recordset(told) as n (sku text, available integer, sequence bigint)
    on conflict (generation, sku) do update set available = excluded.available, sequence = excluded.sequence
      where known.sequence < excluded.sequence
    returning generation, sku
  )
  insert into figures as known (generation, product_id, revision)
  select generation, product_id, nextval('revisions')
  from (select distinct generation, product_id from put join variants using (generation, sku)) changed
  on conflict (generation, product_id) do update set revision = excluded.revision;
end $$;

-- Adds to `sold` what was sold, takes off what was cancelled since. Returns how many orders that were.
create or replace function count_sales(at_most integer) returns integer language plpgsql as $$
declare
  counted_now integer;
begin
  perform lock_projection();
  with due as materialized (
    select generation, order_id, at, skus, quantities, case when cancelled then -1 else 1 end as sign
    from sales where counted = cancelled and generation in (select growing_generations(null))
    limit at_most for update
  ), marked as (
    update sales s set counted = not s.cancelled from due
    where s.generation = due.generation and s.order_id = due.order_id
  ), moved as (
    select generation, sku, sum(sign * quantity) as units,
      sum(sign * quantity * power(2, extract(epoch from at - timestamptz '2026-01-01 00:00Z')::double precision / 2592000)) as weight
    from due cross join unnest(due.skus, due.quantities) as line (sku, quantity) group by generation, sku
  ), put as (
    insert into sold as known (generation, sku, units, weight) select generation, sku, units, weight from moved
    on conflict (generation, sku) do update
      set units = known.units + excluded.units, weight = greatest(0, known.weight + excluded.weight)
    returning generation, sku
  ), shown as (
    insert into figures as known (generation, product_id, revision)
    select generation, product_id, nextval('revisions')
    from (select distinct generation, product_id from put join variants using (generation, sku)) changed
    on conflict (generation, product_id) do update set revision = excluded.revision
  )
  select count(*) into counted_now from due;
  return counted_now;
end $$;

-- Deletes some rows of generations that nobody reads any more: none, as long as the live one took over after `quiet_since`. Returns how
-- many; the generations themselves go last.
create or replace function delete_retired(quiet_since timestamptz, at_most integer) returns integer language plpgsql as $$
declare
  old integer;
  deleted integer := 0;
  n integer;
  name text;
begin
  select generation into old from generations
  where state = 'retired' and not exists (select from generations where state = 'live' and live_at > quiet_since)
  order by generation limit 1;
  if old is null then
    return 0;
  end if;
  foreach name in array array['variants', 'figures', 'products', 'stock', 'sales', 'sold'] loop
    execute format('delete from %1$I where ctid = any (array(select ctid from %1$I where generation = $1 limit $2))', name)
      using old, at_most - deleted;
    get diagnostics n = row_count;
    deleted := deleted + n;
    if deleted >= at_most then
      return deleted;
    end if;
  end loop;
  delete from builds where generation = old;
  delete from generations where generation = old;
  return deleted + 1;
end $$;
