import type { inventory } from "@souk/inventory/contract";
import { type Handler, latestBySubject, together } from "@souk/messaging";
import type { orders } from "@souk/orders/contract";
import { type products, wholeProduct } from "@souk/products/contract";
import { projection } from "../db/projection.ts";

type Deps = {
  /** Looks at once for what has changed. */
  readonly wake: () => void;
};

/**
 * What search learns of the catalogue, in any order and any number of times: the projection keeps what is newer. Statements leave with the
 * commit, which fails when one of them does.
 */
export function catalogueEvents({ wake }: Deps) {
  const productChanged = together<typeof products.events.changed>(async (events, tx) => {
    void projection(tx).putProducts(latestBySubject(events).map(({ data, time }) => wholeProduct(data, time)));
    tx.afterCommit(wake);
  });
  const stockChanged = together<typeof inventory.events.stockChanged>(async (events, tx) => {
    const levels = latestBySubject(events);
    void projection(tx).putStock(
      levels.map(({ data: { sku, available }, sequence }) => ({ sku, available, sequence })),
    );
    tx.afterCommit(wake);
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
  const restCancelled: Handler<typeof orders.events.restCancelled> = async ({ data: { orderId, lines } }, tx) => {
    const cancelled = lines.map(({ sku, quantity }) => ({ sku, quantity }));
    void projection(tx).reduceSales([{ orderId, cancelled }]);
  };
  return { productChanged, stockChanged, confirmed, cancelled, restCancelled };
}
