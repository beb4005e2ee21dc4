import { errors } from "../errors.ts";
import type { Units } from "./after-sale.ts";
import type { Event, Existing } from "./order-state.ts";
import { fulfilment, owedFor, unitsIn } from "./order-status.ts";
import { valueOfUnits } from "./pricing-units.ts";

/**
 * The card has let go of the money that was reserved: it was taken as far as `captured` says, and never will be further. `holdId` names what is
 * held back for it.
 */
export type Lapse = { readonly holdId: string; readonly captured: number };
/**
 * What has left and can never be taken from the card. `raised`: in all so far; of that, `paid` came another way, and `writtenOff` is not asked for any
 * more. Minor units.
 */
export type Claim = { readonly raised: number; readonly paid: number; readonly writtenOff: number };
export type WriteOff = {
  readonly writeOffId: string;
  readonly reason: string;
  /** Who has decided it. */
  readonly by: string;
};

/** Money for a claim that came another way than from the card: by transfer, in cash. */
export type ClaimPayment = {
  readonly claimPaymentId: string;
  /** Minor units of the order's currency. */
  readonly amount: number;
  readonly how: string;
  /** Who has recorded it. */
  readonly by: string;
};

export type LapseEvent =
  | ({ readonly type: "payment lapsed" } & Lapse)
  /** `amount`: all that has left unpaid by now. */
  | { readonly type: "claim raised"; readonly amount: number }
  | ({ readonly type: "claim written off"; readonly amount: number } & WriteOff)
  | ({ readonly type: "claim paid" } & ClaimPayment)
  /** `forgone`: what of the lines had never come into stock. */
  | {
      readonly type: "rest cancelled";
      readonly lines: readonly Units[];
      readonly forgone?: readonly Units[];
      readonly captured: number;
    };

/**
 * An order that is not confirmed never will be; one of which nothing has left is cancelled. What has left of any other becomes a claim, and
 * what has not is held back. Of an order that is undone already, or was paid at once, it says nothing.
 */
export function lapsed(state: Existing, { holdId, captured }: Lapse): Event[] {
  const { lifecycle, payment, dispatched } = state;
  const isOver = lifecycle === "rejected" || lifecycle === "cancelled";
  if (state.lapse || isOver || payment === "captured") return [];
  const event: Event = { type: "payment lapsed", holdId, captured: Math.max(captured, state.captured) };
  if (lifecycle !== "confirmed" || dispatched.length > 0) return [event];
  const note = "The money that was reserved for it has lapsed.";
  return [event, { type: "cancel requested", by: "operator", note }];
}

export function evolveLapse(state: Existing, event: LapseEvent): Existing {
  const claim = state.claim ?? { raised: 0, paid: 0, writtenOff: 0 };
  switch (event.type) {
    case "payment lapsed": {
      const { holdId, captured } = event;
      // Nothing more is ever paid than was taken by now.
      return { ...state, lapse: { holdId, captured }, captured, paid: captured };
    }
    case "claim raised":
      return { ...state, claim: { ...claim, raised: event.amount } };
    case "claim written off":
      return { ...state, claim: { ...claim, writtenOff: claim.writtenOff + event.amount } };
    case "claim paid":
      return { ...state, claim: { ...claim, paid: claim.paid + event.amount } };
    case "rest cancelled":
      return { ...state, captured: event.captured, paid: event.captured, heldBack: event.lines };
  }
}

/** What has left, and neither was paid nor is written off, in minor units. */
export const openClaim = ({ claim }: Pick<Existing, "claim">): number =>
  claim ? claim.raised - claim.paid - claim.writtenOff : 0;

/** What has left of an order whose money has lapsed is claimed as far as it was not taken. Claims only grow: what has left has left. */
export function claimFor(state: Existing): Event[] {
  if (!state.lapse) return [];
  const unpaid = owedFor(state) - state.captured;
  return unpaid > (state.claim?.raised ?? 0) ? [{ type: "claim raised", amount: unpaid }] : [];
}

/** @throws errors.NothingClaimed */
export function writtenOff(state: Existing, writeOff: WriteOff): Event[] {
  const amount = openClaim(state);
  if (amount === 0) throw errors.NothingClaimed({ orderId: state.order.orderId });
  return [{ type: "claim written off", ...writeOff, amount }];
}

/** @throws errors.NothingClaimed, errors.ClaimDiffers when it is nothing, more than is claimed, or in another currency */
export function claimPaid(state: Existing, payment: ClaimPayment, paidIn: string): Event[] {
  const { orderId, currency } = state.order;
  const open = openClaim(state);
  if (open === 0) throw errors.NothingClaimed({ orderId });
  const { amount: paid } = payment;
  if (paid < 1 || paid > open || paidIn !== currency) throw errors.ClaimDiffers({ paid, paidIn, open, currency });
  return [{ type: "claim paid", ...payment }];
}

/** Whether there is, or may be, something here of an order whose money has lapsed. */
export function isToHoldBack(state: Existing): boolean {
  const left = fulfilment(state);
  return state.lapse !== undefined && state.lifecycle === "confirmed" && (left === "none" || left === "partial");
}

/** What is still here when `left` has left, by SKU. */
export function restOf({ order }: Existing, left: readonly Units[]): Units[] {
  return order.lines.flatMap(({ sku, quantity }) => {
    const here = quantity - unitsIn([{ lines: left }], sku);
    return here > 0 ? [{ sku, quantity: here }] : [];
  });
}

/** What is not taken for the lines that are held back, each with its discounts and taxes; `notCharged`: with their part of shipping. */
export function valueOfRest(state: Existing) {
  const { order, heldBack } = state;
  const lines = order.lines.flatMap((line) => {
    const quantity = unitsIn([{ lines: heldBack }], line.sku);
    if (quantity === 0) return [];
    const { total: amount } = valueOfUnits(line, quantity, line.quantity - quantity);
    return [{ sku: line.sku, title: line.title, quantity, amount }];
  });
  const left = { shipmentId: "", trackingNumber: "", lines: restOf(state, heldBack) };
  return { lines, notCharged: order.totals.total - owedFor({ ...state, dispatched: [left] }) };
}
