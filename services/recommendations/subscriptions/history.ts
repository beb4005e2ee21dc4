import type { inventory } from "@souk/inventory/contract";
import { type Handler, latestBySubject, together } from "@souk/messaging";
import type { orders } from "@souk/orders/contract";
import { type products, wholeProduct } from "@souk/products/contract";
import { projection } from "../db/projection.ts";

/**
 * What recommendations learn from, in any order and any number of times: the projection keeps what is newer. Statements leave with the
 * commit, which fails when one of them does.
 */
export function historyEvents() {
  const productChanged = together<typeof products.events.changed>(async (events, tx) => {
    void projection(tx).putProducts(latestBySubject(events).map(({ data, time }) => wholeProduct(data, time)));
  });
  const stockChanged = together<typeof inventory.events.stockChanged>(async (events, tx) => {
    const levels = latestBySubject(events);
    void projection(tx).putStock(
      levels.map(({ data: { sku, available }, sequence }) => ({ sku, available, sequence })),
    );
  });
  const confirmed = together<typeof orders.events.confirmed>(async (events, tx) => {
    void projection(tx).putSales(
      events.map(({ data: { orderId, lines }, time }) => ({
        orderId,
        at: time,
        lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
      })),
    );
  });
  const cancelled: Handler<typeof orders.events.cancelled> = async ({ data: { orderId } }, tx) => {
    void projection(tx).cancelSale(orderId);
  };
  return { productChanged, stockChanged, confirmed, cancelled };
}
