import type { Sql } from "@souk/postgres";

export type OfferRow = { key: string; amount: number; currency: string; onSale: boolean };
/** What orders believes is for sale. */
export const offers = (sql: Sql) => (after: string, limit: number) =>
  sql<OfferRow>`
  select sku collate "C" as key, amount, currency, on_sale as "onSale" from offers
  where sku collate "C" > ${after} order by sku collate "C" limit ${limit}`;

/** What products sells: nothing of an archived product. */
export const variants = (sql: Sql) => (after: string, limit: number) =>
  sql<OfferRow>`
  select sku as key, amount, currency, p.status = 'active' as "onSale" from variants v join products p using (product_id)
  where sku > ${after} order by sku limit ${limit}`;

export type AvailableRow = { key: string; available: number };
/** What orders believes is in stock. */
export const believedStock = (sql: Sql) => (after: string, limit: number) =>
  sql<AvailableRow>`
  select sku collate "C" as key, available from stock where sku collate "C" > ${after} order by sku collate "C" limit ${limit}`;
/** What inventory has told last; SKUs with news that are yet to be told are left out. */
export const toldStock = (sql: Sql) => (after: string, limit: number) =>
  sql<AvailableRow>`
  select sku as key, on_shelf + to_come as available from stock_for_sale f
  where sku > ${after} and not exists (select 1 from unannounced u where u.sku = f.sku)
  order by sku limit ${limit}`;

export type ShipmentRow = { key: string; status: string };
/** By order: cancelled when all of its parcels are. */
export const shipments = (sql: Sql) => (after: string, limit: number) =>
  sql<ShipmentRow>`
  select order_id::text as key, case when bool_and(status = 'cancelled') then 'cancelled' else min(status) filter (where status <> 'cancelled') end as status
  from shipments where order_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000')
  group by order_id order by order_id limit ${limit}`;
