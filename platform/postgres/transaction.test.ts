import assert from "node:assert/strict";
import { after, test } from "node:test";
import { systemClock } from "@souk/kernel";
import { seededChance, testDatabase } from "@souk/testing";
import { cuttable } from "./cut.fixture.ts";
import { openDatabase, SerializationFailure } from "./index.ts";

const { db, sql, url } = await testDatabase({ sets: [] });
await sql`create table counters (id text primary key, n integer not null)`;
await sql`create table keys (key text primary key)`;
const counter = async (id: string) => (await sql<{ n: number }>`select n from counters where id = ${id}`)[0]?.n;

test("a transaction's writes are seen together, after its commit", async () => {
  await db.tx(async (tx) => {
    await tx`insert into counters values ('together', 1)`;
    assert.equal(await counter("together"), undefined);
    await tx`update counters set n = 2 where id = 'together'`;
  });
  assert.equal(await counter("together"), 2);
});

test("when the work throws, nothing of it stays and the caller gets its error", async () => {
  const refusal = new Error("no");
  const tried = db.tx(async (tx) => {
    await tx`insert into counters values ('undone', 1)`;
    throw refusal;
  });
  await assert.rejects(tried, (error) => error === refusal);
  assert.equal(await counter("undone"), undefined);
});

test("statements that nobody awaits are committed too, in order", async () => {
  await db.tx(async (tx) => {
    tx`insert into counters values ('unawaited', 1)`;
    tx`update counters set n = n * 10 where id = 'unawaited'`;
    tx`update counters set n = n + 1 where id = 'unawaited'`;
  });
  assert.equal(await counter("unawaited"), 11);
});

test("a statement that nobody awaits and that fails fails the transaction", async () => {
  const tried = db.tx(async (tx) => {
    tx`insert into counters values ('lost', 1)`;
    tx`insert into counters values ('lost', 2)`;
    return "done";
  });
  await assert.rejects(tried, { sqlState: "23505" });
  assert.equal(await counter("lost"), undefined);
});

test("a statement that could not even be written fails the transaction, awaited or not", async () => {
  const unwritable = { count: 1n };
  const unawaited = db.tx(async (tx) => {
    await tx`insert into counters values ('unwritten', 1)`;
    tx`select ${unwritable}::jsonb`;
  });
  await assert.rejects(unawaited, TypeError);
  const swallowed = db.tx(async (tx) => {
    tx`insert into counters values ('unwritten', 1)`;
    await tx`select ${unwritable}::jsonb`.catch(() => {});
  });
  await assert.rejects(swallowed, TypeError);
  assert.equal(await counter("unwritten"), undefined);
});

test("an error that the work swallows still fails the transaction: PostgreSQL has rolled it back", async () => {
  const tried = db.tx(async (tx) => {
    await tx`insert into counters values ('swallowed', 1)`;
    await tx`select 1 / 0`.catch(() => {});
    return "done";
  });
  await assert.rejects(tried, { sqlState: "22012" });
  assert.equal(await counter("swallowed"), undefined);
});

test("what breaks a transaction is reported, not what it leads to", async () => {
  const tried = db.tx(async (tx) => {
    tx`select 1 / 0`;
    await tx`select 1`; // in a failed transaction: 25P02
  });
  await assert.rejects(tried, { sqlState: "22012" });
});

test("a statement after the end of its transaction is refused instead of running outside it", async () => {
  const { escaped } = await db.tx(async (tx) => ({ escaped: tx }));
  await assert.rejects(escaped`insert into counters values ('escaped', 1)`, /after the end/);
  assert.equal(await counter("escaped"), undefined);
});

test("hooks run in order after the commit, never after a rollback, and cannot break it", async () => {
  const heard: unknown[] = [];
  const told: unknown[] = [];
  const other = openDatabase({
    url,
    clock: systemClock,
    chance: seededChance(1),
    onError: (error) => told.push(error),
  });
  await other.tx(async (tx) => {
    tx.afterCommit(() => heard.push("first"));
    tx.afterCommit(() => {
      throw new Error("hook");
    });
    tx.afterCommit(() => heard.push("second"));
    assert.deepEqual(heard, []);
  });
  await assert.rejects(
    other.tx(async (tx) => {
      tx.afterCommit(() => heard.push("never"));
      await tx`select 1 / 0`;
    }),
  );
  await other.close();
  assert.deepEqual(heard, ["first", "second"]);
  assert.equal(told.length, 1);
});

test("a real serialization failure runs all of it again, on the new state", async () => {
  await sql`insert into counters values ('serial', 0)`;
  let attempts = 0;
  await db.tx(
    async (tx) => {
      attempts++;
      const [row] = await tx<{ n: number }>`select n from counters where id = 'serial'`;
      if (attempts === 1) await sql`update counters set n = 100 where id = 'serial'`;
      await tx`update counters set n = ${(row?.n ?? 0) + 1} where id = 'serial'`;
    },
    { isolation: "repeatable read" },
  );
  assert.equal(attempts, 2);
  assert.equal(await counter("serial"), 101);
});

test("serializable transactions that would contradict each other do not both commit", async () => {
  await sql`insert into counters values ('on call a', 1), ('on call b', 1)`;
  let reads = 0;
  const bothHaveRead = Promise.withResolvers<void>();
  const signOff = (who: string) =>
    db.tx(
      async (tx) => {
        const [row] = await tx<{ sum: number }>`select sum(n)::int as sum from counters where id like 'on call %'`;
        if (++reads === 2) bothHaveRead.resolve();
        await bothHaveRead.promise;
        if ((row?.sum ?? 0) > 1) tx`update counters set n = 0 where id = ${who}`;
      },
      { isolation: "serializable" },
    );
  await Promise.all([signOff("on call a"), signOff("on call b")]);
  const [row] = await sql`select sum(n)::int as sum from counters where id like 'on call %'`;
  assert.deepEqual(row, { sum: 1 });
  assert.equal(reads, 3);
});

test("a real deadlock is resolved by running the victim again", async () => {
  await sql`insert into counters values ('left', 0), ('right', 0)`;
  let runs = 0;
  const bothHoldOne = Promise.withResolvers<void>();
  const crossing = (first: string, second: string) =>
    db.tx(async (tx) => {
      await tx`set local deadlock_timeout = '20ms'`;
      await tx`update counters set n = n + 1 where id = ${first}`;
      if (++runs === 2) bothHoldOne.resolve();
      await bothHoldOne.promise;
      await tx`update counters set n = n + 1 where id = ${second}`;
    });
  await Promise.all([crossing("left", "right"), crossing("right", "left")]);
  assert.deepEqual([await counter("left"), await counter("right")], [2, 2]);
  assert.equal(runs, 3);
});

test("after five attempts it gives up, and says that nothing was changed", async () => {
  let attempts = 0;
  const tried = db.tx(async (tx) => {
    attempts++;
    await tx`insert into keys values ('contended')`;
    throw new SerializationFailure("40001");
  });
  await assert.rejects(tried, { code: "postgres.contention", status: "aborted" });
  assert.equal(attempts, 5);
  assert.equal((await sql`select from keys where key = 'contended'`).length, 0);
});

const proxy = await cuttable(url);
const remote = openDatabase({ url: proxy.url, clock: systemClock, chance: seededChance(2) });
after(async () => {
  await remote.close();
  await proxy.close();
});

test("a connection lost at COMMIT, and nobody to ask: the outcome is unknown and says so", async () => {
  for (const when of ["before", "after"] as const) {
    proxy.cutAtCommit(when);
    const tried = remote.tx(async (tx) => tx`insert into keys values (${`unknown ${when}`})`);
    await assert.rejects(tried, { code: "postgres.commit_unknown" });
  }
  // And rightly so: one did not happen, the other did.
  assert.deepEqual(await sql`select key from keys where key like 'unknown %'`, [{ key: "unknown after" }]);
});

test("a connection lost at COMMIT is settled by looking for the transaction's trace", async () => {
  for (const [when, expectedRuns] of [
    ["before", 2],
    ["after", 1],
  ] as const) {
    const key = `settled ${when}`;
    let runs = 0;
    let woken = 0;
    proxy.cutAtCommit(when);
    const value = await remote.tx(
      async (tx) => {
        runs++;
        tx.afterCommit(() => woken++);
        await tx`insert into keys values (${key})`;
        return `work ${key}`;
      },
      {
        settle: async (fresh) =>
          (await fresh`select from keys where key = ${key}`).length === 1 ? `found ${key}` : undefined,
      },
    );
    assert.equal(runs, expectedRuns);
    assert.equal(woken, 1);
    assert.equal(value, when === "after" ? `found ${key}` : `work ${key}`);
    assert.equal((await sql`select from keys where key = ${key}`).length, 1);
  }
});

test("a connection lost before COMMIT was sent certainly changed nothing: the work runs again", async () => {
  let runs = 0;
  await db.tx(async (tx) => {
    runs++;
    const [me] = await tx<{ pid: number }>`select pg_backend_pid() as pid`;
    await tx`insert into keys values ('terminated')`;
    if (runs === 1) {
      await sql`select pg_terminate_backend(${me?.pid}, 5000)`;
      await tx`select 1`;
    }
  });
  assert.equal(runs, 2);
  assert.equal((await sql`select from keys where key = 'terminated'`).length, 1);
});
