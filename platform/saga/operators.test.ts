import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "@souk/kernel";
import { compensatable, local, pivot, retriable, saga, waitFor } from "./definition.ts";
import { STUCK_AFTER } from "./engine.ts";
import { outside, stage, until } from "./runner-fixture.ts";

const scene = await stage();
const { clock, db, sql } = scene;

type Data = { readonly orderId: string };
const nothing = async () => {};
const unavailable = new ServiceError("mesh.unavailable", "unavailable", "Nobody answers.");
const isCode = (code: string) => (error: unknown) => error instanceof ServiceError && error.code === code;
const audit = (id: string) =>
  sql`select code, step, message, actor from chassis.saga_history where saga_id = ${id} and action = 'operator' order by seq`;

/** A saga that cannot get past `ship` until `heal` is called. */
function sick(name: string) {
  const world = outside();
  let isIll = true;
  const definition = saga<Data>(name, [
    pivot("pay", world.act()),
    retriable("ship", async () => {
      if (isIll) throw unavailable;
      return world.act()();
    }),
    local("close", nothing),
  ]);
  return { definition, world, heal: () => (isIll = false) };
}

test("a saga that gets no further is stuck, is listed as such, and goes on when an operator retries it", async () => {
  const { definition, heal } = sick("stuck");
  const runner = await scene.runner([definition], { chance: () => 0.9 });
  await runner.run();
  await scene.start(runner, definition, "stuck:1", { orderId: "o1" });
  await scene.reaches("stuck:1", "stuck", 1_000);
  await until(() => runner.stats().active === 0, "it was given back");

  const { operators } = runner;
  const [summary] = await operators.list({ status: "stuck", limit: 10 });
  assert.equal(summary?.id, "stuck:1");
  assert.deepEqual(summary?.steps, ["ship"]);
  assert.equal(summary?.attempts, STUCK_AFTER);
  assert.deepEqual(await operators.counts(), [{ name: "stuck", status: "stuck", count: 1 }]);
  assert.ok(scene.logged.includes("a saga is stuck"));

  heal();
  await operators.retry("stuck:1", "ada");
  await scene.reaches("stuck:1", "completed", 10);
  assert.deepEqual(await audit("stuck:1"), [{ code: "retry", step: null, message: null, actor: "ada" }]);
  await runner.stop();
});

test("a step that an operator skips counts as done; a pivot and what is not next cannot be skipped", async () => {
  const { definition, world } = sick("skipped");
  const runner = await scene.runner([definition], { chance: () => 0.9 });
  await runner.run();
  await scene.start(runner, definition, "skipped:1", { orderId: "o1" });
  await scene.reaches("skipped:1", "stuck", 1_000);
  await until(() => runner.stats().active === 0, "it was given back");
  const { operators } = runner;
  await assert.rejects(operators.skip("skipped:1", "close", "ada", "no need"), isCode("saga.not_skippable"));
  await operators.skip("skipped:1", "ship", "ada", "sent by hand");
  await scene.reaches("skipped:1", "completed", 10);
  assert.deepEqual(world.effects(), ["skipped:1:pay"]);
  assert.deepEqual(await audit("skipped:1"), [{ code: "skip", step: "ship", message: "sent by hand", actor: "ada" }]);
  await assert.rejects(operators.skip("skipped:1", "ship", "ada", "again"), isCode("saga.over"));
  await runner.stop();

  const unsure = saga<Data>("unsure", [
    pivot("pay", async () => {
      throw unavailable;
    }),
  ]);
  const other = await scene.runner([unsure], { chance: () => 0.9 });
  await other.run();
  await scene.start(other, unsure, "unsure:1", { orderId: "o1" });
  await scene.reaches("unsure:1", "stuck", 1_000);
  await until(() => other.stats().active === 0, "it was given back");
  await assert.rejects(other.operators.skip("unsure:1", "pay", "ada", "I am sure"), isCode("saga.not_skippable"));
  await assert.rejects(other.operators.compensate("unsure:1", "ada", "I am sure"), isCode("saga.irrevocable"));
  await other.stop();
});

test("skipping the last undo lets the hook run and the saga end", async () => {
  const reasons: string[] = [];
  const definition = saga<Data>(
    "unwilling",
    [
      compensatable("reserve", nothing, async () => {
        throw unavailable;
      }),
      waitFor("approval", { windowMs: 1_000 }),
    ],
    { rejected: async (_data, { code }) => void reasons.push(code) },
  );
  const runner = await scene.runner([definition], { chance: () => 0.9 });
  await runner.run();
  await scene.start(runner, definition, "unwilling:1", { orderId: "o1" });
  await scene.reaches("unwilling:1", "stuck", 1_000);
  await until(() => runner.stats().active === 0, "it was given back");
  await runner.operators.skip("unwilling:1", "reserve", "ada", "the shelf is gone");
  await scene.reaches("unwilling:1", "compensated", 10);
  assert.deepEqual(reasons, ["unwilling.expired"]);
  await runner.stop();
});

test("an operator turns a waiting saga back", async () => {
  const world = outside();
  const definition = saga<Data>("turned", [
    compensatable("reserve", world.act(), world.act()),
    waitFor("approval", { windowMs: 3_600_000 }),
  ]);
  const runner = await scene.runner([definition]);
  await runner.run();
  await scene.start(runner, definition, "turned:1", { orderId: "o1" });
  await scene.reaches("turned:1", "waiting");
  await runner.operators.compensate("turned:1", "ada", "The shop is closing.");
  await scene.reaches("turned:1", "compensated", 10);
  assert.deepEqual((await runner.operators.show("turned:1")).failure, {
    code: "saga.compensated",
    message: "The shop is closing.",
  });
  assert.deepEqual(world.effects(), ["turned:1:reserve", "turned:1:reserve:undo"]);
  assert.equal((await audit("turned:1"))[0]?.["actor"], "ada");
  await runner.stop();
});

test("a saga that is being worked on is left alone", async () => {
  const gate = Promise.withResolvers<void>();
  const definition = saga<Data>("busy", [retriable("ship", () => gate.promise)]);
  const runner = await scene.runner([definition]);
  await runner.run();
  await scene.start(runner, definition, "busy:1", { orderId: "o1" });
  await assert.rejects(runner.operators.retry("busy:1", "ada"), isCode("saga.at_work"));
  await assert.rejects(runner.operators.skip("busy:1", "ship", "ada", "no"), isCode("saga.at_work"));
  gate.resolve();
  await scene.reaches("busy:1", "completed", 50);
  await runner.stop();
});

test("what is not there cannot be shown or changed", async () => {
  const { operators } = await scene.runner([]);
  const none = isCode("saga.not_found");
  await assert.rejects(operators.show("no:1"), none);
  await assert.rejects(operators.retry("no:1", "ada"), none);
  await assert.rejects(operators.skip("no:1", "ship", "ada", "why"), none);
  await assert.rejects(operators.compensate("no:1", "ada", "why"), none);
});

test("a saga is shown with every attempt, and the data that each step got", async () => {
  const world = outside();
  const definition = saga<{ readonly a?: number; readonly b?: number }>("shown", [
    compensatable("one", world.fail([unavailable], { b: 2 }), nothing),
    compensatable("two", world.act({ a: 3 }), nothing),
  ]);
  const runner = await scene.runner([definition]);
  await runner.run();
  await scene.start(runner, definition, "shown:1", { a: 1 });
  await scene.reaches("shown:1", "completed", 20);
  const { history, data, steps } = await runner.operators.show("shown:1");
  assert.deepEqual(data, { a: 3, b: 2 });
  assert.deepEqual(steps, []);
  assert.deepEqual(
    history.map(({ seq, step, action, attempt, outcome, input, output, code }) => ({
      seq,
      step,
      action,
      attempt,
      outcome,
      input,
      output,
      code,
    })),
    [
      {
        seq: 1,
        step: "one",
        action: "do",
        attempt: 1,
        outcome: "unknown",
        input: { a: 1 },
        output: undefined,
        code: "mesh.unavailable",
      },
      {
        seq: 2,
        step: "one",
        action: "do",
        attempt: 2,
        outcome: "ok",
        input: { a: 1 },
        output: { b: 2 },
        code: undefined,
      },
      {
        seq: 3,
        step: "two",
        action: "do",
        attempt: 1,
        outcome: "ok",
        input: { a: 1, b: 2 },
        output: { a: 3 },
        code: undefined,
      },
    ],
  );
  await runner.stop();
});

test("sagas are listed page by page, by name and status", async () => {
  const definition = saga<Data>("paged", [waitFor("approval", { windowMs: 3_600_000 })]);
  const runner = await scene.runner([definition]);
  await runner.run();
  for (const n of [1, 2, 3]) await scene.start(runner, definition, `paged:${n}`, { orderId: "o1" });
  for (const n of [1, 2, 3]) await scene.reaches(`paged:${n}`, "waiting");
  await db.tx((tx) => runner.signal(tx, "paged:2", "approval"));
  await scene.reaches("paged:2", "completed");
  const list = async (query: object) =>
    (await runner.operators.list({ limit: 10, name: "paged", ...query })).map(({ id }) => id);
  assert.deepEqual(await list({}), ["paged:1", "paged:2", "paged:3"]);
  assert.deepEqual(await list({ limit: 2 }), ["paged:1", "paged:2"]);
  assert.deepEqual(await list({ limit: 2, after: "paged:2" }), ["paged:3"]);
  assert.deepEqual(await list({ status: "waiting" }), ["paged:1", "paged:3"]);
  assert.deepEqual(await list({ status: "completed" }), ["paged:2"]);
  await clock.advance(1);
  await runner.stop();
});
