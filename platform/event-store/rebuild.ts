import type { Database, Db, Tx } from "@souk/postgres";
import type { Projection } from "./projection.ts";
import { type Difference, projectionRows } from "./projection-store.ts";
import { applyBatch } from "./projector.ts";
import { eventRows, type Mark, safePosition } from "./store.ts";

const rows = { ...eventRows, ...projectionRows };
const limit = 1_000;

/**
 * Folds all events anew beside the live projection, which goes on, and then replaces its rows in one transaction: readers
 * see the old ones or the new ones. Interrupted, it has changed nothing.
 * @param onProgress events are applied up to `position` of `upTo`
 */
export async function rebuildProjection<E>(
  database: Database,
  projection: Projection<E>,
  onProgress: (position: number, upTo: number) => void = () => {},
): Promise<void> {
  await rows.register(database, projection.name);
  await inShadow(database, projection, async (session) => {
    let earlier: Mark | undefined;
    let position = 0;
    const target = async () => {
      const mark = await rows.mark(session, await rows.lastPosition(session));
      const safe = safePosition(mark, earlier);
      earlier = mark;
      return safe;
    };
    for (let upTo = await target(); position < upTo; upTo = await target()) {
      position = await foldUpTo(session, projection, position, upTo, onProgress);
    }
    await session.tx(async (tx) => {
      // From here the live projection waits: what it has read is final, so it bounds what is left to do.
      const live = await rows.lock(tx, projection.name);
      let reached = position;
      while (reached < live) reached = await applyBatch(projection, rows, tx, { after: reached, upTo: live, limit });
      await rows.publishShadows(tx, projection.tables);
      await rows.advance(tx, projection.name, reached);
    });
  });
}

/** Folds all events beside the live projection, up to where that is, and compares. [] when every row is as it should be. */
export async function verifyProjection<E>(database: Database, projection: Projection<E>): Promise<Difference[]> {
  return inShadow(database, projection, async (session) => {
    let position = 0;
    for (let upTo = await rows.checkpoint(session, projection.name); position < upTo; ) {
      position = await foldUpTo(session, projection, position, upTo);
      upTo = await rows.checkpoint(session, projection.name);
    }
    const differences = await session.tx(async (tx) => {
      const live = await rows.lock(tx, projection.name);
      let reached = position;
      while (reached < live) reached = await applyBatch(projection, rows, tx, { after: reached, upTo: live, limit });
      return rows.compareShadows(tx, projection.tables);
    });
    return differences.filter(({ missing, unexpected }) => missing > 0 || unexpected > 0);
  });
}

/** A session in which the projection's tables are empty temporary ones. */
const inShadow = <E, T>(database: Database, { tables }: Projection<E>, work: (session: Db) => Promise<T>): Promise<T> =>
  database.session(async (session) => {
    await rows.makeShadows(session, tables);
    return work(session);
  });

async function foldUpTo<E>(
  session: Db,
  projection: Projection<E>,
  after: number,
  upTo: number,
  onProgress: (position: number, upTo: number) => void = () => {},
): Promise<number> {
  let position = after;
  while (position < upTo) {
    const from = position;
    position = await session.tx((tx: Tx) => applyBatch(projection, rows, tx, { after: from, upTo, limit }));
    onProgress(position, upTo);
  }
  return position;
}
