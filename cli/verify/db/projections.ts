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

export type OrderedRow = { key: string; lifecycle: string; units: number };
/** What was ordered, in units. */
export const ordered = (sql: Sql) => (after: string, limit: number) =>
  sql<OrderedRow>`
  select o.order_id::text as key, o.lifecycle,
         (select coalesce(sum((line->>'quantity')::integer), 0)::integer from json_array_elements(e.data->'order'->'lines') as line)
         - (select coalesce(sum((line->>'quantity')::integer), 0)::integer
            from chassis.events r, json_array_elements(r.data->'lines') as line
            where r.stream_type = 'order' and r.stream_id = o.order_id::text and r.type = 'rest cancelled') as units
  from orders o left join chassis.events e on e.stream_type = 'order' and e.stream_id = o.order_id::text and e.version = 1
  where o.order_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000') order by o.order_id limit ${limit}`;

export type SentRow = { key: string; parcels: number; units: number; awaited: number };
/** By order: its parcels that were not cancelled, the units in them, and those that wait for stock. */
export const sent = (sql: Sql) => (after: string, limit: number) =>
  sql<SentRow>`
  select c.order_id::text as key, c.awaited, count(s.shipment_id)::integer as parcels,
         coalesce(sum((select sum((line->>'quantity')::integer) from jsonb_array_elements(s.lines) as line)), 0)::integer as units
  from consignments c left join shipments s on s.order_id = c.order_id and s.status <> 'cancelled'
  where c.order_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000')
  group by c.order_id order by c.order_id limit ${limit}`;
