import { type Chance, type Clock, sleep } from "@souk/kernel";
import type { Db, Sql, Tx } from "@souk/postgres";
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

/**
 * Keeps projections up to date, each on its own: one that fails is tried again with back-off and does not hold up the
 * others. Any number of replicas may run; for each batch one of them holds the checkpoint's row lock.
 */
export function startProjector<E>(projections: readonly Projection<E>[], options: ProjectorOptions): Projector {
  const { clock, chance, pollMs = 100, onError = () => {} } = options;
  const closing = new AbortController();
  const wakers = new Set<() => void>();

  async function follow(projection: Projection<E>): Promise<void> {
    const step = follower(projection, options);
    for (let failures = 0; !closing.signal.aborted; ) {
      let more = false;
      try {
        more = await step();
        failures = 0;
      } catch (error) {
        failures++;
        onError(projection.name, error);
      }
      if (more) continue;
      const pause = failures === 0 ? pollMs : Math.min(longestPauseMs, pollMs * 2 ** failures) * (0.5 + chance() / 2);
      await nap(pause, failures === 0);
    }
  }

  async function nap(ms: number, wakeable: boolean): Promise<void> {
    const woken = new AbortController();
    const wake = () => woken.abort();
    if (wakeable) wakers.add(wake);
    await sleep(clock, ms, AbortSignal.any([closing.signal, woken.signal]));
    wakers.delete(wake);
  }

  const following = projections.map(follow);
  return {
    wake() {
      for (const wake of wakers) wake();
    },
    async close() {
      closing.abort();
      await Promise.all(following);
    },
  };
}

/** @returns a function that takes one batch and says whether there is more to do at once */
function follower<E>(projection: Projection<E>, options: ProjectorOptions): () => Promise<boolean> {
  const { db, batch = 500, rows = { ...eventRows, ...projectionRows } } = options;
  let registered = false;
  let done = -1;
  let earlier: Mark | undefined;

  return async () => {
    if (!registered) await rows.register(db, projection.name);
    registered = true;
    // Outside the transaction: the usual answer is that nothing is new, and that should cost one round trip.
    const mark = await rows.mark(db);
    const safe = safePosition(mark, earlier);
    earlier = mark;
    if (safe <= done) return false;
    return db.tx(async (tx) => {
      const position = await rows.claim(tx, projection.name);
      if (position === undefined) return false;
      const reached =
        position < safe
          ? await applyBatch(projection, rows, tx, { after: position, upTo: safe, limit: batch })
          : position;
      void rows.advance(tx, projection.name, reached).catch(() => {}); // the commit reports it
      done = reached;
      return reached < safe;
    });
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
