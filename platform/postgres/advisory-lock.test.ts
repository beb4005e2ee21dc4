import assert from "node:assert/strict";
import { test } from "node:test";
import { testDatabase } from "@souk/testing";
import pg from "pg";
import { takeLock } from "./advisory-lock.ts";

const { url } = await testDatabase({ sets: [] });

/** Two connections, of which the first has the lock. */
async function two(lock: number) {
  const [holder, other] = ["a replica that hangs", "another"].map(
    (name) => new pg.Client({ connectionString: url, application_name: name }),
  );
  if (!holder || !other) throw new Error("both were made");
  await Promise.all([holder.connect(), other.connect()]);
  await takeLock(holder, lock, "be first");
  return { holder, other, end: () => Promise.all([holder.end(), other.end()]) };
}
const pidOf = async (client: pg.Client) => (await client.query("select pg_backend_pid() as pid")).rows[0].pid;

// Keys of each sign: PostgreSQL shows their halves as unsigned.
for (const lock of [0x73_6f_75_6b, -2]) {
  test(`who waits for ${lock} says for whom, and gives up in the end`, async () => {
    const { holder, other, end } = await two(lock);
    const told: string[] = [];
    const waiting = takeLock(other, lock, "migrate", {
      waitMs: 100,
      tellAfterMs: 50,
      tell: (text) => void told.push(text),
    });
    const who = `process ${await pidOf(holder)} of PostgreSQL \\(a replica that hangs\\)`;
    await assert.rejects(
      waiting,
      new RegExp(`^LockHeld: gave up after 0.1 s waiting to migrate: ${who} is still at it`),
    );
    assert.match(told.join(), new RegExp(`^Waiting to migrate: ${who} is at it$`));
    await end();
  });
}

test("who waits has their turn when the other has ended, and waits for nothing else any shorter for it", async () => {
  const { holder, other, end } = await two(7);
  const told: string[] = [];
  await takeLock(other, 7, "migrate", {
    tellAfterMs: 10,
    tell(text) {
      told.push(text);
      void holder.query("select pg_advisory_unlock(7)");
    },
  });
  assert.equal(told.length, 1);
  assert.equal((await other.query("show lock_timeout")).rows[0].lock_timeout, "0");
  await end();
});
