export type Status =
  | "pending"
  | "requires_action"
  | "authorized"
  | "captured"
  | "partially_refunded"
  | "refunded"
  | "declined"
  | "voided";

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
  /** Events published so far. */
  readonly version: number;
};
export type DeclineReason =
  | "card_declined"
  | "insufficient_funds"
  | "authentication_required"
  | "invalid_token"
  | "expired_card";

/** What the provider's book says of a charge. */
export type Charge = {
  readonly status: "authorized" | "succeeded" | "declined" | "voided";
  readonly declineReason?: DeclineReason;
  readonly amount: number;
  readonly currency: string;
  readonly captured: number;
  readonly refunded: number;
};

/** The payment that a fresh charge makes. */
export function paid(paymentId: string, orderId: string, charge: Charge): Payment {
  const { amount, currency, captured } = charge;
  const status = charge.status === "succeeded" ? "captured" : charge.status;
  return {
    paymentId,
    orderId,
    status,
    declineReason: charge.declineReason ?? null,
    amount,
    currency,
    captured,
    refunded: 0,
    version: 1,
  };
}

/** The payment after `amount` more was given back. */
export function refund(payment: Payment, amount: number): Payment {
  const refunded = payment.refunded + amount;
  return {
    ...payment,
    refunded,
    status: refunded < payment.captured ? "partially_refunded" : "refunded",
    version: payment.version + 1,
  };
}

export const voided = (payment: Payment): Payment => ({ ...payment, status: "voided", version: payment.version + 1 });

export const refundable = ({ captured, refunded }: Payment): number => captured - refunded;

export type Difference = {
  kind: "missing_here" | "missing_at_provider" | "amount_differs" | "status_differs";
  ours: string;
  theirs: string;
};

/** Bars an order from being paid: money for it is neither taken nor ever will be. */
export const barred = (paymentId: string, orderId: string): Payment => ({
  paymentId,
  orderId,
  status: "voided",
  declineReason: null,
  amount: 0,
  currency: "XXX",
  captured: 0,
  refunded: 0,
  version: 1,
});

/**
 * What the ledger and the provider's book say differently of one charge; undefined when they agree. Who kept nothing and who was never
 * charged agree.
 */
export function compare(ours: Payment | undefined, theirs: Charge | undefined): Difference | undefined {
  const text = (p: Kept | undefined) =>
    p ? `captured ${p.captured}, refunded ${p.refunded} ${p.currency}` : "nothing";
  if (!keeps(ours) && !keeps(theirs)) return undefined;
  const said = { ours: text(ours), theirs: text(theirs) };
  if (!ours) return { kind: "missing_here", ...said };
  if (!theirs) return { kind: "missing_at_provider", ...said };
  if (ours.captured !== theirs.captured || ours.refunded !== theirs.refunded)
    return { kind: "amount_differs", ...said };
  if ((ours.status === "authorized") !== (theirs.status === "authorized"))
    return { kind: "status_differs", ours: ours.status, theirs: theirs.status };
  return undefined;
}

type Kept = Pick<Charge, "captured" | "refunded" | "currency"> & { readonly status: string };
const keeps = (one: Kept | undefined): boolean =>
  one !== undefined && (one.captured !== one.refunded || one.status === "authorized");
