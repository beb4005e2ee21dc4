import { answer, type Handlers, page } from "@souk/http";
import { type Clock, instant, ServiceError } from "@souk/kernel";
import type { Db, Tx } from "@souk/postgres";
import { actorOf, book } from "./book.ts";
import type { CountedSku, StockTake } from "./contract/stock-takes.ts";
import type { inventory } from "./contract.ts";
import { importCounts } from "./count-file.ts";
import {
  type CountRow,
  endStockTake,
  lockStockTake,
  makeKnown,
  nextDifferences,
  noteCounts,
  type StockTakeRow,
  settleCounts,
  settleEqual,
  stockTakeTable,
} from "./db/stock-takes.ts";
import { errors } from "./errors.ts";

type Deps = { readonly db: Db; readonly clock: Clock; readonly newId: () => string };
type Names =
  | "stockTakes"
  | "stockTake"
  | "openStockTake"
  | "countSheet"
  | "importCounts"
  | "counts"
  | "closeStockTake"
  | "cancelStockTake";

/** Rows of stock that are locked together while differences are booked. */
const bookedAtOnce = 100;
const shownRefusals = 100;
/** Left of the caller's deadline when no more is booked, so that the answer still reaches them. */
const answerMs = 2_000;

export const stockTakeRoutes = ({ db, clock, newId }: Deps): Pick<Handlers<typeof inventory>, Names> => {
  const table = stockTakeTable(db);
  const now = () => instant(clock.now());
  const find = async (id: string, sql: typeof table = table) => shown((await sql.find(id)) ?? notFound(id));

  return {
    async stockTakes({ query: { page: number = 1, limit = 20, status } }) {
      const { items, total } = await table.page({ page: number, limit, status });
      return page({ items: items.map(shown), total, page: number, limit }, "/v1/inventory-stock-takes", { status });
    },

    stockTake: ({ params: { stockTakeId } }) => find(stockTakeId),

    async openStockTake({ body: { location, note }, principal, once }) {
      const id = newId();
      const opened = await once(async (tx) => {
        const own = stockTakeTable(tx);
        const isOpen = await own.open({ id, location, note: note ?? null, actor: actorOf(principal), at: now() });
        if (!isOpen) throw errors.LocationNotFound({ location });
        return find(id, own);
      });
      return answer(201, opened, { location: `/v1/inventory-stock-takes/${opened.id}` });
    },

    async countSheet({ params: { stockTakeId: id }, query: { page: number = 1, limit = 20, open } }) {
      await find(id);
      const { items, total } = await table.sheet(id, { page: number, limit, open });
      return page({ items, total, page: number, limit }, `/v1/inventory-stock-takes/${id}/sheet`, { open });
    },

    async importCounts({ params: { stockTakeId: id }, stream, mediaType }) {
      const { openedAt } = await find(id);
      await db.tx((tx) => lockOpen(tx, id));
      return importCounts(
        stream,
        mediaType,
        (batch) =>
          db.tx(async (tx) => {
            const { location } = await lockOpen(tx, id);
            return noteCounts(tx, id, location, batch, now());
          }),
        (at) => at >= openedAt && at <= now(),
      );
    },

    async counts({ params: { stockTakeId: id }, query: { page: number = 1, limit = 20, differing } }) {
      await find(id);
      const { items, total } = await table.counts(id, { page: number, limit, differing });
      const path = `/v1/inventory-stock-takes/${id}/counts`;
      return page({ items: items.map(shownCount), total, page: number, limit }, path, { differing });
    },

    async closeStockTake({ params: { stockTakeId: id }, principal, signal, remainingMs }) {
      const actor = actorOf(principal);
      let booked = 0;
      let isThrough = false;
      for (let after = ""; !isThrough && !signal.aborted && remainingMs() > answerMs; ) {
        const from = after;
        const done = await db.tx((tx) => bookSome(tx, id, from, actor));
        booked += done.booked;
        isThrough = done.last === undefined;
        after = done.last ?? "";
      }
      const refused = await table.refused(id, shownRefusals);
      return { stockTake: await find(id), booked, more: !isThrough, refused: refused.map(shownCount) };
    },

    async cancelStockTake({ params: { stockTakeId: id } }) {
      await db.tx(async (tx) => {
        const { status } = (await lockStockTake(tx, id)) ?? notFound(id);
        if (status === "closed") throw errors.StockTakeOver({ stockTakeId: id, status });
        if (status === "open") await endStockTake(tx, id, "cancelled", now());
      });
      return find(id);
    },
  };

  /** Books the next differences; `last` is undefined when there are no more, and the stock-take is closed if all could be booked. */
  async function bookSome(
    tx: Tx,
    id: string,
    after: string,
    actor: string,
  ): Promise<{ booked: number; last: string | undefined }> {
    const found = (await lockStockTake(tx, id)) ?? notFound(id);
    if (found.status === "closed") return { booked: 0, last: undefined };
    if (found.status === "cancelled") throw errors.StockTakeOver({ stockTakeId: id, status: found.status });
    const at = now();
    if (after === "") await settleEqual(tx, id);
    const differences = await nextDifferences(tx, id, after, bookedAtOnce);
    const foundMore = differences.filter(({ difference }) => difference > 0);
    if (foundMore.length > 0)
      await makeKnown(
        tx,
        foundMore.map(({ sku }) => sku),
      );
    const about = { kind: "adjustment", location: found.location, reason: "stock-take", actor, at, cause: id } as const;
    // One after the other in the order of SKUs, and nobody waits for an answer between.
    const settled = await Promise.all(
      differences.map(async ({ sku, difference: quantity }) => {
        return { sku, refused: await refusalOf(() => book(tx, { ...about, sku, quantity })) };
      }),
    );
    if (settled.length > 0) await settleCounts(tx, id, settled);
    const booked = settled.filter(({ refused }) => refused === null).length;
    if (differences.length === bookedAtOnce) return { booked, last: differences.at(-1)?.sku };
    await endStockTake(tx, id, "closed", at);
    return { booked, last: undefined };
  }
};

async function lockOpen(tx: Tx, id: string) {
  const found = (await lockStockTake(tx, id)) ?? notFound(id);
  if (found.status !== "open") throw errors.StockTakeOver({ stockTakeId: id, status: found.status });
  return found;
}

/** A refusal has changed nothing: the transaction goes on. */
async function refusalOf(work: () => Promise<void>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return error.message;
  }
}

const shown = ({ note, ...stockTake }: StockTakeRow): StockTake => ({ ...stockTake, ...(note !== null && { note }) });
const shownCount = ({ refused, ...count }: CountRow): CountedSku => ({
  ...count,
  ...(refused !== null && { refused }),
});

const notFound = (stockTakeId: string): never => {
  throw errors.StockTakeNotFound({ stockTakeId });
};
