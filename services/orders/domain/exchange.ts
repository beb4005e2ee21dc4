import type { QuotedLine } from "./cart.ts";
import { orderNumber } from "./number.ts";
import type { Snapshot } from "./order-state.ts";
import { addedTaxOf, discountOf, goodsOf, type Parts } from "./pricing.ts";
import { payableOf } from "./pricing-units.ts";

/** What is sent instead of what comes back, at the price of the day on which it was asked for. */
export type Replacement = QuotedLine & Parts;

export const costOf = (lines: readonly Replacement[]): number => lines.reduce((sum, line) => sum + payableOf(line), 0);

/**
 * The order of the replacement, to the address of the one that it replaces something of. What came back pays for it: on each line that is
 * a discount of all that it costs, so that nothing is to pay, and the units of a replacement are worth nothing when they come back.
 */
export function exchangeOrder(
  { customerId, email, currency, shippingMethod, shippingAddress, billingAddress, orderId: from }: Snapshot,
  replacements: readonly Replacement[],
  { orderId, cartId, returnId, name }: { orderId: string; cartId: string; returnId: string; name: string },
): Snapshot {
  const lines = replacements.map((line) => {
    const paid = { promotionId: "exchange", code: null, name, amount: payableOf(line) };
    return { ...line, discounts: [...(line.discounts ?? []), paid] };
  });
  const sumOf = (part: (line: Replacement) => number) => lines.reduce((sum, line) => sum + part(line), 0);
  const totals = {
    subtotal: sumOf(goodsOf),
    discount: sumOf(discountOf),
    shipping: 0,
    tax: sumOf(addedTaxOf),
    total: 0,
  };
  return {
    ...{ orderId, number: orderNumber(orderId), cartId, customerId, email, currency, lines, totals },
    ...{ shippingMethod, shippingAddress, ...(billingAddress && { billingAddress }) },
    exchangeOf: { orderId: from, returnId },
  };
}
