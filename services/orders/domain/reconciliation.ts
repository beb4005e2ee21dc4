import type { Instant } from "@souk/kernel";
import type { Lifecycle } from "./order-state.ts";

/** What each service says of one order; undefined when it has never heard of it. Amounts in minor units. */
export type Sides = {
  readonly order:
    | { readonly lifecycle: Lifecycle; readonly total: number; readonly refunded: number; readonly claim: number }
    | undefined;
  readonly payment:
    | { readonly status: string; readonly captured: number; readonly refunded: number; readonly since: Instant }
    | undefined;
  readonly reservation: { readonly status: string; readonly restocked: boolean } | undefined;
};

/**
 * `unfinished` and `money_in_flight` are how every order begins, and are wrong only when they stay. `order_without_stock`: sold, and
 * its stock never left the shelf. `claim_open`: it left, and the money for it was let go of.
 */
export type Kind =
  | "unfinished"
  | "money_in_flight"
  | "payment_without_order"
  | "order_without_payment"
  | "refund_owed"
  | "amount_differs"
  | "reservation_without_order"
  | "order_without_stock"
  | "claim_open";

/** The steps of the sagas, taken once more. */
export type Mending = "reverse" | "release" | "restock" | "commit";

export type Finding = {
  readonly kind: Kind;
  readonly ours: string;
  readonly theirs: string;
  /** What settles it. Undefined: a person has to look. `byPerson`: only when one has said so. */
  readonly mending?: Mending;
  readonly byPerson?: true;
  /** Since when money has been where it must not stay; `now`: since this look, if none before saw it. */
  readonly moneySince?: Instant | "now";
};

/**
 * What is not as it must be. An order that is not known here is settled only when a person says so: when our own books are what is
 * wrong (a restored backup), giving everything back would make it worse.
 */
export function findings(sides: Sides): Finding[] {
  return [...ofMoney(sides), ...ofClaim(sides), ...ofStock(sides)];
}

const kept = ({ captured, refunded }: NonNullable<Sides["payment"]>): number => captured - refunded;

function ofMoney({ order, payment }: Sides): Finding[] {
  const holds = payment !== undefined && (kept(payment) > 0 || payment.status === "authorized");
  const theirs = payment
    ? `payment ${payment.status}, captured ${payment.captured}, refunded ${payment.refunded}`
    : "no payment";
  if (!order) {
    if (!holds) return [];
    const { since } = payment;
    return [
      {
        kind: "payment_without_order",
        ours: "no order",
        theirs,
        mending: "reverse",
        byPerson: true,
        moneySince: since,
      },
    ];
  }
  const ours = `order ${order.lifecycle}, total ${order.total}, refunded ${order.refunded}`;
  switch (order.lifecycle) {
    case "pending":
      return [holds ? { kind: "money_in_flight", ours, theirs, moneySince: payment.since } : unfinished(ours, theirs)];
    case "cancel_pending":
      return [holds ? { kind: "money_in_flight", ours, theirs, moneySince: "now" } : unfinished(ours, theirs)];
    case "rejected":
      return holds ? [{ kind: "refund_owed", ours, theirs, mending: "reverse", moneySince: payment.since }] : [];
    case "cancelled":
      return holds ? [{ kind: "refund_owed", ours, theirs, mending: "reverse", moneySince: "now" }] : [];
    case "confirmed":
    case "completed": {
      if (payment?.status === "authorized" || order.total === 0) return [];
      if (!payment || payment.captured === 0) return [{ kind: "order_without_payment", ours, theirs }];
      // The rest is taken when the other parcels leave.
      if (payment.status === "partially_captured" && kept(payment) <= order.total) return [];
      return kept(payment) === order.total - order.refunded ? [] : [{ kind: "amount_differs", ours, theirs }];
    }
  }
}

/** For a person: to write off, once nobody will pay for it. */
const ofClaim = ({ order, payment }: Sides): Finding[] =>
  order && order.claim > 0
    ? [{ kind: "claim_open", ours: `claim ${order.claim}`, theirs: `payment ${payment?.status ?? "none"}` }]
    : [];

const unfinished = (ours: string, theirs: string): Finding => ({ kind: "unfinished", ours, theirs });

function ofStock({ order, reservation }: Sides): Finding[] {
  const state = reservation?.restocked ? "restocked" : (reservation?.status ?? "none");
  const theirs = `reservation ${state}`;
  const taken = state === "held" || state === "committed";
  const kind = "reservation_without_order";
  if (!order) {
    const mending = state === "held" ? "release" : "restock";
    return taken ? [{ kind, ours: "no order", theirs, mending, byPerson: true }] : [];
  }
  const ours = `order ${order.lifecycle}`;
  switch (order.lifecycle) {
    case "pending":
    case "cancel_pending":
      return [];
    case "rejected":
    case "cancelled": {
      const mending = state === "held" && order.lifecycle === "rejected" ? "release" : "restock";
      return taken ? [{ kind, ours, theirs, mending }] : [];
    }
    case "confirmed":
    case "completed": {
      if (state === "committed") return [];
      // A hold that lapsed is taken again, if the stock is still there.
      const lost = state !== "held" && state !== "expired";
      return [{ kind: "order_without_stock", ours, theirs, ...(!lost && { mending: "commit" }) }];
    }
  }
}
