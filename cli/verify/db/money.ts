import type { Sql } from "@souk/postgres";

type Found = { key: string; text: string };

export const unbalancedEntries = (sql: Sql): Promise<Found[]> => sql<Found>`
  select entry_id::text as key, format('ledger entry %s is off by %s %s', entry_id, sum(amount), currency) as text
  from ledger group by entry_id, currency having sum(amount) <> 0 limit 1000`;

export async function entryCount(sql: Sql): Promise<number> {
  const [row] = await sql<{ n: number }>`select count(distinct entry_id) as n from ledger`;
  return row?.n ?? 0;
}

/** Payments whose running totals are not the sum of their ledger lines. */
export const paymentsOffLedger = (sql: Sql): Promise<Found[]> => sql<Found>`
  with booked as (
    select payment_id, coalesce(sum(amount) filter (where kind = 'capture'), 0) as captured,
           coalesce(-sum(amount) filter (where kind = 'refund'), 0) as refunded
    from ledger where account = 'provider' group by payment_id)
  select payment_id::text as key,
         format('payment %s says captured %s, refunded %s; the ledger says %s and %s', payment_id, p.captured, p.refunded,
                coalesce(b.captured, 0), coalesce(b.refunded, 0)) as text
  from payments p left join booked b using (payment_id)
  where p.captured <> coalesce(b.captured, 0) or p.refunded <> coalesce(b.refunded, 0) limit 1000`;

/** What was reserved may be taken in as many parts as were asked for, parcel by parcel. */
export const capturedTwice = (sql: Sql): Promise<Found[]> => sql<Found>`
  select payment_id::text as key, format('payment %s was captured %s times', payment_id, count(*)) as text
  from ledger l where kind = 'capture' and account = 'provider' group by payment_id
  having count(*) > 1 and count(*) > (select count(*) from captures c where c.payment_id = l.payment_id) limit 1000`;

/** Disputes whose amount is not out of the provider's account, or is although it was won. */
export const disputesOffLedger = (sql: Sql): Promise<Found[]> => sql<Found>`
  with held as (
    select payment_id, sum(amount) filter (where status <> 'won') as amount from disputes group by payment_id),
  booked as (
    select payment_id, -sum(amount) as amount from ledger
    where account = 'provider' and kind in ('dispute', 'dispute_won') group by payment_id)
  select p.payment_id::text as key,
         format('payment %s: disputes hold %s, the payment says %s, the ledger %s', p.payment_id, coalesce(h.amount, 0), p.disputed,
                coalesce(b.amount, 0)) as text
  from payments p left join held h using (payment_id) left join booked b using (payment_id)
  where p.disputed <> coalesce(h.amount, 0) or p.disputed <> coalesce(b.amount, 0) limit 1000`;

export async function disputeCount(sql: Sql): Promise<number> {
  const [row] = await sql<{ n: number }>`select count(*) as n from disputes`;
  return row?.n ?? 0;
}

export type PaymentRow = { key: string; status: string; captured: number; refunded: number; provider: string };
export const payments = (sql: Sql) => (after: string, limit: number) =>
  sql<PaymentRow>`
  select order_id::text as key, status, captured, refunded, provider from payments
  where order_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000') order by order_id limit ${limit}`;

export type OrderRow = { key: string; lifecycle: string; total: number; refunded: number };
export const orders = (sql: Sql) => (after: string, limit: number) =>
  sql<OrderRow>`
  select order_id::text as key, lifecycle, total, refunded from orders
  where order_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000') order by order_id limit ${limit}`;

/** Since when an order that keeps money has not been confirmed, or has been given up; those that may keep it are left out. */
export type WaitingRow = { key: string; lifecycle: string; changedAt: string };
export const waiting = (sql: Sql) => (after: string, limit: number) =>
  sql<WaitingRow>`
  select o.order_id::text as key, o.lifecycle, e.at as "changedAt"
  from orders o join chassis.events e on e.stream_type = 'order' and e.stream_id = o.order_id::text and e.version = o.version
  where o.lifecycle in ('pending', 'rejected', 'cancel_pending', 'cancelled')
    and o.order_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000') order by o.order_id limit ${limit}`;

/** Payments that hold money, and since when. */
export type HeldRow = { key: string; since: string };
export const holding = (sql: Sql) => (after: string, limit: number) =>
  sql<HeldRow>`
  select order_id::text as key, created_at as since from payments
  where (captured > refunded or status = 'authorized')
    and order_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000') order by order_id limit ${limit}`;
