import { type Instant, never } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import type { Tx } from "@souk/postgres";
import { payments } from "./contract.ts";
import { disputeTable } from "./db/disputes.ts";
import { type Account, book, type EntryKind } from "./db/ledger.ts";
import { insertPayment, updatePayment } from "./db/payments.ts";
import type { Cause, dispute, Fact, Payment } from "./domain/payment.ts";

type Deps = { publish: Publish; now: () => Instant; newId: () => string };

/** What commits together: a payment as it is now, the entries of the money that moved, and the events that tell of it. */
export function recording({ publish, now, newId }: Deps) {
  const entry = (tx: Tx, payment: Payment, kind: EntryKind, amount: number, from: Account, to: Account) =>
    book(tx, { entryId: newId(), payment, kind, amount, from, to, now: now() });

  function moveMoney(tx: Tx, payment: Payment, fact: Fact): Promise<unknown> | undefined {
    if (fact.type === "captured" && fact.amount > 0)
      return entry(tx, payment, "capture", fact.amount, "customers", "provider");
    if (fact.type === "refunded") return entry(tx, payment, "refund", fact.amount, "provider", "customers");
    return undefined;
  }

  /** @param version of the last event before */
  function tell(
    tx: Tx,
    payment: Payment,
    facts: readonly Fact[],
    version: number,
    { refundId, asked }: Cause = {},
  ): Promise<unknown>[] {
    const { paymentId, orderId, declineReason } = payment;
    const { events } = payments;
    let sequence = version;
    const at = () => ({ subject: paymentId, sequence: ++sequence });
    const reason = declineReason ?? "card_declined";
    return facts.flatMap((fact): Promise<unknown>[] => {
      switch (fact.type) {
        case "captured": {
          const data = factOf(payment, fact.amount);
          const whole = publish(tx, events.captured, { ...at(), data });
          return fact.part ? [whole, publish(tx, events.partCaptured, { ...at(), data })] : [whole];
        }
        case "authenticated": {
          const { status } = fact;
          const data = { paymentId, orderId, status, ...(status === "declined" && { reason }) };
          return [publish(tx, events.authenticated, { ...at(), data })];
        }
        case "declined":
          return [publish(tx, events.declined, { ...at(), data: { paymentId, orderId, reason } })];
        case "refunded": {
          const data = { ...factOf(payment, fact.amount), ...(refundId && { refundId }) };
          return [publish(tx, events.refunded, { ...at(), data })];
        }
        case "voided":
          return [publish(tx, events.voided, { ...at(), data: { ...factOf(payment, 0), ...(asked && { asked }) } })];
        case "expired":
          return [publish(tx, events.expired, { ...at(), data: factOf(payment, 0) })];
        default:
          return never(fact);
      }
    });
  }

  return {
    /** Returns false when the order has a payment, or was barred from having one. */
    async insert(tx: Tx, payment: Payment, facts: readonly Fact[], cause?: Cause): Promise<boolean> {
      if (!(await insertPayment(tx, payment, now()))) return false;
      await Promise.all([...facts.map((fact) => moveMoney(tx, payment, fact)), ...tell(tx, payment, facts, 0, cause)]);
      return true;
    },

    /** Writes a payment that is locked, as it is after `facts`. */
    async note(tx: Tx, payment: Payment, facts: readonly Fact[], cause?: Cause): Promise<void> {
      const told = facts.reduce((n, fact) => n + (fact.type === "captured" && fact.part ? 2 : 1), 0);
      await Promise.all([
        updatePayment(tx, payment, now()),
        ...facts.map((fact) => moveMoney(tx, payment, fact)),
        ...tell(tx, payment, facts, payment.version - told, cause),
      ]);
    },

    /** What a customer owes, and has paid another way, or is not asked for any more. */
    bookClaim: (tx: Tx, payment: Payment, kind: "claim_payment" | "write_off", amount: number) =>
      entry(tx, payment, kind, amount, "customers", kind === "write_off" ? "losses" : "bank"),

    async noteDispute(tx: Tx, { after, opened, closed }: NonNullable<ReturnType<typeof dispute>>): Promise<Payment> {
      const { paymentId, orderId, currency } = after;
      const table = disputeTable(tx);
      let sequence = after.version - (opened ? 1 : 0) - (closed ? 1 : 0);
      const at = () => ({ subject: paymentId, sequence: ++sequence });
      await updatePayment(tx, after, now());
      if (opened) {
        const { disputeId, amount, reason } = opened;
        const data = { paymentId, orderId, disputeId, amount, currency, reason };
        await Promise.all([
          table.insert({ ...opened, paymentId, now: now() }),
          entry(tx, after, "dispute", amount, "provider", "disputes"),
          publish(tx, payments.events.disputeOpened, { ...at(), data }),
        ]);
      }
      if (closed) {
        const { disputeId, amount, reason, status } = closed;
        const outcome = status === "won" ? ("won" as const) : ("lost" as const);
        const data = { paymentId, orderId, disputeId, amount, currency, reason, outcome };
        const to = outcome === "won" ? "provider" : "losses";
        await Promise.all([
          table.close(disputeId, outcome, now()),
          entry(tx, after, `dispute_${outcome}`, amount, "disputes", to),
          publish(tx, payments.events.disputeClosed, { ...at(), data }),
        ]);
      }
      return after;
    },
  };
}

const factOf = ({ paymentId, orderId, currency, captured, refunded }: Payment, amount: number) => ({
  paymentId,
  orderId,
  currency,
  amount,
  captured,
  refunded,
});
