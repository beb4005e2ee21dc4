import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "@souk/kernel";
import type { Db, Param, Sql, Tx } from "@souk/postgres";
import { fakeClock } from "@souk/testing";
import { compensatable, local, parallel, pivot, retriable, saga, waitFor } from "./definition.ts";
import { mortal, outside, stage, until } from "./runner-fixture.ts";
import type { AnySaga, SagaStatus } from "./types.ts";

const scene = await stage();
const { clock, db, sql } = scene;
await sql`create table effects (saga_id text not null, step text not null)`;

type Data = { readonly orderId: string };
type World = ReturnType<typeof outside>;
const refusal = new ServiceError("payments.declined", "failed_precondition", "The card was declined.");
const insert =
  (step: string) =>
  async (_data: Data, tx: Tx, { sagaId }: { sagaId: string }) => {
    await tx`insert into effects values (${sagaId}, ${step})`;
  };

/** A saga whose remote steps pass a point before and after they act, and whose every replica sees the same world. */
type Play = {
  readonly name: string;
  readonly define: (world: World, pass: () => Promise<void>) => AnySaga;
  readonly ends: SagaStatus;
  /** Keys of what happened out there, in order. */
  readonly effects: readonly string[];
  readonly local: readonly string[];
  readonly signal?: string;
};

const remote = (world: World, pass: () => Promise<void>, error?: Error) => async () => {
  await pass();
  if (error) throw error;
  const answer = await world.act()();
  await pass();
  return answer;
};

const plays: Play[] = [
  {
    name: "forward",
    define: (world, pass) =>
      saga<Data>("forward", [
        compensatable("reserve", remote(world, pass), remote(world, pass)),
        compensatable("pay", remote(world, pass), remote(world, pass)),
        local("confirm", insert("confirm"), { pivot: true }),
        retriable("ship", remote(world, pass)),
      ]),
    ends: "completed",
    effects: ["reserve", "pay", "ship"],
    local: ["confirm"],
  },
  {
    name: "back",
    define: (world, pass) =>
      saga<Data>(
        "back",
        [
          compensatable("reserve", remote(world, pass), remote(world, pass)),
          local("note", insert("note"), { undo: insert("undo note") }),
          compensatable("pay", remote(world, pass, refusal), remote(world, pass)),
        ],
        {
          rejected: async ({ orderId }, _reason, tx) =>
            void (await tx`insert into effects values (${orderId}, ${"rejected"})`),
        },
      ),
    ends: "compensated",
    effects: ["reserve", "pay:undo", "reserve:undo"],
    local: ["note", "undo note", "rejected"],
  },
  {
    name: "waiting",
    define: (world, pass) =>
      saga<Data>("waiting", [
        parallel("both", [
          compensatable("reserve", remote(world, pass), remote(world, pass)),
          waitFor("approval", { windowMs: 3_600_000 }),
        ]),
        local("confirm", insert("confirm"), { pivot: true }),
      ]),
    ends: "completed",
    effects: ["reserve"],
    local: ["confirm"],
    signal: "approval",
  },
];

/** Runs `play` in a process that dies at point `fatal`, then in another. @returns whether the first one died */
async function perform(play: Play, fatal: number): Promise<boolean> {
  const id = `${play.name}:${fatal}`;
  const world = outside();
  const process = mortal(fatal);
  const mine = play.define(world, process.pass);
  const heirs = play.define(world, async () => {});
  const doomed = await scene.runner([mine], { db: process.database(db) });
  const heir = await scene.runner([heirs]);
  const isOver = async () => (await scene.status(id)) === play.ends;

  const started = (async () => {
    await doomed.run();
    await scene.start(doomed, mine, id, { orderId: id }, process.database(db));
    if (play.signal) await process.database(db).tx((tx) => doomed.signal(tx, id, play.signal ?? ""));
  })();
  const ended = async () => {
    await clock.advance(1); // completions past the pivot are recorded a little later
    return process.isDead() || (await isOver());
  };
  await until(ended, `${id} ends or its process dies`).catch((error) => {
    process.kill();
    throw error;
  });
  const died = process.isDead();
  process.kill();
  void started;

  await heir.run();
  // A client whose process died asks again, and so does whoever signalled.
  await scene.start(heir, heirs, id, { orderId: id });
  if (play.signal) await db.tx((tx) => heir.signal(tx, id, play.signal ?? ""));
  await clock.advance(11_000);
  await scene.reaches(id, play.ends, 250);
  await heir.stop();

  assert.deepEqual(
    world.effects(),
    play.effects.map((key) => `${id}:${key}`),
    `${id}: every effect once, in order`,
  );
  const effects = await sql<{ step: string }>`select step from effects where saga_id = ${id}`;
  assert.deepEqual(
    effects.map(({ step }) => step),
    play.local,
    `${id}: every local effect once`,
  );
  const [row] = await sql`select owner, wake_at from chassis.sagas where id = ${id}`;
  assert.deepEqual(row, { owner: null, wake_at: null }, `${id}: nobody holds what is over`);
  return died;
}

for (const play of plays)
  test(`a process that dies at any point of the saga "${play.name}" is replaced by another, every effect happens once`, async () => {
    let fatal = 1;
    while (await perform(play, fatal)) fatal++;
    assert.ok(fatal > 12, `only ${fatal} points were passed`);
  });

test("a saga that is cancelled while nobody runs it undoes also what its dead runner could not record", async () => {
  for (let fatal = 1; ; fatal++) {
    const id = `orphan:${fatal}`;
    const world = outside();
    const process = mortal(fatal);
    const define = (pass: () => Promise<void>) =>
      saga<Data>("orphan", [
        compensatable("reserve", remote(world, pass), remote(world, pass)),
        compensatable("pay", remote(world, pass), remote(world, pass)),
        pivot("confirm", remote(world, pass)),
      ]);
    const [mine, heirs] = [define(process.pass), define(async () => {})];
    const doomed = await scene.runner([mine], { db: process.database(db) });
    void doomed.run().then(() => scene.start(doomed, mine, id, { orderId: id }, process.database(db)));
    await until(
      async () => process.isDead() || (await scene.status(id)) === "completed",
      `${id} ends or its process dies`,
    );
    const died = process.isDead();
    process.kill();

    const heir = await scene.runner([heirs]);
    const cancelled = await db.tx((tx) => heir.cancel(tx, id, { code: "x.y", message: "Stop." }));
    await heir.run();
    await clock.advance(11_000);
    if (await scene.status(id)) await scene.reaches(id, cancelled ? "compensated" : "completed", 250);
    await heir.stop();
    const effects = world.effects().map((key) => key.slice(id.length + 1));
    const done = effects.filter((key) => !key.endsWith(":undo"));
    // What may have been begun is undone too, whether it had happened or not.
    const undone = effects.filter((key) => done.includes(key.replace(":undo", "")) && key.endsWith(":undo"));
    if (cancelled)
      assert.deepEqual(
        undone,
        done.toReversed().map((key) => `${key}:undo`),
        id,
      );
    else assert.ok(effects.length === 0 || effects.includes("confirm"), id);
    if (!died) break;
    assert.ok(fatal < 100);
  }
});

test("several runners share the sagas of one database; each step is asked by one of them at a time, also when one dies", async () => {
  const busy = new Set<string>();
  const world = outside();
  const process = mortal();
  const overlaps: string[] = [];
  const define = (pass: () => Promise<void>) => {
    const step =
      (name: string) =>
      async (_data: Data, { sagaId }: { sagaId: string }) => {
        await pass();
        const key = `${sagaId}:${name}`;
        if (busy.has(key)) overlaps.push(key);
        busy.add(key);
        await sql`select pg_sleep(0.001)`;
        const answer = await world.act()();
        busy.delete(key);
        await pass();
        return answer;
      };
    return saga<Data>("shared", [
      compensatable("a", step("a"), step("undo a")),
      compensatable("b", step("b"), step("undo b")),
      local("confirm", insert("confirm"), { pivot: true }),
      retriable("c", step("c")),
    ]);
  };
  const shared = define(async () => {});
  const mortalShared = define(process.pass);
  const alive = () => scene.runner([shared]);
  const runners = [await alive(), await alive(), await alive()];
  const doomed = await scene.runner([mortalShared], { db: process.database(db) });
  for (const runner of [...runners, doomed]) await runner.run();

  const ids = Array.from({ length: 60 }, (_, i) => `shared:${i}`);
  for (const [i, id] of ids.entries()) {
    if (i === 40) process.kill();
    const runner = runners[i % 3];
    if (i % 4 === 3 && !process.isDead()) await scene.start(doomed, mortalShared, id, { orderId: id }, db);
    else if (runner) await scene.start(runner, shared, id, { orderId: id });
  }
  // What the dead one was asking stays in `busy`, as a request of a dead process may still be on its way.
  busy.clear();
  await scene.pass(11_000);
  for (const id of ids)
    await until(async () => {
      if ((await scene.status(id)) === "completed") return true;
      await scene.pass(100);
      return false;
    }, `saga ${id} completes`);
  assert.deepEqual(overlaps, []);
  assert.deepEqual(world.effects().sort(), ids.flatMap((id) => ["a", "b", "c"].map((step) => `${id}:${step}`)).sort());
  const confirmed = await sql<{ saga_id: string }>`select saga_id from effects where saga_id like 'shared:%'`;
  assert.deepEqual(confirmed.map(({ saga_id }) => saga_id).sort(), ids.toSorted());
  for (const runner of runners) await runner.stop();
});

test("a runner that was paused beyond its lease neither records nor goes on with what another has taken over", async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const world = outside();
  let asked = 0;
  const wait = () => gates[asked++]?.promise ?? Promise.resolve();
  const order = saga<Data>("paused", [
    compensatable("reserve", world.act({ by: "whoever came first" }, wait), world.act(), { timeoutMs: 60_000 }),
    local("confirm", insert("confirm"), { pivot: true }),
  ]);
  // Its own clock stands still, so it believes in its lease; it is the fence that keeps it out.
  const sleeper = await scene.runner([order], { clock: fakeClock() });
  await sleeper.run();
  await scene.start(sleeper, order, "paused:1", { orderId: "o1" });
  await until(() => asked === 1, "the step is asked");
  const heir = await scene.runner([order]);
  await heir.run();
  await clock.advance(11_000);
  await until(async () => {
    await clock.advance(100);
    return asked === 2;
  }, "the step is asked by the second runner");

  gates[0]?.resolve(); // first runner: its answer and the local step commit together, or rather do not
  await until(() => sleeper.stats().active === 0, "the first runner lets go");
  assert.equal(await scene.status("paused:1"), "running");
  assert.deepEqual(await scene.history("paused:1"), []);
  gates[1]?.resolve();
  await scene.reaches("paused:1", "completed", 100);
  assert.deepEqual(await scene.history("paused:1"), ["do reserve: ok", "do confirm: ok"]);
  assert.equal((await sql`select 1 from effects where saga_id = 'paused:1'`).length, 1);
  await sleeper.stop();
  await heir.stop();
});

test("a runner whose lease has lapsed by its own clock begins nothing more", async () => {
  const gate = Promise.withResolvers<void>();
  const world = outside();
  const own = fakeClock();
  const order = saga<Data>("lapsed", [
    compensatable(
      "reserve",
      world.act({}, () => gate.promise),
      nothing,
      { timeoutMs: 60_000 },
    ),
    compensatable("pay", world.act(), nothing),
  ]);
  const process = mortal();
  const runner = await scene.runner([order], { clock: own, db: process.database(db) });
  await runner.run();
  await scene.start(runner, order, "lapsed:1", { orderId: "o1" });
  process.kill(); // its renewals do not get through
  await own.advance(10_500);
  gate.resolve();
  await until(() => runner.stats().active === 0, "it lets go");
  assert.deepEqual(world.calls, ["lapsed:1:reserve"]);
});

test("an outcome whose confirmation was lost is neither recorded twice nor forgotten", async () => {
  const world = outside();
  const order = saga<Data>("unconfirmed", [
    compensatable("reserve", world.act(), nothing),
    local("confirm", insert("confirm"), { pivot: true }),
    retriable("ship", world.act()),
  ]);
  let lose = 0;
  // as: the caller of a tag names the rows' type
  const lossy = (async (strings: TemplateStringsArray, ...values: Param[]) => {
    const rows = await db(strings, ...values);
    if (strings.join("").includes("saga_record") && lose++ % 2 === 0)
      throw new ServiceError("postgres.unavailable", "unavailable", "The connection was lost.");
    return rows;
  }) as Sql;
  const flaky: Db = Object.assign(lossy, { tx: db.tx });
  const runner = await scene.runner([order], { db: flaky });
  await runner.run();
  await scene.start(runner, order, "unconfirmed:1", { orderId: "o1" });
  await scene.reaches("unconfirmed:1", "completed", 20);
  await until(async () => {
    await clock.advance(100);
    return runner.stats().active === 0;
  }, "the runner noticed");
  assert.deepEqual(await scene.history("unconfirmed:1"), ["do reserve: ok", "do confirm: ok", "do ship: ok"]);
  assert.deepEqual(world.calls, ["unconfirmed:1:reserve", "unconfirmed:1:ship"]);
  await runner.stop();
});

test("a saga whose start was committed without the runner being told is found by it later", async () => {
  const world = outside();
  const order = saga<Data>("untold", [compensatable("reserve", world.act(), nothing)]);
  const runner = await scene.runner([order]);
  await runner.run();
  // As when the connection is lost at commit: the row is there, the hook never runs.
  await db.tx(async (tx) => {
    const statement = ((strings: TemplateStringsArray, ...values: Param[]) => tx(strings, ...values)) as Sql; // as above
    const deaf: Tx = Object.assign(statement, { afterCommit: () => {} });
    await runner.start(deaf, order, "untold:1", { orderId: "o1" });
  });
  await clock.advance(5_000);
  assert.equal(await scene.status("untold:1"), "running");
  await scene.reaches("untold:1", "completed", 500);
  await runner.stop();
});

test("a start whose insert was not answered, though its commit was found, ends no process and is found later", async () => {
  const world = outside();
  const order = saga<Data>("unanswered", [compensatable("reserve", world.act(), nothing)]);
  const runner = await scene.runner([order]);
  await runner.run();
  const lost = new ServiceError("postgres.unavailable", "unavailable", "The connection was lost.");
  let told = () => {};
  await db.tx(async (tx) => {
    const statement = (async (strings: TemplateStringsArray, ...values: Param[]) => {
      await tx(strings, ...values);
      throw lost;
    }) as Sql; // as above
    const deaf: Tx = Object.assign(statement, {
      afterCommit: (hook: () => void) => {
        told = hook;
      },
    });
    await runner.start(deaf, order, "unanswered:1", { orderId: "o1" });
  });
  told(); // a rejection that nobody heard of would end the process, and this test, here
  await scene.reaches("unanswered:1", "completed", 500);
  assert.deepEqual(world.calls, ["unanswered:1:reserve"]);
  await runner.stop();
});

async function nothing(): Promise<void> {}
