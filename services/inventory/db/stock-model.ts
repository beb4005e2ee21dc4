import type { Outcome } from "./reservations.ts";

type Line = { readonly sku: string; readonly quantity: number };
type Shelf = { onHand: number; reserved: number };
type Allocation = Line & { readonly location: string };
type Reservation = {
  status: "held" | "committed" | "released" | "expired";
  allocations: Allocation[];
  expiresAt: number | null;
  restocked: boolean;
};

/**
 * What inventory does, said a second time in the plainest way: for tests that compare the two. One shop, no concurrency, no database.
 * @param locations in the order in which they are taken from
 */
export function stockModel(locations: readonly string[]) {
  const shelves = new Map<string, Shelf>();
  const reservations = new Map<string, Reservation>();
  const key = (sku: string, location: string) => `${sku}@${location}`;
  const shelf = (sku: string, location: string): Shelf => shelves.get(key(sku, location)) ?? { onHand: 0, reserved: 0 };
  const free = (sku: string, location: string) => shelf(sku, location).onHand - shelf(sku, location).reserved;
  const known = (sku: string) => locations.some((location) => shelves.has(key(sku, location)));
  const move = (allocations: readonly Allocation[], onHand: number, reserved: number) => {
    for (const { sku, location, quantity } of allocations) {
      const now = shelf(sku, location);
      shelves.set(key(sku, location), {
        onHand: now.onHand + onHand * quantity,
        reserved: now.reserved + reserved * quantity,
      });
    }
  };

  const demandOf = (lines: readonly Line[]) => {
    const demand = new Map<string, number>();
    for (const { sku, quantity } of lines) demand.set(sku, (demand.get(sku) ?? 0) + quantity);
    return [...demand].sort(([a], [b]) => (a < b ? -1 : 1));
  };

  function take(lines: readonly Line[]): Allocation[] | Outcome {
    const demand = demandOf(lines);
    const short = demand
      .map(([sku, requested]) => ({
        sku,
        requested,
        available: locations.reduce((n, location) => n + free(sku, location), 0),
      }))
      .filter(({ requested, available }) => available < requested);
    if (short.length > 0) return { outcome: "short", short };
    const taken = demand.flatMap(([sku, requested]) => {
      let wanted = requested;
      return locations.flatMap((location) => {
        const quantity = Math.min(wanted, free(sku, location));
        wanted -= quantity;
        return quantity > 0 ? [{ sku, location, quantity }] : [];
      });
    });
    move(taken, 0, 1);
    return taken;
  }

  const hold = (orderId: string, lines: readonly Line[], expiresAt: number | null): Outcome | undefined => {
    const taken = take(lines);
    if (!Array.isArray(taken)) return taken;
    reservations.set(orderId, { status: "held", allocations: taken, expiresAt, restocked: false });
    return undefined;
  };
  const answer = (orderId: string): Outcome => {
    const found = reservations.get(orderId);
    if (found?.status !== "held" && found?.status !== "committed") return { outcome: "unknown" };
    return { outcome: found.status, expiresAt: iso(found.expiresAt) };
  };

  const model = {
    shelves,
    book(sku: string, location: string, quantity: number, receipt: boolean): string {
      if (!receipt && !known(sku)) return "unknown";
      if (free(sku, location) + quantity < 0) return "too large";
      const { onHand, reserved } = shelf(sku, location);
      shelves.set(key(sku, location), { onHand: onHand + quantity, reserved });
      return "done";
    },

    reserve(orderId: string, lines: readonly Line[], expiresAt: number | null): Outcome {
      const found = reservations.get(orderId);
      if (found?.status === "released") return { outcome: "released" };
      if (found && JSON.stringify(demandOf(found.allocations)) !== JSON.stringify(demandOf(lines)))
        return { outcome: "differs" };
      if (found?.status === "held" || found?.status === "committed") return answer(orderId);
      return hold(orderId, lines, expiresAt) ?? answer(orderId);
    },

    extend(orderId: string, expiresAt: number | null): Outcome {
      const found = reservations.get(orderId);
      if (!found) return { outcome: "unknown" };
      if (found.status === "released") return { outcome: "released" };
      if (found.status === "expired") return hold(orderId, found.allocations, expiresAt) ?? answer(orderId);
      if (found.status === "held")
        found.expiresAt = found.expiresAt === null || expiresAt === null ? null : Math.max(found.expiresAt, expiresAt);
      return answer(orderId);
    },

    commit(orderId: string): Outcome {
      const found = reservations.get(orderId);
      if (!found) return { outcome: "unknown" };
      if (found.status === "released") return { outcome: "released" };
      if (found.status === "expired") {
        const short = hold(orderId, found.allocations, null);
        return short ?? model.commit(orderId);
      }
      if (found.status === "held") {
        move(found.allocations, -1, -1);
        Object.assign(found, { status: "committed", expiresAt: null });
      }
      return answer(orderId);
    },

    release(orderId: string): boolean {
      const found = reservations.get(orderId);
      if (found?.status === "committed") return false;
      if (found?.status === "held") move(found.allocations, 0, -1);
      const allocations = found?.allocations ?? [];
      reservations.set(orderId, { status: "released", allocations, expiresAt: null, restocked: false });
      return true;
    },

    restock(orderId: string): void {
      const found = reservations.get(orderId);
      if (found?.status !== "held" && found?.status !== "committed") {
        model.release(orderId);
        return;
      }
      model.commit(orderId);
      if (!found.restocked) move(found.allocations, 1, 0);
      found.restocked = true;
    },

    /** Ids of the orders whose hold ended. */
    expire(at: number): string[] {
      return [...reservations].flatMap(([orderId, reservation]) => {
        if (reservation.expiresAt === null || reservation.expiresAt > at) return [];
        move(reservation.allocations, 0, -1);
        Object.assign(reservation, { status: "expired", expiresAt: null });
        return [orderId];
      });
    },
  };
  return model;
}

const iso = (epochMs: number | null) => (epochMs === null ? null : new Date(epochMs).toISOString());
