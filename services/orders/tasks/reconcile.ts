import type { Client } from "@souk/contract";
import type { inventory } from "@souk/inventory/contract";
import { type Clock, instant, maxUuid, ServiceError, uuidv7 } from "@souk/kernel";
import type { payments } from "@souk/payments/contract";
import type { Db } from "@souk/postgres";
import type { Log, Metrics } from "@souk/service";
import { differenceTable, type Found, orderSides, type Walk, walkTable } from "../db/differences.ts";
import type { Lifecycle } from "../domain/order-state.ts";
import { type Finding, findings, type Mending, type Sides } from "../domain/reconciliation.ts";

type Deps = {
  readonly db: Db;
  readonly inventory: Client<typeof inventory>;
  readonly payments: Client<typeof payments>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly graceMs: number;
};
/** What the three services said of some orders, by order id. */
type Look = ReadonlyMap<string, Sides>;
type Has = { readonly orderId: string };

/** Orders compared at once. */
const pageSize = 500;
/** Ids of the near future are somebody's clock running ahead; those beyond were made by no clock of ours. */
const aheadMs = 3_600_000;

/**
 * Compares every order with its payment and its reservation, which payments and inventory page through in the order of the same ids. New
 * orders are looked at when they are `graceMs` old, all orders again and again, a page in each run; what is not final or does not agree
 * is looked at again until it is. Only what was there at two looks, a grace period apart, is settled, by the steps of the sagas, or
 * listed. Safe to run twice, at once, and to die in at any point: a walk moves on after what it has found is recorded.
 */
export function reconciler({ db, inventory, payments, clock, log, metrics, graceMs }: Deps) {
  const orders = orderSides(db);
  const walks = walkTable(db);

  const steps: Readonly<Record<Mending, (orderId: string) => Promise<unknown>>> = {
    reverse: (orderId) => payments.reverse({ params: { orderId }, body: { reason: "The order was not filled." } }),
    release: (orderId) => inventory.release({ params: { orderId } }),
    restock: (orderId) => inventory.restock({ params: { orderId } }),
    commit: (orderId) => inventory.commit({ params: { orderId } }),
  };

  /** One page of a walk. @returns the last order id that was compared, and whether there may be more */
  async function pageOf(
    after: string | null,
    upTo: string | null,
  ): Promise<{ look: Look; end: string; more: boolean }> {
    const query = { limit: pageSize, ...(after !== null && { after }), ...(upTo !== null && { upTo }) };
    // Our own last: what the others have, somebody here has asked them for before.
    const [paid, held] = await Promise.all([payments.kept({ query }), inventory.reservations({ query })]);
    const ours = await orders.page(after, upTo, pageSize);
    const ends = [paid.next, held.next, ours.length === pageSize ? ours.at(-1)?.orderId : null].filter(
      (next) => typeof next === "string",
    );
    // What lies beyond the page that ends first, the others' next pages will tell of.
    const [first] = ends.toSorted();
    const end = first ?? upTo ?? maxUuid;
    return { look: joined(ours, paid.data, held.data, end), end, more: first !== undefined };
  }

  async function lookAt(orderIds: readonly string[]): Promise<Look> {
    const body = { orderIds: [...orderIds] };
    const [paid, held] = await Promise.all([payments.keptFor({ body }), inventory.reservationsOf({ body })]);
    const ours = await orders.ofOrders(orderIds);
    const look = new Map<string, Sides>(orderIds.map((orderId) => [orderId, unknown]));
    for (const [orderId, sides] of joined(ours, paid.data, held.data, maxUuid)) look.set(orderId, sides);
    return look;
  }

  /** Records what a look found, and forgets what it did not find again. @returns what is there to stay */
  async function record(look: Look): Promise<(Has & Finding)[]> {
    const nowMs = clock.now();
    const now = instant(nowMs);
    const all = [...look].flatMap(([orderId, sides]) => findings(sides).map((finding) => ({ ...finding, orderId })));
    const found: Found[] = all.map(({ orderId, kind, ours, theirs, moneySince = null }) => ({
      orderId,
      kind,
      ours,
      theirs,
      moneySince: moneySince === "now" ? now : moneySince,
    }));
    const recorded = await db.tx(async (tx) => {
      const table = differenceTable(tx);
      await table.forget([...look.keys()], found);
      if (found.length === 0) return [];
      return table.record(found, { now, listBefore: instant(nowMs - graceMs), lookAt: instant(nowMs + graceMs) });
    });
    const listed = new Set(recorded.flatMap((one) => (one.listed ? `${one.orderId} ${one.kind}` : [])));
    return all.filter(({ orderId, kind }) => listed.has(`${orderId} ${kind}`));
  }

  /** False when it could not be settled. */
  async function mend({ orderId, kind }: Has & Finding, mending: Mending): Promise<boolean> {
    try {
      await steps[mending](orderId);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      log.warn("a difference could not be settled", { kind, orderId, code: error.code, error });
      return false;
    }
    log.info("a difference was settled", { kind, orderId });
    metrics.count("souk_differences_settled_total", { kind });
    return true;
  }

  /** Settles what may be, and looks again at what it has settled. @returns how many were */
  async function settle(look: Look, byPerson: boolean): Promise<number> {
    const mended = new Set<string>();
    let count = 0;
    for (const finding of await record(look)) {
      if (!finding.mending || (finding.byPerson && !byPerson)) continue;
      if (!(await mend(finding, finding.mending))) continue;
      mended.add(finding.orderId);
      count++;
    }
    if (mended.size > 0) await record(await lookAt([...mended]));
    return count;
  }

  async function walk(name: Walk, upTo: string | null, pages: number, signal: AbortSignal) {
    const youngest = lastIdAt(clock.now() - graceMs);
    const ahead = lastIdAt(clock.now() + aheadMs);
    for (let page = 0; page < pages && !signal.aborted; page++) {
      const { look, end, more } = await pageOf(await walks.position(name), upTo);
      await settle(new Map([...look].filter(([id]) => id <= youngest || id > ahead)), false);
      await walks.move(name, more || upTo !== null ? end : null);
      if (!more) return;
    }
  }

  async function compare(signal: AbortSignal): Promise<void> {
    // However old they are.
    for (const some of [await orders.beingCancelled(pageSize), await orders.claimed(pageSize)])
      if (some.length > 0) await settle(await lookAt(some), false);
    const startedAt = instant(clock.now());
    for (let due = pageSize; due >= pageSize && !signal.aborted; ) {
      const orderIds = await differenceTable(db).due(startedAt, pageSize);
      if (orderIds.length > 0) await settle(await lookAt(orderIds), false);
      due = orderIds.length;
    }
    await walk("new", lastIdAt(clock.now() - graceMs), Number.POSITIVE_INFINITY, signal);
    await walk("all", null, 1, signal);
  }

  return {
    async run(signal: AbortSignal): Promise<void> {
      try {
        await compare(signal);
      } catch (error) {
        if (!(error instanceof ServiceError) || error.status !== "unavailable") throw error;
        // As at every start: what was not compared now is compared by the next run.
        log.info("orders could not be compared; they will be", { code: error.code });
      }
    },

    /** What a person has decided to settle of one order, now. @returns how many differences were */
    settleOrder: async (orderId: string): Promise<number> => settle(await lookAt([orderId]), true),
  };
}
export type Reconciler = ReturnType<typeof reconciler>;

const unknown: Sides = { order: undefined, payment: undefined, reservation: undefined };
/** The greatest UUIDv7 of a millisecond. */
const lastIdAt = (epochMs: number) => uuidv7(epochMs, () => new Uint8Array(16).fill(0xff));

type OrderRow = Has & {
  readonly lifecycle: string;
  readonly total: number;
  readonly refunded: number;
  readonly claim: number;
};
function joined(
  orders: readonly OrderRow[],
  paid: readonly (Has & NonNullable<Sides["payment"]>)[],
  held: readonly (Has & NonNullable<Sides["reservation"]>)[],
  end: string,
): Look {
  const look = new Map<string, Sides>();
  const put = (orderId: string, side: Partial<Sides>) => {
    if (orderId <= end) look.set(orderId, { ...unknown, ...look.get(orderId), ...side });
  };
  // as: the column holds nothing but the decider's own words
  for (const { orderId, lifecycle, ...rest } of orders)
    put(orderId, { order: { ...rest, lifecycle: lifecycle as Lifecycle } });
  for (const { orderId, ...payment } of paid) put(orderId, { payment });
  for (const { orderId, ...reservation } of held) put(orderId, { reservation });
  return look;
}
