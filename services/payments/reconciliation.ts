import type { Instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import type { Log } from "@souk/service";
import { paymentTable, reconciliationTable } from "./db/payments.ts";
import { type Charge, compare } from "./domain/payment.ts";
import { orderOf, type Provider } from "./provider.ts";
import type { Settlement } from "./settlement.ts";

type Deps = { db: Db; provider: Provider; settlement: Settlement; now: () => Instant; log: Log; graceMs: number };
type BookedCharge = Charge & { readonly key: string };

/** Differences looked at again in one run. */
const mostOpen = 500;

/**
 * Pages through what has changed in the provider's book and compares it with ours. Charges younger than `graceMs` may still be on
 * their way into our books and are left for the next run. Charges for orders that were barred are given back; anything
 * else is listed until it is gone.
 */
export const reconcile =
  ({ db, provider, settlement, now, log, graceMs }: Deps) =>
  async (signal: AbortSignal): Promise<void> => {
    const table = reconciliationTable(db);
    // What was mended on our side does not change the provider's book, so it would not come up by itself.
    const found = await Promise.all((await table.open(mostOpen)).map(askAgain));
    await compareAll(found.filter((charge) => charge !== undefined));
    for (let after = await table.position(); !signal.aborted; ) {
      const { charges, next } = await provider.book(after);
      const settled = charges.filter(({ updatedAt }) => Date.parse(now()) - Date.parse(updatedAt) >= graceMs);
      await compareAll(settled);
      if (settled.length < charges.length || next === after) return;
      await table.setPosition(next);
      after = next;
    }

    async function askAgain(key: string): Promise<BookedCharge | undefined> {
      const charge = await provider.find(orderOf(key));
      return charge && { ...charge, key };
    }

    async function compareAll(charges: readonly BookedCharge[]) {
      const payments = await paymentTable(db).ofOrders(charges.map(({ key }) => orderOf(key)));
      const byOrder = new Map(payments.map((payment) => [payment.orderId, payment]));
      const agreed: string[] = [];
      for (const charge of charges) {
        const orderId = orderOf(charge.key);
        const payment = byOrder.get(orderId);
        const difference = compare(payment, charge);
        if (!difference) agreed.push(charge.key);
        else if (payment?.status === "voided") await settlement.reverse(orderId);
        else {
          log.warn("payments and provider differ", { kind: difference.kind, payment_id: payment?.paymentId });
          await table.put(
            { ...difference, chargeKey: charge.key, paymentId: payment?.paymentId ?? null, orderId },
            now(),
          );
        }
      }
      await table.settle(agreed);
    }
  };
