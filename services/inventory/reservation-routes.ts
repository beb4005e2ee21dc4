import type { Handlers } from "@souk/http";
import { type Clock, instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";
import type { inventory, Reservation } from "./contract.ts";
import { type Outcome, reservationTable } from "./db/reservations.ts";
import { errors } from "./errors.ts";

type Deps = { readonly db: Sql; readonly clock: Clock; readonly holdForMs: number };
type Names = "reserve" | "extend" | "commit" | "release" | "restock" | "forgo" | "reservations" | "reservationsOf";

/** The steps of an order's stock, for its saga. */
export const reservationRoutes = (deps: Deps): Pick<Handlers<typeof inventory>, Names> => {
  const reservations = reservationTable(deps.db);
  const now = () => instant(deps.clock.now());
  const expiry = ({
    holdForMs = deps.holdForMs,
    untilSettled = false,
  }: {
    holdForMs?: number;
    untilSettled?: boolean;
  }) => (untilSettled ? null : instant(deps.clock.now() + holdForMs));

  return {
    async reserve({ body }) {
      return reservationOf(body.orderId, await reservations.reserve(body.orderId, body.lines, now(), expiry(body)));
    },

    async extend({ params: { orderId }, body }) {
      return reservationOf(orderId, await reservations.extend(orderId, now(), expiry(body)));
    },

    async commit({ params: { orderId } }) {
      return reservationOf(orderId, await reservations.commit(orderId, now()));
    },

    async release({ params: { orderId } }) {
      if (!(await reservations.release(orderId, now()))) throw errors.ReservationCommitted({ orderId });
      return {};
    },

    async restock({ params: { orderId } }) {
      await reservations.restock(orderId, now());
      return {};
    },

    async forgo({ params: { orderId } }) {
      const forgone = await reservations.forgo(orderId, now());
      if (!forgone) throw errors.ReservationNotFound({ orderId });
      return { lines: [...forgone] };
    },

    async reservations({ query: { after, upTo, limit = 500 } }) {
      const data = await reservations.page(after ?? null, upTo ?? null, limit);
      return { data, next: data.length === limit ? (data.at(-1)?.orderId ?? null) : null };
    },

    reservationsOf: async ({ body: { orderIds } }) => ({ data: await reservations.ofOrders(orderIds) }),
  };
};

function reservationOf(orderId: string, result: Outcome): Reservation {
  switch (result.outcome) {
    case "held":
    case "committed":
      return {
        reservationId: orderId,
        status: result.outcome,
        expiresAt: result.expiresAt,
        ...(result.toCome && { backordered: [...result.toCome] }),
      };
    case "short":
      throw errors.OutOfStock(result.short);
    case "released":
      throw errors.ReservationReleased({ orderId });
    case "unknown":
      throw errors.ReservationNotFound({ orderId });
    case "differs":
      throw errors.ReservationDiffers({ orderId });
  }
}
