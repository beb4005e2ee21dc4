import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tx } from "@souk/postgres";
import { compensatable, local, pivot, saga } from "./definition.ts";
import { approval, type Data, nothing, outside, stage } from "./runner-fixture.ts";
import type { Step } from "./types.ts";

const scene = await stage();
const { db, sql } = scene;
await sql`create table effects (saga_id text not null, step text not null)`;

const effectsOf = async (id: string) =>
  (await sql<{ step: string }>`select step from effects where saga_id = ${id}`).map(({ step }) => step);

test("a waiting saga can be cancelled; one whose pivot has happened cannot", async () => {
  const world = outside();
  const order = approval("cancelled", world);
  const runner = await scene.runner([order]);
  await runner.run();
  const cancel = (id: string) =>
    db.tx((tx) => runner.cancel(tx, id, { code: "orders.cancelled", message: "Changed my mind." }));
  await scene.start(runner, order, "cancelled:1", { orderId: "dear" });
  await scene.reaches("cancelled:1", "waiting");
  assert.equal(await cancel("cancelled:1"), true);
  await scene.reaches("cancelled:1", "compensated");
  assert.equal((await runner.operators.show("cancelled:1")).failure?.code, "orders.cancelled");
  assert.equal(await cancel("cancelled:1"), true, "it is undone already");

  await scene.start(runner, order, "cancelled:2", { orderId: "cheap" });
  await scene.reaches("cancelled:2", "completed", 10);
  assert.equal(await cancel("cancelled:2"), false);
  assert.equal(await cancel("cancelled:3"), false, "there is none");
  await runner.stop();
});

test("a saga that is cancelled while a step is asked turns back when that is answered", async () => {
  const world = outside();
  const gate = Promise.withResolvers<void>();
  const order = saga<Data>("midway", [
    compensatable(
      "reserve",
      world.act({}, () => gate.promise),
      world.act(),
    ),
    compensatable("pay", world.act(), world.act()),
  ]);
  const runner = await scene.runner([order]);
  await runner.run();
  await scene.start(runner, order, "midway:1", { orderId: "o1" });
  assert.equal(await db.tx((tx) => runner.cancel(tx, "midway:1", { code: "x.y", message: "Stop." })), true);
  gate.resolve();
  await scene.reaches("midway:1", "compensated");
  assert.deepEqual(world.calls, ["midway:1:reserve", "midway:1:reserve:undo"]);
  await runner.stop();
});

test("a cancel that overtakes the last step, a remote pivot or a local one wins over all of them", async () => {
  const last = (name: string, step: Step<Data>) => {
    const world = outside();
    const gate = Promise.withResolvers<void>();
    const definition = saga<Data>(name, [
      compensatable(
        "reserve",
        world.act({}, () => gate.promise),
        world.act(),
      ),
      step,
    ]);
    return { definition, world, gate, id: `${name}:1` };
  };
  const never = async () => assert.fail("it was cancelled before");
  const note = async (_data: Data, tx: Tx, { sagaId }: { sagaId: string }) => {
    await tx`insert into effects values (${sagaId}, ${"confirm"})`;
  };
  const cases = [
    last("race-pivot", pivot("pay", never)),
    last("race-local", local("confirm", note, { pivot: true })),
    last("race-last", compensatable("ship", never, nothing)),
  ];
  const runner = await scene.runner(cases.map(({ definition }) => definition));
  await runner.run();
  for (const { definition, gate, id } of cases) {
    await scene.start(runner, definition, id, { orderId: "o1" });
    assert.equal(await db.tx((tx) => runner.cancel(tx, id, { code: "x.y", message: "Stop." })), true);
    gate.resolve();
    await scene.reaches(id, "compensated");
    assert.deepEqual((await scene.history(id)).slice(-2), ["do reserve: ok", "undo reserve: ok"]);
    assert.deepEqual(await effectsOf(id), []);
  }
  await runner.stop();
});

test("a local pivot and a cancel in the same moment: exactly one wins", async () => {
  const world = outside();
  const inside = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const order = saga<Data>("tie", [
    compensatable("reserve", world.act(), world.act()),
    local(
      "confirm",
      async (_data, tx, { sagaId }) => {
        await tx`insert into effects values (${sagaId}, ${"confirm"})`;
        inside.resolve();
        await gate.promise;
      },
      { pivot: true },
    ),
  ]);
  const runner = await scene.runner([order]);
  await runner.run();
  await scene.start(runner, order, "tie:1", { orderId: "o1" });
  await inside.promise;
  assert.equal(await db.tx((tx) => runner.cancel(tx, "tie:1", { code: "x.y", message: "Stop." })), true);
  gate.resolve();
  await scene.reaches("tie:1", "compensated");
  assert.deepEqual(await effectsOf("tie:1"), [], "the pivot's effect was rolled back");
  assert.deepEqual(world.effects(), ["tie:1:reserve", "tie:1:reserve:undo"]);
  await runner.stop();
});
