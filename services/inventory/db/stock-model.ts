import type { Outcome } from "./reservations.ts";

type Line = { readonly sku: string; readonly quantity: number };
type Shelf = { onHand: number; reserved: number };
/** `location` null: promised, and not there yet. */
type Allocation = Line & { readonly location: string | null };
type Reservation = {
  status: "held" | "committed" | "released" | "expired";
  allocations: Allocation[];
  expiresAt: number | null;
  restocked: boolean;
};
type Rules = { safety: number; backorderLimit: number };
type Strategy = "priority" | "most_stock";

/**
 * What inventory does, said a second time in the plainest way: for tests that compare the two. One shop, no concurrency, no database.
 * @param locations in the order of their priority
 */
export function stockModel(locations: readonly string[]) {
  const shelves = new Map<string, Shelf>();
  const reservations = new Map<string, Reservation>();
  const rules = new Map<string, Rules>();
  const known = new Set<string>();
  const inactive = new Set<string>();
  /** What orders were promised, first come first served. */
  let promises: (Line & { readonly orderId: string })[] = [];
  let strategy: Strategy = "priority";

  const key = (sku: string, location: string) => `${sku}@${location}`;
  const shelf = (sku: string, location: string): Shelf => shelves.get(key(sku, location)) ?? { onHand: 0, reserved: 0 };
  const free = (sku: string, location: string) => shelf(sku, location).onHand - shelf(sku, location).reserved;
  const open = () => locations.filter((location) => !inactive.has(location));
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  const rulesOf = (sku: string): Rules => rules.get(sku) ?? { safety: 0, backorderLimit: 0 };
  const owed = (sku: string) => sum(promises.filter((one) => one.sku === sku).map(({ quantity }) => quantity));
  const freeAbove = (sku: string, kept: number) =>
    Math.max(0, sum(open().map((location) => free(sku, location))) - kept);
  const onShelf = (sku: string) => freeAbove(sku, rulesOf(sku).safety + owed(sku));
  const toCome = (sku: string) => (known.has(sku) ? Math.max(0, rulesOf(sku).backorderLimit - owed(sku)) : 0);

  const move = (allocations: readonly Allocation[], onHand: number, reserved: number) => {
    for (const { sku, location, quantity } of allocations) {
      if (location === null) continue;
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

  /** The best first; `amount` says how much of what is wanted a location has. */
  const ranked = (amount: (location: string) => number) =>
    strategy === "priority" ? open() : open().toSorted((a, b) => amount(b) - amount(a));

  /** From one place when one has it all, else from as many as it takes. */
  function place({ sku, quantity }: Line, whole: string | undefined): Allocation[] {
    const places = ranked((location) => free(sku, location));
    const one = whole ?? places.find((location) => free(sku, location) >= quantity);
    let wanted = quantity;
    return (one === undefined ? places : [one]).flatMap((location) => {
      const taken = Math.min(wanted, free(sku, location));
      wanted -= taken;
      return taken > 0 ? [{ sku, location, quantity: taken }] : [];
    });
  }

  function take(orderId: string, lines: readonly Line[]): Allocation[] | Outcome {
    const demand = demandOf(lines);
    const short = demand
      .map(([sku, requested]) => ({ sku, requested, available: onShelf(sku) + toCome(sku) }))
      .filter(({ requested, available }) => available < requested);
    if (short.length > 0) return { outcome: "short", short };
    const now = demand.map(([sku, wanted]) => ({ sku, quantity: Math.min(wanted, onShelf(sku)) }));
    const later = demand
      .map(([sku, wanted], i) => ({ sku, quantity: wanted - (now[i]?.quantity ?? 0) }))
      .filter(({ quantity }) => quantity > 0);
    const whole = ranked((location) => sum(demand.map(([sku]) => free(sku, location)))).find((location) =>
      now.every(({ sku, quantity }) => free(sku, location) >= quantity),
    );
    const taken = now.flatMap((line) => (line.quantity > 0 ? place(line, whole) : []));
    move(taken, 0, 1);
    promises = [...promises, ...later.map((line) => ({ ...line, orderId }))];
    return [...taken, ...later.map((line) => ({ ...line, location: null }))];
  }

  const forget = (orderId: string) => {
    promises = promises.filter((one) => one.orderId !== orderId);
  };
  const hold = (orderId: string, lines: readonly Line[], expiresAt: number | null): Outcome | undefined => {
    const taken = take(orderId, lines);
    if (!Array.isArray(taken)) return taken;
    reservations.set(orderId, { status: "held", allocations: taken, expiresAt, restocked: false });
    return undefined;
  };
  const answer = (orderId: string): Outcome => {
    const found = reservations.get(orderId);
    if (found?.status !== "held" && found?.status !== "committed") return { outcome: "unknown" };
    return { outcome: found.status, expiresAt: iso(found.expiresAt) };
  };
  const withPromise = (orderId: string, outcome: Outcome): Outcome => {
    const waiting = reservations.get(orderId)?.allocations.filter(({ location }) => location === null) ?? [];
    if (waiting.length === 0 || !("expiresAt" in outcome)) return outcome;
    return { ...outcome, toCome: waiting.map(({ sku, quantity }) => ({ sku, quantity })) };
  };

  const model = {
    shelves,
    owed,
    forSale: (sku: string) => onShelf(sku) + toCome(sku),
    setStrategy(wanted: Strategy) {
      strategy = wanted;
    },
    setActive(location: string, active: boolean) {
      if (active) inactive.delete(location);
      else inactive.add(location);
    },
    setRules(sku: string, wanted: Rules) {
      known.add(sku);
      rules.set(sku, wanted);
    },

    book(sku: string, location: string, quantity: number, makesKnown: boolean): string {
      if (!makesKnown && !known.has(sku)) return "unknown";
      if (makesKnown) known.add(sku);
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
      if (found?.status === "held" || found?.status === "committed") return withPromise(orderId, answer(orderId));
      return hold(orderId, lines, expiresAt) ?? withPromise(orderId, answer(orderId));
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
      forget(orderId);
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
      forget(orderId);
      found.restocked = true;
    },

    /** What it waited for; undefined when it was never sold anything. */
    forgo(orderId: string): Line[] | undefined {
      const found = reservations.get(orderId);
      if (found?.status !== "committed") return undefined;
      forget(orderId);
      return found.allocations
        .flatMap(({ sku, location, quantity }) => (location === null ? [{ sku, quantity }] : []))
        .toSorted((a, b) => (a.sku < b.sku ? -1 : 1));
    },

    /** Ids of the orders whose hold ended. */
    expire(at: number): string[] {
      return [...reservations].flatMap(([orderId, reservation]) => {
        if (reservation.expiresAt === null || reservation.expiresAt > at) return [];
        move(reservation.allocations, 0, -1);
        forget(orderId);
        Object.assign(reservation, { status: "expired", expiresAt: null });
        return [orderId];
      });
    },

    /** Gives what has come to the first who waits for it. @returns whether anybody got anything */
    fill(): boolean {
      const next = promises.find(({ sku }) => freeAbove(sku, rulesOf(sku).safety) > 0);
      if (!next) return false;
      const { orderId, sku, quantity } = next;
      const found = reservations.get(orderId);
      if (!found) throw new Error("a promise without a reservation");
      let wanted = Math.min(quantity, freeAbove(sku, rulesOf(sku).safety));
      const left = quantity - wanted;
      const given = open().flatMap((location): Allocation[] => {
        const taken = Math.min(wanted, free(sku, location));
        wanted -= taken;
        return taken > 0 ? [{ sku, location, quantity: taken }] : [];
      });
      move(given, 0, 1);
      if (found.status === "committed") move(given, -1, -1);
      const others = found.allocations.filter((one) => one.sku !== sku || one.location !== null);
      found.allocations = [...others, ...given, ...(left > 0 ? [{ sku, location: null, quantity: left }] : [])];
      promises =
        left > 0
          ? promises.map((one) => (one === next ? { ...one, quantity: left } : one))
          : promises.filter((one) => one !== next);
      return true;
    },
  };
  return model;
}

const iso = (epochMs: number | null) => (epochMs === null ? null : new Date(epochMs).toISOString());
