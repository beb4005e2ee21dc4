import type { Instant, Money } from "@souk/kernel";
import type { Units } from "./after-sale.ts";
import {
  describeAfterSale,
  returnedParts,
  returnsStatus,
  shown,
  viewsOfRefunds,
  viewsOfReturns,
} from "./after-sale-view.ts";
import { awaited } from "./backorder.ts";
import { type Claim, openClaim } from "./lapse.ts";
import type { Challenge, Event, Existing, State } from "./order-state.ts";
import { fulfilment, heldBackOf, paymentStatus, unitsIn } from "./order-status.ts";
import { lineView, partsView, totalsView } from "./pricing-view.ts";

type History = readonly { readonly at: Instant; readonly event: Event }[];

/**
 * An order as its owner sees it, or with the notes of those who work here. The same history gives the same view, to the byte: replayed
 * answers rely on it.
 */
export function viewOf(state: State, history: History, viewer: "owner" | "staff" = "owner") {
  if (state.lifecycle === "new") throw new Error("there is nothing to see of an order that was never placed");
  const { order } = state;
  const { currency } = order;
  const money = (amount: number): Money => ({ amount, currency });
  return {
    id: order.orderId,
    number: order.number,
    lifecycle: state.lifecycle,
    payment: paymentStatus(state),
    ...(state.paymentId && { paymentId: state.paymentId }),
    ...(state.challenge && { nextAction: actionOf(state.challenge) }),
    ...(state.dispute && { dispute: state.dispute }),
    fulfilment: fulfilment(state),
    returns: returnsStatus(state),
    ...(state.reason && { reason: state.reason }),
    email: order.email,
    shippingAddress: order.shippingAddress,
    ...(order.billingAddress && { billingAddress: order.billingAddress }),
    shippingMethod: order.shippingMethod,
    lines: order.lines.map((line) => ({
      ...lineView(line, currency),
      shipped: unitsIn(state.dispatched, line.sku),
      delivered: unitsIn(state.delivered, line.sku),
      ...awaitedPart(state, line.sku),
      ...cancelledPart(state, line.sku),
      ...returnedParts(state.afterSale, line.sku),
    })),
    shipping: partsView(order.totals.shipping, order.shipping ?? {}, currency),
    totals: totalsView(order.totals, [...order.lines, order.shipping ?? {}], currency),
    refunded: money(state.refunded),
    refunds: viewsOfRefunds(state, history),
    ...(state.afterSale.returns.length > 0 && { returnRequests: viewsOfReturns(state, history) }),
    ...(order.exchangeOf && { exchangeOf: order.exchangeOf }),
    ...(viewer === "staff" && state.claim && { claim: claimView(state.claim, currency) }),
    timeline: history.flatMap(({ at, event }) =>
      isTold(event, state, viewer) ? [{ at, ...describe(event, state) }] : [],
    ),
    placedAt: history[0]?.at ?? "",
  };
}

/** What those who work here settle among themselves. */
const forStaff: ReadonlySet<Event["type"]> = new Set(["note added", "claim raised", "claim paid", "claim written off"]);

/** Of what is picked up nothing is on its way: that it has left and that it has arrived is one thing. */
function isTold({ type }: Event, { order }: Existing, viewer: "owner" | "staff"): boolean {
  if (type === "delivered" && order.shippingMethod === "pickup") return false;
  return viewer === "staff" || !forStaff.has(type);
}

export function claimView(claim: Claim, currency: string) {
  const money = (amount: number): Money => ({ amount, currency });
  return { open: money(openClaim({ claim })), paid: money(claim.paid), writtenOff: money(claim.writtenOff) };
}

function awaitedPart({ backorder, lifecycle, heldBack }: Existing, sku: string): { backordered?: number } {
  if (lifecycle === "cancelled" || heldBack.length > 0) return {};
  const waiting = awaited(backorder).find((one) => one.sku === sku);
  return waiting ? { backordered: waiting.quantity } : {};
}

function cancelledPart(state: Existing, sku: string): { cancelled?: number } {
  const cancelled = heldBackOf(state, sku);
  return cancelled > 0 ? { cancelled } : {};
}

const unitsOf = (units: readonly Units[]): string =>
  units.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(", ");

const actionOf = ({ paymentId, until, redirectUrl }: Challenge) => ({
  type: "authenticate" as const,
  paymentId,
  url: `/v1/payments/${paymentId}/authenticate`,
  ...(redirectUrl && { redirectUrl }),
  expiresAt: until,
});

/** One line of the timeline, for people. */
function describe(event: Event, state: Existing): { what: string; detail?: string } {
  switch (event.type) {
    case "placed":
      return { what: "Order placed" };
    case "provider awaited":
      return { what: "Waiting for the payment provider" };
    case "shopper awaited":
      return { what: "Waiting for the shopper to authenticate with their bank" };
    case "confirmed":
      return {
        what: "Paid and confirmed",
        ...(event.backordered && { detail: `Not in stock yet: ${unitsOf(event.backordered)}` }),
      };
    case "backorder filled":
      return { what: "Stock has come", detail: unitsOf([event]) };
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
    case "captured":
      return { what: "Money taken for what has left" };
    case "payment lapsed":
      return { what: "The money that was reserved has lapsed" };
    case "claim raised":
      return { what: "Sent and not paid", detail: shown({ amount: event.amount, currency: state.order.currency }) };
    case "claim paid": {
      const amount = shown({ amount: event.amount, currency: state.order.currency });
      return { what: "Claim paid", detail: `${amount}, recorded by ${event.by}: ${event.how}` };
    }
    case "claim written off": {
      const amount = shown({ amount: event.amount, currency: state.order.currency });
      return { what: "Claim written off", detail: `${amount} by ${event.by}: ${event.reason}` };
    }
    case "rest cancelled":
      return {
        what: "The rest was cancelled",
        detail: `The money that was reserved for it has lapsed: ${unitsOf(event.lines)}`,
      };
    case "dispute opened":
      return { what: "Payment disputed", detail: event.reason };
    case "dispute closed":
      return { what: `Dispute ${event.outcome}` };
    case "dispatched":
      return {
        what: state.order.shippingMethod === "pickup" ? "Parcel picked up" : "Parcel dispatched",
        detail: `Tracking number ${event.parcel.trackingNumber}`,
      };
    case "delivered":
      return { what: "Parcel delivered", detail: `Tracking number ${event.parcel.trackingNumber}` };
    case "parcel lost":
      return { what: "Parcel lost", detail: `Tracking number ${event.parcel.trackingNumber}` };
    case "completed":
      return { what: "Order completed" };
    case "note added":
      return { what: "Note", detail: event.text };
    default:
      return describeAfterSale(event, state);
  }
}
