import assert from "node:assert/strict";
import { test } from "node:test";
import { compensatable, saga } from "./definition.ts";
import { outside, stage } from "./runner-fixture.ts";

const scene = await stage();
const quarterOfAnHourMs = 15 * 60_000;

test("a saga that begins after the clock has leapt a quarter of an hour is taken up within seconds", async () => {
  const world = outside();
  const order = saga("leapt", [compensatable("reserve", world.act(), world.act())]);
  const runner = await scene.runner([order]);
  await runner.run();
  await scene.pass(2_000);

  // In one leap: every lease lapses, and no renewal gets an answer meanwhile.
  await scene.clock.advance(quarterOfAnHourMs);
  await scene.start(runner, order, "leapt:1");
  let waitedMs = 0;
  for (; (await scene.status("leapt:1")) !== "completed"; waitedMs += 100) {
    assert.ok(waitedMs < 5_000, "five seconds have passed, and nobody has taken it up");
    await scene.pass(100);
  }
  assert.deepEqual(world.calls, ["leapt:1:reserve"]);
  await runner.stop();
});

test("a saga that was under way when the clock leapt is gone on with, and asks for nothing twice under another key", async () => {
  const gate = Promise.withResolvers<void>();
  const world = outside();
  const order = saga("caught", [
    compensatable(
      "reserve",
      world.act({}, () => gate.promise),
      world.act(),
    ),
    compensatable("pay", world.act(), world.act()),
  ]);
  const runner = await scene.runner([order]);
  await runner.run();
  await scene.start(runner, order, "caught:1");
  await scene.pass(100);

  await scene.clock.advance(quarterOfAnHourMs);
  gate.resolve();
  let waitedMs = 0;
  for (; !["completed", "compensated"].includes(String(await scene.status("caught:1"))); waitedMs += 100) {
    assert.ok(waitedMs < 30_000, "half a minute has passed, and it has not ended");
    await scene.pass(100);
  }
  assert.deepEqual(
    world.effects().filter((key) => !key.endsWith(":undo")),
    (await scene.status("caught:1")) === "completed" ? ["caught:1:reserve", "caught:1:pay"] : ["caught:1:reserve"],
  );
  await runner.stop();
});
