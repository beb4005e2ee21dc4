import type { Tx } from "@souk/postgres";
import { insertExchangeCart, offersOf } from "./db/after-sale.ts";
import type { PricingRules } from "./db/pricing-rules.ts";
import { shopperFacts } from "./db/shoppers.ts";
import type { AfterSaleEvent, Units } from "./domain/after-sale.ts";
import { returnNumber } from "./domain/after-sale-view.ts";
import { assertOrderable } from "./domain/cart.ts";
import { priceCart } from "./domain/cart-price.ts";
import { exchangeOrder, type Replacement } from "./domain/exchange.ts";
import type { Existing, Snapshot } from "./domain/order-state.ts";
import { stranger } from "./domain/pricing-rules.ts";
import { errors } from "./errors.ts";
import type { RouteDeps } from "./routes.ts";
import { checkoutId } from "./sagas/checkout.ts";

type Deps = Pick<RouteDeps, "rules" | "order" | "sagas" | "checkout" | "now" | "newId">;

/** Goods that are sent instead of those that come back. */
export function exchanging({ rules, order, sagas, checkout, now, newId }: Deps) {
  return {
    /** What pricing has to know; asked for before the transaction, in which it would need another connection. */
    rules: () => rules.current(),

    /** At today's price and without promotions: those were for what was bought. @throws errors.UnknownSku, errors.OtherCurrency */
    async priced(
      tx: Tx,
      { cartId, customerId, currency, shippingAddress: destination }: Snapshot,
      wanted: readonly Units[],
      { taxRates }: PricingRules,
    ): Promise<readonly Replacement[]> {
      const offers = await offersOf(
        tx,
        wanted.map(({ sku }) => sku),
      );
      const units = new Map<string, number>();
      for (const { sku, quantity } of wanted) units.set(sku, (units.get(sku) ?? 0) + quantity);
      const lines = [...units].map(([sku, quantity]) => {
        const offer = offers.find((one) => one.sku === sku && one.onSale);
        if (!offer) throw errors.UnknownSku({ sku });
        if (offer.currency !== currency) throw errors.OtherCurrency({ sku, currency });
        return { sku, quantity, unitAmount: offer.unitAmount };
      });
      const shopper = customerId
        ? (await shopperFacts(tx, { customerId, key: customerId, code: null })).shopper
        : stranger;
      const cart = { cartId, status: "open", currency, lines, coupon: null } as const;
      const terms = { at: now(), promotions: [], taxRates, shopper, coupon: undefined, destination };
      const found = priceCart(cart, offers, terms);
      assertOrderable(cart, found.problems);
      return found.lines.map(
        ({ sku, quantity, unitAmount, title, weightGrams }, index): Replacement => ({
          ...{ sku, quantity, unitAmount, title, weightGrams },
          ...found.priced.lines[index],
        }),
      );
    },

    /** Places the order of the replacement and starts its checkout, for which there is nothing to pay. */
    async place(
      tx: Tx,
      { order: source, afterSale }: Existing,
      { returnId, orderId }: Extract<AfterSaleEvent, { type: "exchange ordered" }>,
    ): Promise<void> {
      const replacements = afterSale.returns.find((one) => one.returnId === returnId)?.exchange?.lines ?? [];
      const cartId = newId();
      const name = `Exchange for return ${returnNumber(returnId)}`;
      const snapshot = exchangeOrder(source, replacements, { orderId, cartId, returnId, name });
      const { currency } = source;
      await insertExchangeCart(tx, { cartId, orderId, from: source.orderId, currency, at: now() });
      await order.beginIn(tx, orderId, { type: "place", order: snapshot });
      await sagas.start(tx, checkout, checkoutId(orderId), {
        orderId,
        lines: snapshot.lines.map(({ sku, quantity }) => ({ sku, quantity })),
        amount: { amount: 0, currency },
        paymentToken: "exchange",
      });
    },
  };
}
