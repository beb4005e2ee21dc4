import type { Recorded } from "@souk/event-store";
import { answer, type Handlers } from "@souk/http";
import { type Rate, shippingAmount } from "@souk/shipping/contract";
import type { orders } from "./contract.ts";
import { cartTable, markOrdered, type StoredCart } from "./db/carts.ts";
import { shippingRates } from "./db/offers.ts";
import { assertOrderable, type Offer, quote } from "./domain/cart.ts";
import { orderNumber } from "./domain/number.ts";
import { type Event, order as rules, type Snapshot, type State } from "./domain/order.ts";
import { price } from "./domain/pricing.ts";
import { viewOf } from "./domain/view.ts";
import { errors } from "./errors.ts";
import { holds } from "./holder.ts";
import type { RouteDeps } from "./routes.ts";

type Checkout = Handlers<typeof orders>["checkout"];
type Body = Parameters<Checkout>[0]["body"];

/** Left of the caller's deadline when waiting ends, so that the answer still reaches it. */
const answerMs = 250;

/**
 * Prices the cart, and in one transaction places the order, starts the checkout saga and closes the cart. Every answer is rendered
 * from the order's history up to a fixed version, so a replay answers the same bytes without any being stored.
 */
export function checkoutRoute({ db, order, watch, sagas, checkout, clock, now, newId }: RouteDeps): Checkout {
  const carts = cartTable(db);
  const currentRates = shippingRates(db, clock);

  function snapshotOf(
    { cart, offers: known }: { cart: StoredCart; offers: Offer[] },
    body: Body,
    orderId: string,
    rates: readonly Rate[],
  ): Snapshot {
    const { cartId, customerId, currency } = cart;
    const { lines, problems } = quote(cart, known);
    assertOrderable(cart, problems);
    const { email, shippingAddress, billingAddress, shippingMethod: method } = body;
    const { country } = shippingAddress;
    const weightGrams = lines.reduce((grams, line) => grams + line.weightGrams * line.quantity, 0);
    const shipping = shippingAmount(rates, { method, country, currency, weightGrams });
    if (shipping === undefined) throw errors.NotShipped({ country, method });
    const number = orderNumber(orderId);
    const totals = price(lines, shipping, currency);
    const base = {
      orderId,
      number,
      cartId,
      customerId,
      email,
      currency,
      lines,
      totals,
      shippingMethod: method,
      shippingAddress,
    };
    return billingAddress ? { ...base, billingAddress } : base;
  }

  /** Waits until the order is confirmed or over; undefined when `waitMs` was not enough. */
  async function settled(orderId: string, changes: ReturnType<typeof watch.open>, waitMs: number, signal: AbortSignal) {
    for (const until = clock.monotonic() + waitMs; ; ) {
      const leftMs = until - clock.monotonic();
      if (leftMs <= 0 || signal.aborted) return undefined;
      await changes.next(leftMs, signal);
      const { history } = await order.load(orderId);
      const at = history.findIndex(({ event }) => endings.has(event.type));
      if (at >= 0) return history.slice(0, at + 1);
    }
  }

  return async ({ params: { cartId }, headers, body, principal, once, signal, remainingMs }) => {
    // Both before the transaction: whatever needs a second connection inside one waits, under load, for all the others.
    const [found, rates] = await Promise.all([carts.find(cartId), currentRates()]);
    if (!found || !holds(found.cart, principal, headers["x-cart-token"])) throw errors.CartNotFound({ cartId });
    const newOrderId = newId();
    using changes = watch.open(newOrderId);

    const { orderId } = await once(async (tx) => {
      const { cart } = found;
      if (cart.orderId) return { orderId: cart.orderId }; // ordered before, under another key: it stays one order
      const snapshot = snapshotOf(found, body, newOrderId, rates);
      // The cart's version guards the race: of two checkouts at once one changes the row, and the other finds its order.
      if (!(await markOrdered(tx, cartId, cart.version, newOrderId, now()))) {
        const other = (await cartTable(tx).find(cartId))?.cart.orderId;
        if (!other) throw errors.CartChanged({ cartId });
        return { orderId: other };
      }
      await order.beginIn(tx, newOrderId, { type: "place", order: snapshot });
      await sagas.start(tx, checkout, `checkout:${newOrderId}`, {
        orderId: newOrderId,
        lines: snapshot.lines.map(({ sku, quantity }) => ({ sku, quantity })),
        amount: { amount: snapshot.totals.total, currency: snapshot.currency },
        paymentToken: body.paymentToken,
      });
      return { orderId: newOrderId };
    });

    const location = { location: `/v1/orders/${orderId}` };
    const waitMs = Math.min(preferredWaitMs(headers.prefer), remainingMs() - answerMs);
    if (waitMs > 0) {
      // An order that was there before has perhaps changed for the last time: look at once.
      using theirs = orderId === newOrderId ? undefined : watch.open(orderId, { changed: true });
      const history = await settled(orderId, theirs ?? changes, waitMs, signal);
      if (history) return answer(201, { order: confirmedView(history) }, location);
    }
    const { state, history } = await order.load(orderId, 1);
    return answer(202, { order: viewOf(state, history) }, location);
  };
}

const endings: ReadonlySet<Event["type"]> = new Set(["confirmed", "rejected", "cancelled"]);

/** RFC 7240 `Prefer: wait=10`, in milliseconds; 0 when the client does not care to wait. */
const preferredWaitMs = (prefer = ""): number =>
  1000 * Number(/(?:^|[,;\s])wait=(\d{1,4})(?=$|[,;\s])/i.exec(prefer)?.[1] ?? 0);

/** @throws the reason why the order was not filled */
function confirmedView(history: readonly Recorded<Event>[]) {
  const state = history.reduce<State>((state, { event }) => rules.evolve(state, event), rules.initial);
  const last = history.at(-1)?.event;
  if (last?.type !== "rejected") return viewOf(state, history);
  const orderId = history[0]?.streamId ?? "";
  const details = { orderId, why: last.detail };
  switch (last.reason) {
    case "out_of_stock":
      throw errors.OutOfStock(details);
    case "payment_declined":
      throw errors.PaymentDeclined(details);
    case "payment_expired":
      throw errors.PaymentExpired(details);
    default:
      throw errors.Rejected(details);
  }
}
