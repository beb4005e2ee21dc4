import type { Sql } from "@souk/postgres";
import type { OrderEvent } from "../story.ts";

/** What is told of orders, and by which domain event. */
const told: Readonly<Record<string, string>> = {
  placed: "orders.placed.v1",
  confirmed: "orders.confirmed.v1",
  rejected: "orders.rejected.v1",
  cancelled: "orders.cancelled.v1",
  "rest cancelled": "orders.rest_cancelled.v1",
  completed: "orders.completed.v1",
  "return requested": "orders.return_requested.v1",
  "return approved": "orders.return_approved.v1",
  "return rejected": "orders.return_rejected.v1",
  "return received": "orders.return_received.v1",
};

type Found = { key: string; text: string };

/** Domain events of orders that the others must have heard of, and have no outbox row (for as long as those are kept). */
export const untoldOrders = (sql: Sql): Promise<Found[]> => sql<Found>`
  select e.stream_id || '/' || e.version as key, format('event %s of order %s ("%s") was never put into the outbox', e.version, e.stream_id, e.type) as text
  from chassis.events e join unnest(${Object.keys(told)}::text[], ${Object.values(told)}::text[]) as told (happened, type) on told.happened = e.type
  left join chassis.outbox o on o.subject = e.stream_id and o.sequence = e.version and o.type = told.type
  where e.stream_type = 'order' and e.at > now() - interval '6 days' and o.id is null limit 1000`;
/** And the other way round: told, but never happened. */
export const inventedOrders = (sql: Sql): Promise<Found[]> => sql<Found>`
  select o.id::text as key, format('the outbox tells of event %s of order %s, which is not in its stream', o.sequence, o.subject) as text
  from chassis.outbox o join unnest(${Object.keys(told)}::text[], ${Object.values(told)}::text[]) as told (happened, type) on told.type = o.type
  left join chassis.events e on e.stream_type = 'order' and e.stream_id = o.subject and e.version = o.sequence and e.type = told.happened
  where e.stream_id is null limit 1000`;

type StoryRow = { key: string; events: OrderEvent[] };
/** By order: everything that has to do with quantities and money, in order. */
export const stories = (sql: Sql) => (after: string, limit: number) =>
  sql<StoryRow>`
  select stream_id as key, json_agg(data order by version) as events from chassis.events
  where stream_type = 'order' and stream_id > ${after} and type = any(${mattering}::text[])
  group by stream_id order by stream_id limit ${limit}`;
const mattering = [
  ...["placed", "confirmed", "captured", "refunded", "dispatched", "delivered", "dispute opened", "dispute closed"],
  ...["rest cancelled", "payment lapsed", "claim raised", "claim paid", "claim written off"],
  ...["return requested", "return approved", "return rejected", "return received"],
  "exchange ordered",
  ...["refund granted", "refund executed", "refund failed", "refund retried"],
];

export type IndexedRow = { key: string; rows: { id: string; status: string; amount: number }[] };
/** By order, each in the order of ids. `amount` of a return: its value. */
export const indexedReturns = (sql: Sql) => (after: string, limit: number) =>
  sql<IndexedRow>`
  select order_id::text as key, json_agg(json_build_object('id', return_id, 'status', status, 'amount', value) order by return_id) as rows
  from returns where order_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000')
  group by order_id order by order_id limit ${limit}`;
export const indexedRefunds = (sql: Sql) => (after: string, limit: number) =>
  sql<IndexedRow>`
  select order_id::text as key, json_agg(json_build_object('id', refund_id, 'status', status, 'amount', amount) order by refund_id) as rows
  from refunds where order_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000')
  group by order_id order by order_id limit ${limit}`;

type RefundRow = { key: string; status: string; amount: number };
export const refunds = (sql: Sql) => (after: string, limit: number) =>
  sql<RefundRow>`
  select refund_id::text as key, status, amount from refunds
  where refund_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000') order by refund_id limit ${limit}`;
/** What payments has given back under refunds of that id. */
export const paidBack = (sql: Sql) => (after: string, limit: number) =>
  sql<{ key: string; amount: number }>`
  select refund_id::text as key, amount from refunds
  where refund_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000') order by refund_id limit ${limit}`;

/** Promised, and nobody is about to keep the promise. */
export const stuckRefunds = (sql: Sql): Promise<Found[]> => sql<Found>`
  select refund_id::text as key, format('refund %s of order %s was granted at %s and no saga works on it', refund_id, order_id, changed_at) as text
  from refunds r
  where status = 'granted' and not exists (
    select 1 from chassis.sagas s where s.ended_at is null and s.input->>'refundId' = r.refund_id::text)
  limit 1000`;

/** What orders sent back, by order: of sales that were undone as a whole it is not told here. */
type BackRow = { key: string; units: Record<string, number>; writtenOff: number };
export const cameBack = (sql: Sql) => (after: string, limit: number) =>
  sql<BackRow>`
  select b.order_id::text as key, b.units, coalesce(w.quantity, 0) as "writtenOff"
  from (
    select m.order_id, jsonb_object_agg(m.sku, m.quantity) as units
    from (select order_id, sku, sum(quantity) as quantity from movements where kind = 'return' group by order_id, sku) m
    where exists (select from returned r where r.order_id = m.order_id) and m.order_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000')
    group by m.order_id) b
  left join (
    select r.order_id, sum(-m.quantity) as quantity
    from returned r join movements m on m.kind = 'adjustment' and m.reason = 'written off: return ' || r.return_id
    group by r.order_id) w on w.order_id = b.order_id
  order by b.order_id limit ${limit}`;
