import type { Instant } from "@souk/kernel";
import type { Tx } from "@souk/postgres";
import type { Payment } from "../domain/payment.ts";

export type Account = "provider" | "customers" | "disputes" | "losses" | "bank";
export type EntryKind =
  | "capture"
  | "refund"
  | "dispute"
  | "dispute_won"
  | "dispute_lost"
  | "write_off"
  | "claim_payment";
type Entry = {
  entryId: string;
  payment: Payment;
  kind: EntryKind;
  amount: number;
  from: Account;
  to: Account;
  now: Instant;
};

/** Books `amount` minor units from one account to another. */
export const book = (tx: Tx, { entryId, payment, kind, amount, from, to, now }: Entry) => {
  const { paymentId, currency } = payment;
  return tx`
    insert into ledger (entry_id, account, payment_id, kind, amount, currency, at)
    values (${entryId}, ${to}, ${paymentId}, ${kind}, ${amount}, ${currency}, ${now}),
           (${entryId}, ${from}, ${paymentId}, ${kind}, ${-amount}, ${currency}, ${now})`;
};
