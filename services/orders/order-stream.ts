import type { Recorded, StreamType } from "@souk/event-store";
import type { Publish } from "@souk/messaging";
import type { Tx } from "@souk/postgres";
import type { Metrics } from "@souk/service";
import { orders } from "./contract.ts";
import { indexOrder } from "./db/order-index.ts";
import { type Command, type Event, order, type Snapshot, type State } from "./domain/order.ts";
import type { OrderWatch } from "./order-watch.ts";

type Deps = { publish: Publish; watch: OrderWatch; metrics: Metrics };

/** The order's stream: its rules, and what commits together with every append. */
export const orderStream = ({ publish, watch, metrics }: Deps): StreamType<Command, State, Event> => ({
  name: "order",
  decider: order,
  async inline(appended, state, tx) {
    if (state.lifecycle === "new") return;
    const { order } = state;
    await Promise.all([
      indexOrder(appended, state, tx),
      ...appended.map((recorded) => tell(publish, tx, order, recorded)),
    ]);
    tx.afterCommit(() => {
      // Nobody waits for an order that is only now there.
      if (appended[0]?.version !== 1) watch.changed(order.orderId);
      for (const { event } of appended) metrics.count("souk_order_events_total", { event: event.type });
    });
  },
});

/** Which domain events the others hear of, and in what words. */
async function tell(publish: Publish, tx: Tx, order: Snapshot, { version, event }: Recorded<Event>): Promise<void> {
  const { orderId, number, email, currency, totals } = order;
  const at = { subject: orderId, sequence: version };
  switch (event.type) {
    case "placed":
      return publish(tx, orders.events.placed, { ...at, data: { orderId, number, currency, total: totals.total } });
    case "confirmed":
      return publish(tx, orders.events.confirmed, { ...at, data: confirmedFact(order) });
    case "rejected":
      return publish(tx, orders.events.rejected, { ...at, data: { orderId, number, email, reason: event.reason } });
    case "cancelled":
      return publish(tx, orders.events.cancelled, { ...at, data: { orderId, number, email, reason: event.reason } });
    case "completed":
      return publish(tx, orders.events.completed, { ...at, data: { orderId, number } });
  }
}

const confirmedFact = ({
  orderId,
  number,
  customerId,
  email,
  currency,
  lines,
  totals,
  shippingMethod,
  shippingAddress,
}: Snapshot) => ({
  orderId,
  number,
  customerId,
  email,
  currency,
  lines: lines.map(({ sku, title, quantity, unitAmount, weightGrams }) => ({
    sku,
    title,
    quantity,
    unitAmount,
    weightGrams,
  })),
  totals,
  shippingMethod,
  shippingAddress,
});
