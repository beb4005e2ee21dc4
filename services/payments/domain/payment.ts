import type { Instant } from "@souk/kernel";

export type Status =
  | "pending"
  | "requires_action"
  | "authorized"
  | "partially_captured"
  | "captured"
  | "partially_refunded"
  | "refunded"
  | "declined"
  | "voided"
  | "expired";

export type ProviderName = "simulator" | "stripe";

/** Amounts in minor units. */
export type Payment = {
  readonly paymentId: string;
  readonly orderId: string;
  readonly status: Status;
  readonly declineReason: DeclineReason | null;
  readonly amount: number;
  readonly currency: string;
  readonly captured: number;
  readonly refunded: number;
  /** Held back on the card and not taken yet. */
  readonly reserved: number;
  /** Taken back by disputes that are open or lost. */
  readonly disputed: number;
  readonly provider: ProviderName;
  /** What the provider calls it; null where our own key is enough. */
  readonly reference: string | null;
  /** Where the shopper answers the bank, while that is asked. */
  readonly redirectUrl: string | null;
  /** Events published so far. */
  readonly version: number;
};
export type DeclineReason =
  | "card_declined"
  | "insufficient_funds"
  | "authentication_required"
  | "invalid_token"
  | "expired_card";

export type Dispute = {
  readonly disputeId: string;
  readonly status: "open" | "won" | "lost";
  readonly amount: number;
  readonly reason: string;
};

/** What the provider's book says of a charge. `authorized` as long as something is reserved, whatever was taken before. */
export type Charge = {
  readonly status: "pending" | "requires_action" | "authorized" | "succeeded" | "declined" | "voided" | "expired";
  readonly declineReason?: DeclineReason | undefined;
  readonly amount: number;
  readonly currency: string;
  readonly captured: number;
  readonly refunded: number;
  readonly dispute?: Dispute | undefined;
  readonly reference?: string | undefined;
  readonly redirectUrl?: string | undefined;
};
/** A charge as the provider's book has it. */
export type BookedCharge = Charge & { readonly key: string; readonly createdAt: Instant; readonly updatedAt: Instant };

/** Something that has happened to a payment: an event, and where money moved an entry in the ledger. */
export type Fact =
  | { readonly type: "captured"; readonly amount: number; readonly part: boolean }
  | { readonly type: "refunded"; readonly amount: number }
  | { readonly type: "authenticated"; readonly status: "authorized" | "captured" | "declined" }
  | { readonly type: "declined" | "voided" | "expired" };

/** Why our books change. `asked`: because the shop let go of it or gave it back. */
export type Cause = { readonly refundId?: string; readonly asked?: true };

const nothing = { captured: 0, refunded: 0, reserved: 0, disputed: 0, declineReason: null, redirectUrl: null };

/** A payment of which nothing is known but that it was begun. */
export const begun = (
  paymentId: string,
  orderId: string,
  { amount, currency }: { readonly amount: number; readonly currency: string },
  provider: ProviderName,
  reference: string | null,
): Payment => ({
  ...nothing,
  paymentId,
  orderId,
  status: "pending",
  amount,
  currency,
  provider,
  reference,
  version: 0,
});

/** Bars an order from being paid: money for it is neither taken nor ever will be. */
export const barred = (paymentId: string, orderId: string, provider: ProviderName): Payment => ({
  ...begun(paymentId, orderId, { amount: 0, currency: "XXX" }, provider, null),
  status: "voided",
  version: 1,
});

/** Nothing more can happen, whatever a provider may say. */
const ended: ReadonlySet<Status> = new Set(["declined", "voided", "expired"]);

/** How far a charge has come: it never goes back, so an answer that was overtaken says nothing new. */
const stage = {
  pending: 0,
  requires_action: 1,
  authorized: 2,
  succeeded: 3,
  declined: 3,
  voided: 3,
  expired: 3,
} as const;

function stageOf({ status, reserved }: Payment): number {
  if (status === "pending") return 0;
  if (status === "requires_action") return 1;
  return reserved > 0 ? 2 : 3;
}

/**
 * The payment once it is known what the provider says of its charge, and what has happened since it was last looked at. In whatever
 * order answers come, and however often: what was taken and given back only grows, and an end is final. Disputes apart: see `dispute`.
 */
export function follow(before: Payment, charge: Charge): { readonly after: Payment; readonly facts: readonly Fact[] } {
  if (ended.has(before.status)) return { after: before, facts: [] };
  const was = stageOf(before);
  const is = Math.max(was, stage[charge.status]);
  const captured = Math.max(before.captured, charge.captured);
  const refunded = Math.max(before.refunded, Math.min(charge.refunded, captured - before.disputed));
  const reserved = is === 2 ? before.amount - captured : 0;
  const reference = charge.reference ?? before.reference;
  const changed = { ...before, captured, refunded, reserved, reference };
  const status = statusOf(changed, charge, is);
  const after: Payment = {
    ...changed,
    status,
    declineReason: status === "declined" ? (charge.declineReason ?? "card_declined") : null,
    redirectUrl: status === "requires_action" ? (charge.redirectUrl ?? null) : null,
  };
  const facts = factsOf(before, after);
  return { after: { ...after, version: before.version + versionsOf(facts) }, facts };
}

function statusOf(payment: Payment, charge: Charge, is: number): Status {
  const { captured, refunded, reserved } = payment;
  if (refunded > 0) return refunded < captured || reserved > 0 ? "partially_refunded" : "refunded";
  if (captured > 0) return reserved > 0 ? "partially_captured" : "captured";
  if (is < 2) return is === 0 ? "pending" : "requires_action";
  if (is === 2) return "authorized";
  // Nothing was taken, and nothing will be. An order that costs nothing is paid by that.
  if (charge.status === "succeeded") return payment.amount === 0 ? "captured" : "voided";
  return charge.status === "declined" || charge.status === "expired" ? charge.status : "voided";
}

function factsOf(before: Payment, after: Payment): Fact[] {
  const facts: Fact[] = [];
  const { status } = after;
  const taken = after.captured - before.captured;
  const back = after.refunded - before.refunded;
  if (before.status === "requires_action" && status !== "requires_action") {
    if (status === "declined") facts.push({ type: "authenticated", status });
    else if (status !== "voided" && status !== "expired")
      facts.push({ type: "authenticated", status: after.captured > 0 ? "captured" : "authorized" });
  }
  const wasOpen = before.reserved > 0;
  if (taken > 0) facts.push({ type: "captured", amount: taken, part: wasOpen || after.reserved > 0 });
  else if (status === "captured" && before.status === "pending")
    facts.push({ type: "captured", amount: 0, part: false });
  if (back > 0) facts.push({ type: "refunded", amount: back });
  if (status !== before.status && (status === "declined" || status === "voided" || status === "expired"))
    facts.push({ type: status });
  // Of what was reserved a part was taken, and the rest was let go of; who gives back what was taken does that as well.
  else if (wasOpen && after.reserved === 0 && after.captured > 0 && after.captured < after.amount && back === 0)
    facts.push({ type: "expired" });
  return facts;
}

/** A part of an authorization is told twice: to who wants to know of money, and to who waits for the parts. */
const versionsOf = (facts: readonly Fact[]): number =>
  facts.reduce((n, fact) => n + (fact.type === "captured" && fact.part ? 2 : 1), 0);

/** What may still be given back: what was disputed has gone back another way. */
export const refundable = ({ captured, refunded, disputed }: Payment): number => captured - refunded - disputed;

/** What money has gone back to the cardholder, or may yet, when a dispute comes to stand as `dispute` says; undefined when it does. */
export function dispute(
  before: Payment,
  known: Dispute | undefined,
  told: Dispute,
): { readonly after: Payment; readonly opened?: Dispute; readonly closed?: Dispute } | undefined {
  if (known && (known.status === told.status || known.status !== "open")) return undefined;
  const amount = known?.amount ?? Math.min(told.amount, refundable(before));
  if (amount <= 0) return undefined;
  const now = { ...told, amount };
  const opened = known ? undefined : { ...now, status: "open" as const };
  const closed = now.status === "open" ? undefined : now;
  const disputed = before.disputed + (opened ? amount : 0) - (closed?.status === "won" ? amount : 0);
  const version = before.version + (opened ? 1 : 0) + (closed ? 1 : 0);
  return { after: { ...before, disputed, version }, ...(opened && { opened }), ...(closed && { closed }) };
}

export type Difference = {
  kind:
    | "missing_here"
    | "missing_at_provider"
    | "amount_differs"
    | "refund_differs"
    | "dispute_differs"
    | "status_differs";
  ours: string;
  theirs: string;
};

/**
 * What the ledger and the provider's book say differently of one charge; undefined when they agree. Who kept nothing and who was never
 * charged agree.
 */
export function compare(ours: Payment | undefined, theirs: Charge | undefined): Difference | undefined {
  const their = theirs && {
    ...theirs,
    open: theirs.status === "authorized",
    disputed: theirs.dispute && theirs.dispute.status !== "won" ? theirs.dispute.amount : 0,
  };
  const our = ours && { ...ours, open: ours.reserved > 0 };
  if (!keeps(our) && !keeps(their)) return undefined;
  const said = { ours: text(our), theirs: text(their) };
  if (!our) return { kind: "missing_here", ...said };
  if (!their) return { kind: "missing_at_provider", ...said };
  if (our.captured !== their.captured) return { kind: "amount_differs", ...said };
  if (our.refunded !== their.refunded) return { kind: "refund_differs", ...said };
  if (our.disputed !== their.disputed) return { kind: "dispute_differs", ...said };
  // Who has taken money cannot have let go of all of it.
  const isNonsense = their.captured > their.refunded && their.status !== "authorized" && their.status !== "succeeded";
  if (our.open !== their.open || isNonsense) return { kind: "status_differs", ours: our.status, theirs: their.status };
  return undefined;
}

type Side = {
  readonly captured: number;
  readonly refunded: number;
  readonly disputed: number;
  readonly currency: string;
  readonly open: boolean;
};
const keeps = (side: Side | undefined): boolean =>
  side !== undefined && (side.captured !== side.refunded || side.open || side.disputed > 0);

function text(side: Side | undefined): string {
  if (!side) return "nothing";
  const disputed = side.disputed > 0 ? `, disputed ${side.disputed}` : "";
  return `captured ${side.captured}, refunded ${side.refunded}${disputed} ${side.currency}`;
}
