import { type Check, counted, type Problem } from "./check.ts";
import {
  capturedTwice,
  disputeCount,
  disputesOffLedger,
  entryCount,
  type OrderRow,
  orders,
  type PaymentRow,
  payments,
  paymentsOffLedger,
  unbalancedEntries,
} from "./db/money.ts";
import { inOrder, iterate, merged } from "./merge.ts";

const kept = ({ captured, refunded }: { captured: number; refunded: number }) => captured - refunded;

/** Undefined when what was kept of an order's payment is what it should be. */
function disagreement(key: string, order: OrderRow | undefined, payment: PaymentRow | undefined): string | undefined {
  if (!order)
    return payment && (payment.captured > 0 || payment.status === "authorized")
      ? `payment without an order: ${key}`
      : undefined;
  switch (order.lifecycle) {
    case "confirmed":
    case "completed":
      if (!payment) return `order ${key} is ${order.lifecycle} and nobody paid`;
      // Of an authorized payment only what has left was taken yet.
      if (payment.status === "authorized" || payment.status === "partially_captured")
        return kept(payment) <= order.total - order.refunded
          ? undefined
          : `order ${key} keeps ${kept(payment)}, and should keep at most ${order.total - order.refunded}`;
      return kept(payment) === order.total - order.refunded
        ? undefined
        : `order ${key} keeps ${kept(payment)}, and should keep ${order.total - order.refunded}`;
    case "rejected":
    case "cancelled":
      if (payment?.status === "authorized") return `order ${key} is ${order.lifecycle} and its authorization is open`;
      return payment && kept(payment) !== 0
        ? `order ${key} is ${order.lifecycle} and ${kept(payment)} of it is kept`
        : undefined;
    default:
      return undefined; // on its way; another check sees to it that it does not stay so
  }
}

export const moneyChecks: readonly Check[] = [
  {
    name: "every ledger entry balances",
    async look({ database }) {
      const sql = database("payments");
      const [problems, n] = await Promise.all([unbalancedEntries(sql), entryCount(sql)]);
      return { problems, figure: counted(n, "entry", "entries") };
    },
  },
  {
    name: "payments are the sum of their ledger lines",
    async look({ database }) {
      const problems = await paymentsOffLedger(database("payments"));
      return { problems, figure: counted(problems.length, "difference") };
    },
  },
  {
    name: "what is disputed is out of the provider's account until it is won",
    async look({ database }) {
      const sql = database("payments");
      const [problems, n] = await Promise.all([disputesOffLedger(sql), disputeCount(sql)]);
      return { problems, figure: counted(n, "dispute") };
    },
  },
  {
    name: "no amount was captured twice",
    async look({ database, book }) {
      const [twice, charges] = await Promise.all([capturedTwice(database("payments")), book()]);
      const references = new Map<string, number>();
      for (const { reference, status } of charges) {
        if (status === "succeeded") references.set(reference, (references.get(reference) ?? 0) + 1);
      }
      const charged = [...references].flatMap(([key, n]): Problem[] =>
        n > 1 ? [{ key, text: `order ${key} was charged ${n} times` }] : [],
      );
      return { problems: [...twice, ...charged], figure: counted(charges.length, "charge") };
    },
  },
  {
    name: "captured − refunded = total − returned value, for every order",
    async look({ database }) {
      const problems: Problem[] = [];
      let n = 0;
      const pairs = merged(inOrder(orders(database("orders"))), inOrder(payments(database("payments"))));
      for await (const { key, left, right } of pairs) {
        n++;
        const text = disagreement(key, left, right);
        if (text) problems.push({ key, text });
      }
      return { problems, figure: counted(n, "order") };
    },
  },
  {
    name: "the ledger agrees with the provider's book",
    async look({ database, book }) {
      const problems: Problem[] = [];
      const charges = (await book())
        .filter(({ captured }) => captured > 0)
        .map((charge) => ({ ...charge, key: charge.reference }));
      const sorted = charges.toSorted((a, b) => (a.key < b.key ? -1 : 1));
      const ours = inOrder(payments(database("payments")));
      for await (const { key, left, right } of merged(ours, iterate(sorted))) {
        // Another provider's book is not ours to open; payments compares with it.
        const here = left && left.captured > 0 && left.provider === "simulator" ? left : undefined;
        const same =
          here && right
            ? here.captured === right.captured && here.refunded === right.refunded
            : (here ? kept(here) : 0) === (right ? kept(right) : 0);
        if (!same)
          problems.push({
            key,
            text: `order ${key}: the ledger keeps ${here ? kept(here) : "nothing"}, the provider ${right ? kept(right) : "nothing"}`,
          });
      }
      return { problems, figure: counted(charges.length, "charge") };
    },
  },
];
