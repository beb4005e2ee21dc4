import type { Sql } from "@souk/postgres";

type ClaimRow = { key: string; claim: number };
/** What the index says is claimed of orders. */
export const claims = (sql: Sql) => (after: string, limit: number) =>
  sql<ClaimRow>`
  select order_id::text as key, claim from orders
  where claim <> 0 and order_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000') order by order_id limit ${limit}`;

/** What became of claims, by order, as asked for and as booked: paid another way, and written off. */
type ClosedRow = { key: string } & Readonly<Record<"paid" | "paidInLedger" | "lost" | "lostInLedger", number>>;
export const closedClaims = (sql: Sql) => (after: string, limit: number) =>
  sql<ClosedRow>`
  with closed as (
    select payment_id, amount as lost, 0 as lost_in_ledger, 0 as paid, 0 as paid_in_ledger from write_offs
    union all select payment_id, 0, amount, 0, 0 from ledger where kind = 'write_off' and account = 'losses'
    union all select payment_id, 0, 0, amount, 0 from claim_payments
    union all select payment_id, 0, 0, 0, amount from ledger where kind = 'claim_payment' and account = 'bank')
  select p.order_id::text as key, sum(lost)::bigint as lost, sum(lost_in_ledger)::bigint as "lostInLedger",
         sum(paid)::bigint as paid, sum(paid_in_ledger)::bigint as "paidInLedger"
  from closed join payments p using (payment_id)
  where p.order_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000')
  group by p.order_id order by p.order_id limit ${limit}`;

/** What orders were promised and gave up, by order. */
type ForgoneRow = { key: string; units: Record<string, number> };
export const forgoneUnits = (sql: Sql) => (after: string, limit: number) =>
  sql<ForgoneRow>`
  select order_id::text as key,
    (select jsonb_object_agg(sku, n) from (
      select a.sku, sum(a.quantity) as n from unnest(allocations) a where a.location is null group by a.sku) u) as units
  from reservations
  where forgone and order_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000') order by order_id limit ${limit}`;
