import type { Recorded } from "@souk/event-store";
import { answer, type Handlers, withHeaders } from "@souk/http";
import type { ServiceError } from "@souk/kernel";
import type { Tx } from "@souk/postgres";
import { factsFor, pricedCart } from "./cart-pricing.ts";
import type { orders } from "./contract.ts";
import { cartTable, markOrdered, type StoredCart } from "./db/carts.ts";
import type { PricingRules } from "./db/pricing-rules.ts";
import { redeem } from "./db/redemptions.ts";
import type { ShopperFacts } from "./db/shoppers.ts";
import { addressProblems } from "./domain/address.ts";
import { assertOrderable, type Offer } from "./domain/cart.ts";
import { orderNumber } from "./domain/number.ts";
import { order as decider } from "./domain/order.ts";
import type { Event, OrderedLine, Reason, Snapshot, State } from "./domain/order-state.ts";
import type { Priced } from "./domain/pricing.ts";
import { usesPerCustomer } from "./domain/pricing-rules.ts";
import { viewOf } from "./domain/view.ts";
import { errors } from "./errors.ts";
import { holds, shopperKey } from "./holder.ts";
import type { RouteDeps } from "./routes.ts";
import { checkoutId } from "./sagas/checkout.ts";

type Checkout = Handlers<typeof orders>["checkout"];
type Body = Parameters<Checkout>[0]["body"];

/** Left of the caller's deadline when waiting ends, so that the answer still reaches it. */
const answerMs = 250;

/**
 * Prices the cart, and in one transaction places the order, starts the checkout saga and closes the cart. Every answer is rendered
 * from the order's history up to a fixed version, so a replay answers the same bytes without any being stored.
 */
export function checkoutRoute({ db, rules, order, watch, sagas, checkout, clock, now, newId }: RouteDeps): Checkout {
  const carts = cartTable(db);

  /** What is ordered, at the price of this moment. */
  function snapshotOf(
    { cart, offers: known }: { cart: StoredCart; offers: Offer[] },
    body: Body,
    orderId: string,
    current: PricingRules,
    facts: ShopperFacts,
  ): { snapshot: Snapshot; limited: Priced["limited"] } {
    const { cartId, customerId, currency } = cart;
    const { email, shippingAddress, billingAddress, shippingMethod: method, expectedTotal } = body;
    const wrong = [
      ...addressProblems(shippingAddress, "/shippingAddress", method !== "pickup"),
      ...(billingAddress ? addressProblems(billingAddress, "/billingAddress") : []),
    ];
    if (wrong.length > 0) throw errors.AddressInvalid(wrong);
    const wanted = { at: now(), destination: shippingAddress, method };
    const { lines, problems, priced, obstacle } = pricedCart({ cart, offers: known }, current, facts, wanted);
    assertOrderable(cart, problems);
    if (obstacle) throw errors.NotShipped({ country: shippingAddress.country, method, currency, reason: obstacle });
    const { totals, limited } = priced;
    if (expectedTotal && (expectedTotal.amount !== totals.total || expectedTotal.currency !== currency))
      throw errors.TotalChanged({ expected: expectedTotal.amount, total: totals.total, currency });
    const base = {
      orderId,
      number: orderNumber(orderId),
      cartId,
      customerId,
      email,
      currency,
      lines: lines.map(
        ({ sku, quantity, unitAmount, title, weightGrams }, index): OrderedLine => ({
          sku,
          quantity,
          unitAmount,
          title,
          weightGrams,
          ...priced.lines[index],
        }),
      ),
      totals,
      ...((priced.shipping.discounts || priced.shipping.taxes) && { shipping: priced.shipping }),
      ...(limited.length > 0 && { redeemed: limited.map(({ promotion }) => promotion.promotionId) }),
      shippingMethod: method,
      shippingAddress,
    };
    return { snapshot: billingAddress ? { ...base, billingAddress } : base, limited };
  }

  /** Counts the use of limited promotions. @throws errors.CartHasProblems when one of them was used up meanwhile */
  async function count(tx: Tx, { orderId }: Snapshot, limited: Priced["limited"], shopper: string): Promise<void> {
    for (const { promotion, amount } of limited) {
      const { promotionId } = promotion;
      const use = { orderId, promotionId, shopper, amount, usesPerCustomer: usesPerCustomer(promotion), at: now() };
      if (await redeem(tx, use)) continue;
      rules.forget(); // so that the cart says so too
      throw errors.CartHasProblems({ problems: [{ sku: "", kind: "promotion_expired" }] });
    }
  }

  /** Waits until the order is confirmed or over, or its shopper has to do something; undefined when `waitMs` was not enough. */
  async function settled(orderId: string, changes: ReturnType<typeof watch.open>, waitMs: number, signal: AbortSignal) {
    for (const until = clock.monotonic() + waitMs; ; ) {
      const leftMs = until - clock.monotonic();
      if (leftMs <= 0 || signal.aborted) return undefined;
      await changes.next(leftMs, signal);
      const { state, history } = await order.load(orderId);
      const at = history.findIndex(({ event }) => endings.has(event.type));
      if (at >= 0) return { history: history.slice(0, at + 1), isOver: true };
      if (state.lifecycle === "pending" && state.payment === "requires_action") return { history, isOver: false };
    }
  }

  return async ({ params: { cartId }, headers, body, principal, once, signal, remainingMs }) => {
    // Both before the transaction: whatever needs a second connection inside one waits, under load, for all the others.
    const [found, current] = await Promise.all([carts.find(cartId), rules.current()]);
    if (!found || !holds(found.cart, principal, headers["x-cart-token"])) throw errors.CartNotFound({ cartId });
    const shopper = shopperKey(found.cart, body.email);
    const facts = await factsFor(db, found.cart, current, shopper);
    const newOrderId = newId();
    using changes = watch.open(newOrderId);

    const { orderId } = await once(async (tx) => {
      const { cart } = found;
      if (cart.orderId) return { orderId: cart.orderId }; // ordered before, under another key: it stays one order
      const { snapshot, limited } = snapshotOf(found, body, newOrderId, current, facts);
      // The cart's version guards the race: of two checkouts at once one changes the row, and the other finds its order.
      if (!(await markOrdered(tx, cartId, cart.version, newOrderId, now()))) {
        const other = (await cartTable(tx).find(cartId))?.cart.orderId;
        if (!other) throw errors.CartChanged({ cartId });
        return { orderId: other };
      }
      await order.beginIn(tx, newOrderId, { type: "place", order: snapshot });
      await sagas.start(tx, checkout, checkoutId(newOrderId), {
        orderId: newOrderId,
        lines: snapshot.lines.map(({ sku, quantity }) => ({ sku, quantity })),
        amount: { amount: snapshot.totals.total, currency: snapshot.currency },
        paymentToken: body.paymentToken,
      });
      // Last, so that those who come for the same promotion wait for each other as shortly as can be.
      await count(tx, snapshot, limited, shopper);
      return { orderId: newOrderId };
    });

    const location = { location: `/v1/orders/${orderId}` };
    const waitMs = Math.min(preferredWaitMs(headers.prefer), remainingMs() - answerMs);
    if (waitMs > 0) {
      // An order that was there before has perhaps changed for the last time: look at once.
      using theirs = orderId === newOrderId ? undefined : watch.open(orderId, { changed: true });
      const found = await settled(orderId, theirs ?? changes, waitMs, signal);
      if (found) return answer(found.isOver ? 201 : 202, { order: settledView(found.history, location) }, location);
    }
    const { state, history } = await order.load(orderId, 1);
    return answer(202, { order: viewOf(state, history) }, location);
  };
}

const endings: ReadonlySet<Event["type"]> = new Set(["confirmed", "rejected", "cancelled"]);

/** RFC 7240 `Prefer: wait=10`, in milliseconds; 0 when the client does not care to wait. */
const preferredWaitMs = (prefer = ""): number =>
  1000 * Number(/(?:^|[,;\s])wait=(\d{1,4})(?=$|[,;\s])/i.exec(prefer)?.[1] ?? 0);

/** @throws the reason why the order was not filled, which says where it is all the same */
function settledView(history: readonly Recorded<Event>[], location: { readonly location: string }) {
  const state = history.reduce<State>((state, { event }) => decider.evolve(state, event), decider.initial);
  const last = history.at(-1)?.event;
  if (last?.type !== "rejected") return viewOf(state, history);
  const details = { orderId: history[0]?.streamId ?? "", why: last.detail };
  throw withHeaders((rejections[last.reason] ?? errors.Rejected)(details), location);
}

type Rejection = (details: { orderId: string; why: string }) => ServiceError;
const rejections: Partial<Record<Reason, Rejection>> = {
  out_of_stock: errors.OutOfStock,
  payment_declined: errors.PaymentDeclined,
  payment_expired: errors.PaymentExpired,
  stock_unanswered: errors.StockNotConfirmed,
};
