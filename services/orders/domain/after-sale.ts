import { never } from "@souk/kernel";
import { errors } from "../errors.ts";
import { costOf, type Replacement } from "./exchange.ts";

export type Condition = "sellable" | "damaged";
export type ReturnLine = { readonly sku: string; readonly quantity: number; readonly reason: string };
/** Units of one SKU that came back in one condition. */
export type ReceivedLine = { readonly sku: string; readonly quantity: number; readonly condition: Condition };
export type Units = { readonly sku: string; readonly quantity: number };
export type By = "customer" | "support";

/** `requested → approved → received → refunded`, or `rejected` before anything came back. Amounts are minor units of the order's currency. */
export type Return = {
  readonly returnId: string;
  readonly status: "requested" | "approved" | "rejected" | "received" | "refunded";
  readonly lines: readonly ReturnLine[];
  readonly received: readonly ReceivedLine[];
  /** What the received units cost; of that, `refundId` gives back what was not given back before. */
  readonly value: number;
  readonly refundId?: string;
  readonly label?: Label;
  readonly exchange?: Exchange;
};
/** `orderId`: the order that it was sent with. */
export type Exchange = {
  readonly lines: readonly Replacement[];
  readonly status: "waiting" | "ordered" | "given_up";
  readonly orderId?: string;
};
/** `path`: where it can be printed, below the shop's address. */
export type Label = { readonly path: string; readonly trackingNumber: string };

/** Granted apart from executed: the money is promised first, and given back by a saga. */
export type Refund = {
  readonly refundId: string;
  readonly status: "granted" | "executed" | "failed";
  readonly amount: number;
  readonly reason: string;
  /** Goods that are paid back and need not come back. */
  readonly lines: readonly Units[];
  readonly returnId?: string;
};

export type AfterSale = { readonly returns: readonly Return[]; readonly refunds: readonly Refund[] };
export const nothingAfterSale: AfterSale = { returns: [], refunds: [] };

/** What was sold, as far as returns and refunds depend on it. */
export type Sale = AfterSale & {
  readonly orderId: string;
  /** Who bought it is erased: there is nobody left to send anything to. */
  readonly isAnonymous: boolean;
  /** Confirmed or completed: neither on its way in nor being undone. */
  readonly stands: boolean;
  readonly lines: readonly {
    readonly sku: string;
    readonly quantity: number;
    readonly delivered: number;
    /** What `n` units of it cost together; `valueOf(quantity)` is the line's total. */
    readonly valueOf: (n: number) => number;
  }[];
  readonly paid: number;
  /** Given back so far, whoever asked for it. */
  readonly refunded: number;
};

export type AfterSaleCommand =
  | {
      readonly type: "request return";
      readonly returnId: string;
      readonly lines: readonly ReturnLine[];
      readonly by: By;
      readonly exchange?: readonly Replacement[];
    }
  | { readonly type: "approve return"; readonly returnId: string }
  | { readonly type: "label return"; readonly returnId: string; readonly label: Label }
  | { readonly type: "reject return"; readonly returnId: string; readonly why: string }
  /** `refundId` is used when there is something to give back, `exchangeOrderId` when there is something to send. */
  | {
      readonly type: "receive return";
      readonly returnId: string;
      readonly lines: readonly ReceivedLine[];
      readonly refundId: string;
      readonly exchangeOrderId: string;
    }
  | { readonly type: "undo exchange"; readonly returnId: string; readonly refundId: string; readonly why: string }
  /** Either an amount or the value of some units. */
  | ({ readonly type: "grant refund"; readonly refundId: string; readonly reason: string } & (
      | { readonly amount: number }
      | { readonly lines: readonly Units[] }
    ))
  | { readonly type: "execute refund"; readonly refundId: string }
  | { readonly type: "fail refund"; readonly refundId: string; readonly why: string }
  | { readonly type: "retry refund"; readonly refundId: string };

export type AfterSaleEvent =
  | {
      readonly type: "return requested";
      readonly returnId: string;
      readonly lines: readonly ReturnLine[];
      readonly by: By;
      readonly exchange?: readonly Replacement[];
    }
  | { readonly type: "return approved"; readonly returnId: string }
  | { readonly type: "return labelled"; readonly returnId: string; readonly label: Label }
  | { readonly type: "return rejected"; readonly returnId: string; readonly why: string }
  | {
      readonly type: "return received";
      readonly returnId: string;
      readonly lines: readonly ReceivedLine[];
      readonly value: number;
    }
  /** `amount`: what came back that pays for it. */
  | { readonly type: "exchange ordered"; readonly returnId: string; readonly orderId: string; readonly amount: number }
  | { readonly type: "exchange given up"; readonly returnId: string; readonly why: string }
  | {
      readonly type: "refund granted";
      readonly refundId: string;
      readonly amount: number;
      readonly reason: string;
      readonly lines?: readonly Units[];
      readonly returnId?: string;
    }
  /** `refunded`: minor units given back of the order in all, with this. */
  | { readonly type: "refund executed"; readonly refundId: string; readonly refunded: number }
  | { readonly type: "refund failed"; readonly refundId: string; readonly why: string }
  | { readonly type: "refund retried"; readonly refundId: string };

export function decideAfterSale(sale: Sale, command: AfterSaleCommand): AfterSaleEvent[] {
  switch (command.type) {
    case "request return":
      return requestReturn(sale, command);
    case "approve return": {
      const { returnId, status } = findReturn(sale, command.returnId);
      if (status === "rejected") throw errors.ReturnClosed({ returnId, status });
      return status === "requested" ? [{ type: "return approved", returnId }] : [];
    }
    case "label return": {
      const { returnId, label } = findReturn(sale, command.returnId);
      return label ? [] : [{ type: "return labelled", returnId, label: command.label }];
    }
    case "reject return": {
      const { returnId, status } = findReturn(sale, command.returnId);
      if (status === "received" || status === "refunded") throw errors.ReturnClosed({ returnId, status });
      return status === "rejected" ? [] : [{ type: "return rejected", returnId, why: command.why }];
    }
    case "receive return":
      return receiveReturn(sale, command);
    case "undo exchange":
      return undoExchange(sale, command);
    case "grant refund":
      return grantRefund(sale, command);
    case "execute refund": {
      const { refundId, status, amount } = findRefund(sale, command.refundId);
      return status === "executed" ? [] : [{ type: "refund executed", refundId, refunded: sale.refunded + amount }];
    }
    case "fail refund": {
      const { refundId, status } = findRefund(sale, command.refundId);
      return status === "granted" ? [{ type: "refund failed", refundId, why: command.why }] : [];
    }
    case "retry refund": {
      const { refundId, status, amount } = findRefund(sale, command.refundId);
      if (status !== "failed") return [];
      assertRefundable(sale, amount);
      return [{ type: "refund retried", refundId }];
    }
    default:
      return never(command);
  }
}

export function evolveAfterSale(state: AfterSale, event: AfterSaleEvent): AfterSale {
  const changeReturn = (returnId: string | undefined, change: Partial<Return>): readonly Return[] =>
    state.returns.map((one) => (one.returnId === returnId ? { ...one, ...change } : one));
  const changeRefund = (status: Refund["status"]): readonly Refund[] =>
    state.refunds.map((one) => ("refundId" in event && one.refundId === event.refundId ? { ...one, status } : one));
  switch (event.type) {
    case "return requested": {
      const { returnId, lines, exchange } = event;
      const requested: Return = {
        ...{ returnId, status: "requested", lines, received: [], value: 0 },
        ...(exchange && { exchange: { lines: exchange, status: "waiting" } }),
      };
      return { ...state, returns: [...state.returns, requested] };
    }
    case "return approved":
      return { ...state, returns: changeReturn(event.returnId, { status: "approved" }) };
    case "return labelled":
      return { ...state, returns: changeReturn(event.returnId, { label: event.label }) };
    case "return rejected":
      return { ...state, returns: changeReturn(event.returnId, { status: "rejected" }) };
    case "return received": {
      const { returnId, lines, value } = event;
      return { ...state, returns: changeReturn(returnId, { status: "received", received: lines, value }) };
    }
    case "exchange ordered":
    case "exchange given up": {
      const exchange = state.returns.find((one) => one.returnId === event.returnId)?.exchange;
      if (!exchange) return state;
      const now: Exchange =
        event.type === "exchange ordered"
          ? { ...exchange, status: "ordered", orderId: event.orderId }
          : { ...exchange, status: "given_up" };
      return { ...state, returns: changeReturn(event.returnId, { exchange: now }) };
    }
    case "refund granted": {
      const { type: _, lines = [], ...rest } = event;
      const refund: Refund = { ...rest, lines, status: "granted" };
      const returns = changeReturn(event.returnId, { refundId: event.refundId });
      return { returns, refunds: [...state.refunds, refund] };
    }
    case "refund executed": {
      const returnId = state.refunds.find(({ refundId }) => refundId === event.refundId)?.returnId;
      return { returns: changeReturn(returnId, { status: "refunded" }), refunds: changeRefund("executed") };
    }
    case "refund failed":
      return { ...state, refunds: changeRefund("failed") };
    case "refund retried":
      return { ...state, refunds: changeRefund("granted") };
    default:
      return never(event);
  }
}

function requestReturn(
  sale: Sale,
  { returnId, lines, by, exchange }: Extract<AfterSaleCommand, { type: "request return" }>,
): AfterSaleEvent[] {
  if (sale.returns.some((one) => one.returnId === returnId)) return [];
  let worth = 0;
  for (const [sku, requested] of unitsBySku(lines)) {
    const returnable = returnableUnits(sale, sku);
    if (requested > returnable) throw errors.NotReturnable({ sku, requested, returnable });
    worth += valueOfNext(sale, sku, requested);
  }
  if (!exchange) return [{ type: "return requested", returnId, lines, by }];
  const costs = costOf(exchange);
  if (costs > worth) throw errors.ExchangeCostsMore({ costs, worth });
  return [{ type: "return requested", returnId, lines, by, exchange }];
}

/** One reception ends a return: what was asked for and did not come can be asked for anew. */
function receiveReturn(
  sale: Sale,
  { returnId, lines, refundId, exchangeOrderId }: Extract<AfterSaleCommand, { type: "receive return" }>,
): AfterSaleEvent[] {
  const found = findReturn(sale, returnId);
  if (found.status === "received" || found.status === "refunded") {
    if (sameUnits(found.received, lines)) return [];
    throw errors.ReturnClosed({ returnId, status: found.status });
  }
  if (found.status !== "approved") throw errors.ReturnNotApproved({ returnId, status: found.status });
  const requested = unitsBySku(found.lines);
  let value = 0;
  for (const [sku, received] of unitsBySku(lines)) {
    const most = requested.get(sku) ?? 0;
    if (received > most) throw errors.NotRequested({ returnId, sku, received, requested: most });
    value += valueOfNext(sale, sku, received);
  }
  let amount = Math.min(value, refundable(sale));
  const events: AfterSaleEvent[] = [{ type: "return received", returnId, lines, value }];
  if (found.exchange) {
    const cost = costOf(found.exchange.lines);
    const givenUp = (why: string) => events.push({ type: "exchange given up", returnId, why });
    if (sale.isAnonymous) givenUp("Whoever it was for is not known any more.");
    else if (cost > amount) givenUp("What came back does not pay for it.");
    else {
      amount -= cost;
      events.push({ type: "exchange ordered", returnId, orderId: exchangeOrderId, amount: cost });
    }
  }
  const reason = "What was returned has arrived.";
  return amount > 0 ? [...events, { type: "refund granted", refundId, amount, reason, returnId }] : events;
}

/** Its price is given back as far as it is still there: support may have given some of it back by hand. */
function undoExchange(
  sale: Sale,
  { returnId, refundId, why }: Extract<AfterSaleCommand, { type: "undo exchange" }>,
): AfterSaleEvent[] {
  const { exchange } = findReturn(sale, returnId);
  if (exchange?.status !== "ordered") return [];
  const amount = Math.min(costOf(exchange.lines), refundable(sale));
  const events: AfterSaleEvent[] = [{ type: "exchange given up", returnId, why }];
  const reason = "The replacement was not sent.";
  return amount > 0 ? [...events, { type: "refund granted", refundId, amount, reason }] : events;
}

function grantRefund(
  sale: Sale,
  { type: _, ...refund }: Extract<AfterSaleCommand, { type: "grant refund" }>,
): AfterSaleEvent[] {
  if (sale.refunds.some(({ refundId }) => refundId === refund.refundId)) return [];
  if (!sale.stands) throw errors.NothingToRefund({ orderId: sale.orderId });
  const amount = "amount" in refund ? refund.amount : valueOfLines(sale, refund.lines);
  if (amount === 0) throw errors.NothingToRefund({ orderId: sale.orderId });
  assertRefundable(sale, amount);
  return [{ type: "refund granted", ...refund, amount }];
}

function valueOfLines(sale: Sale, lines: readonly Units[]): number {
  let value = 0;
  for (const [sku, requested] of unitsBySku(lines)) {
    const left = (lineOf(sale, sku)?.quantity ?? 0) - paidBackUnits(sale, sku);
    if (requested > left) throw errors.NotReturnable({ sku, requested, returnable: left });
    value += valueOfNext(sale, sku, requested);
  }
  return value;
}

function assertRefundable(sale: Sale, amount: number): void {
  const most = refundable(sale);
  if (amount > most) throw errors.RefundTooLarge({ requested: amount, refundable: most });
}

function findReturn({ returns }: AfterSale, returnId: string): Return {
  const found = returns.find((one) => one.returnId === returnId);
  if (!found) throw errors.ReturnNotFound({ returnId });
  return found;
}

function findRefund({ refunds }: AfterSale, refundId: string): Refund {
  const found = refunds.find((one) => one.refundId === refundId);
  if (!found) throw errors.RefundNotFound({ refundId });
  return found;
}

/** Captured − refunded − granted: what may still be promised. */
export const refundable = ({ paid, refunded, refunds }: Pick<Sale, "paid" | "refunded" | "refunds">): number =>
  Math.max(0, paid - refunded - refunds.reduce((sum, r) => sum + (r.status === "granted" ? r.amount : 0), 0));

const lineOf = ({ lines }: Sale, sku: string) => lines.find((line) => line.sku === sku);

/** What the next `n` units cost that are paid back. Beyond those that were bought they cost nothing: they were paid back before. */
function valueOfNext(sale: Sale, sku: string, n: number): number {
  const line = lineOf(sale, sku);
  if (!line) return 0;
  const before = Math.min(paidBackUnits(sale, sku), line.quantity);
  return line.valueOf(Math.min(before + n, line.quantity)) - line.valueOf(before);
}

/** Units whose price was given back, or will be: those that came back and those that need not. */
function paidBackUnits({ returns, refunds }: AfterSale, sku: string): number {
  const kept = refunds.filter(({ status }) => status !== "failed").flatMap(({ lines }) => lines);
  return (
    unitsOf(kept, sku) +
    unitsOf(
      returns.flatMap(({ received }) => received),
      sku,
    )
  );
}

function returnableUnits(sale: Sale, sku: string): number {
  if (!sale.stands) return 0;
  return (lineOf(sale, sku)?.delivered ?? 0) - quantitiesOf(sale, sku).requested;
}

/** `written off ≤ received ≤ requested`: a return that has arrived asked for what has arrived, one that was rejected for nothing. */
export function quantitiesOf({ returns }: AfterSale, sku: string) {
  const received = returns.flatMap((one) => one.received);
  const open = returns.filter(({ status }) => status === "requested" || status === "approved");
  return {
    requested:
      unitsOf(
        open.flatMap(({ lines }) => lines),
        sku,
      ) + unitsOf(received, sku),
    received: unitsOf(received, sku),
    writtenOff: unitsOf(
      received.filter(({ condition }) => condition === "damaged"),
      sku,
    ),
  };
}

/** Whether something of it still has to happen. */
export const isUnderWay = ({ returns, refunds }: AfterSale): boolean =>
  returns.some(({ status }) => status === "requested" || status === "approved") ||
  refunds.some(({ status }) => status === "granted");

const unitsOf = (lines: readonly Units[], sku: string): number =>
  lines.reduce((n, line) => n + (line.sku === sku ? line.quantity : 0), 0);

function unitsBySku(lines: readonly Units[]): Map<string, number> {
  const units = new Map<string, number>();
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity);
  return units;
}

function sameUnits(some: readonly ReceivedLine[], others: readonly ReceivedLine[]): boolean {
  const counted = (lines: readonly ReceivedLine[]) =>
    JSON.stringify([...unitsBySku(lines.map((line) => ({ ...line, sku: `${line.condition} ${line.sku}` })))].sort());
  return counted(some) === counted(others);
}
