import assert from "node:assert/strict";
import { test } from "node:test";
import { compensatable, saga, waitFor } from "./definition.ts";
import { sweepSagas } from "./retention.ts";
import type { SagaRunner } from "./runner.ts";
import { type Data, nothing, outside, stage, unavailable, until } from "./runner-fixture.ts";

const scene = await stage();
const { clock, db, sql } = scene;

test("a long back-off is spent in the database, not in memory", async () => {
  const world = outside();
  const order = saga<Data>("parked", [
    compensatable("pay", world.fail(Array(9).fill(unavailable)), nothing, { windowMs: 600_000 }),
  ]);
  const runner = await scene.runner([order], { chance: () => 0.99 });
  await runner.run();
  await scene.start(runner, order, "parked:1", { orderId: "o1" });
  await until(async () => {
    await clock.advance(50);
    const [row] = await sql<{ owner: string | null }>`select owner from chassis.sagas where id = 'parked:1'`;
    return row?.owner === null;
  }, "it was given back");
  assert.equal(await scene.status("parked:1"), "running");
  await scene.reaches("parked:1", "completed", 500);
  assert.ok(world.calls.length >= 10);
  await runner.stop();
});

test("more sagas than may run at once wait in the database and are taken up in turn", async () => {
  const world = outside();
  let running = 0;
  let most = 0;
  const order = saga<Data>("crowd", [
    compensatable(
      "reserve",
      world.act({}, async () => {
        most = Math.max(most, ++running);
        await sql`select 1`;
        running--;
      }),
      nothing,
    ),
  ]);
  const runner = await scene.runner([order], { concurrency: 4 });
  await runner.run();
  for (let i = 1; i <= 20; i++) await scene.start(runner, order, `crowd:${i}`, { orderId: "o1" });
  for (let i = 1; i <= 20; i++) await scene.reaches(`crowd:${i}`, "completed", 100);
  assert.ok(most <= 8, `${most} at once`);
  assert.equal(new Set(world.calls).size, 20);
  await runner.stop();
});

test("stopping lets the step under way end, records it, and gives the saga to the next runner at once", async () => {
  const world = outside();
  const gate = Promise.withResolvers<void>();
  const order = saga<Data>("stopping", [
    compensatable(
      "reserve",
      world.act({ paymentId: "p1" }, () => gate.promise),
      nothing,
    ),
    compensatable("pay", world.act(), nothing),
  ]);
  const runner = await scene.runner([order]);
  const heir = await scene.runner([order]);
  await runner.run();
  await scene.start(runner, order, "stopping:1", { orderId: "o1" });
  const stopped = runner.stop();
  gate.resolve();
  await stopped;
  assert.deepEqual(world.calls, ["stopping:1:reserve"]);
  assert.deepEqual(await scene.history("stopping:1"), ["do reserve: ok"]);
  await heir.run();
  await scene.reaches("stopping:1", "completed");
  assert.deepEqual(world.calls, ["stopping:1:reserve", "stopping:1:pay"]);
  assert.equal((await heir.operators.show("stopping:1")).data["paymentId"], "p1");
  await heir.stop();
});

test("a step that does not end in time is abandoned at shutdown, and asked again by the next runner", async () => {
  const world = outside();
  let hangs = true;
  const order = saga<Data>("hanging", [
    compensatable(
      "reserve",
      world.act({}, () => (hangs ? new Promise(() => {}) : Promise.resolve())),
      nothing,
      { timeoutMs: 60_000 },
    ),
  ]);
  const runner: SagaRunner = await scene.runner([order]);
  await runner.run();
  await scene.start(runner, order, "hanging:1", { orderId: "o1" });
  let isStopped = false;
  const stopped = runner.stop(2_000).then(() => {
    isStopped = true;
  });
  await until(async () => {
    await clock.advance(500);
    return isStopped;
  }, "it stops although the step hangs");
  await stopped;
  hangs = false;
  const heir = await scene.runner([order]);
  await heir.run();
  await scene.reaches("hanging:1", "completed", 100);
  assert.deepEqual(world.calls, ["hanging:1:reserve", "hanging:1:reserve"]);
  await heir.stop();
});

test("a saga that is started before its runner runs, or after it has stopped, is run elsewhere", async () => {
  const world = outside();
  const order = saga<Data>("outside", [compensatable("reserve", world.act(), nothing)]);
  const idle = await scene.runner([order]);
  await scene.start(idle, order, "outside:1", { orderId: "o1" });
  assert.deepEqual(world.calls, []);
  const runner = await scene.runner([order]);
  await runner.run();
  await scene.reaches("outside:1", "completed");
  await runner.stop();
});

test("ended sagas are swept with their history once they are old enough", async () => {
  const world = outside();
  const order = saga<Data>("swept", [
    compensatable("reserve", world.act(), nothing),
    waitFor("approval", { when: ({ orderId }) => orderId === "dear", windowMs: 90 * 86_400_000 }),
  ]);
  const runner = await scene.runner([order]);
  await runner.run();
  await scene.start(runner, order, "swept:1", { orderId: "cheap" });
  await scene.start(runner, order, "swept:2", { orderId: "dear" });
  await scene.reaches("swept:1", "completed");
  await scene.reaches("swept:2", "waiting");
  await runner.stop();
  // A clock of its own: the runners of other tests would poll through all of that month.
  const later = { ...clock, now: () => clock.now() + 31 * 86_400_000 };
  assert.ok((await sweepSagas(db, later)) >= 1);
  assert.equal(await scene.status("swept:1"), undefined);
  assert.deepEqual(await scene.history("swept:1"), []);
  assert.equal(await scene.status("swept:2"), "waiting");
  assert.equal(await sweepSagas(db, later), 0);
});
