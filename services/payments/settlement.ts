import type { Instant } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import type { Db, Tx } from "@souk/postgres";
import { captureTable } from "./db/captures.ts";
import { claimTable } from "./db/claims.ts";
import { disputeTable } from "./db/disputes.ts";
import { findRefund, insertPayment, insertRefund, lockPayment, paymentTable } from "./db/payments.ts";
import { barred, begun, type Cause, type Charge, dispute, follow, type Payment, refundable } from "./domain/payment.ts";
import { errors } from "./errors.ts";
import type { Providers } from "./providers/choose.ts";
import { type Amount, chargeKey } from "./providers/provider.ts";
import { recording } from "./recording.ts";

type Closing = { readonly id: string; readonly amount: number } & (
  | { readonly kind: "claim_payment" }
  | { readonly kind: "write_off"; readonly reason: string }
);

type Deps = {
  db: Db;
  providers: Pick<Providers, "current" | "of">;
  publish: Publish;
  now: () => Instant;
  newId: () => string;
  /** `manual` only reserves at checkout; parcels take their part when they leave. */
  captureMode: "automatic" | "manual";
};

/**
 * Takes and gives back money: first the provider, under a key that makes asking again safe, then our books in one transaction, which
 * follow what the provider says. A crash between the two is mended by whoever asks next: the caller's saga, a webhook, or the
 * reconciliation.
 */
export function settlement({ db, providers, publish, now, newId, captureMode }: Deps) {
  const table = paymentTable(db);
  const { current } = providers;
  const capturesNow = captureMode === "automatic";
  const { insert, note, noteDispute, bookClaim } = recording({ publish, now, newId });

  /** Brings our books to what the provider says of an order's charge. @returns the payment, which stays voided when the order was barred */
  async function record(orderId: string, charge: Charge, fresh?: Payment, cause?: Cause): Promise<Payment> {
    if (fresh) {
      const { after, facts } = follow(fresh, charge);
      const inserted = await db.tx((tx) => insert(tx, after, facts, cause));
      if (inserted && !charge.dispute) return after;
    }
    const stored = await table.ofOrder(orderId);
    if (!stored) return record(orderId, charge, newPayment(orderId, charge), cause);
    if (!isNews(stored, charge)) return stored;
    return db.tx(async (tx) => {
      const locked = await lockPayment(tx, orderId);
      if (!locked) throw new Error(`the payment of order ${orderId} is gone`);
      return noteAll(tx, locked, charge, cause);
    });
  }

  async function noteAll(tx: Tx, before: Payment, charge: Charge, cause?: Cause): Promise<Payment> {
    const after = await noteCharge(tx, before, charge, cause);
    const { dispute: told } = charge;
    if (!told || after.captured === 0) return after;
    const disputed = dispute(after, await disputeTable(tx).find(told.disputeId), told);
    if (!disputed) return after;
    // What a dispute held back may have been refunded since it was won.
    return noteCharge(tx, await noteDispute(tx, disputed), charge, cause);
  }

  async function noteCharge(tx: Tx, before: Payment, charge: Charge, cause?: Cause): Promise<Payment> {
    const { after, facts } = follow(before, charge);
    const changed = facts.length > 0 || after.status !== before.status || after.reference !== before.reference;
    if (changed) await note(tx, after, facts, cause);
    return after;
  }

  const newPayment = (orderId: string, amount: Amount, reference: string | null = null): Payment =>
    begun(newId(), orderId, amount, current.name, reference);

  /** Has the provider name the charge and keeps that name, before any money can move. */
  async function prepared(orderId: string, amount: Amount): Promise<Payment> {
    const reference = await current.prepare?.(orderId, amount, capturesNow);
    const payment = newPayment(orderId, amount, reference ?? null);
    if (reference === undefined) return payment;
    if (await db.tx((tx) => insertPayment(tx, payment, now()))) return payment;
    return (await table.ofOrder(orderId)) ?? payment;
  }

  async function charged(
    orderId: string,
    amount: Amount,
    token: string,
    before: Payment | undefined,
  ): Promise<Payment> {
    if (amount.amount === 0) return record(orderId, free(amount), newPayment(orderId, amount));
    const payment = before ?? (await prepared(orderId, amount));
    if (payment.status !== "pending") return payment;
    const isFresh = payment.reference === null;
    const { amount: due, currency } = payment;
    const charge = await providers.of(payment.provider).charge(payment, { amount: due, currency }, token, capturesNow);
    return record(orderId, charge, isFresh ? payment : undefined);
  }

  /** What came late for an order that was given up goes back at once. */
  async function giveBackAll(payment: Payment): Promise<Charge | undefined> {
    return providers.of(payment.provider).giveBack(payment, reversalKey(payment.orderId));
  }

  async function known(orderId: string): Promise<Payment> {
    const payment = await table.ofOrder(orderId);
    if (!payment) throw errors.NotFound({ orderId });
    return payment;
  }

  return {
    /**
     * Ends captured, authorized, or waiting for the shopper.
     * @throws errors.Declined, errors.Reversed, errors.AmountDiffers, errors.ProviderUnavailable
     */
    async pay(orderId: string, amount: Amount, token: string): Promise<Payment> {
      const before = await table.ofOrder(orderId);
      const payment = before && before.status !== "pending" ? before : await charged(orderId, amount, token, before);
      switch (payment.status) {
        case "declined":
          throw errors.Declined({ reason: payment.declineReason ?? "card_declined" });
        case "expired":
        case "refunded":
          throw errors.Reversed({ orderId });
        case "voided":
          // The order may have been given up while the provider was charging.
          if (!before) await giveBackAll(payment);
          throw errors.Reversed({ orderId });
        case "pending":
          throw errors.ProviderUnavailable();
      }
      if (payment.amount !== amount.amount || payment.currency !== amount.currency)
        throw errors.AmountDiffers({ orderId });
      return payment;
    },

    /** @throws errors.NotFound, errors.ChallengeOver, errors.ProviderUnavailable */
    async authenticate(orderId: string, outcome: "succeed" | "fail"): Promise<Payment> {
      const payment = await known(orderId);
      if (payment.status === "voided" || payment.status === "expired") throw errors.ChallengeOver({ orderId });
      if (payment.status !== "requires_action") return payment;
      const charge = await providers.of(payment.provider).authenticate(payment, outcome);
      const after = charge ? await record(orderId, charge) : payment;
      if (after.status === "voided" || after.status === "expired") throw errors.ChallengeOver({ orderId });
      return after;
    },

    /**
     * Takes a part of what is reserved, once per `captureId`. A card that can be captured only once is, when all parts are asked for.
     * @throws errors.NotFound, errors.NotAuthorized, errors.CaptureTooLarge, errors.ProviderUnavailable
     */
    async capture(orderId: string, request: { captureId: string; amount: number }): Promise<Payment> {
      const { captureId, amount } = request;
      const payment = await known(orderId);
      const asked = await db.tx(async (tx) => {
        // Locked: of two parts asked for at once, one must see the other.
        await lockPayment(tx, orderId);
        const captures = captureTable(tx);
        const { sum, mine } = await captures.asked(payment.paymentId, captureId);
        if (mine) return sum;
        if (payment.reserved === 0) throw errors.NotAuthorized({ orderId, status: payment.status });
        if (sum + amount > payment.amount) {
          throw errors.CaptureTooLarge({ requested: amount, reserved: payment.amount - sum });
        }
        await captures.insert({ captureId, paymentId: payment.paymentId, amount, now: now() });
        return sum + amount;
      });
      if (payment.reserved === 0) return payment; // asked again after all of it was taken, or let go
      const part = { amount, asked, whole: payment.amount };
      return record(orderId, await providers.of(payment.provider).capture(payment, `capture:${captureId}`, part));
    },

    /** Gives back whatever was taken, and bars whatever was not: accepts that "pay" never happened, or happens later. */
    async reverse(orderId: string): Promise<Payment> {
      let payment = await table.ofOrder(orderId);
      if (payment?.status === "declined" || payment?.status === "refunded" || payment?.status === "expired")
        return payment;
      if (!payment) {
        const bar = barred(newId(), orderId, current.name);
        const isBarred = await db.tx((tx) => insert(tx, bar, [{ type: "voided" }], { asked: true }));
        payment = isBarred ? bar : await known(orderId);
      }
      const charge = await giveBackAll(payment);
      // A charge that was named but never made has nothing to void: the order is barred by that.
      const end: Charge = charge ?? { ...payment, status: "voided", declineReason: undefined, ...noCharge };
      return record(orderId, end, undefined, { asked: true });
    },

    /** @throws errors.NotFound, errors.RefundTooLarge, errors.RefundDiffers */
    async refund(orderId: string, request: { refundId: string; amount: number; reason: string }): Promise<Payment> {
      const { refundId, amount, reason } = request;
      const payment = await known(orderId);
      const before = await findRefund(db, refundId);
      if (before && (before.amount !== amount || before.paymentId !== payment.paymentId))
        throw errors.RefundDiffers({ refundId, amount: before.amount });
      if (before) return payment;
      if (amount > refundable(payment))
        throw errors.RefundTooLarge({ requested: amount, refundable: refundable(payment) });
      const charge = await providers.of(payment.provider).giveBack(payment, `refund:${refundId}`, amount);
      return db.tx(async (tx) => {
        const locked = await lockPayment(tx, orderId);
        if (!locked) throw new Error(`the payment of order ${orderId} is gone`);
        await insertRefund(tx, { refundId, paymentId: locked.paymentId, amount, reason, now: now() });
        return charge ? noteAll(tx, locked, charge, { refundId }) : locked;
      });
    },

    /**
     * Books what a customer got and the card can never be charged for, once per `id`: as paid another way, or as lost.
     * @throws errors.NotFound, errors.StillReserved, errors.WriteOffTooLarge
     */
    closeClaim: (orderId: string, closing: Closing): Promise<void> =>
      db.tx(async (tx) => {
        const payment = await lockPayment(tx, orderId);
        if (!payment) throw errors.NotFound({ orderId });
        const { id, amount, kind } = closing;
        const { paymentId } = payment;
        const claims = claimTable(tx);
        const { sum, mine } = await claims.closed(paymentId, id);
        if (mine) return;
        if (payment.reserved > 0) throw errors.StillReserved({ orderId });
        const left = payment.amount - payment.captured - sum;
        if (amount > left) throw errors.WriteOffTooLarge({ requested: amount, left });
        const closed = { id, paymentId, amount, now: now() };
        await Promise.all([
          closing.kind === "write_off" ? claims.insertWriteOff(closed, closing.reason) : claims.insertPayment(closed),
          bookClaim(tx, payment, kind, amount),
        ]);
      }),

    /** Asks the provider what became of an order's charge, and books it. */
    async settle(orderId: string): Promise<void> {
      const payment = await table.ofOrder(orderId);
      const provider = payment ? providers.of(payment.provider) : current;
      const charge = await provider.find(chargeKey(orderId), payment?.reference ?? null);
      if (!charge) return;
      const after = await record(orderId, charge);
      if (after.status === "voided" && charge.status !== "voided") await giveBackAll(after);
    },
  };
}
export type Settlement = ReturnType<typeof settlement>;

const reversalKey = (orderId: string) => `reversal:${orderId}`;
const noCharge = { reference: undefined, redirectUrl: undefined } as const;
/** Nothing to pay needs no provider. */
const free = ({ currency }: Amount): Charge => ({ status: "succeeded", amount: 0, currency, captured: 0, refunded: 0 });

/** Whether a charge may say something that is not in our books. */
export function isNews(payment: Payment, charge: Charge): boolean {
  const { after, facts } = follow(payment, charge);
  return (
    facts.length > 0 ||
    charge.dispute !== undefined ||
    after.status !== payment.status ||
    after.reference !== payment.reference
  );
}
