import type { Chance, Clock } from "@souk/kernel";
import type { Db, Sql, Tx } from "@souk/postgres";
import { startLoop } from "./loop.ts";
import type { Projection } from "./projection.ts";
import { type ProjectionRows, projectionRows } from "./projection-store.ts";
import { type EventRows, eventRows, type Mark, safePosition } from "./store.ts";
import { upcast } from "./upcast.ts";

export type ProjectorOptions = {
  readonly db: Db;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Events per transaction. Default 500. */
  readonly batch?: number;
  /** How soon another process's events are noticed, and how long a batch waits for transactions in progress. Default 100. */
  readonly pollMs?: number;
  readonly onError?: (projection: string, error: unknown) => void;
  readonly rows?: EventRows & ProjectionRows;
};

export type Projector = {
  /** Looks for events now instead of at the next poll: give it to the event store as `onAppend`. */
  wake(): void;
  /** Ends after the batch under way. */
  close(): Promise<void>;
};

const longestPauseMs = 30_000;
/** Transactions last some milliseconds: so long until the events behind them can be read. One that lasts is asked after ever more seldom. */
const undecidedMs = 5;
const longestUndecidedMs = 1_000;

/**
 * Keeps projections up to date, each on its own: one that fails is tried again with back-off and does not hold up the
 * others. Any number of replicas may run; for each batch one of them holds the checkpoint's row lock.
 */
export function startProjector<E>(projections: readonly Projection<E>[], options: ProjectorOptions): Projector {
  const { clock, chance, pollMs = 100, onError = () => {} } = options;
  const loops = projections.map((projection) => {
    const step = stepper(projection, options);
    /** Looks in a row that could read nothing, because something before it might still appear. */
    let undecided = 0;
    const pauseAfter = (next: Next): number => {
      undecided = next === "undecided" ? undecided + 1 : 0;
      if (next === "more") return 0;
      if (next === "idle") return pollMs;
      if (next === "read") return undecidedMs;
      return Math.min(longestUndecidedMs, undecidedMs * 2 ** (undecided - 1)) * (0.5 + chance() / 2);
    };
    return startLoop({
      clock,
      chance,
      step: async () => pauseAfter(await step()),
      pollMs,
      longestPauseMs,
      onError: (error) => onError(projection.name, error),
    });
  });
  return {
    wake() {
      for (const loop of loops) loop.wake();
    },
    async close() {
      await Promise.all(loops.map((loop) => loop.close()));
    },
  };
}

/**
 * `more`: there is more to read at once. `undecided`: nothing was read, and there are events that cannot be yet, because one before them might still
 * appear; `read`: some were, and there are such events behind them. `idle`: nothing is left.
 */
type Next = "more" | "undecided" | "read" | "idle";

/** @returns a function that takes one batch */
function stepper<E>(projection: Projection<E>, options: ProjectorOptions): () => Promise<Next> {
  const { db, batch = 500, rows = { ...eventRows, ...projectionRows } } = options;
  let registered = false;
  let done = -1;
  let earlier: Mark | undefined;

  return async () => {
    if (!registered) await rows.register(db, projection.name);
    registered = true;
    // Outside the transaction: the usual answer is that nothing is new, and that should cost one round trip and no transaction id.
    const last = await rows.lastPosition(db);
    if (last <= done) return "idle";
    const mark = await rows.mark(db, last);
    const safe = safePosition(mark, earlier);
    earlier = mark;
    const isDecided = safe >= mark.position;
    if (safe <= done) return isDecided ? "idle" : "undecided";
    const reached = await db.tx(async (tx) => {
      const position = await rows.claim(tx, projection.name);
      if (position === undefined) return undefined;
      const range = { after: position, upTo: safe, limit: batch };
      const reached = position < safe ? await applyBatch(projection, rows, tx, range) : position;
      void rows.advance(tx, projection.name, reached).catch(() => {}); // the commit reports it
      return reached;
    });
    if (reached === undefined) return isDecided ? "idle" : "undecided"; // another replica is at it, or a connection of ours that died and still holds it
    done = reached; // not before the commit
    if (reached < safe) return "more";
    return isDecided ? "idle" : "read";
  };
}

type Range = { readonly after: number; readonly upTo: number; readonly limit: number };

/** Applies the next events in the range. @returns the position up to which they are all applied */
export async function applyBatch<E>(projection: Projection<E>, rows: EventRows, tx: Tx, range: Range): Promise<number> {
  const { of, types } = projection;
  const stored = await rows.readAll(tx as Sql, { streamType: of.name, types, ...range });
  const last = stored.at(-1);
  if (!last) return range.upTo;
  await projection.apply(
    stored.map(({ data, ...where }) => ({ ...where, event: upcast(data, of.upcasters) })),
    tx,
  );
  return stored.length < range.limit ? range.upTo : last.position;
}
