import type { OrderItem } from "./ast.ts";
import { compare, type Tuple, type Value } from "./values.ts";

export type Sorted = { readonly tuple: Tuple; readonly keys: readonly Value[] };

/** Compares by `keys`, one for each of `order`. */
export const sorter =
  (order: readonly Pick<OrderItem, "desc" | "nullsFirst">[]) =>
  (a: { readonly keys: readonly Value[] }, b: { readonly keys: readonly Value[] }): number => {
    for (let i = 0; i < order.length; i++) {
      const { desc, nullsFirst } = order[i] as OrderItem; // as: inside the array
      const x = a.keys[i];
      const y = b.keys[i];
      if (x === null || y === null) {
        if (x === y) continue;
        return (x === null) === nullsFirst ? -1 : 1;
      }
      const found = compare(x, y);
      if (found !== 0) return desc ? -found : found;
    }
    return 0;
  };
