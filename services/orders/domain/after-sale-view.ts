import { type Instant, type Money, never } from "@souk/kernel";
import {
  type AfterSale,
  type AfterSaleEvent,
  type Exchange,
  quantitiesOf,
  type Refund,
  type Return,
} from "./after-sale.ts";
import { costOf } from "./exchange.ts";
import { orderNumber } from "./number.ts";
import type { Event, Existing } from "./order-state.ts";

type History = readonly { readonly at: Instant; readonly event: Event }[];

/** On the label, for people. */
export const returnNumber = (returnId: string): string => `R-${orderNumber(returnId)}`;

/** A return as its owner sees it; undefined when the order has no such return. */
export function viewOfReturn(state: Existing, history: History, returnId: string) {
  const found = state.afterSale.returns.find((one) => one.returnId === returnId);
  return found && returnView(state, history, found);
}

/** Every return that was asked for, in this order. */
export const viewsOfReturns = (state: Existing, history: History) =>
  state.afterSale.returns.map((one) => returnView(state, history, one));

function returnView({ order, afterSale }: Existing, history: History, found: Return) {
  const { currency } = order;
  const { returnId } = found;
  const titles = new Map(order.lines.map(({ sku, title }) => [sku, title]));
  const refund = afterSale.refunds.find(({ refundId }) => refundId === found.refundId);
  let requestedAt = "";
  let why: string | undefined;
  for (const { at, event } of history) {
    if (event.type === "return requested" && event.returnId === returnId) requestedAt = at;
    if (event.type === "return rejected" && event.returnId === returnId) ({ why } = event);
  }
  return {
    id: returnId,
    number: returnNumber(returnId),
    orderId: order.orderId,
    orderNumber: order.number,
    status: found.status,
    lines: linesOf(found).map((line) => ({ ...line, title: titles.get(line.sku) ?? line.sku })),
    value: { amount: found.value, currency },
    ...(refund && { refund: refundView(refund, order, history) }),
    ...(why !== undefined && { why }),
    ...(found.exchange && { exchange: exchangeView(found.exchange, currency) }),
    ...(found.label && { label: found.label.path, trackingNumber: found.label.trackingNumber }),
    requestedAt,
  };
}

const exchangeView = ({ lines, status, orderId }: Exchange, currency: string) => ({
  status,
  lines: lines.map(({ sku, title, quantity }) => ({ sku, title, quantity })),
  cost: { amount: costOf(lines), currency },
  ...(orderId && { orderId }),
});

/** What was asked for, with what came of it; units of one SKU are shown at the first line that asked for them. */
function linesOf({ lines, received }: Return) {
  const left = received.map((one) => ({ ...one }));
  return lines.map((line, i) => {
    const isLast = !lines.slice(i + 1).some(({ sku }) => sku === line.sku);
    let room = isLast ? Number.POSITIVE_INFINITY : line.quantity;
    const shown = { received: 0, writtenOff: 0 };
    for (const part of left) {
      if (part.sku !== line.sku) continue;
      const taken = Math.min(room, part.quantity);
      part.quantity -= taken;
      room -= taken;
      shown.received += taken;
      if (part.condition === "damaged") shown.writtenOff += taken;
    }
    return { ...line, ...shown };
  });
}

/** Every refund that was granted, in this order. */
export const viewsOfRefunds = ({ order, afterSale }: Existing, history: History) =>
  afterSale.refunds.map((refund) => refundView(refund, order, history));

function refundView(refund: Refund, { orderId, currency }: Existing["order"], history: History) {
  const { refundId, returnId, status, amount, reason, lines } = refund;
  let grantedAt = "";
  let executedAt: string | undefined;
  let why: string | undefined;
  for (const { at, event } of history) {
    if (!("refundId" in event) || event.refundId !== refundId) continue;
    if (event.type === "refund granted") grantedAt = at;
    if (event.type === "refund executed") executedAt = at;
    if (event.type === "refund failed") ({ why } = event);
  }
  return {
    id: refundId,
    orderId,
    ...(returnId && { returnId }),
    status,
    amount: { amount, currency },
    reason,
    lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
    ...(status === "failed" && why !== undefined && { why }),
    grantedAt,
    ...(executedAt && { executedAt }),
  };
}

/** Derived from line quantities, never stored. */
export function returnsStatus({ order, afterSale }: Existing): "none" | "requested" | "partial" | "returned" {
  const lines = order.lines.map(({ sku, quantity }) => ({ quantity, ...quantitiesOf(afterSale, sku) }));
  if (lines.every(({ quantity, received }) => received >= quantity)) return "returned";
  if (lines.some(({ received }) => received > 0)) return "partial";
  return lines.some(({ requested }) => requested > 0) ? "requested" : "none";
}

export function returnedParts(afterSale: AfterSale, sku: string) {
  const { requested, received, writtenOff } = quantitiesOf(afterSale, sku);
  return { returnRequested: requested, returnReceived: received, writtenOff };
}

type Described = { readonly what: string; readonly detail?: string };

/** One line of the timeline, for people. */
export function describeAfterSale(event: AfterSaleEvent, { order, afterSale }: Existing): Described {
  const refundOf = (refundId: string) => afterSale.refunds.find((one) => one.refundId === refundId);
  const money = (amount = 0) => shown({ amount, currency: order.currency });
  switch (event.type) {
    case "return requested":
      return {
        what: `Return requested by ${event.by === "customer" ? "the customer" : "support"}`,
        detail: told(event.lines),
      };
    case "return approved":
      return { what: "Return approved", detail: `Return ${returnNumber(event.returnId)}` };
    case "return labelled":
      return { what: "Return label made", detail: `Tracking number ${event.label.trackingNumber}` };
    case "return rejected":
      return { what: "Return rejected", detail: event.why };
    case "return received":
      return { what: "Return received", detail: told(event.lines) };
    case "exchange ordered":
      return { what: "Replacement ordered", detail: `Order ${orderNumber(event.orderId)}` };
    case "exchange given up":
      return { what: "Exchange given up", detail: event.why };
    case "refund granted":
      return { what: "Refund granted", detail: `${money(event.amount)}: ${event.reason}` };
    case "refund executed":
      return { what: "Money given back", detail: money(refundOf(event.refundId)?.amount) };
    case "refund failed":
      return { what: "Refund failed", detail: event.why };
    case "refund retried":
      return { what: "Refund tried again", detail: money(refundOf(event.refundId)?.amount) };
    default:
      return never(event);
  }
}

const told = (lines: readonly { sku: string; quantity: number; reason?: string; condition?: string }[]): string =>
  lines.map(({ sku, quantity, reason, condition }) => `${quantity} × ${sku} (${reason ?? condition ?? ""})`).join(", ");

/** As people write it: "EUR 12.50". */
export function shown({ amount, currency }: Money): string {
  const format = new Intl.NumberFormat("en", { style: "currency", currency, currencyDisplay: "code" });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amount / 10 ** digits).replace("\u00a0", " ");
}
