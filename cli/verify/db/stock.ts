import type { Sql } from "@souk/postgres";

type Found = { key: string; text: string };

export async function stockCount(sql: Sql): Promise<{ shelves: number; movements: number }> {
  const [row] = await sql<{ shelves: number; movements: number }>`
    select (select count(*) from stock) as shelves, (select count(*) from movements) as movements`;
  return row ?? { shelves: 0, movements: 0 };
}

export const countersOffMovements = (sql: Sql): Promise<Found[]> => sql<Found>`
  select s.sku || '@' || s.location as key,
         format('%s at %s has %s on hand, %s reserved; its movements say %s and %s', sku, location, s.on_hand, s.reserved,
                coalesce(m.on_hand, 0), coalesce(m.reserved, 0)) as text
  from stock s full join stock_by_movements m using (sku, location)
  where coalesce(s.on_hand, 0) <> coalesce(m.on_hand, 0) or coalesce(s.reserved, 0) <> coalesce(m.reserved, 0) limit 1000`;

export const negativeStock = (sql: Sql): Promise<Found[]> => sql<Found>`
  select sku || '@' || location as key, format('%s at %s: %s on hand, %s reserved', sku, location, on_hand, reserved) as text
  from stock where on_hand < 0 or reserved < 0 or on_hand < reserved limit 1000`;

/** available + reserved + sold + sent away = received + returned + adjusted + sent here, per SKU and location. */
export const equationBroken = (sql: Sql): Promise<Found[]> => sql<Found>`
  with moved as (
    select sku, location, coalesce(sum(quantity) filter (where kind in ('sale', 'transfer_out')), 0) as sold,
           coalesce(sum(quantity) filter (where kind in ('receipt', 'return', 'adjustment', 'transfer_in')), 0) as came
    from movements group by sku, location)
  select sku || '@' || location as key, format('%s at %s: %s on hand and %s sold or sent away, but %s came in', sku, location, s.on_hand, sold, came) as text
  from stock s join moved using (sku, location) where s.on_hand + sold <> came limit 1000`;

export const reservedOffHolds = (sql: Sql): Promise<Found[]> => sql<Found>`
  with held as (
    select a.sku, a.location, sum(a.quantity) as quantity
    from reservations r, unnest(r.allocations) a where r.status = 'held' and a.location is not null group by a.sku, a.location)
  select sku || '@' || location as key, format('%s at %s: %s reserved, %s held by reservations', sku, location, coalesce(s.reserved, 0), coalesce(h.quantity, 0)) as text
  from stock s full join held h using (sku, location) where coalesce(s.reserved, 0) <> coalesce(h.quantity, 0) limit 1000`;

export const lapsedHolds = (sql: Sql): Promise<Found[]> => sql<Found>`
  select order_id::text as key, format('the reservation of order %s should have lapsed at %s', order_id, expires_at) as text
  from reservations where status = 'held' and expires_at < now() - interval '1 minute' limit 1000`;

export type ReservationRow = { key: string; status: string; restocked: boolean; units: Record<string, number> | null };
export const reservations = (sql: Sql) => (after: string, limit: number) =>
  sql<ReservationRow>`
  select order_id::text as key, status, restocked,
         (select jsonb_object_agg(sku, n) from (select a.sku, sum(a.quantity) as n from unnest(allocations) a group by a.sku) u) as units
  from reservations where order_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000')
  order by order_id limit ${limit}`;

/** What each order asked for, from its own first event, and what of it is never sent. */
export type DemandRow = {
  key: string;
  lifecycle: string;
  units: Record<string, number>;
  cancelled: Record<string, number> | null;
};
export const demand = (sql: Sql) => (after: string, limit: number) =>
  sql<DemandRow>`
  select order_id::text as key, lifecycle, units,
    (select jsonb_object_agg(l->>'sku', (l->>'quantity')::int)
     from chassis.events r, json_array_elements(r.data->'lines') l
     where r.stream_type = 'order' and r.stream_id = o.order_id::text and r.type = 'rest cancelled') as cancelled
  from orders o
  join lateral (
    select jsonb_object_agg(sku, n) as units from (
      select l->>'sku' as sku, sum((l->>'quantity')::int) as n
      from chassis.events e, json_array_elements(e.data->'order'->'lines') l
      where e.stream_type = 'order' and e.stream_id = o.order_id::text and e.version = 1 group by 1) u) d on true
  where order_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000') order by order_id limit ${limit}`;
