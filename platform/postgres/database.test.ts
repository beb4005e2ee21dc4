import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "@souk/kernel";
import { fakeClock, seededChance, testDatabase } from "@souk/testing";
import { type DatabaseOptions, isUniqueViolation, openDatabase, StatementError } from "./index.ts";

const { db, sql, url } = await testDatabase({ sets: [] });
const chance = seededChance(1);
await sql`create table people (id integer primary key, email text constraint one_email unique, age integer)`;

async function withDatabase(
  options: Partial<DatabaseOptions>,
  work: (db: ReturnType<typeof openDatabase>) => Promise<void>,
) {
  const other = openDatabase({ url, clock: systemClock, chance, ...options });
  try {
    await work(other);
  } finally {
    await other.close();
  }
}

/** What `ask` answers when the machine is quick enough for a time-out of so few milliseconds, as it is sooner or later. */
async function inTime<T>(ask: () => Promise<T>, lateAs: string): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if ((error as { code?: string }).code !== lateAs) throw error; // as: whatever was thrown
    }
  }
}

test("a statement is prepared once per connection, under a name made from its text", async () => {
  await withDatabase({ poolSize: 1 }, async (other) => {
    const find = (id: number) => other`select id from people where id = ${id}`;
    await find(1);
    await find(2);
    await other`select id from people where id = ${3}`;
    const prepared = await other<{ calls: number }>`
      select generic_plans + custom_plans as calls from pg_prepared_statements where statement like 'select id from people where id = $1'`;
    assert.deepEqual(prepared, [{ calls: 3 }]);
  });
});

test("statements issued together go out in order on one connection", async () => {
  const [first, second] = await Promise.all([
    sql<{ pid: number }>`select pg_backend_pid() as pid, pg_sleep(0.01)`,
    sql<{ pid: number }>`select pg_backend_pid() as pid`,
  ]);
  assert.equal(first[0]?.pid, second[0]?.pid);
});

test("one statement's failure does not touch those issued with it", async () => {
  const [bad, good] = await Promise.allSettled([sql`select 1 / 0`, sql`select 1 as one`]);
  assert.equal(bad.status, "rejected");
  assert.deepEqual(good.status === "fulfilled" && good.value, [{ one: 1 }]);
});

test("an error names the rule that was broken, and never the statement or its values", async () => {
  await sql`insert into people values (1, 'ada@example.com')`;
  const error = await sql`insert into people values (2, ${"ada@example.com"})`.catch((thrown) => thrown);
  assert.deepEqual([isUniqueViolation(error, "one_email"), isUniqueViolation(error, "other")], [true, false]);
  const said = [error.message, error.stack, JSON.stringify(error)].join();
  assert.doesNotMatch(said, /ada|insert into/);
  const unread = await sql`select ${"ada@example.com"}::integer`.catch((thrown) => thrown);
  assert.ok(unread instanceof StatementError && unread.sqlState === "22P02");
  assert.doesNotMatch(`${unread.message} ${unread.cause}`, /ada/);
});

test("a mistake in a statement says what it is, and where it was called", async () => {
  async function askWrongly() {
    return await sql`select nonsense from people`;
  }
  const error = await askWrongly().catch((thrown) => thrown);
  assert.match(error.message, /42703.*column "nonsense" does not exist/);
  assert.match(error.stack, /askWrongly/);
});

test("a mistake in a value is the caller's, and not the database's absence", async () => {
  await assert.rejects(sql`select ${{ count: 1n }}::jsonb`, TypeError);
});

test("a statement sent behind the one that was to prepare it fails as that does, not for want of it", async () => {
  await sql`create table locked (id integer)`;
  await withDatabase({ statementTimeoutMs: 30 }, async (other) => {
    await db.tx(async (tx) => {
      await tx`lock table locked`;
      const find = (id: number) => other`select id from locked where id = ${id}`;
      for (const end of await Promise.allSettled([find(1), find(2)]))
        assert.equal(end.status === "rejected" && end.reason.code, "postgres.timed_out");
    });
  });
});

test("a statement that takes too long is cancelled", async () => {
  await withDatabase({ statementTimeoutMs: 30 }, async (other) => {
    await assert.rejects(other`select pg_sleep(10)`, { code: "postgres.timed_out", status: "deadline_exceeded" });
    assert.deepEqual(await inTime(() => other`select 1 as one`, "postgres.timed_out"), [{ one: 1 }]);
  });
});

test("a transaction that goes quiet is ended and not tried again, and the next one works", async () => {
  await withDatabase({ idleInTransactionTimeoutMs: 30, poolSize: 1 }, async (other) => {
    let runs = 0;
    const quiet = other.tx(async (tx) => {
      runs++;
      const [me] = await tx<{ pid: number }>`select pg_backend_pid() as pid`;
      for (;;) {
        const rows = await sql`select from pg_stat_activity where pid = ${me?.pid}`;
        if (rows.length === 0) break;
      }
      await tx`select 1`;
    });
    await assert.rejects(quiet, { code: "postgres.timed_out" });
    assert.equal(runs, 1);
    assert.deepEqual(await other`select 1 as one`, [{ one: 1 }]);
  });
});

test("no server at all is `unavailable`, and says nothing about where it should be", async () => {
  await withDatabase({ url: "postgres://nobody@127.0.0.1:1/x" }, async (other) => {
    const error = await other`select 1`.catch((thrown) => thrown);
    assert.equal(error.code, "postgres.unavailable");
    assert.doesNotMatch(error.message, /127|nobody/);
    await assert.rejects(
      other.tx(async () => {}),
      { code: "postgres.unavailable", status: "unavailable" },
    );
    await assert.rejects(other.ping(1_000), { code: "postgres.unavailable" });
  });
});

test("when all connections are taken for too long, it is `unavailable` too", async () => {
  await withDatabase({ poolSize: 1, connectTimeoutMs: 30 }, async (other) => {
    await inTime(() => other`select 1`, "postgres.unavailable"); // opens the connection
    const free = Promise.withResolvers<void>();
    const busy = other.tx(() => free.promise);
    await assert.rejects(other`select 1`, { code: "postgres.unavailable" });
    assert.equal(other.stats().total, 1);
    free.resolve();
    await busy;
    assert.deepEqual(await other`select 1 as one`, [{ one: 1 }]);
    assert.deepEqual(other.stats(), { total: 1, idle: 1, waiting: 0 });
  });
});

test("connections that the server ended are replaced, idle or in use", async () => {
  const heard: unknown[] = [];
  await withDatabase({ onError: (error) => heard.push(error) }, async (other) => {
    const killed = other`select pg_terminate_backend(pg_backend_pid())`;
    await assert.rejects(killed, { code: "postgres.unavailable" });
    assert.deepEqual(await other`select 1 as one`, [{ one: 1 }]);

    const [idle] = await other<{ pid: number }>`select pg_backend_pid() as pid`;
    await sql`select pg_terminate_backend(${idle?.pid}, 5000)`;
    while (heard.length === 0) await sql`select 1`;
    assert.deepEqual(await other`select 1 as one`, [{ one: 1 }]);
    assert.equal((heard[0] as { code: string }).code, "postgres.unavailable");
  });
});

test("ping gives up in time, by its own clock", async () => {
  const clock = fakeClock();
  await withDatabase({ clock, poolSize: 1 }, async (other) => {
    const free = Promise.withResolvers<void>();
    const busy = other.tx(() => free.promise);
    const ping = other.ping(500);
    ping.catch(() => {});
    await clock.advance(500);
    await assert.rejects(ping, { code: "postgres.unavailable" });
    free.resolve();
    await busy;
    await other.ping(500);
    assert.equal(clock.pending(), 0);
  });
});

test("a statement whose result type a migration changed is prepared anew", async () => {
  await sql`create table growing (a integer)`;
  await sql`insert into growing values (1)`;
  const all = () => sql`select * from growing`;
  assert.deepEqual(await all(), [{ a: 1 }]);
  await sql`alter table growing add b integer default 2`;
  assert.deepEqual(await all(), [{ a: 1, b: 2 }]);
  assert.deepEqual(await db.tx(async (tx) => tx`select * from growing`), [{ a: 1, b: 2 }]);
});

test("a session keeps its state from statement to statement, and its connection for itself", async () => {
  const before = db.stats().total;
  const found = await db.session(async (session) => {
    await session`create temporary table mine (n integer)`;
    await Promise.all([1, 2, 3].map((n) => session.tx(async (tx) => tx`insert into mine values (${n})`)));
    return session`select sum(n)::int as sum from mine`;
  });
  assert.deepEqual(found, [{ sum: 6 }]);
  assert.equal(db.stats().total, before);
  await assert.rejects(sql`select * from mine`, { sqlState: "42P01" });
});
