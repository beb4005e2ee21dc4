-- When how much there is of a SKU last changed, so that who shows it can follow. What was there before is read with the product that it belongs
-- to, and so has no revision to be followed from.
alter table stock add column revision bigint not null default 0;
create index stock_revision on stock (generation, revision);

-- told: [{ sku, available, sequence }], each SKU once.
create or replace function put_stock(told json, only_generation integer) returns void language plpgsql as $$
begin
  perform lock_projection();
  with news as materialized (
    select g as generation, n.sku, n.available, n.sequence
    from growing_generations(only_generation) g
      cross join json_to_recordset(told) as n (sku text, available integer, sequence bigint)
  ), was as materialized (
    select generation, sku, s.available from news join stock s using (generation, sku)
  ), put as (
    insert into stock as known (generation, sku, available, sequence, revision)
    select generation, sku, available, sequence, nextval('revisions') from news
    on conflict (generation, sku) do update
      set available = excluded.available, sequence = excluded.sequence,
        -- What was reserved is sent: as much can be had as before, and there is nothing to follow.
        revision = case when known.available = excluded.available then known.revision else excluded.revision end
      where known.sequence < excluded.sequence
    returning generation, sku, available
  )
  update products p set revision = nextval('revisions')
  from put left join was using (generation, sku) join variants v using (generation, sku)
  where (put.available > 0) <> (coalesce(was.available, 0) > 0) and p.generation = v.generation and p.product_id = v.product_id;
end $$;
