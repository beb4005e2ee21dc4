import type { Instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";

/** Units of one SKU that came back, and how many of them cannot be sold again. */
export type Returned = { readonly sku: string; readonly quantity: number; readonly damaged: number };

export const returnTable = (sql: Sql) => ({
  /**
   * Books a return once, however often it is asked to. Returns false when the order was never sold anything: then nothing was booked.
   * @param lines one for each SKU
   */
  async takeBack(returnId: string, orderId: string, lines: readonly Returned[], at: Instant): Promise<boolean> {
    const inOrder = lines.toSorted((a, b) => (a.sku < b.sku ? -1 : 1));
    const [row] = await sql<{ outcome: "done" | "before" | "unknown" }>`
      select take_back(${returnId}, ${orderId}, ${inOrder.map(({ sku }) => sku)}, ${inOrder.map(({ quantity }) => quantity)},
        ${inOrder.map(({ damaged }) => damaged)}, ${at}) as outcome`;
    return row?.outcome !== "unknown";
  },
});
