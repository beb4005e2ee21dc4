import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { sleep } from "@souk/kernel";
import { fakeClock } from "./clock.ts";
import { testDatabase } from "./database.ts";

const { db, sql } = await testDatabase({ sets: [] });

/** What came first: the work, or the deadline that it had a second for. */
async function race(work: () => Promise<unknown>): Promise<string[]> {
  const clock = fakeClock();
  const came: string[] = [];
  clock.after(1_000, () => came.push("deadline"));
  const done = work().then(() => came.push("work"));
  await clock.advance(1_000);
  await done;
  return came;
}

test("PostgreSQL's time is not the clock's, however many statements one makes of another's answer", async () => {
  const work = () =>
    db.tx(async (tx) => {
      for (let i = 0; i < 3; i++) await tx`select pg_sleep(0.02)`;
    });
  assert.deepEqual(await race(work), ["work", "deadline"]);
});

test("nor is the time of what goes over a socket between servers of this process", async () => {
  const large = "x".repeat(4_000_000);
  const server = createServer(async (request, response) => {
    let length = 0;
    for await (const chunk of request) length += chunk.length;
    response.end(large.slice(0, length));
  });
  after(() => server.closeAllConnections());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo; // as: it listens on TCP
  after(() => server.close());
  const echo = async () => {
    const reply = await fetch(`http://127.0.0.1:${port}`, { method: "POST", body: large });
    assert.equal((await reply.text()).length, large.length);
  };
  assert.deepEqual(await race(echo), ["work", "deadline"]);
  assert.deepEqual(await race(echo), ["work", "deadline"], "and on a connection that was there");
});

test("what waits for a lock until somebody has slept does not stop the clock for ever", async () => {
  const clock = fakeClock();
  const locked = Promise.withResolvers<void>();
  const holder = db.tx(async (tx) => {
    await tx`select pg_advisory_xact_lock(1)`;
    locked.resolve();
    await sleep(clock, 500);
  });
  await locked.promise;
  const waiter = sql`select pg_advisory_xact_lock(1)`;
  await clock.advance(500);
  await Promise.all([holder, waiter]);
});
