import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "@souk/kernel";
import type { Tx } from "@souk/postgres";
import { currentContext, withContext } from "@souk/telemetry";
import { compensatable, local, parallel, pivot, retriable, saga, waitFor } from "./definition.ts";
import { sweepSagas } from "./retention.ts";
import type { SagaRunner } from "./runner.ts";
import { outside, stage, until } from "./runner-fixture.ts";
import type { Step } from "./types.ts";

const scene = await stage();
const { clock, db, sql } = scene;
await sql`create table effects (saga_id text not null, step text not null)`;

type Data = { readonly orderId: string; readonly paymentId?: string; readonly approved?: boolean };
const refusal = new ServiceError("payments.declined", "failed_precondition", "The card was declined.");
const unavailable = new ServiceError("mesh.unavailable", "unavailable", "Nobody answers.");
const nothing = async () => {};

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

const approval = (name: string, world: ReturnType<typeof outside>) =>
  saga<Data>(name, [
    compensatable("price", world.act(), world.act()),
    waitFor("approval", { when: ({ orderId }) => orderId !== "cheap", windowMs: 60_000 }),
    pivot("pay", world.act()),
  ]);

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
