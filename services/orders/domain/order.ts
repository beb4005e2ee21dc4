import type { Decider } from "@souk/kernel";
import { errors } from "../errors.ts";
import { decideAfterSale, evolveAfterSale, nothingAfterSale, type Sale } from "./after-sale.ts";
import { isAnonymous } from "./anonymous.ts";
import { filled } from "./backorder.ts";
import { claimFor, claimPaid, evolveLapse, lapsed, writtenOff } from "./lapse.ts";
import type { Command, Event, Existing, Parcel, Reason, State } from "./order-state.ts";
import { fulfilment, unitsIn } from "./order-status.ts";
import { valueOfUnits } from "./pricing-units.ts";

export const order: Decider<Command, State, Event> = {
  initial: { lifecycle: "new" },

  decide(state, command) {
    if (state.lifecycle === "new") {
      if (command.type === "place") return [{ type: "placed", order: command.order }];
      throw new Error(`cannot ${command.type} an order that was never placed`);
    }
    const { lifecycle } = state;
    const { orderId } = state.order;
    switch (command.type) {
      case "place":
        return []; // the same request, retried
      case "await provider":
        return lifecycle === "pending" && state.payment === "none" ? [{ type: "provider awaited" }] : [];
      case "await shopper": {
        const waits = lifecycle === "pending" && (state.payment === "none" || state.payment === "awaiting_provider");
        return waits ? [{ ...command, type: "shopper awaited" }] : [];
      }
      case "confirm": {
        const { type: _, ...confirmation } = command;
        if (state.lapse && lifecycle === "pending") throw errors.PaymentExpired({ orderId });
        if (lifecycle === "pending") return [{ type: "confirmed", ...confirmation }];
        if (lifecycle === "confirmed" || lifecycle === "completed") return [];
        throw errors.CannotConfirm({ orderId, lifecycle }); // cancelled meanwhile: the saga gives money and stock back
      }
      case "fill backorder": {
        const over = lifecycle === "rejected" || lifecycle === "cancelled" || state.heldBack.length > 0;
        return over ? [] : [{ ...command, type: "backorder filled" }];
      }
      case "reject": {
        const { reason, detail } = command;
        if (lifecycle === "cancel_pending") return [{ type: "cancelled", reason: cancelReason(state) }];
        return lifecycle === "pending" ? [{ type: "rejected", reason, detail }] : [];
      }
      case "request cancel": {
        const { type: _, ...request } = command;
        if (lifecycle === "cancel_pending" || lifecycle === "cancelled") return [];
        if (state.dispatched.length > 0) throw errors.CannotCancel({ orderId, lifecycle: "dispatched" });
        if (lifecycle === "rejected" || lifecycle === "completed") throw errors.CannotCancel({ orderId, lifecycle });
        // Two that give the same money back at once would have to be told apart.
        if (state.afterSale.refunds.some(({ status }) => status === "granted"))
          throw errors.CannotCancel({ orderId, lifecycle: "being refunded" });
        return [{ type: "cancel requested", ...request }];
      }
      case "give up payment":
        return concluded(state, lapsed(state, command));
      case "write off claim": {
        const { type: _, ...writeOff } = command;
        return writtenOff(state, writeOff);
      }
      case "record claim payment": {
        const { type: _, currency, ...payment } = command;
        return claimPaid(state, payment, currency);
      }
      case "refuse cancel":
        return lifecycle === "cancel_pending" ? concluded(state, [{ type: "cancel refused", why: command.why }]) : [];
      case "cancel":
        if (lifecycle !== "cancel_pending") return [];
        return [...refund(state, command.refunded), { type: "cancelled", reason: cancelReason(state) }];
      case "record refund": {
        const { refunded, amount, refundId } = command;
        if (refundId !== undefined && state.afterSale.refunds.some((one) => one.refundId === refundId))
          return decideAfterSale(saleOf(state), { type: "execute refund", refundId });
        // What was granted here and is not recorded yet may be in the ledger's total already: only what this fact adds is new.
        const known = state.refunded - executedBy(state);
        return refund(state, executedBy(state) + Math.min(known + amount, refunded - executedBy(state)));
      }
      case "record capture": {
        const { captured } = command;
        return state.payment === "authorized" && captured > state.captured ? [{ type: "captured", captured }] : [];
      }
      case "cancel rest": {
        const { lines, forgone } = command;
        const isOver = lifecycle !== "confirmed" || state.payment !== "authorized" || state.heldBack.length > 0;
        if (isOver || lines.length === 0) return [];
        const { captured } = state;
        return concluded(state, [{ type: "rest cancelled", lines, ...(forgone.length > 0 && { forgone }), captured }]);
      }
      case "open dispute":
        return state.dispute === undefined ? [{ ...command, type: "dispute opened" }] : [];
      case "close dispute": {
        if (state.dispute !== undefined && state.dispute !== "open") return [];
        const { type: _, outcome, ...dispute } = command;
        const events: Event[] = state.dispute === undefined ? [{ type: "dispute opened", ...dispute }] : [];
        return [...events, { type: "dispute closed", outcome, ...dispute }];
      }
      case "dispatch": {
        const { parcel } = command;
        if (known(state.dispatched, parcel)) return [];
        assertFits(state, parcel);
        return concluded(state, [{ type: "dispatched", parcel }]);
      }
      case "deliver": {
        const { parcel } = command;
        if (known(state.delivered, parcel)) return [];
        // "delivered" can overtake "dispatched" when they come from different shipments' events; a parcel that arrived had left.
        const left = state.dispatched.find(({ shipmentId }) => shipmentId === parcel.shipmentId);
        if (!left) assertFits(state, parcel);
        const events: Event[] = left ? [] : [{ type: "dispatched", parcel }];
        return concluded(state, [...events, { type: "delivered", parcel: left ?? parcel }]);
      }
      case "lose": {
        const { parcel } = command;
        const over = known(state.delivered, parcel) || known(state.lost, parcel);
        return over ? [] : [{ type: "parcel lost", parcel }];
      }
      case "add note": {
        const { type: _, ...note } = command;
        return [{ type: "note added", ...note }];
      }
      default:
        return decideAfterSale(saleOf(state), command);
    }
  },

  evolve(state, event) {
    if (event.type === "placed") {
      return {
        lifecycle: "pending",
        order: event.order,
        paid: 0,
        captured: 0,
        refunded: 0,
        payment: "none",
        dispatched: [],
        delivered: [],
        lost: [],
        heldBack: [],
        backorder: { promised: [], fills: [] },
        afterSale: nothingAfterSale,
      };
    }
    if (state.lifecycle === "new") throw new Error(`an order's stream begins with "${event.type}" instead of "placed"`);
    return evolveExisting(state, event);
  },
};

function evolveExisting(state: Existing, event: Event): Existing {
  switch (event.type) {
    case "placed":
      return state;
    case "provider awaited":
      return { ...state, payment: "awaiting_provider" };
    case "shopper awaited": {
      const { type: _, ...challenge } = event;
      return { ...state, payment: "requires_action", paymentId: challenge.paymentId, challenge };
    }
    case "confirmed": {
      const { challenge: _, ...rest } = state;
      const { payment, paymentId, backordered: promised = [] } = event;
      const paid = state.order.totals.total;
      const captured = payment === "captured" ? paid : 0;
      const backorder = { ...state.backorder, promised };
      return { ...rest, lifecycle: "confirmed", payment, paymentId, paid, captured, backorder };
    }
    case "backorder filled":
      return { ...state, backorder: filled(state.backorder, event) };
    case "rejected": {
      const { challenge: _, ...rest } = state;
      const payment = event.reason === "payment_declined" ? "declined" : "none";
      return { ...rest, lifecycle: "rejected", reason: event.reason, payment };
    }
    case "cancel requested":
      return { ...state, lifecycle: "cancel_pending", reason: event.by };
    case "cancel refused": {
      const { reason: _, ...rest } = state;
      return { ...rest, lifecycle: "confirmed" };
    }
    case "cancelled": {
      const { challenge: _, ...rest } = state;
      const payment = state.refunded > 0 ? state.payment : "voided";
      return { ...rest, lifecycle: "cancelled", reason: event.reason, payment };
    }
    case "refunded":
      return { ...state, refunded: event.refunded };
    case "captured":
      return { ...state, captured: event.captured };
    case "payment lapsed":
    case "claim raised":
    case "claim written off":
    case "claim paid":
    case "rest cancelled":
      return evolveLapse(state, event);
    case "dispute opened":
      return { ...state, dispute: "open" };
    case "dispute closed":
      return { ...state, dispute: event.outcome };
    case "dispatched":
      return { ...state, dispatched: [...state.dispatched, event.parcel] };
    case "delivered":
      return { ...state, delivered: [...state.delivered, event.parcel] };
    case "parcel lost":
      return { ...state, lost: [...state.lost, event.parcel] };
    case "completed":
      return { ...state, lifecycle: "completed" };
    case "note added":
      return state;
    case "refund executed":
      return { ...state, refunded: event.refunded, afterSale: evolveAfterSale(state.afterSale, event) };
    default:
      return { ...state, afterSale: evolveAfterSale(state.afterSale, event) };
  }
}

/**
 * `events`, and what follows from them: what has left and can never be paid is claimed, and a confirmed order that has nothing left to
 * deliver is complete.
 */
function concluded(state: Existing, events: readonly Event[]): Event[] {
  const after = events.reduce(evolveExisting, state);
  const complete = after.lifecycle === "confirmed" && fulfilment(after) === "delivered";
  return [...events, ...claimFor(after), ...(complete ? [{ type: "completed" } as const] : [])];
}

const known = (parcels: readonly Parcel[], { shipmentId }: Parcel) => parcels.some((p) => p.shipmentId === shipmentId);

/** The ledger's running total only grows; an older or repeated one says nothing new. */
const refund = (state: Existing, refunded: number): Event[] =>
  refunded > state.refunded ? [{ type: "refunded", refunded }] : [];

/** Of what was given back, what was granted here. */
const executedBy = ({ afterSale }: Existing): number =>
  afterSale.refunds.reduce((sum, { status, amount }) => sum + (status === "executed" ? amount : 0), 0);

/** @throws errors.ParcelDoesNotFit when more would have left than was ordered: the event is wrong, and a person has to look */
function assertFits({ order, dispatched }: Existing, parcel: Parcel): void {
  for (const { sku } of parcel.lines) {
    const ordered = order.lines.reduce((n, line) => n + (line.sku === sku ? line.quantity : 0), 0);
    const leaving = unitsIn([...dispatched, parcel], sku);
    const { shipmentId } = parcel;
    if (leaving > ordered) throw errors.ParcelDoesNotFit({ shipmentId, sku, leaving, ordered });
  }
}

/** What returns and refunds have to know of an order. */
export function saleOf(state: Existing): Sale {
  const { order, lifecycle, afterSale, captured, refunded, dispute } = state;
  return {
    ...afterSale,
    orderId: order.orderId,
    isAnonymous: isAnonymous(order),
    stands: lifecycle === "confirmed" || lifecycle === "completed",
    lines: order.lines.map((line) => ({
      sku: line.sku,
      quantity: line.quantity,
      delivered: unitsIn(state.delivered, line.sku),
      valueOf: (n) => valueOfUnits(line, n).total,
    })),
    // Of a disputed payment the provider holds the money back: nobody is paid twice.
    paid: dispute === undefined || dispute === "won" ? captured : 0,
    refunded,
  };
}

const cancelReason = (state: Existing): Reason => state.reason ?? "customer";
