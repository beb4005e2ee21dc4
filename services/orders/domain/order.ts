import { type Decider, never } from "@souk/kernel";
import { errors } from "../errors.ts";
import type { QuotedLine } from "./cart.ts";
import type { Totals } from "./pricing.ts";

export type Address = {
  name: string;
  line1: string;
  line2?: string;
  city: string;
  region?: string;
  postalCode: string;
  country: string;
};

export type Reason = "out_of_stock" | "payment_declined" | "payment_expired" | "customer" | "operator" | "invalid";
export type Lifecycle = "pending" | "confirmed" | "completed" | "rejected" | "cancel_pending" | "cancelled";
export type Parcel = {
  readonly shipmentId: string;
  readonly trackingNumber: string;
  readonly lines: readonly { sku: string; quantity: number }[];
};

/** Everything that is fixed when an order is placed; amounts are minor units of `currency`. */
export type Snapshot = {
  readonly orderId: string;
  readonly number: string;
  readonly cartId: string;
  readonly customerId: string | null;
  readonly email: string;
  readonly currency: string;
  readonly lines: readonly QuotedLine[];
  readonly totals: Totals;
  readonly shippingMethod: "standard" | "express" | "pickup";
  readonly shippingAddress: Address;
  readonly billingAddress?: Address;
};

export type State =
  | { readonly lifecycle: "new" }
  | {
      readonly lifecycle: Lifecycle;
      readonly order: Snapshot;
      readonly paid: number;
      readonly refunded: number;
      readonly payment: "none" | "awaiting_provider" | "authorized" | "captured" | "declined" | "voided";
      readonly reason?: Reason;
      /** Parcels by id: a fact told twice counts once. */
      readonly dispatched: readonly Parcel[];
      readonly delivered: readonly Parcel[];
    };

export type Command =
  | { readonly type: "place"; readonly order: Snapshot }
  | { readonly type: "await provider" }
  | { readonly type: "confirm"; readonly paymentId: string; readonly payment: "authorized" | "captured" }
  | { readonly type: "reject"; readonly reason: Reason; readonly detail: string }
  | { readonly type: "request cancel"; readonly by: "customer" | "operator"; readonly note?: string }
  | { readonly type: "refuse cancel"; readonly why: string }
  /** `refunded`: minor units given back in all; 0 when the payment was voided. */
  | { readonly type: "cancel"; readonly refunded: number }
  | { readonly type: "record refund"; readonly refunded: number }
  | { readonly type: "dispatch"; readonly parcel: Parcel }
  | { readonly type: "deliver"; readonly parcel: Parcel };

export type Event =
  | { readonly type: "placed"; readonly order: Snapshot }
  | { readonly type: "provider awaited" }
  | { readonly type: "confirmed"; readonly paymentId: string; readonly payment: "authorized" | "captured" }
  | { readonly type: "rejected"; readonly reason: Reason; readonly detail: string }
  | { readonly type: "cancel requested"; readonly by: "customer" | "operator"; readonly note?: string }
  | { readonly type: "cancel refused"; readonly why: string }
  | { readonly type: "cancelled"; readonly reason: Reason }
  | { readonly type: "refunded"; readonly refunded: number }
  | { readonly type: "dispatched"; readonly parcel: Parcel }
  | { readonly type: "delivered"; readonly parcel: Parcel }
  | { readonly type: "completed" };

type Existing = Exclude<State, { lifecycle: "new" }>;

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
      case "confirm": {
        const { paymentId, payment } = command;
        if (lifecycle === "pending") return [{ type: "confirmed", paymentId, payment }];
        if (lifecycle === "confirmed" || lifecycle === "completed") return [];
        throw errors.CannotConfirm({ orderId, lifecycle }); // cancelled meanwhile: the saga gives money and stock back
      }
      case "reject": {
        const { reason, detail } = command;
        if (lifecycle === "cancel_pending") return [{ type: "cancelled", reason: cancelReason(state) }];
        return lifecycle === "pending" ? [{ type: "rejected", reason, detail }] : [];
      }
      case "request cancel": {
        const { type: _, ...request } = command;
        if (lifecycle === "cancel_pending" || lifecycle === "cancelled") return [];
        const inTime = (lifecycle === "pending" || lifecycle === "confirmed") && state.dispatched.length === 0;
        if (!inTime)
          throw errors.CannotCancel({ orderId, lifecycle: state.dispatched.length > 0 ? "dispatched" : lifecycle });
        return [{ type: "cancel requested", ...request }];
      }
      case "refuse cancel":
        return lifecycle === "cancel_pending"
          ? withCompletion(state, [{ type: "cancel refused", why: command.why }])
          : [];
      case "cancel":
        if (lifecycle !== "cancel_pending") return [];
        return [...refund(state, command.refunded), { type: "cancelled", reason: cancelReason(state) }];
      case "record refund":
        return refund(state, command.refunded);
      case "dispatch": {
        const { parcel } = command;
        return known(state.dispatched, parcel) ? [] : [{ type: "dispatched", parcel }];
      }
      case "deliver": {
        const { parcel } = command;
        if (known(state.delivered, parcel)) return [];
        // "delivered" can overtake "dispatched" when they come from different shipments' events; a parcel that arrived had left.
        const events: Event[] = known(state.dispatched, parcel) ? [] : [{ type: "dispatched", parcel }];
        return withCompletion(state, [...events, { type: "delivered", parcel }]);
      }
      default:
        return never(command);
    }
  },

  evolve(state, event) {
    if (event.type === "placed") {
      return {
        lifecycle: "pending",
        order: event.order,
        paid: 0,
        refunded: 0,
        payment: "none",
        dispatched: [],
        delivered: [],
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
    case "confirmed":
      return { ...state, lifecycle: "confirmed", payment: event.payment, paid: state.order.totals.total };
    case "rejected": {
      const payment = event.reason === "payment_declined" ? "declined" : "none";
      return { ...state, lifecycle: "rejected", reason: event.reason, payment };
    }
    case "cancel requested":
      return { ...state, lifecycle: "cancel_pending", reason: event.by };
    case "cancel refused": {
      const { reason: _, ...rest } = state;
      return { ...rest, lifecycle: "confirmed" };
    }
    case "cancelled":
      return {
        ...state,
        lifecycle: "cancelled",
        reason: event.reason,
        payment: state.refunded > 0 ? state.payment : "voided",
      };
    case "refunded":
      return { ...state, refunded: event.refunded };
    case "dispatched":
      return { ...state, dispatched: [...state.dispatched, event.parcel] };
    case "delivered":
      return { ...state, delivered: [...state.delivered, event.parcel] };
    case "completed":
      return { ...state, lifecycle: "completed" };
    default:
      return never(event);
  }
}

/** `events`, and the order's completion when after them a confirmed order has nothing left to deliver. */
function withCompletion(state: Existing, events: readonly Event[]): Event[] {
  const after = events.reduce(evolveExisting, state);
  const complete = after.lifecycle === "confirmed" && fulfilment(after) === "delivered";
  return complete ? [...events, { type: "completed" }] : [...events];
}

const known = (parcels: readonly Parcel[], { shipmentId }: Parcel) => parcels.some((p) => p.shipmentId === shipmentId);

/** The ledger's running total only grows; an older or repeated one says nothing new. */
const refund = (state: Existing, refunded: number): Event[] =>
  refunded > state.refunded ? [{ type: "refunded", refunded }] : [];

const cancelReason = (state: Existing): Reason => state.reason ?? "customer";

/** Units of one SKU in some parcels. */
export const unitsIn = (parcels: readonly Parcel[], sku: string): number =>
  parcels.reduce((n, { lines }) => n + lines.reduce((m, line) => m + (line.sku === sku ? line.quantity : 0), 0), 0);

/** Derived from line quantities, never stored. */
export function fulfilment(state: Existing): "none" | "partial" | "shipped" | "delivered" {
  const all = (parcels: readonly Parcel[]) =>
    state.order.lines.every(({ sku, quantity }) => unitsIn(parcels, sku) >= quantity);
  if (all(state.delivered)) return "delivered";
  if (all(state.dispatched)) return "shipped";
  return state.dispatched.length > 0 ? "partial" : "none";
}

/** Whether the order was confirmed, whatever became of it since: also one that cost nothing. */
export const isPaid = (state: State): boolean =>
  state.lifecycle !== "new" && (state.payment === "authorized" || state.payment === "captured");

/** Derived from what was paid and given back. Nothing counts as paid before the order is confirmed, but all of it is given back. */
export function paymentStatus({
  payment,
  paid,
  refunded,
}: Existing): Existing["payment"] | "refunded" | "partially_refunded" {
  if (refunded === 0) return payment;
  return refunded >= paid ? "refunded" : "partially_refunded";
}
