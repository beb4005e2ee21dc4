import { type Instant, maxUuid, nilUuid } from "@souk/kernel";
import type { Sql } from "@souk/postgres";
import type { Shortage } from "../errors.ts";

export type Line = { readonly sku: string; readonly quantity: number };

/** What a step came to. Only `held` and `committed` have booked anything, now or when the step was first taken. */
export type Outcome =
  | {
      readonly outcome: "held" | "committed";
      readonly expiresAt: Instant | null;
      readonly toCome?: readonly Line[] | null;
    }
  /** Nothing was taken; what is missing, in order of SKU. */
  | { readonly outcome: "short"; readonly short: readonly Shortage[] }
  /** `differs`: the order holds other lines than these. `unknown`: it never reserved. */
  | { readonly outcome: "released" | "unknown" | "differs" };

type Held = {
  readonly orderId: string;
  readonly status: "held" | "committed" | "released" | "expired";
  readonly restocked: boolean;
};

type Filled = Line & { readonly orderId: string; readonly owed: number; readonly filled: number };

/** What an order holds. Each step is one call of one function, atomic and safe to repeat (0002_reservations.sql says how). */
export const reservationTable = (sql: Sql) => ({
  /** All lines or none. @param expiresAt null: the hold never lapses by itself */
  async reserve(orderId: string, lines: readonly Line[], at: Instant, expiresAt: Instant | null): Promise<Outcome> {
    const demand = demandOf(lines);
    const skus = demand.map(({ sku }) => sku);
    const quantities = demand.map(({ quantity }) => quantity);
    const [row] = await sql<Outcome>`
      select outcome, expires_at as "expiresAt", short, to_come as "toCome"
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

  /** Lets go of what an order was promised and has not come. @returns what that was; undefined when the order was never sold anything */
  async forgo(orderId: string, at: Instant): Promise<readonly Line[] | undefined> {
    const [row] = await sql<{ outcome: "done" | "unknown"; forgone: readonly Line[] | null }>`
      select outcome, forgone from forgo_promise(${orderId}, ${at})`;
    return row?.outcome === "done" ? (row.forgone ?? []) : undefined;
  },

  /** In the order of order ids, those after `after` and up to `upTo`. */
  page: (after: string | null, upTo: string | null, limit: number): Promise<Held[]> => sql<Held>`
    select order_id as "orderId", status, restocked from reservations
    where order_id > ${after ?? nilUuid} and order_id <= ${upTo ?? maxUuid}
    order by order_id limit ${limit}`,

  /** Orders that never reserved are left out. */
  ofOrders: (orderIds: readonly string[]): Promise<Held[]> => sql<Held>`
    select order_id as "orderId", status, restocked from reservations where order_id = any(${orderIds}::uuid[])`,

  /**
   * Gives what has come to the order that was promised it first; undefined when nothing that is owed can be given just now. `owed`: what this order
   * still waits for. `filled` counts how often something came for it.
   */
  async fillNext(at: Instant): Promise<Filled | undefined> {
    const [row] = await sql<Filled>`
      select order_id as "orderId", sku, quantity, owed, filled from fill_next_backorder(${at})`;
    return row;
  },

  /** Ends the hold that lapsed first; undefined when none has. `lapses` counts how often this order's has. */
  async expireNext(at: Instant): Promise<{ orderId: string; lapses: number } | undefined> {
    const [row] = await sql<{ orderId: string; lapses: number }>`
      select order_id as "orderId", lapses from expire_next(${at})`;
    return row;
  },
});

/** Summed, and in the order in which rows are locked: that of SKUs, byte by byte. */
function demandOf(lines: readonly Line[]): readonly Line[] {
  if (lines.length === 1) return lines;
  const summed = new Map<string, number>();
  for (const { sku, quantity } of lines) summed.set(sku, (summed.get(sku) ?? 0) + quantity);
  return [...summed].map(([sku, quantity]) => ({ sku, quantity })).sort((a, b) => (a.sku < b.sku ? -1 : 1));
}

function answered(row: Outcome | undefined): Outcome {
  if (!row) throw new Error("a function that always answers did not");
  return row;
}
