import type { inventory } from "@souk/inventory/contract";
import { latestBySubject, together } from "@souk/messaging";
import { stockTable } from "../db/stock.ts";

/** What the product page says is available: inventory's word, a moment old, and there also while inventory is away. */
export const projectStock = together<typeof inventory.events.stockChanged>(async (events, tx) => {
  const levels = latestBySubject(events).map(({ data: { sku, available }, sequence }) => ({
    sku,
    available,
    sequence,
  }));
  await stockTable(tx).setAvailable(levels);
});
