-- Whether a product can be had is all that is learned of its stock: only when that changes is the product told anew. How much of it there
-- is changes with every sale, and a product's row is mostly its document, which would be written anew with each.
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
    insert into stock as known (generation, sku, available, sequence) select generation, sku, available, sequence from news
    on conflict (generation, sku) do update set available = excluded.available, sequence = excluded.sequence
      where known.sequence < excluded.sequence
    returning generation, sku, available
  )
  update products p set revision = nextval('revisions')
  from put left join was using (generation, sku) join variants v using (generation, sku)
  where (put.available > 0) <> (coalesce(was.available, 0) > 0) and p.generation = v.generation and p.product_id = v.product_id;
end $$;
