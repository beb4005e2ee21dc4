import type { Instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";
import type { Stock } from "../contract.ts";

type Booking = {
  readonly kind: "receipt" | "adjustment";
  readonly sku: string;
  readonly location: string;
  /** Signed for an adjustment. */
  readonly quantity: number;
  readonly reason?: string;
  /** The id of the person or client who books it. */
  readonly actor: string;
  readonly at: Instant;
};
/** Only `done` has changed anything. `available` is what was free at the location before. */
type Booked = {
  readonly outcome: "done" | "no location" | "unknown" | "too large" | "full";
  readonly available: number;
};

type Told = Omit<Stock, "locations"> & { readonly sequence: number };

export const stockTable = (sql: Sql) => ({
  async book({ kind, sku, location, quantity, reason, actor, at }: Booking): Promise<Booked> {
    const [row] = await sql<Booked>`
      select outcome, available from book_stock(${kind}, ${sku}, ${location}, ${quantity}, ${reason}, ${actor}, ${at})`;
    if (!row) throw new Error("book_stock always answers, and did not");
    return row;
  },

  /** Undefined when nothing of the SKU was ever received. */
  async find(sku: string): Promise<Stock | undefined> {
    const [row] = await sql<Stock>`
      select sku, on_hand as "onHand", reserved, available, locations from stock_by_sku where sku = ${sku}`;
    return row;
  },

  /**
   * In order of SKU, those after `after`, each with how often it was told of. What is not yet told may be in it: a number that is
   * newer than its sequence, and told again with the next.
   */
  after: (after: string, limit: number): Promise<Told[]> =>
    sql<Told>`
      select i.sku, i.version as sequence, s.on_hand as "onHand", s.reserved, s.on_hand - s.reserved as available
      from items i cross join lateral (
        select coalesce(sum(on_hand), 0) as on_hand, coalesce(sum(reserved), 0) as reserved from stock where sku = i.sku) s
      where i.sku > ${after} order by i.sku limit ${limit}`,

  /** In order of SKU. */
  async page({ page, limit, low }: { page: number; limit: number; low: boolean | undefined }) {
    const [items, [count]] = await Promise.all([
      sql<Stock>`
        select sku, on_hand as "onHand", reserved, available, locations from stock_by_sku
        where ${low ?? null}::boolean is null or low = ${low ?? null}
        order by sku limit ${limit} offset ${(page - 1) * limit}`,
      sql<{ total: number }>`
        select count(*) as total from items where ${low ?? null}::boolean is null or low = ${low ?? null}`,
    ]);
    return { items, total: count?.total ?? 0 };
  },
});

export const locationTable = (sql: Sql) => ({
  list: () =>
    sql<{ location: string; priority: number }>`select location, priority from locations order by priority, location`,

  async put(location: string, priority: number): Promise<void> {
    await sql`
      insert into locations values (${location}, ${priority})
      on conflict (location) do update set priority = excluded.priority`;
  },
});
