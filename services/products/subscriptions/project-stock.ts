import type { inventory } from "@souk/inventory/contract";
import type { Handler } from "@souk/messaging";
import { stockTable } from "../db/stock.ts";

/** What the product page says is available: inventory's word, a moment old, and there also while inventory is away. */
export const projectStock: Handler<typeof inventory.events.stockChanged> = async ({ data, sequence }, tx) => {
  await stockTable(tx).setAvailable(data.sku, data.available, sequence);
};
