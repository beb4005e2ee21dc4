import { type Clock, instant, ServiceError, uuidv7 } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import type { Log } from "@souk/service";
import { comparedUpTo, differenceTable } from "./db/differences.ts";
import { paymentTable } from "./db/payments.ts";
import { type BookedCharge, type Charge, compare, type Difference, type Payment } from "./domain/payment.ts";
import { chargeKey, orderOf, type Provider } from "./providers/provider.ts";
import { isNews, type Settlement } from "./settlement.ts";

type Deps = { db: Db; provider: Provider; settlement: Settlement; clock: Clock; log: Log; graceMs: number };
/** A charge by its key, as the provider has it: undefined when it has none. */
type Asked = { readonly key: string; readonly charge: BookedCharge | undefined };

/** Differences looked at again in one run. */
const mostOpen = 500;
const paymentsPerPage = 500;
/** Charges asked for one by one in a run. There are few but after an upgrade, when all payments are looked at for the first time. */
const mostAsked = 500;
const askedAtOnce = 10;

/**
 * Compares our books with the provider's, in both directions: first what differed before, then what has changed in the provider's
 * book, then what is new in ours. What is younger than `graceMs` may still be on its way and is left for the next run. What is safe is
 * settled: what the provider has taken, given back or let go and our books lack is booked, as its notification would have done; a charge
 * for an order that was barred is given back. Anything else is listed until it is gone. Safe to run twice, at once, and to die in at any point: positions move after what
 * they stand for.
 */
export const reconcile =
  ({ db, provider, settlement, clock, log, graceMs }: Deps) =>
  async (signal: AbortSignal): Promise<void> => {
    const differences = differenceTable(db);
    const compared = comparedUpTo(db, provider.name);
    const before = clock.now() - graceMs;
    const { book, payment } = await compared.read();
    /** Orders whose charge this run has seen in the provider's book. */
    const seen = new Set<string>();

    // What was mended on our side does not change the provider's book, so it would not come up by itself.
    await compareAll(await ask(await differences.open(provider.name, mostOpen)));
    await readBook(book);
    await readPayments(payment);

    async function readBook(from: number) {
      for (let after = from; !signal.aborted; ) {
        const { charges, next } = await provider.book(after);
        const settled = charges.filter(({ updatedAt }) => Date.parse(updatedAt) <= before);
        for (const { key } of settled) seen.add(key);
        await compareAll(settled.map((charge) => ({ key: charge.key, charge })));
        if (settled.length < charges.length || next === after) return;
        await compared.setBook(next);
        after = next;
      }
    }

    /** A charge is made before it is booked, so what the book has not shown by now is asked for: few, as the two go side by side. */
    async function readPayments(from: string | null) {
      let left = mostAsked;
      for (let after = from; !signal.aborted; ) {
        const payments = await paymentTable(db).madeAfter(provider.name, after, lastIdAt(before), paymentsPerPage);
        const doubtful = payments.filter(
          ({ orderId, captured, refunded, reserved }) =>
            (captured > refunded || reserved > 0) && !seen.has(chargeKey(orderId)),
        );
        if (doubtful.length > left && left < mostAsked) return;
        await compareAll(await ask(doubtful.map(({ orderId, reference }) => ({ key: chargeKey(orderId), reference }))));
        left -= doubtful.length;
        const last = payments.at(-1);
        if (last) await compared.setPayment(last.paymentId);
        if (!last || payments.length < paymentsPerPage) return;
        after = last.paymentId;
      }
    }

    async function ask(keys: readonly { key: string; reference: string | null }[]): Promise<Asked[]> {
      const asked: Asked[] = [];
      for (let i = 0; i < keys.length && !signal.aborted; i += askedAtOnce) {
        const some = keys.slice(i, i + askedAtOnce);
        asked.push(
          ...(await Promise.all(
            some.map(async ({ key, reference }) => ({ key, charge: await provider.find(key, reference) })),
          )),
        );
      }
      return asked;
    }

    async function compareAll(asked: readonly Asked[]) {
      const orderIds = asked.flatMap(({ key }) => orderOf(key) ?? []);
      if (asked.length === 0) return;
      const payments = await paymentTable(db).ofOrders(orderIds);
      const byOrder = new Map(payments.map((payment) => [payment.orderId, payment]));
      const agreed: string[] = [];
      for (const { key, charge } of asked) {
        const orderId = orderOf(key);
        const payment = orderId === undefined ? undefined : byOrder.get(orderId);
        const difference = compare(payment, charge);
        const settled = !difference || (orderId !== undefined && (await mended(orderId, payment, charge, difference)));
        if (settled) agreed.push(key);
        else await list(key, payment, charge, difference);
      }
      if (agreed.length > 0) await differences.settle(agreed);
    }

    /** False when it is not for a machine to settle, or could not be settled. */
    async function mended(
      orderId: string,
      payment: Payment | undefined,
      charge: Charge | undefined,
      { kind }: Difference,
    ): Promise<boolean> {
      try {
        if (payment?.status === "voided") await settlement.reverse(orderId);
        else if (!payment || (charge && isNews(payment, charge))) await settlement.settle(orderId);
        else return false;
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        log.warn("a difference with the provider could not be settled", { kind, orderId, code: error.code, error });
        return false;
      }
      log.info("a difference with the provider was settled", { kind, orderId });
      const after = await paymentTable(db).ofOrder(orderId);
      return compare(after, await provider.find(chargeKey(orderId), after?.reference ?? null)) === undefined;
    }

    async function list(
      key: string,
      payment: Payment | undefined,
      charge: BookedCharge | undefined,
      difference: Difference,
    ) {
      log.warn("payments and provider differ", { kind: difference.kind, paymentId: payment?.paymentId });
      const here = payment ? payment.captured - payment.refunded : 0;
      const there = charge ? charge.captured - charge.refunded : 0;
      await differences.put(
        {
          ...difference,
          chargeKey: key,
          paymentId: payment?.paymentId ?? null,
          orderId: orderOf(key) ?? null,
          moneySince: charge && there > here ? charge.updatedAt : null,
        },
        instant(clock.now()),
      );
    }
  };

/** The greatest UUIDv7 of a millisecond. */
const lastIdAt = (epochMs: number) => uuidv7(epochMs, () => new Uint8Array(16).fill(0xff));
