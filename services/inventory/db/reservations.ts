import type { Instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";
import type { Shortage } from "../errors.ts";

export type Line = { readonly sku: string; readonly quantity: number };

/** What a step came to. Only `held` and `committed` have booked anything, now or when the step was first taken. */
export type Outcome =
  | { readonly outcome: "held" | "committed"; readonly expiresAt: Instant | null }
  /** Nothing was taken; what is missing, in order of SKU. */
  | { readonly outcome: "short"; readonly short: readonly Shortage[] }
  /** `differs`: the order holds other lines than these. `unknown`: it never reserved. */
  | { readonly outcome: "released" | "unknown" | "differs" };

type Held = {
  readonly orderId: string;
  readonly status: "held" | "committed" | "released" | "expired";
  readonly restocked: boolean;
};

/** What an order holds. Each step is one call of one function, atomic and safe to repeat (0002_reservations.sql says how). */
export const reservationTable = (sql: Sql) => ({
  /** All lines or none. @param expiresAt null: the hold never lapses by itself */
  async reserve(orderId: string, lines: readonly Line[], at: Instant, expiresAt: Instant | null): Promise<Outcome> {
    const skus = lines.map(({ sku }) => sku);
    const quantities = lines.map(({ quantity }) => quantity);
    const [row] = await sql<Outcome>`
      select outcome, expires_at as "expiresAt", short
      from reserve(${orderId}, ${skus}, ${quantities}, ${at}, ${expiresAt})`;
    return answered(row);
  },

  async extend(orderId: string, at: Instant, expiresAt: Instant | null): Promise<Outcome> {
    const [row] = await sql<Outcome>`
      select outcome, expires_at as "expiresAt", short from extend_reservation(${orderId}, ${at}, ${expiresAt})`;
    return answered(row);
  },

  /** Never `held` or `differs`. */
  async commit(orderId: string, at: Instant): Promise<Outcome> {
    const [row] = await sql<Outcome>`
      select outcome, null as "expiresAt", short from commit_reservation(${orderId}, ${at})`;
    return answered(row);
  },

  /** Returns false when the order is sold already: then nothing was changed. */
  async release(orderId: string, at: Instant): Promise<boolean> {
    const [row] = await sql<{ before: string }>`select release_reservation(${orderId}, ${at}) as before`;
    return row?.before !== "committed";
  },

  async restock(orderId: string, at: Instant): Promise<void> {
    await sql`select from restock(${orderId}, ${at})`;
  },

  /** In the order of order ids, those after `after` and up to `upTo`. */
  page: (after: string | null, upTo: string | null, limit: number): Promise<Held[]> => sql<Held>`
    select order_id as "orderId", status, restocked from reservations
    where (${after}::uuid is null or order_id > ${after}) and (${upTo}::uuid is null or order_id <= ${upTo})
    order by order_id limit ${limit}`,

  /** Orders that never reserved are left out. */
  ofOrders: (orderIds: readonly string[]): Promise<Held[]> => sql<Held>`
    select order_id as "orderId", status, restocked from reservations where order_id = any(${orderIds}::uuid[])`,

  /** Ends the hold that lapsed first; undefined when none has. `lapses` counts how often this order's has. */
  async expireNext(at: Instant): Promise<{ orderId: string; lapses: number } | undefined> {
    const [row] = await sql<{ orderId: string; lapses: number }>`
      select order_id as "orderId", lapses from expire_next(${at})`;
    return row;
  },
});

function answered(row: Outcome | undefined): Outcome {
  if (!row) throw new Error("a function that always answers did not");
  return row;
}
