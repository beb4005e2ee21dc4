import type { Instant } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import type { Db, Tx } from "@souk/postgres";
import { payments } from "./contract.ts";
import {
  book,
  findRefund,
  insertPayment,
  insertRefund,
  lockPayment,
  paymentTable,
  updatePayment,
} from "./db/payments.ts";
import { barred, type Charge, type Payment, paid, refund, refundable, voided } from "./domain/payment.ts";
import { errors } from "./errors.ts";
import type { Provider } from "./provider.ts";

type Deps = { db: Db; provider: Provider; publish: Publish; now: () => Instant; newId: () => string };
type Amount = { readonly amount: number; readonly currency: string };

/**
 * Takes and gives back money: first the provider, under a key that makes asking again safe, then our books in one transaction. A
 * crash between the two is mended by whoever asks next: the caller's saga, a webhook, or the reconciliation.
 */
export function settlement({ db, provider, publish, now, newId }: Deps) {
  const table = paymentTable(db);

  /** Books a charge that the provider has made, unless it is booked. Undefined when the order was barred meanwhile. */
  async function record(orderId: string, charge: Charge): Promise<Payment | undefined> {
    const payment = paid(newId(), orderId, charge);
    const inserted = await db.tx(async (tx) => {
      if (!(await insertPayment(tx, payment, now()))) return false;
      await Promise.all([
        tellPaid(tx, payment),
        payment.captured > 0 && bookEntry(tx, payment, "capture", payment.captured),
      ]);
      return true;
    });
    const stored = inserted ? payment : await table.ofOrder(orderId);
    return stored?.status === "voided" ? undefined : stored;
  }

  const bookEntry = (tx: Tx, payment: Payment, kind: "capture" | "refund", amount: number) =>
    book(tx, { entryId: newId(), payment, kind, amount, now: now() });

  async function tellPaid(tx: Tx, payment: Payment) {
    const { paymentId, orderId, status, declineReason, captured } = payment;
    const at = { subject: paymentId, sequence: payment.version };
    if (status === "captured") await publish(tx, payments.events.captured, { ...at, data: fact(payment, captured) });
    if (status === "declined") {
      await publish(tx, payments.events.declined, {
        ...at,
        data: { paymentId, orderId, reason: declineReason ?? "card_declined" },
      });
    }
  }

  async function recordRefund(tx: Tx, before: Payment, amount: number): Promise<Payment> {
    const after = refund(before, amount);
    const at = { subject: after.paymentId, sequence: after.version };
    await Promise.all([
      updatePayment(tx, after, now()),
      bookEntry(tx, after, "refund", amount),
      publish(tx, payments.events.refunded, { ...at, data: fact(after, amount) }),
    ]);
    return after;
  }

  async function recordVoid(tx: Tx, after: Payment): Promise<Payment> {
    const at = { subject: after.paymentId, sequence: after.version };
    await publish(tx, payments.events.voided, { ...at, data: fact(after, 0) });
    return after;
  }

  return {
    /** @throws errors.Declined, errors.Reversed, errors.AmountDiffers, errors.ProviderUnavailable */
    async pay(orderId: string, amount: Amount, token: string): Promise<Payment> {
      const before = await table.ofOrder(orderId);
      const payment =
        before ??
        (await record(orderId, amount.amount === 0 ? free(amount) : await provider.charge(orderId, amount, token)));
      if (!payment) {
        // The order was given up while the provider was charging: what came late goes back at once.
        await provider.giveBack(orderId, reversalKey(orderId));
        throw errors.Reversed({ orderId });
      }
      if (payment.status === "declined") throw errors.Declined({ reason: payment.declineReason ?? "card_declined" });
      if (payment.status === "voided") throw errors.Reversed({ orderId });
      if (payment.amount !== amount.amount || payment.currency !== amount.currency)
        throw errors.AmountDiffers({ orderId });
      return payment;
    },

    /** Gives back whatever was taken, and bars whatever was not: accepts that "pay" never happened, or happens later. */
    async reverse(orderId: string): Promise<Payment> {
      const found = await table.ofOrder(orderId);
      if (found?.status === "declined" || found?.status === "refunded") return found;
      if (!found)
        await db.tx(async (tx) => {
          const bar = barred(newId(), orderId);
          if (await insertPayment(tx, bar, now())) await recordVoid(tx, bar);
        });
      const charge = await provider.giveBack(orderId, reversalKey(orderId));
      return db.tx(async (tx) => {
        const payment = await lockPayment(tx, orderId);
        if (!payment) throw new Error(`the payment of order ${orderId} is gone`);
        if (payment.status === "authorized") {
          const after = voided(payment);
          await updatePayment(tx, after, now());
          return recordVoid(tx, after);
        }
        const gone = Math.min((charge?.refunded ?? 0) - payment.refunded, refundable(payment));
        return gone > 0 ? recordRefund(tx, payment, gone) : payment;
      });
    },

    /** @throws errors.NotFound, errors.RefundTooLarge */
    async refund(orderId: string, request: { refundId: string; amount: number; reason: string }): Promise<Payment> {
      const { refundId, amount, reason } = request;
      const payment = await table.ofOrder(orderId);
      if (!payment) throw errors.NotFound({ orderId });
      if ((await findRefund(db, refundId)) !== undefined) return payment;
      if (amount > refundable(payment))
        throw errors.RefundTooLarge({ requested: amount, refundable: refundable(payment) });
      await provider.giveBack(orderId, `refund:${refundId}`, amount);
      return db.tx(async (tx) => {
        const locked = await lockPayment(tx, orderId);
        if (!locked || (await findRefund(tx, refundId)) !== undefined) return locked ?? payment;
        await insertRefund(tx, { refundId, paymentId: locked.paymentId, amount, reason, now: now() });
        return recordRefund(tx, locked, amount);
      });
    },

    /** Asks the provider what became of an order's charge, and books it. */
    async settle(orderId: string): Promise<void> {
      const charge = await provider.find(orderId);
      if (charge && !(await record(orderId, charge))) await provider.giveBack(orderId, reversalKey(orderId));
    },
  };
}
export type Settlement = ReturnType<typeof settlement>;

const reversalKey = (orderId: string) => `reversal:${orderId}`;
/** Nothing to pay needs no provider. */
const free = ({ currency }: Amount): Charge => ({ status: "succeeded", amount: 0, currency, captured: 0, refunded: 0 });
const fact = ({ paymentId, orderId, currency, captured, refunded }: Payment, amount: number) => ({
  paymentId,
  orderId,
  currency,
  amount,
  captured,
  refunded,
});
