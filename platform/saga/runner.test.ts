import assert from "node:assert/strict";
import { test } from "node:test";
import { currentContext, withContext } from "@souk/telemetry";
import { compensatable, local, parallel, pivot, retriable, saga } from "./definition.ts";
import { type Data, nothing, outside, refusal, stage, unavailable, until } from "./runner-fixture.ts";

const scene = await stage();
const { clock, db, sql } = scene;
await sql`create table effects (saga_id text not null, step text not null)`;

const effectsOf = async (id: string) =>
  (await sql<{ step: string }>`select step from effects where saga_id = ${id}`).map(({ step }) => step);

test("a saga runs its steps in order, passes on what they return, and is completed", async () => {
  const world = outside();
  const seen: Data[] = [];
  const order = saga<Data>("in-order", [
    compensatable("reserve", world.act(), nothing),
    compensatable("pay", world.act({ paymentId: "p1" }), nothing),
    local(
      "confirm",
      async (data, tx, { sagaId }) => {
        seen.push(data);
        await tx`insert into effects values (${sagaId}, ${"confirm"})`;
      },
      { pivot: true },
    ),
    retriable("ship", world.act()),
  ]);
  const runner = await scene.runner([order]);
  await runner.run();
  await scene.start(runner, order, "in-order:1", { orderId: "o1" });
  await scene.reaches("in-order:1", "completed", 10);
  assert.deepEqual(world.calls, ["in-order:1:reserve", "in-order:1:pay", "in-order:1:ship"]);
  assert.deepEqual(seen, [{ orderId: "o1", paymentId: "p1" }]);
  assert.deepEqual(await effectsOf("in-order:1"), ["confirm"]);
  assert.deepEqual(await scene.history("in-order:1"), [
    "do reserve: ok",
    "do pay: ok",
    "do confirm: ok",
    "do ship: ok",
  ]);
  await runner.stop();
});

test("a saga that is started and rolled back never was; one that exists is not started again", async () => {
  const world = outside();
  const order = saga<Data>("once", [compensatable("reserve", world.act(), nothing)]);
  const runner = await scene.runner([order]);
  await runner.run();
  const failing = db.tx(async (tx) => {
    await runner.start(tx, order, "once:1", { orderId: "o1" });
    throw refusal;
  });
  await assert.rejects(failing, refusal);
  assert.equal(await scene.status("once:1"), undefined);
  await scene.start(runner, order, "once:1", { orderId: "first" });
  await scene.reaches("once:1", "completed");
  await scene.start(runner, order, "once:1", { orderId: "second" });
  assert.equal((await runner.operators.show("once:1")).data["orderId"], "first");
  assert.deepEqual(world.calls, ["once:1:reserve"]);
  await runner.stop();
});

test("a saga of which this runner knows nothing cannot be started", async () => {
  const runner = await scene.runner([]);
  const stranger = saga("stranger", [compensatable("reserve", nothing, nothing)]);
  await assert.rejects(scene.start(runner, stranger, "stranger:1"), /"stranger" is not one of this runner's/);
});

test("a refusal turns the saga back, and the hook learns why in the transaction that ends it", async () => {
  const world = outside();
  const order = saga<Data>(
    "refused",
    [
      compensatable("reserve", world.act({ paymentId: "from reserve" }), world.act()),
      compensatable("pay", world.fail([refusal]), world.act()),
      pivot("confirm", world.act()),
    ],
    {
      async rejected(data, { code, message }, tx) {
        assert.equal(await scene.status("refused:1"), "compensating");
        await tx`insert into effects values (${"refused:1"}, ${`${code} ${message} ${data.paymentId}`})`;
      },
    },
  );
  const runner = await scene.runner([order]);
  await runner.run();
  await scene.start(runner, order, "refused:1", { orderId: "o1" });
  await scene.reaches("refused:1", "compensated");
  assert.deepEqual(world.calls, ["refused:1:reserve", "refused:1:pay", "refused:1:pay:undo", "refused:1:reserve:undo"]);
  assert.deepEqual(await effectsOf("refused:1"), ["payments.declined The card was declined. from reserve"]);
  await runner.stop();
});

test("a step without an answer is asked again with the same key and back-off, then given up and undone", async () => {
  const world = outside();
  const errors = [unavailable, new Error("a bug"), unavailable];
  const order = saga<Data>("unknown", [
    compensatable("reserve", world.fail(errors), world.act(), { attempts: 3 }),
    compensatable("never", world.act(), nothing),
  ]);
  const runner = await scene.runner([order]);
  await runner.run();
  await scene.start(runner, order, "unknown:1", { orderId: "o1" });
  await scene.reaches("unknown:1", "compensated", 20);
  assert.deepEqual(world.calls, [...Array(3).fill("unknown:1:reserve"), "unknown:1:reserve:undo"]);
  assert.deepEqual(await scene.history("unknown:1"), [
    "do reserve: unknown",
    "do reserve: unknown",
    "do reserve: given-up",
    "undo reserve: ok",
  ]);
  assert.equal((await runner.operators.show("unknown:1")).failure?.code, "mesh.unavailable");
  await runner.stop();
});

test("an attempt that takes too long is told to stop and counts as no answer", async () => {
  let told: unknown;
  let deadline = 0;
  let asked = 0;
  const order = saga<Data>("slow", [
    compensatable(
      "reserve",
      async (_data, { signal, attempt }) => {
        asked = attempt;
        if (attempt > 1) return;
        deadline = (currentContext().deadlineAt ?? 0) - clock.monotonic();
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
      nothing,
      { timeoutMs: 700 },
    ),
  ]);
  const runner = await scene.runner([order], { observe: { attempted: ({ outcome }) => (told ??= outcome) } });
  await runner.run();
  await scene.start(runner, order, "slow:1", { orderId: "o1" });
  await scene.reaches("slow:1", "completed", 100);
  assert.deepEqual([told, deadline, asked], ["unknown", 700, 2]);
  await runner.stop();
});

test("steps run in their saga's trace, and in nothing else of whoever woke the runner", async () => {
  const contexts: object[] = [];
  const order = saga<Data>("traced", [
    compensatable("reserve", async () => void contexts.push(currentContext()), nothing, { timeoutMs: 1_000 }),
    local("note", async () => void contexts.push(currentContext())),
  ]);
  const runner = await scene.runner([order]);
  await runner.run();
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const request = {
    traceparent,
    correlationId: "request 1",
    deadlineAt: 5,
    idempotencyKey: "client's",
    signal: AbortSignal.abort(),
  };
  await withContext(request, () => scene.start(runner, order, "traced:1", { orderId: "o1" }));
  await scene.reaches("traced:1", "completed");
  for (const context of contexts as (typeof request)[]) {
    assert.equal(context.traceparent, traceparent);
    assert.equal(context.correlationId, "request 1");
    assert.equal(context.signal.aborted, false);
    assert.ok(context.deadlineAt > 5);
  }
  assert.deepEqual(
    (contexts as (typeof request)[]).map(({ idempotencyKey }) => idempotencyKey),
    ["traced:1:reserve", "traced:1:note"],
  );
  await runner.stop();
});

test("a local step that fails leaves no effect, and is tried again", async () => {
  let tries = 0;
  const order = saga<Data>("local-retry", [
    local("note", async (_data, tx, { sagaId }) => {
      await tx`insert into effects values (${sagaId}, ${"note"})`;
      if (++tries < 3) throw new Error("a bug");
    }),
  ]);
  const runner = await scene.runner([order]);
  await runner.run();
  await scene.start(runner, order, "local-retry:1", { orderId: "o1" });
  await scene.reaches("local-retry:1", "completed", 20);
  assert.deepEqual([tries, await effectsOf("local-retry:1")], [3, ["note"]]);
  await runner.stop();
});

test("a group's steps run at once; when one is refused, all that were begun are undone", async () => {
  const world = outside();
  const gate = Promise.withResolvers<void>();
  const order = saga<Data>("group", [
    parallel("both", [
      compensatable(
        "slow",
        world.act({ paymentId: "slow" }, () => gate.promise),
        world.act(),
      ),
      compensatable("refused", world.fail([refusal]), world.act()),
    ]),
  ]);
  const runner = await scene.runner([order]);
  await runner.run();
  await scene.start(runner, order, "group:1", { orderId: "o1" });
  await until(async () => (await scene.history("group:1")).length === 1, "the refusal is recorded");
  assert.deepEqual(world.calls, ["group:1:slow", "group:1:refused"]);
  gate.resolve();
  await scene.reaches("group:1", "compensated");
  assert.deepEqual(world.calls.slice(2), ["group:1:refused:undo", "group:1:slow:undo"]);
  await runner.stop();
});

test("what a step returns is stored whatever its characters", async () => {
  const world = outside();
  const order = saga<Data>("odd", [compensatable("reserve", world.act({ paymentId: "a\0b\ud800c" }), nothing)]);
  const runner = await scene.runner([order]);
  await runner.run();
  await scene.start(runner, order, "odd:1", { orderId: "o\u0000" });
  await scene.reaches("odd:1", "completed");
  assert.deepEqual((await runner.operators.show("odd:1")).data, { orderId: "o", paymentId: "ab\ufffdc" });
  await runner.stop();
});
