import { rewriteStream, type Stream, type StreamType } from "@souk/event-store";
import type { Db } from "@souk/postgres";
import type { Keeper } from "@souk/service/personal-data";
import { forgetAddresses, forgetCarts, ordersOf } from "./db/personal-data.ts";
import { anonymous, isAnonymous } from "./domain/anonymous.ts";
import type { Command, Event, State } from "./domain/order-state.ts";
import type { Guests } from "./guests.ts";

type Deps = {
  db: Db;
  order: Stream<Command, State, Event>;
  type: StreamType<Command, State, Event>;
  guests: Guests;
};

const batch = 200;
const bytes = (digests: readonly string[]) => digests.map((digest) => Buffer.from(digest, "hex"));

/**
 * What this service keeps about people: who ordered, and where it went. An order stays, as accounting demands, and its person is taken out of
 * its history. What is not confirmed yet has to wait: others are still to be told where it goes.
 */
export const keeper = ({ db, order, type, guests }: Deps): Keeper => ({
  async erase(tx, { userId, addressDigests }, requestedAt) {
    await guests.know(tx);
    const theirs = await ordersOf(tx, { userId, addressDigests: bytes(addressDigests) });
    const ended = theirs.filter(({ lifecycle }) => lifecycle !== "pending" && lifecycle !== "cancel_pending");
    const ids = ended.map(({ orderId }) => orderId);
    let orders = 0;
    for (const orderId of ids) if ((await rewriteStream(tx, type, orderId, anonymous)) > 0) orders += 1;
    await forgetAddresses(tx, ids);
    const carts = await forgetCarts(tx, userId, requestedAt);
    return {
      erased: { orders, carts },
      ...(ids.length < theirs.length && { waitingFor: "an order is being worked on, or cancelled" }),
    };
  },

  async collect(sql, { userId, addressDigests }) {
    await db.tx(guests.know);
    const theirs = await ordersOf(sql, { userId, addressDigests: bytes(addressDigests) });
    const orders: object[] = [];
    for (let i = 0; i < theirs.length; i += batch) {
      const ids = theirs.slice(i, i + batch).map(({ orderId }) => orderId);
      for (const { state, history } of await order.loadMany(ids)) {
        if (state.lifecycle === "new" || isAnonymous(state.order)) continue;
        const { number, email, currency, lines, totals, shippingMethod, shippingAddress, billingAddress } = state.order;
        orders.push({
          ...{ number, placedAt: history[0]?.at, lifecycle: state.lifecycle, email, currency, totals },
          lines: lines.map(({ sku, title, quantity, unitAmount }) => ({ sku, title, quantity, unitAmount })),
          ...{ shippingMethod, shippingAddress, ...(billingAddress && { billingAddress }) },
        });
      }
    }
    return { orders };
  },
});
