import { type Instant, type Money, never } from "@souk/kernel";
import { type Event, fulfilment, paymentStatus, type State, unitsIn } from "./order.ts";
import { lineTotal, totalsAsMoney } from "./pricing.ts";

type History = readonly { readonly at: Instant; readonly event: Event }[];

/** An order as its owner sees it. The same history gives the same view, to the byte: replayed answers rely on it. */
export function viewOf(state: State, history: History) {
  if (state.lifecycle === "new") throw new Error("there is nothing to see of an order that was never placed");
  const { order } = state;
  const { currency } = order;
  const money = (amount: number): Money => ({ amount, currency });
  return {
    id: order.orderId,
    number: order.number,
    lifecycle: state.lifecycle,
    payment: paymentStatus(state),
    fulfilment: fulfilment(state),
    returns: "none" as const,
    ...(state.reason && { reason: state.reason }),
    email: order.email,
    shippingAddress: order.shippingAddress,
    ...(order.billingAddress && { billingAddress: order.billingAddress }),
    shippingMethod: order.shippingMethod,
    lines: order.lines.map((line) => ({
      sku: line.sku,
      title: line.title,
      quantity: line.quantity,
      unitPrice: money(line.unitAmount),
      total: lineTotal(line, currency),
      shipped: unitsIn(state.dispatched, line.sku),
      delivered: unitsIn(state.delivered, line.sku),
    })),
    totals: totalsAsMoney(order.totals, currency),
    refunded: money(state.refunded),
    timeline: history.map(({ at, event }) => ({ at, ...describe(event) })),
    placedAt: history[0]?.at ?? "",
  };
}

/** One line of the timeline, for people. */
function describe(event: Event): { what: string; detail?: string } {
  switch (event.type) {
    case "placed":
      return { what: "Order placed" };
    case "provider awaited":
      return { what: "Waiting for the payment provider" };
    case "confirmed":
      return { what: "Paid and confirmed" };
    case "rejected":
      return { what: "Order rejected", detail: event.detail };
    case "cancel requested":
      return { what: `Cancellation requested by the ${event.by}`, ...(event.note && { detail: event.note }) };
    case "cancel refused":
      return { what: "Cancellation refused", detail: event.why };
    case "cancelled":
      return { what: "Order cancelled" };
    case "refunded":
      return { what: "Money given back" };
    case "dispatched":
      return { what: "Parcel dispatched", detail: `Tracking number ${event.parcel.trackingNumber}` };
    case "delivered":
      return { what: "Parcel delivered", detail: `Tracking number ${event.parcel.trackingNumber}` };
    case "completed":
      return { what: "Order completed" };
    default:
      return never(event);
  }
}
