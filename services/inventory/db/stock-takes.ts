import type { Instant } from "@souk/kernel";
import { json, type Sql, type Tx } from "@souk/postgres";
import type { CountedSku, StockTake } from "../contract/stock-takes.ts";

export type StockTakeRow = Omit<StockTake, "note"> & { readonly note: string | null };
export type CountRow = Omit<CountedSku, "refused"> & { readonly refused: string | null };
/** `countedAt` null: now. */
export type Count = { readonly sku: string; readonly quantity: number; readonly countedAt: Instant | null };
type New = {
  readonly id: string;
  readonly location: string;
  readonly note: string | null;
  readonly actor: string;
  readonly at: Instant;
};

export const stockTakeTable = (sql: Sql) => ({
  /** Returns false when there is no such location. */
  async open({ id, location, note, actor, at }: New): Promise<boolean> {
    const rows = await sql`
      insert into stock_takes (stock_take_id, location, status, note, first_movement, opened_by, opened_at)
      select ${id}, location, 'open', ${note}, (select coalesce(max(movement_id), 0) from movements), ${actor}, ${at}
      from locations where location = ${location} returning stock_take_id`;
    return rows.length === 1;
  },

  async find(id: string): Promise<StockTakeRow | undefined> {
    const [row] = await sql<StockTakeRow>`
      select t.stock_take_id as id, location, status, note, opened_at as "openedAt", closed_at as "closedAt", c.counted, c.differing
      from stock_takes t cross join lateral (
        select count(*) as counted, count(*) filter (where counted <> expected) as differing
        from counts where stock_take_id = t.stock_take_id) c
      where t.stock_take_id = ${id}`;
    return row;
  },

  /** The latest first. */
  async page({ page, limit, status = null }: { page: number; limit: number; status?: string | null | undefined }) {
    const [items, [count]] = await Promise.all([
      sql<StockTakeRow>`
        select t.stock_take_id as id, location, status, note, opened_at as "openedAt", closed_at as "closedAt", c.counted, c.differing
        from stock_takes t cross join lateral (
          select count(*) as counted, count(*) filter (where counted <> expected) as differing
          from counts where stock_take_id = t.stock_take_id) c
        where ${status}::text is null or status = ${status}
        order by opened_at desc, t.stock_take_id desc limit ${limit} offset ${(page - 1) * limit}`,
      sql<{ total: number }>`
        select count(*) as total from stock_takes where ${status}::text is null or status = ${status}`,
    ]);
    return { items, total: count?.total ?? 0 };
  },

  /** In the order of SKUs. */
  async counts(
    id: string,
    { page, limit, differing = false }: { page: number; limit: number; differing?: boolean | undefined },
  ) {
    const [items, [count]] = await Promise.all([
      sql<CountRow>`
        select sku, counted, counted_at as "countedAt", expected, counted - expected as difference, booked, refused from counts
        where stock_take_id = ${id} and (not ${differing} or counted <> expected)
        order by sku limit ${limit} offset ${(page - 1) * limit}`,
      sql<{ total: number }>`
        select count(*) as total from counts where stock_take_id = ${id} and (not ${differing} or counted <> expected)`,
    ]);
    return { items, total: count?.total ?? 0 };
  },

  /** What the books have of its place, and what was counted of it. */
  async sheet(id: string, { page, limit, open = false }: { page: number; limit: number; open?: boolean | undefined }) {
    const [items, [count]] = await Promise.all([
      sql<{ sku: string; onHand: number; counted: number | null }>`
        select s.sku, s.on_hand as "onHand", c.counted
        from stock_takes t join stock s on s.location = t.location
        left join counts c on c.stock_take_id = t.stock_take_id and c.sku = s.sku
        where t.stock_take_id = ${id} and (not ${open} or c.sku is null)
        order by s.sku limit ${limit} offset ${(page - 1) * limit}`,
      sql<{ total: number }>`
        select count(*) as total from stock_takes t join stock s on s.location = t.location
        left join counts c on c.stock_take_id = t.stock_take_id and c.sku = s.sku
        where t.stock_take_id = ${id} and (not ${open} or c.sku is null)`,
    ]);
    return { items, total: count?.total ?? 0 };
  },

  /** The first differences that could not be booked. */
  refused: (id: string, limit: number): Promise<CountRow[]> =>
    sql<CountRow>`
      select sku, counted, counted_at as "countedAt", expected, counted - expected as difference, booked, refused from counts
      where stock_take_id = ${id} and not booked and refused is not null order by sku limit ${limit}`,
});

/** A stock-take's status and place; until the end of the transaction nobody else changes either. Undefined when there is none. */
export async function lockStockTake(
  tx: Tx,
  id: string,
): Promise<{ location: string; status: StockTake["status"]; openedAt: Instant } | undefined> {
  const [row] = await tx<{ location: string; status: StockTake["status"]; openedAt: Instant }>`
    select location, status, opened_at as "openedAt" from stock_takes where stock_take_id = ${id} for update`;
  return row;
}

/**
 * Notes what was counted, each SKU once, beside what the books said at that moment: what is there now, less what came and went since. What
 * this stock-take booked itself is no news to a SKU that is counted again.
 * Rows of stock are locked meanwhile, so that both are of one moment. @returns the SKUs of which this was news
 */
export async function noteCounts(tx: Tx, id: string, location: string, counts: readonly Count[], at: Instant) {
  const skus = counts.map(({ sku }) => sku);
  const given = json(counts);
  await tx`select from stock where location = ${location} and sku = any (${skus}) order by sku for update`;
  const news = await tx<{ sku: string }>`
    with given as (
      select g.sku collate "C" as sku, g.quantity, coalesce(g."countedAt", ${at}) as at
      from json_to_recordset(${given}) as g (sku text, quantity integer, "countedAt" timestamptz)
      left join counts c on c.stock_take_id = ${id} and c.sku = g.sku
      where c.sku is null or c.counted <> g.quantity or c.counted_at <> coalesce(g."countedAt", c.counted_at)
    ), since as (
      select m.sku, sum(case when m.kind in ('receipt', 'return', 'adjustment', 'transfer_in') then m.quantity
                             when m.kind in ('sale', 'transfer_out') then -m.quantity else 0 end) as moved
      from movements m join given g on g.sku = m.sku
      where m.movement_id > (select first_movement from stock_takes where stock_take_id = ${id})
        and m.location = ${location} and m.at > g.at and m.cause is distinct from ${id}
      group by m.sku
    )
    insert into counts (stock_take_id, sku, counted, counted_at, expected)
    select ${id}, g.sku, g.quantity, g.at, coalesce(s.on_hand, 0) - coalesce(since.moved, 0)
    from given g left join stock s on s.sku = g.sku and s.location = ${location} left join since on since.sku = g.sku
    on conflict (stock_take_id, sku) do update
      set counted = excluded.counted, counted_at = excluded.counted_at, expected = excluded.expected, booked = false, refused = null
    returning sku`;
  return new Set(news.map(({ sku }) => sku));
}

/** What was counted as the books had it needs no booking. */
export const settleEqual = (tx: Tx, id: string) =>
  tx`update counts set booked = true where stock_take_id = ${id} and not booked and counted = expected`;

/** The next differences to book, in the order of SKUs after `after`. */
export const nextDifferences = (tx: Tx, id: string, after: string, limit: number) =>
  tx<{ sku: string; difference: number }>`
    select sku, counted - expected as difference from counts
    where stock_take_id = ${id} and not booked and sku > ${after} order by sku limit ${limit}`;

/** SKUs that are found without ever having been received are known from then on. */
export const makeKnown = (tx: Tx, skus: readonly string[]) =>
  tx`insert into items (sku) select unnest(${skus}::text[]) on conflict do nothing`;

type Settled = { readonly sku: string; readonly refused: string | null };
/** `refused` says why it could not be booked; null: it is. */
export const settleCounts = (tx: Tx, id: string, settled: readonly Settled[]) => tx`
  update counts c set booked = s.refused is null, refused = s.refused
  from json_to_recordset(${json(settled)}) as s (sku text, refused text)
  where c.stock_take_id = ${id} and c.sku = s.sku collate "C"`;

/** Returns false when something is yet to be booked: then it stays open. */
export async function endStockTake(tx: Tx, id: string, status: "closed" | "cancelled", at: Instant): Promise<boolean> {
  const rows = await tx`
    update stock_takes set status = ${status}, closed_at = ${at}
    where stock_take_id = ${id} and (${status} = 'cancelled' or not exists (
      select from counts where stock_take_id = ${id} and not booked))
    returning stock_take_id`;
  return rows.length === 1;
}
