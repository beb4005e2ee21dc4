import type { Instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";
import type { Stock } from "../contract.ts";

export type Booking = {
  readonly kind: "receipt" | "adjustment" | "transfer_out" | "transfer_in";
  readonly sku: string;
  readonly location: string;
  /** What it adds: below 0 when it takes. */
  readonly quantity: number;
  readonly reason?: string;
  /** The id of the person or client who books it. */
  readonly actor: string;
  readonly at: Instant;
  /** The transfer or stock-take that it belongs to. */
  readonly cause?: string;
};
/** Only `done` has changed anything. `available` is what was free at the location before. */
type Booked = {
  readonly outcome: "done" | "no location" | "unknown" | "too large" | "full";
  readonly available: number;
};

type Told = Pick<Stock, "sku" | "onHand" | "reserved" | "available"> & { readonly sequence: number };

export const stockTable = (sql: Sql) => ({
  async book({ kind, sku, location, quantity, reason, actor, at, cause }: Booking): Promise<Booked> {
    const [row] = await sql<Booked>`
      select outcome, available
      from book_stock(${kind}, ${sku}, ${location}, ${quantity}, ${reason}, ${actor}, ${at}, ${cause})`;
    if (!row) throw new Error("book_stock always answers, and did not");
    return row;
  },

  /** Undefined when nothing of the SKU was ever received. */
  async find(sku: string): Promise<Stock | undefined> {
    const [row] = await sql<Stock>`
      select sku, on_hand as "onHand", reserved, available, for_sale as "forSale", safety as "safetyStock",
        backorder_limit as "backorderLimit", owed as backordered, low_threshold as "lowThreshold", locations
      from stock_by_sku where sku = ${sku}`;
    return row;
  },

  /**
   * In order of SKU, those after `after`, each with how often it was told of. What is not yet told may be in it: a number that is
   * newer than its sequence, and told again with the next.
   */
  after: (after: string, limit: number): Promise<Told[]> =>
    sql<Told>`
      select sku, version as sequence, on_hand as "onHand", reserved, on_shelf + to_come as available
      from stock_for_sale where sku > ${after} order by sku limit ${limit}`,

  /** In order of SKU. */
  async page({ page, limit, low }: { page: number; limit: number; low: boolean | undefined }) {
    const [items, [count]] = await Promise.all([
      sql<Stock>`
        select sku, on_hand as "onHand", reserved, available, for_sale as "forSale", safety as "safetyStock",
          backorder_limit as "backorderLimit", owed as backordered, low_threshold as "lowThreshold", locations
        from stock_by_sku
        where ${low ?? null}::boolean is null or low = ${low ?? null}
        order by sku limit ${limit} offset ${(page - 1) * limit}`,
      sql<{ total: number }>`
        select count(*) as total from items where ${low ?? null}::boolean is null or low = ${low ?? null}`,
    ]);
    return { items, total: count?.total ?? 0 };
  },
});
