import { answer, type Handlers, page } from "@souk/http";
import { type Clock, instant } from "@souk/kernel";
import type { Db, Tx } from "@souk/postgres";
import { actorOf, book } from "./book.ts";
import type { Transfer } from "./contract/transfers.ts";
import type { inventory } from "./contract.ts";
import { locationTable } from "./db/locations.ts";
import { type Line, type TransferRow, transferTable } from "./db/transfers.ts";
import { errors } from "./errors.ts";

type Deps = { readonly db: Db; readonly clock: Clock; readonly newId: () => string };
type Names = "transfers" | "transfer" | "send" | "arrive" | "writeOff";

/** Each booking is made in the order of SKUs, as orders take them: no two can wait for each other. */
export const transferRoutes = ({ db, clock, newId }: Deps): Pick<Handlers<typeof inventory>, Names> => {
  const table = transferTable(db);
  const now = () => instant(clock.now());

  return {
    async transfers({ query: { page: number = 1, limit = 20, status } }) {
      const { items, total } = await table.page({ page: number, limit, status });
      return page({ items: items.map(shown), total, page: number, limit }, "/v1/inventory-transfers", { status });
    },

    transfer: async ({ params: { transferId } }) => shown((await table.find(transferId)) ?? notFound(transferId)),

    async send({ body: { from, to, lines, note }, principal, once }) {
      const id = newId();
      const sent = await once(async (tx) => {
        if (from === to) throw errors.TransferToItself({ location: from });
        await assertKnown(tx, [from, to]);
        const at = now();
        const actor = actorOf(principal);
        const sum = summed(lines);
        await transferTable(tx).add({ id, from, to, note: note ?? null, lines: sum, actor, at });
        for (const { sku, quantity } of sum)
          await book(tx, { kind: "transfer_out", sku, location: from, quantity: -quantity, actor, at, cause: id });
        return read(tx, id);
      });
      return answer(201, sent, { location: `/v1/inventory-transfers/${sent.id}` });
    },

    async arrive({ params: { transferId: id }, body, principal, once }) {
      const arrived = await once(async (tx) => {
        const at = now();
        const actor = actorOf(principal);
        const before = await begin(tx, id);
        const lines = body.lines ? summed(body.lines) : onTheirWay(before);
        for (const { sku, quantity } of lines) {
          const left = onTheirWay(before).find((line) => line.sku === sku)?.quantity ?? 0;
          if (quantity > left) throw errors.TransferExceeded({ sku, quantity, left });
          await book(tx, { kind: "transfer_in", sku, location: before.to, quantity, actor, at, cause: id });
        }
        const settled = lines.map(({ sku, quantity }) => ({ sku, received: quantity, lost: 0 }));
        await transferTable(tx).settle(id, settled, at);
        return read(tx, id);
      });
      return answer(201, arrived);
    },

    /** They arrive in the books, and are written off where they should have arrived. */
    async writeOff({ params: { transferId: id }, body: { reason }, principal, once }) {
      const ended = await once(async (tx) => {
        const at = now();
        const before = await begin(tx, id);
        const lines = onTheirWay(before);
        for (const { sku, quantity } of lines) {
          const booking = { sku, location: before.to, actor: actorOf(principal), at, cause: id };
          await book(tx, { ...booking, kind: "transfer_in", quantity });
          await book(tx, { ...booking, kind: "adjustment", quantity: -quantity, reason });
        }
        const settled = lines.map(({ sku, quantity }) => ({ sku, received: 0, lost: quantity }));
        await transferTable(tx).settle(id, settled, at);
        return read(tx, id);
      });
      return answer(201, ended);
    },
  };
};

async function assertKnown(tx: Tx, locations: readonly string[]): Promise<void> {
  const known = new Set((await locationTable(tx).list()).map(({ location }) => location));
  const location = locations.find((one) => !known.has(one));
  if (location !== undefined) throw errors.LocationNotFound({ location });
}

/** @throws ServiceError when nothing of it is on its way */
async function begin(tx: Tx, id: string): Promise<TransferRow> {
  const table = transferTable(tx);
  await table.lock(id);
  const found = (await table.find(id)) ?? notFound(id);
  if (found.status === "received") throw errors.TransferReceived({ transferId: id });
  return found;
}

const read = async (tx: Tx, id: string) => shown((await transferTable(tx).find(id)) ?? notFound(id));

const onTheirWay = ({ lines }: TransferRow): Line[] =>
  lines
    .map(({ sku, quantity, received, lost }) => ({ sku, quantity: quantity - received - lost }))
    .filter(({ quantity }) => quantity > 0);

const shown = ({ note, lines, ...transfer }: TransferRow): Transfer => ({
  ...transfer,
  ...(note !== null && { note }),
  lines: lines.map((line) => ({ ...line, inTransit: line.quantity - line.received - line.lost })),
});

function summed(lines: readonly Line[]): Line[] {
  const sum = new Map<string, number>();
  for (const { sku, quantity } of lines) sum.set(sku, (sum.get(sku) ?? 0) + quantity);
  return [...sum].map(([sku, quantity]) => ({ sku, quantity })).sort((a, b) => (a.sku < b.sku ? -1 : 1));
}

const notFound = (transferId: string): never => {
  throw errors.TransferNotFound({ transferId });
};
