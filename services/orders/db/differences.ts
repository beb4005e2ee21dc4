import { type Instant, maxUuid, nilUuid } from "@souk/kernel";
import type { Sql } from "@souk/postgres";
import type { Kind } from "../domain/reconciliation.ts";

/** Two rounds through all orders: `new` goes on with those placed since, `all` begins again and again. */
export type Walk = "new" | "all";

/** How each order that is compared stands here. */
export type OrderSide = { orderId: string; lifecycle: string; total: number; refunded: number; claim: number };

export type Found = {
  readonly orderId: string;
  readonly kind: Kind;
  readonly ours: string;
  readonly theirs: string;
  readonly moneySince: Instant | null;
};
/** `listed`: it was there at two looks, a grace period apart. */
export type Recorded = { readonly orderId: string; readonly kind: Kind; readonly listed: boolean };

/** What operators are shown: an order that is merely on its way is none of it. */
export type Listed = Omit<Found, "moneySince" | "kind"> & {
  readonly kind: Exclude<Kind, "unfinished">;
  readonly foundAt: Instant;
};

export const walkTable = (sql: Sql) => ({
  /** The last order id that was compared; null at the start. */
  async position(walk: Walk): Promise<string | null> {
    const [row] = await sql<{ position: string | null }>`select position from reconciliation where walk = ${walk}`;
    return row?.position ?? null;
  },
  move: (walk: Walk, position: string | null) => sql`
    update reconciliation set position = ${position}::uuid where walk = ${walk}`,
});

export const orderSides = (sql: Sql) => ({
  page: (after: string | null, upTo: string | null, limit: number): Promise<OrderSide[]> => sql<OrderSide>`
    select order_id as "orderId", lifecycle, total, refunded, claim from orders
    where order_id > ${after ?? nilUuid} and order_id <= ${upTo ?? maxUuid}
    order by order_id limit ${limit}`,

  ofOrders: (orderIds: readonly string[]): Promise<OrderSide[]> => sql<OrderSide>`
    select order_id as "orderId", lifecycle, total, refunded, claim from orders where order_id = any(${orderIds}::uuid[])`,

  /** Those of which something has left unpaid and is not written off, oldest first. */
  async claimed(limit: number): Promise<string[]> {
    const rows = await sql<{ orderId: string }>`
      select order_id as "orderId" from orders where claim > 0 order by placed_at limit ${limit}`;
    return rows.map(({ orderId }) => orderId);
  },

  /** Those whose cancellation is under way, oldest first: money may be on its way back however old they are. */
  async beingCancelled(limit: number): Promise<string[]> {
    const rows = await sql<{ orderId: string }>`
      select order_id as "orderId" from orders where lifecycle = 'cancel_pending' order by placed_at limit ${limit}`;
    return rows.map(({ orderId }) => orderId);
  },
});

export const differenceTable = (sql: Sql) => ({
  /** Orders that are due to be looked at again. */
  async due(now: Instant, limit: number): Promise<string[]> {
    const rows = await sql<{ orderId: string }>`
      select distinct order_id as "orderId" from (
        select order_id from differences where look_at < ${now} order by look_at limit ${limit}) as due`;
    return rows.map(({ orderId }) => orderId);
  },

  /** Remembers what a look found. Counts as listed what was found before `listBefore` for the first time. */
  record: (found: readonly Found[], at: { now: Instant; listBefore: Instant; lookAt: Instant }): Promise<Recorded[]> =>
    sql<Recorded>`
      insert into differences as d (order_id, kind, ours, theirs, found_at, listed_at, money_since, look_at)
      select order_id, kind, ours, theirs, ${at.now}::timestamptz, null, money_since, ${at.lookAt}::timestamptz
      from unnest(${found.map((f) => f.orderId)}::uuid[], ${found.map((f) => f.kind)}::text[], ${found.map((f) => f.ours)}::text[],
                  ${found.map((f) => f.theirs)}::text[], ${found.map((f) => f.moneySince)}::timestamptz[])
        as f (order_id, kind, ours, theirs, money_since)
      on conflict (order_id, kind) do update
      set ours = excluded.ours, theirs = excluded.theirs, look_at = excluded.look_at,
          money_since = coalesce(d.money_since, excluded.money_since),
          listed_at = case when d.listed_at is null and d.found_at <= ${at.listBefore}::timestamptz then ${at.now}::timestamptz else d.listed_at end
      returning order_id as "orderId", kind, listed_at is not null as listed`,

  /** Forgets what was found of these orders before and not at this look. */
  forget: (orderIds: readonly string[], found: readonly Found[]) => sql`
    delete from differences d
    where order_id = any(${orderIds}::uuid[]) and not exists (
      select 1 from unnest(${found.map((f) => f.orderId)}::uuid[], ${found.map((f) => f.kind)}::text[]) as f (order_id, kind)
      where f.order_id = d.order_id and f.kind = d.kind)`,

  async page(page: number, limit: number): Promise<{ items: Listed[]; total: number }> {
    const [items, [count]] = await Promise.all([
      sql<Listed>`
        select order_id as "orderId", kind, ours, theirs, found_at as "foundAt" from differences
        where listed_at is not null and kind <> 'unfinished'
        order by found_at, order_id, kind limit ${limit} offset ${(page - 1) * limit}`,
      sql<{ total: number }>`
        select count(*) as total from differences where listed_at is not null and kind <> 'unfinished'`,
    ]);
    return { items, total: count?.total ?? 0 };
  },

  counts: () =>
    sql<{ kind: Exclude<Kind, "unfinished">; count: number }>`
      select kind, count(*) as count from differences where listed_at is not null and kind <> 'unfinished' group by kind`,

  /** Null when no money is where it must not stay. */
  async oldestMoney(): Promise<Instant | null> {
    const [row] = await sql<{ since: Instant | null }>`select min(money_since) as since from differences`;
    return row?.since ?? null;
  },
});
