import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeClock } from "@souk/testing";
import { type Change, type Health, supervise, type Witness } from "./supervised.ts";

function rig() {
  const clock = fakeClock();
  const pass = clock.advance;
  const launched: { witness: Witness; signals: NodeJS.Signals[]; die: (code: number) => void }[] = [];
  const changes: Change[] = [];
  const world = { health: "ready" as Health, probed: [] as number[], full: false };
  const supervised = supervise({
    name: "orders",
    instance: "orders-1",
    clock,
    probe: async (port) => {
      world.probed.push(port);
      return world.health;
    },
    onChange: (change) => changes.push(change),
    launch: (witness) => {
      if (world.full) throw new Error("no space left");
      const signals: NodeJS.Signals[] = [];
      const pid = 100 + launched.length;
      launched.push({ witness, signals, die: (code) => witness.onExit({ code, signal: null }) });
      return {
        pid: () => pid,
        signal(signal) {
          signals.push(signal);
          if (signal === "SIGKILL") witness.onExit({ code: null, signal });
        },
      };
    },
  });
  const current = () => {
    const last = launched.at(-1);
    assert.ok(last);
    return last;
  };
  const waits = () => changes.flatMap((change) => (change.kind === "died" ? [change.againInMs] : []));
  return { supervised, pass, launched, current, changes, world, waits };
}

test("a process is ready when it says so, with its port", () => {
  const { supervised, current } = rig();
  supervised.start();
  assert.equal(supervised.status().state, "starting");
  current().witness.onReady({ orders: 4711 });
  assert.deepEqual(supervised.status(), {
    name: "orders",
    instance: "orders-1",
    state: "ready",
    restarts: 0,
    pid: 100,
    port: 4711,
    ports: { orders: 4711 },
  });
});

test("a process is asked how it is where it says, which need not be where it works", async () => {
  const { supervised, pass, current, world } = rig();
  supervised.start();
  current().witness.onReady({ orders: 8080 }, { orders: 9090 });
  await pass(2_000);
  assert.deepEqual([world.probed, supervised.status().port], [[9090], 8080]);
});

test("what dies again and again is restarted after waits that double up to 10 s", async () => {
  const { supervised, pass, current, waits } = rig();
  supervised.start();
  for (let i = 0; i < 9; i++) {
    current().die(1);
    assert.equal(supervised.status().state, "waiting");
    assert.equal(supervised.status().pid, undefined);
    await pass(10_000);
  }
  assert.deepEqual(waits(), [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  assert.equal(supervised.status().restarts, 9);
});

test("30 s of health forgive the deaths before", async () => {
  const { supervised, pass, current, waits } = rig();
  supervised.start();
  current().die(1);
  await pass(100);
  current().die(1);
  await pass(200);
  current().witness.onReady({ orders: 1 });
  await pass(29_000);
  current().die(1);
  await pass(400);
  current().witness.onReady({ orders: 1 });
  await pass(32_000);
  current().die(1);
  assert.deepEqual(waits(), [100, 200, 400, 100]);
});

test("a process that hangs is killed after 15 s of silence and restarted", async () => {
  const { supervised, pass, launched, current, changes, world } = rig();
  supervised.start();
  current().witness.onReady({ orders: 1 });
  await pass(10_000);
  world.health = "silent";
  await pass(14_000);
  assert.deepEqual(current().signals, []);
  await pass(4_000);
  assert.deepEqual(launched[0]?.signals, ["SIGKILL"]);
  assert.equal(launched.length, 2);
  assert.ok(changes.some((change) => change.kind === "killed" && change.because === "gave no answer for 15 s"));
});

test("short silence is not held against a process", async () => {
  const { supervised, pass, launched, current, world } = rig();
  supervised.start();
  current().witness.onReady({ orders: 1 });
  for (let i = 0; i < 5; i++) {
    world.health = "silent";
    await pass(10_000);
    world.health = "ready";
    await pass(4_000);
  }
  assert.equal(launched.length, 1);
});

test("a process that never becomes ready is killed after two minutes", async () => {
  const { supervised, pass, launched } = rig();
  supervised.start();
  await pass(119_999);
  assert.equal(launched.length, 1);
  await pass(200);
  assert.deepEqual(launched[0]?.signals, ["SIGKILL"]);
  assert.equal(launched.length, 2);
});

test("a process that lives but wants no work is unready, not restarted", async () => {
  const { supervised, pass, launched, current, world } = rig();
  supervised.start();
  current().witness.onReady({ orders: 1 });
  world.health = "unready";
  await pass(60_000);
  assert.equal(supervised.status().state, "unready");
  world.health = "ready";
  await pass(200);
  assert.equal(supervised.status().state, "ready", "and is back as soon as it wants work again");
  assert.equal(launched.length, 1);
});

test("stopping asks first and ends what does not listen", async () => {
  const { supervised, pass, current } = rig();
  supervised.start();
  current().witness.onReady({ orders: 1 });
  const stopped = supervised.stop();
  assert.deepEqual(current().signals, ["SIGTERM", "SIGCONT"]);
  await pass(25_000);
  assert.deepEqual(current().signals, ["SIGTERM", "SIGCONT", "SIGKILL"]);
  await stopped;
  assert.equal(supervised.status().state, "stopped");
});

test("a process that is stopped while it waits for its restart stays down", async () => {
  const { supervised, pass, launched, current } = rig();
  supervised.start();
  current().die(1);
  await supervised.stop();
  await pass(60_000);
  assert.equal(launched.length, 1);
  assert.equal(supervised.status().state, "stopped");
});

test("the exit of a process that was replaced changes nothing", async () => {
  const { supervised, pass, launched, current } = rig();
  supervised.start();
  const first = current();
  first.die(1);
  await pass(100);
  first.die(1);
  assert.equal(supervised.status().state, "starting");
  assert.equal(launched.length, 2);
});

test("killing does not wait for a goodbye", async () => {
  const { supervised, current } = rig();
  supervised.start();
  supervised.kill();
  assert.equal(supervised.status().state, "stopped");
  assert.ok(current().signals.includes("SIGKILL"));
});

test("what cannot be started again just now is tried later; what cannot be started at all says why", async () => {
  const hopeless = rig();
  hopeless.world.full = true;
  assert.throws(() => hopeless.supervised.start(), /no space left/);

  const { supervised, pass, current, launched, world, waits } = rig();
  supervised.start();
  current().witness.onReady({ orders: 4711 });
  world.full = true;
  current().die(1);
  await pass(100);
  assert.equal(supervised.status().state, "waiting");
  assert.deepEqual(waits(), [100, 200]);
  world.full = false;
  await pass(200);
  assert.equal(launched.length, 2);
  assert.equal(supervised.status().state, "starting");
});
