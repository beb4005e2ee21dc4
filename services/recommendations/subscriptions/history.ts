import type { inventory } from "@souk/inventory/contract";
import type { Handler } from "@souk/messaging";
import type { orders } from "@souk/orders/contract";
import type { products } from "@souk/products/contract";
import { projection } from "../db/projection.ts";
import { storedProduct } from "../stored-product.ts";

type Deps = {
  /** Looks at once for what has changed. */
  readonly wake: () => void;
};

/**
 * What recommendations learn from, in any order and any number of times: the projection keeps what is newer. Statements leave with the
 * commit, which fails when one of them does.
 */
export function historyEvents({ wake }: Deps) {
  const productChanged: Handler<typeof products.events.changed> = async ({ data, time }, tx) => {
    void projection(tx).putProducts([storedProduct(data, time)]);
    tx.afterCommit(wake);
  };
  const stockChanged: Handler<typeof inventory.events.stockChanged> = async ({ data, sequence }, tx) => {
    void projection(tx).putStock([{ sku: data.sku, available: data.available, sequence }]);
    tx.afterCommit(wake);
  };
  const confirmed: Handler<typeof orders.events.confirmed> = async ({ data: { orderId, lines }, time }, tx) => {
    const sold = lines.map(({ sku, quantity }) => ({ sku, quantity }));
    void projection(tx).putSales([{ orderId, at: time, lines: sold }]);
    tx.afterCommit(wake);
  };
  const cancelled: Handler<typeof orders.events.cancelled> = async ({ data: { orderId } }, tx) => {
    void projection(tx).cancelSale(orderId);
    tx.afterCommit(wake);
  };
  return { productChanged, stockChanged, confirmed, cancelled };
}
