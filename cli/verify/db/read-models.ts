import type { Sql } from "@souk/postgres";

export type ShownRow = { key: string; version: number; onSale: boolean; offers: string | null };
/** Products as a projection of the catalogue shows them: its live generation. `offers` names each variant with its price, in order. */
export const shownProducts = (sql: Sql) => (after: string, limit: number) =>
  sql<ShownRow>`
  select product_id::text as key, version, active as "onSale",
    (select string_agg(format('%s %s %s', v.value ->> 'sku', v.value -> 'price' ->> 'amount', v.value -> 'price' ->> 'currency'), ', '
       order by v.ordinality)
     from json_array_elements(document -> 'variants') with ordinality v) as offers
  from products
  where generation = (select generation from generations where state = 'live')
    and product_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000')
  order by product_id limit ${limit}`;

/** The same as the catalogue has them. */
export const listedProducts = (sql: Sql) => (after: string, limit: number) =>
  sql<ShownRow>`
  select product_id::text as key, version, status = 'active' as "onSale",
    (select string_agg(format('%s %s %s', sku, amount, currency), ', ' order by position)
     from variants v where v.product_id = p.product_id) as offers
  from products p
  where product_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000')
  order by product_id limit ${limit}`;

/** What it believes is in stock. */
export const shownStock = (sql: Sql) => (after: string, limit: number) =>
  sql<{ key: string; available: number }>`
  select sku as key, available from stock
  where generation = (select generation from generations where state = 'live') and sku > ${after} order by sku limit ${limit}`;

export type SaleRow = { key: string; units: Readonly<Record<string, number>> | null };
/** Orders that count for what sells best. */
export const countedSales = (sql: Sql) => (after: string, limit: number) =>
  sql<SaleRow>`
  select order_id::text as key,
    (select jsonb_object_agg(sku, n) from (
      select sku, sum(quantity) as n from (
        select sku, quantity from unnest(skus, quantities) as line (sku, quantity)
        union all
        select less.sku, -less.quantity from unsold u, unnest(u.skus, u.quantities) as less (sku, quantity)
        where u.generation = sales.generation and u.order_id = sales.order_id) line group by sku) u) as units
  from sales
  where generation = (select generation from generations where state = 'live') and not cancelled
    and order_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000')
  order by order_id limit ${limit}`;

/** Orders that recommendations have learned. */
export const learnedSales = (sql: Sql) => (after: string, limit: number) =>
  sql<SaleRow>`
  select order_id::text as key,
    (select jsonb_object_agg(sku, n) from (
      select l ->> 'sku' as sku, sum((l ->> 'quantity')::integer) as n from json_array_elements(lines) l group by 1) u) as units
  from sales
  where generation = (select generation from generations where state = 'live') and cancelled is null
    and order_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000')
  order by order_id limit ${limit}`;

/** SKUs whose total is not what their orders add up to, once all of these are counted. */
export const offTotals = (sql: Sql): Promise<{ key: string; text: string }[]> =>
  sql<{ key: string; text: string }>`
  with live as (select generation from generations where state = 'live'),
  ordered as (
    select sku, sum(quantity) as units from (
      select sku, quantity from sales, unnest(skus, quantities) as line (sku, quantity)
      where generation = (select generation from live) and counted
      union all
      select sku, -quantity from unsold, unnest(skus, quantities) as line (sku, quantity)
      where generation = (select generation from live) and counted) line group by sku)
  select sku as key, format('search counts %s sold of %s, its orders add up to %s', coalesce(s.units, 0), sku, coalesce(o.units, 0)) as text
  from (select sku, units from sold where generation = (select generation from live)) s full join ordered o using (sku)
  where coalesce(s.units, 0) <> coalesce(o.units, 0) limit 1000`;
