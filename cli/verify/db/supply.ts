import type { Sql } from "@souk/postgres";

type Found = { key: string; text: string };

export async function supplyCount(sql: Sql): Promise<{ transfers: number; promises: number }> {
  const [row] = await sql<{ transfers: number; promises: number }>`
    select (select count(*) from transfers) as transfers, (select count(*) from backorders) as promises`;
  return row ?? { transfers: 0, promises: 0 };
}

/** What each transfer says is on its way, and what its movements say: went out and did not come in. */
export const transitOffMovements = (sql: Sql): Promise<Found[]> => sql<Found>`
  with lines as (
    select transfer_id, sku, quantity - received - lost as under_way from transfer_lines
  ), moved as (
    select cause as transfer_id, sku, sum(case when kind = 'transfer_out' then quantity else -quantity end) as under_way
    from movements where kind in ('transfer_out', 'transfer_in') group by cause, sku
  )
  select transfer_id::text || ' ' || sku as key,
    format('%s of %s are in transit by transfer %s, %s by its movements', coalesce(l.under_way, 0), sku, transfer_id, coalesce(m.under_way, 0)) as text
  from lines l full join moved m using (transfer_id, sku) where coalesce(l.under_way, 0) <> coalesce(m.under_way, 0) limit 1000`;

/** A transfer is received when nothing of it is on its way. */
export const transfersMisnamed = (sql: Sql): Promise<Found[]> => sql<Found>`
  select t.transfer_id::text as key, format('transfer %s is %s, and %s units of it are on their way', t.transfer_id, t.status, l.under_way) as text
  from transfers t
  join (select transfer_id, sum(quantity - received - lost) as under_way from transfer_lines group by transfer_id) l on l.transfer_id = t.transfer_id
  where (t.status = 'in_transit') <> (l.under_way > 0) limit 1000`;

/** What reservations that are still good wait for, and what was written down as promised to them. */
export const promisesOffReservations = (sql: Sql): Promise<Found[]> => sql<Found>`
  with waiting as (
    select r.order_id, a.sku, sum(a.quantity) as quantity
    from reservations r, unnest(r.allocations) a
    where a.location is null and (r.status = 'held' or (r.status = 'committed' and not r.restocked and not r.forgone)) group by r.order_id, a.sku
  )
  select order_id::text || ' ' || sku as key,
    format('order %s waits for %s of %s, and is promised %s', order_id, coalesce(w.quantity, 0), sku, coalesce(b.quantity, 0)) as text
  from waiting w full join backorders b using (order_id, sku) where coalesce(w.quantity, 0) <> coalesce(b.quantity, 0) limit 1000`;

/** What is owed of a SKU is the sum of what orders were promised of it. */
export const owedOffPromises = (sql: Sql): Promise<Found[]> => sql<Found>`
  with promised as (select sku, sum(quantity) as quantity from backorders group by sku)
  select sku as key, format('%s of %s are owed, %s are promised', coalesce(r.owed, 0), sku, coalesce(p.quantity, 0)) as text
  from stock_rules r full join promised p using (sku) where coalesce(r.owed, 0) <> coalesce(p.quantity, 0) limit 1000`;

/** What the fast path leaves on the shelf is what must stay there. */
export const keptOffRules = (sql: Sql): Promise<Found[]> => sql<Found>`
  select s.sku || '@' || s.location as key,
    format('%s of %s are kept back at %s, and its rules say %s', s.kept, s.sku, s.location, coalesce(r.safety + r.owed, 0)) as text
  from stock s join locations l on l.location = s.location left join stock_rules r on r.sku = s.sku
  where l.active and s.kept <> coalesce(r.safety + r.owed, 0) limit 1000`;
