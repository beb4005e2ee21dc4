import type { Recorded, StreamType } from "@souk/event-store";
import type { Publish } from "@souk/messaging";
import type { Tx } from "@souk/postgres";
import type { Metrics } from "@souk/service";
import { tellAfterSale } from "./after-sale-facts.ts";
import { orders } from "./contract.ts";
import { indexAfterSale } from "./db/after-sale.ts";
import { indexOrder } from "./db/order-index.ts";
import { returnRedemptions } from "./db/redemptions.ts";
import { awaited, type Fill, isOfPromise } from "./domain/backorder.ts";
import { valueOfRest } from "./domain/lapse.ts";
import { order } from "./domain/order.ts";
import type { Command, Event, Existing, Snapshot, State } from "./domain/order-state.ts";
import { isPaid } from "./domain/order-status.ts";
import { summed } from "./domain/pricing-view.ts";
import type { OrderWatch } from "./order-watch.ts";

type Deps = {
  publish: Publish;
  watch: OrderWatch;
  metrics: Metrics;
  /** When an order that was to replace something is not filled, or is cancelled. */
  onExchangeUndone: (tx: Tx, order: Snapshot, why: string) => Promise<void>;
};

/** The order's stream: its rules, and what commits together with every append. */
export const orderStream = ({
  publish,
  watch,
  metrics,
  onExchangeUndone,
}: Deps): StreamType<Command, State, Event> => ({
  name: "order",
  decider: order,
  async inline(appended, state, tx) {
    if (state.lifecycle === "new") return;
    const { order } = state;
    await Promise.all([
      indexOrder(appended, state, tx),
      giveBack(appended, order, tx),
      indexAfterSale(appended, state, tx),
      ...(order.exchangeOf
        ? appended.map(async ({ event }) => {
            const why = whyNotSent(event);
            if (why !== undefined) await onExchangeUndone(tx, order, why);
          })
        : []),
      ...appended.map((recorded) => tell(publish, tx, state, recorded)),
    ]);
    tx.afterCommit(() => {
      // Nobody waits for an order that is only now there.
      if (appended[0]?.version !== 1) watch.changed(order.orderId);
      for (const { event } of appended) metrics.count("souk_order_events_total", { event: event.type });
    });
  },
});

/** An order that is not filled, or is cancelled, has not used its promotions. */
async function giveBack(appended: readonly Recorded<Event>[], { orderId, redeemed }: Snapshot, tx: Tx): Promise<void> {
  if (!redeemed) return;
  const over = appended.find(({ event }) => event.type === "rejected" || event.type === "cancelled");
  if (over) await returnRedemptions(tx, orderId, over.at);
}

const whyNotSent = (event: Event): string | undefined =>
  event.type === "rejected"
    ? event.detail
    : event.type === "cancelled"
      ? "The order of the replacement was cancelled."
      : undefined;

/** Which domain events the others hear of, and in what words. */
async function tell(publish: Publish, tx: Tx, state: Existing, { version, event }: Recorded<Event>): Promise<void> {
  const { order } = state;
  const { orderId, number, email, currency, totals } = order;
  const at = { subject: orderId, sequence: version };
  switch (event.type) {
    case "placed":
      return publish(tx, orders.events.placed, { ...at, data: { orderId, number, currency, total: totals.total } });
    case "confirmed":
      return publish(tx, orders.events.confirmed, { ...at, data: confirmedFact(state) });
    case "rest cancelled":
      return publish(tx, orders.events.restCancelled, { ...at, data: restFact(state) });
    case "backorder filled": {
      // What came before it was confirmed is left out of what it waits for; what cannot be paid any more is not sent.
      if (!isPaid(state) || state.lapse || !isOfPromise(state.backorder, event)) return;
      return publish(tx, orders.events.backorderFilled, { ...at, data: filledFact(state, event) });
    }
    case "rejected":
      return publish(tx, orders.events.rejected, { ...at, data: { orderId, number, email, reason: event.reason } });
    case "cancelled":
      return publish(tx, orders.events.cancelled, { ...at, data: { orderId, number, email, reason: event.reason } });
    case "completed":
      return publish(tx, orders.events.completed, { ...at, data: { orderId, number } });
    default:
      return tellAfterSale(publish, tx, state, at, event);
  }
}

function confirmedFact({ order, backorder }: Existing) {
  const backordered = awaited(backorder);
  return { ...saleFact(order), ...(backordered.length > 0 && { backordered: [...backordered] }) };
}

function filledFact({ order, backorder }: Existing, { sku, quantity }: Fill) {
  const { orderId, number, shippingMethod, lines } = order;
  const { title = sku, weightGrams = 0 } = lines.find((line) => line.sku === sku) ?? {};
  const outstanding = awaited(backorder).reduce((units, one) => units + one.quantity, 0);
  return { orderId, number, shippingMethod, lines: [{ sku, title, quantity, weightGrams }], outstanding };
}

function restFact(state: Existing) {
  const { orderId, number, email, currency } = state.order;
  return { orderId, number, email, currency, ...valueOfRest(state), charged: state.captured };
}

const saleFact = (order: Snapshot) => ({
  orderId: order.orderId,
  number: order.number,
  customerId: order.customerId,
  email: order.email,
  currency: order.currency,
  lines: order.lines.map(({ sku, title, quantity, unitAmount, weightGrams }) => ({
    sku,
    title,
    quantity,
    unitAmount,
    weightGrams,
  })),
  totals: totalsFact(order),
  shippingMethod: order.shippingMethod,
  shippingAddress: order.shippingAddress,
});

/** With what was taken off and the taxes, when there are any. */
function totalsFact({ totals, lines, shipping = {} }: Snapshot) {
  const { discounts, taxes } = summed([...lines, shipping]);
  return {
    ...totals,
    ...(discounts.length > 0 && { discounts: discounts.map(({ code, name, amount }) => ({ code, name, amount })) }),
    ...(taxes.length > 0 && { taxes }),
  };
}
