import type { Stream } from "@souk/event-store";
import type { Db, Tx } from "@souk/postgres";
import type { AddressDigest } from "@souk/service/personal-data";
import { rememberGuests, unknownGuests } from "./db/personal-data.ts";
import type { Command, Event, State } from "./domain/order-state.ts";

type Deps = { db: Db; order: Stream<Command, State, Event>; digest: AddressDigest };

const batch = 500;

/**
 * Makes guests' orders findable by their address. Not when they are placed: looking for somebody is rare, and orders are not. So whoever looks
 * catches up first, which a task sees to that it is little.
 */
export function guests({ db, order, digest }: Deps) {
  async function knowSome(tx: Tx): Promise<number> {
    const unknown = await unknownGuests(tx, batch);
    const last = unknown.at(-1);
    if (!last) return 0;
    const streams = await order.loadMany(unknown.map(({ orderId }) => orderId));
    const found = streams.flatMap(({ state }) =>
      state.lifecycle === "new" ? [] : [{ orderId: state.order.orderId, digest: digest(state.order.email) }],
    );
    await rememberGuests(tx, found, last.placedAt);
    return unknown.length;
  }
  return {
    async know(tx: Tx): Promise<void> {
      for (let known = batch; known === batch; ) known = await knowSome(tx);
    },
    async catchUp(signal: AbortSignal): Promise<void> {
      for (let known = batch; known === batch && !signal.aborted; ) known = await db.tx(knowSome);
    },
  };
}
export type Guests = ReturnType<typeof guests>;
