import { type Clock, instant } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import type { Db } from "@souk/postgres";
import { orders } from "../contract.ts";
import { abandonCarts, type LeftCart } from "../db/carts.ts";

type Deps = {
  readonly db: Db;
  readonly publish: Publish;
  readonly clock: Clock;
  readonly guestTtlMs: number;
  readonly customerTtlMs: number;
};

const batch = 200;

/** Ends the carts that nobody has touched for too long, and tells of those with something in them. */
export const cartSweeper =
  ({ db, publish, clock, guestTtlMs, customerTtlMs }: Deps) =>
  async (signal: AbortSignal): Promise<void> => {
    for (let ended = batch; ended === batch && !signal.aborted; ) {
      const before = (ttlMs: number) => instant(clock.now() - ttlMs);
      ended = await db.tx(async (tx) => {
        const left = await abandonCarts(tx, {
          guestsBefore: before(guestTtlMs),
          customersBefore: before(customerTtlMs),
          limit: batch,
        });
        await Promise.all(left.filter(({ lines }) => lines.length > 0).map((cart) => tell(tx, cart)));
        return left.length;
      });
    }

    function tell(tx: Parameters<Publish>[0], { cartId, customerId, currency, lines, titles }: LeftCart) {
      return publish(tx, orders.events.cartAbandoned, {
        subject: cartId,
        sequence: 1,
        data: {
          cartId,
          customerId,
          currency,
          lines: lines.map(({ sku, quantity, unitAmount }) => ({
            sku,
            title: titles.find((offer) => offer.sku === sku)?.title ?? sku,
            quantity,
            unitAmount,
          })),
        },
      });
    }
  };
