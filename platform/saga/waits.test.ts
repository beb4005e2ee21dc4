import assert from "node:assert/strict";
import { test } from "node:test";
import { compensatable, local, retriable, saga, waitFor } from "./definition.ts";
import { approval, type Data, nothing, outside, stage, until } from "./runner-fixture.ts";
import type { Step } from "./types.ts";

const scene = await stage();
const { clock, db, sql } = scene;

test("a waiting saga is woken by its signal, whose payload joins its data", async () => {
  const world = outside();
  const order = approval("signalled", world);
  const runner = await scene.runner([order]);
  await runner.run();
  await scene.start(runner, order, "signalled:1", { orderId: "dear" });
  await scene.reaches("signalled:1", "waiting");
  await until(() => runner.stats().active === 0, "it was given back");
  assert.equal(await db.tx((tx) => runner.signal(tx, "signalled:1", "approval", { approved: true })), true);
  await scene.reaches("signalled:1", "completed");
  assert.equal((await runner.operators.show("signalled:1")).data["approved"], true);
  assert.equal(await db.tx((tx) => runner.signal(tx, "nobody:1", "approval")), false);
  await runner.stop();
});

test("a signal that comes before the wait is kept, and of two the first counts", async () => {
  const world = outside();
  const gate = Promise.withResolvers<void>();
  const order = saga<Data>("early", [
    compensatable(
      "price",
      world.act({}, () => gate.promise),
      nothing,
    ),
    waitFor("approval", { windowMs: 60_000 }),
  ]);
  const runner = await scene.runner([order]);
  await runner.run();
  await scene.start(runner, order, "early:1", { orderId: "dear" });
  await db.tx((tx) => runner.signal(tx, "early:1", "approval", { approved: true }));
  await db.tx((tx) => runner.signal(tx, "early:1", "approval", { approved: false }));
  gate.resolve();
  await scene.reaches("early:1", "completed");
  assert.equal((await runner.operators.show("early:1")).data["approved"], true);
  await runner.stop();
});

test("a signal given in another process is found by the next poll", async () => {
  const world = outside();
  const order = approval("elsewhere", world);
  const runner = await scene.runner([order]);
  const other = await scene.runner([order]);
  await runner.run();
  await scene.start(runner, order, "elsewhere:1", { orderId: "dear" });
  await scene.reaches("elsewhere:1", "waiting");
  await db.tx((tx) => other.signal(tx, "elsewhere:1", "approval"));
  await scene.reaches("elsewhere:1", "completed", 100);
  await runner.stop();
});

test("a signal given where the saga is not known leaves it to those who know it", async () => {
  const world = outside();
  const order = approval("unknown-there", world);
  const runner = await scene.runner([order]);
  const older = await scene.runner([]);
  await runner.run();
  await older.run();
  await scene.start(runner, order, "unknown-there:1", { orderId: "dear" });
  await scene.reaches("unknown-there:1", "waiting");
  await until(() => runner.stats().active === 0, "it was given back");
  await db.tx((tx) => older.signal(tx, "unknown-there:1", "approval"));
  await scene.reaches("unknown-there:1", "completed", 100);
  await Promise.all([runner.stop(), older.stop()]);
});

test("a wait that is not needed is passed, one that nobody ends turns the saga back", async () => {
  const world = outside();
  const order = approval("expiring", world);
  const runner = await scene.runner([order]);
  await runner.run();
  await scene.start(runner, order, "expiring:1", { orderId: "cheap" });
  await scene.reaches("expiring:1", "completed", 10);
  await scene.start(runner, order, "expiring:2", { orderId: "dear" });
  await scene.reaches("expiring:2", "waiting");
  await clock.advance(58_000);
  assert.equal(await scene.status("expiring:2"), "waiting");
  await scene.reaches("expiring:2", "compensated", 500);
  assert.equal((await runner.operators.show("expiring:2")).failure?.code, "expiring.expired");
  await runner.stop();
});

test("a wait that nobody needs writes nothing", async () => {
  const steps = (waits: boolean): Step<Data>[] => [
    compensatable("pay", outside().act({ paymentId: "p1" }), nothing),
    ...(waits ? [waitFor<Data>("approval", { when: ({ approved }) => approved === false, windowMs: 1_000 })] : []),
    local("confirm", async () => undefined, { pivot: true }),
    retriable("ship", outside().act()),
  ];
  const writes: number[] = [];
  for (const waits of [false, true]) {
    const order = saga<Data>(`passed-${waits}`, steps(waits));
    const runner = await scene.runner([order]);
    await runner.run();
    await scene.start(runner, order, `passed-${waits}:1`, { orderId: "o1" });
    await scene.reaches(`passed-${waits}:1`, "completed", 10);
    assert.deepEqual(await scene.history(`passed-${waits}:1`), ["do pay: ok", "do confirm: ok", "do ship: ok"]);
    const [row] = await sql<{ version: number }>`select version from chassis.sagas where id = ${`passed-${waits}:1`}`;
    writes.push(row?.version ?? 0);
    await runner.stop();
  }
  assert.equal(writes[1], writes[0]);
});
