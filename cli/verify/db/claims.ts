import type { Sql } from "@souk/postgres";

type ClaimRow = { key: string; claim: number };
/** What the index says is claimed of orders. */
export const claims = (sql: Sql) => (after: string, limit: number) =>
  sql<ClaimRow>`
  select order_id::text as key, claim from orders
  where claim <> 0 and order_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000') order by order_id limit ${limit}`;

/** What was written off, by order: as asked for, and as booked. */
type WriteOffRow = { key: string; amount: number; ledger: number };
export const writeOffs = (sql: Sql) => (after: string, limit: number) =>
  sql<WriteOffRow>`
  with asked as (select payment_id, sum(amount)::bigint as amount from write_offs group by payment_id),
  booked as (
    select payment_id, sum(amount)::bigint as amount from ledger where kind = 'write_off' and account = 'losses' group by payment_id)
  select p.order_id::text as key, coalesce(a.amount, 0)::bigint as amount, coalesce(b.amount, 0)::bigint as ledger
  from asked a full join booked b using (payment_id) join payments p using (payment_id)
  where p.order_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000') order by p.order_id limit ${limit}`;

/** What orders were promised and gave up, by order. */
type ForgoneRow = { key: string; units: Record<string, number> };
export const forgoneUnits = (sql: Sql) => (after: string, limit: number) =>
  sql<ForgoneRow>`
  select order_id::text as key,
    (select jsonb_object_agg(sku, n) from (
      select a.sku, sum(a.quantity) as n from unnest(allocations) a where a.location is null group by a.sku) u) as units
  from reservations
  where forgone and order_id > coalesce(nullif(${after}, '')::uuid, '00000000-0000-0000-0000-000000000000') order by order_id limit ${limit}`;
