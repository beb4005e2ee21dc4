import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeClock } from "@souk/testing";
import { createReadiness } from "./readiness.ts";

function setUp() {
  const clock = fakeClock();
  const database = { pings: 0, looks: 0, answers: true, pending: ["orders/0002_more.sql"] };
  const readiness = createReadiness({
    clock,
    database: {
      async ping() {
        database.pings++;
        if (!database.answers) throw new Error("connection refused by 10.0.0.7");
      },
      async pendingMigrations() {
        database.looks++;
        return database.pending;
      },
    },
  });
  return { clock, database, readiness };
}

test("a service is ready when it has started and its database answers and is migrated", async () => {
  const { clock, database, readiness } = setUp();
  assert.deepEqual(await readiness.check(), ["starting"]);
  readiness.markStarted();
  assert.deepEqual(await readiness.check(), ["the database lacks 1 migrations"]);
  database.pending = [];
  await clock.advance(1_000);
  assert.deepEqual(await readiness.check(), []);
});

test("the database is asked once a second at most, and for migrations until it has them", async () => {
  const { clock, database, readiness } = setUp();
  database.pending = [];
  readiness.markStarted();
  await Promise.all([readiness.check(), readiness.check(), readiness.check()]);
  await clock.advance(999);
  await readiness.check();
  assert.deepEqual([database.pings, database.looks], [1, 1]);
  await clock.advance(1);
  await readiness.check();
  assert.deepEqual([database.pings, database.looks], [2, 1]);
});

test("a database that is away makes it unready, without saying where the database is", async () => {
  const { database, readiness } = setUp();
  readiness.markStarted();
  database.answers = false;
  assert.deepEqual(await readiness.check(), ["the database does not answer"]);
});

test("who drains is unready at once, whatever was known a moment ago", async () => {
  const { database, readiness } = setUp();
  database.pending = [];
  readiness.markStarted();
  assert.deepEqual(await readiness.check(), []);
  readiness.markDraining();
  assert.deepEqual(await readiness.check(), ["draining"]);
});
