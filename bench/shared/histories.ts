import type { ProductFact } from "@souk/products/contract";
import type { Drawn, Stock } from "../search/catalogue.ts";

const pageSize = 500;

/** Products, inventory and orders in one process, as far as they tell again what they own: a generated catalogue and what was sold of it. */
export function histories(all: Generator<Drawn>, stock: Stock, orders: number, from: number) {
  const skus: string[] = [];
  const levels: { sku: string; onHand: number; reserved: number; available: number; sequence: number }[] = [];
  let told = 0;
  let sold = 0;
  return {
    products: {
      async history() {
        const page: ProductFact[] = [];
        for (let next = all.next(); !next.done; next = all.next()) {
          const { fact, available } = next.value;
          page.push(fact);
          for (const [i, { sku }] of fact.variants.entries()) {
            skus.push(sku);
            levels.push({ sku, onHand: available[i] ?? 0, reserved: 0, available: available[i] ?? 0, sequence: 1 });
          }
          if (page.length === pageSize) break;
        }
        return { data: page, next: page.length === pageSize ? (page.at(-1)?.productId ?? null) : null };
      },
    },
    inventory: {
      async history() {
        const data = levels.slice(told, told + pageSize);
        told += data.length;
        return { data, next: told < levels.length ? (data.at(-1)?.sku ?? null) : null };
      },
    },
    orders: {
      async sales() {
        const data = Array.from({ length: Math.min(pageSize, orders - sold) }, () => order(stock, skus, ++sold, from));
        return { data, next: sold < orders ? (data.at(-1)?.orderId ?? null) : null };
      },
    },
  };
}

/** One to five things, few of them often, on one of the last 90 days. */
function order({ chance, often }: Stock, skus: readonly string[], n: number, from: number) {
  const things = new Set(Array.from({ length: 1 + Math.floor(chance() * 5) }, () => often(skus)));
  return {
    orderId: `01930000-0000-7000-9000-${n.toString(16).padStart(12, "0")}`,
    at: new Date(from - chance() * 90 * 86_400_000).toISOString(),
    lines: [...things].map((sku) => ({ sku, quantity: 1 })),
  };
}
