import { type Instant, nilUuid } from "@souk/kernel";
import type { Sql } from "@souk/postgres";

type Line = { sku: string; quantity: number };
type Sale = { orderId: string; at: Instant; lines: Line[]; cancelled: Line[] };

/**
 * Orders that were confirmed and are not cancelled, in the order of ids, from after `after` on. One whose cancellation is under way is
 * still sold: it may be refused.
 */
export const salesAfter = (sql: Sql, after: string | null, limit: number): Promise<Sale[]> => sql<Sale>`
  select o.order_id as "orderId", confirmed.at, placed.lines, rest.lines as cancelled
  from orders o
  cross join lateral (
    select json_agg(json_build_object('sku', l ->> 'sku', 'quantity', (l ->> 'quantity')::integer)) as lines
    from chassis.events e, json_array_elements(e.data -> 'order' -> 'lines') l
    where e.stream_type = 'order' and e.stream_id = o.order_id::text and e.version = 1) placed
  cross join lateral (
    select at from chassis.events e
    where e.stream_type = 'order' and e.stream_id = o.order_id::text and e.type = 'confirmed' limit 1) confirmed
  cross join lateral (
    select coalesce(json_agg(json_build_object('sku', l ->> 'sku', 'quantity', (l ->> 'quantity')::integer)), '[]') as lines
    from chassis.events e, json_array_elements(e.data -> 'lines') l
    where e.stream_type = 'order' and e.stream_id = o.order_id::text and e.type = 'rest cancelled') rest
  where o.order_id > ${after ?? nilUuid} and o.lifecycle in ('confirmed', 'completed', 'cancel_pending')
  order by o.order_id limit ${limit}`;
