import type { Output } from "@souk/contract";
import type { orders } from "@souk/orders/contract";

export type Cart = Output<typeof orders.endpoints.cart.spec>;
export type CartLine = Cart["lines"][number];

export type Wanted = {
  readonly sku: string;
  /** 0 takes it out. */
  readonly quantity: number;
  /** What is shown until the shop has answered. */
  readonly shown: Pick<CartLine, "title" | "unitPrice">;
};

/** The cart as it will probably be. */
export function withItem(cart: Cart | undefined, { sku, quantity, shown }: Wanted): Cart {
  const { currency } = shown.unitPrice;
  const money = (amount: number) => ({ amount, currency });
  const total = money(shown.unitPrice.amount * quantity);
  const parts = { discount: money(0), tax: money(0), payable: total, discounts: [], taxes: [] };
  const line: CartLine = { sku, quantity, ...shown, total, ...parts };
  const before = cart?.lines ?? [];
  const lines =
    quantity === 0
      ? before.filter((other) => other.sku !== sku)
      : before.some((other) => other.sku === sku)
        ? before.map((other) => (other.sku === sku ? { ...other, ...line } : other))
        : [...before, line];
  const subtotal = lines.reduce((amount, { total }) => amount + total.amount, 0);
  const old = cart?.totals;
  const discount = old?.discount.amount ?? 0;
  const tax = old?.tax.amount ?? 0;
  return {
    id: cart?.id ?? "",
    status: "open",
    currency,
    shipping: { discount: money(0), tax: money(0), payable: money(0), discounts: [], taxes: [] },
    ...cart,
    problems: cart?.problems.filter((problem) => problem.sku !== sku) ?? [],
    lines,
    totals: {
      subtotal: money(subtotal),
      discount: money(discount),
      shipping: money(0),
      tax: money(tax),
      total: money(Math.max(0, subtotal - discount)),
      discounts: old?.discounts ?? [],
      taxes: [],
    },
  };
}
