import assert from "node:assert/strict";
import { test } from "node:test";
import type { PostgresConnection } from "./connection.ts";
import { createPool } from "./pool.ts";

/** A pool of one, and what opens its connections one by one. */
function poolOfOne(waitMs: number) {
  const opening: PromiseWithResolvers<PostgresConnection>[] = [];
  const pool = createPool({
    open: () => {
      const one = Promise.withResolvers<PostgresConnection>();
      opening.push(one);
      return one.promise;
    },
    ...{ size: 1, idleMs: 60_000, waitMs, keepsProcessAlive: false, onError: assert.ifError },
  });
  // as: a pool only asks these of a connection
  const connection = (isBroken: boolean) =>
    ({ isBroken, keepAlive: () => {}, close: async () => {} }) as unknown as PostgresConnection;
  return { pool, opening, connection };
}

test("whoever gets the place of a lost connection waits until that is open, and the place is used again", async () => {
  const { pool, opening, connection } = poolOfOne(20);
  const first = pool.acquire();
  const lost = connection(true);
  opening[0]?.resolve(lost);
  await first;
  const heir = pool.acquire();
  const next = pool.acquire();
  pool.release(lost, true);
  assert.equal(opening.length, 2);
  // Its time began after the heir's, so that one's is up too.
  await assert.rejects(next, { code: "postgres.unavailable" });
  assert.deepEqual(pool.stats(), { total: 1, idle: 0, waiting: 0 });
  const fresh = connection(false);
  opening[1]?.resolve(fresh);
  assert.equal(await heir, fresh);
  pool.release(fresh, true);
  assert.equal(await pool.acquire(), fresh);
  pool.release(fresh, true);
  await pool.end();
});

test("when the place of a lost connection cannot be filled, each who waits hears of it, and the next may try", async () => {
  const { pool, opening, connection } = poolOfOne(60_000);
  const first = pool.acquire();
  const lost = connection(true);
  opening[0]?.resolve(lost);
  await first;
  const waiting = [pool.acquire(), pool.acquire()];
  pool.release(lost, true);
  opening[1]?.reject(new Error("starting up"));
  await assert.rejects(waiting[0] ?? assert.fail(), { code: "postgres.unavailable" });
  const fresh = connection(false);
  opening[2]?.resolve(fresh);
  assert.equal(await waiting[1], fresh);
  pool.release(fresh, true);
  await pool.end();
});
