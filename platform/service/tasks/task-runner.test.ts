import assert from "node:assert/strict";
import { test } from "node:test";
import { type FakeClock, fakeClock } from "@souk/testing";
import type { Log, Task } from "../types.ts";
import type { LeaseStore } from "./lease-store.ts";
import { createTaskRunner } from "./task-runner.ts";

/** Leases in memory, with the promises of the table. */
function leasesInMemory(): LeaseStore & { broken: boolean } {
  const leases = new Map<string, { holder: string; expiresAt: string }>();
  return {
    broken: false,
    async hold(tasks, holder, now, expiresAt) {
      if (this.broken) throw new Error("the database is away");
      return tasks.filter((task) => {
        const lease = leases.get(task);
        if (lease && lease.holder !== holder && lease.expiresAt > now) return false;
        leases.set(task, { holder, expiresAt });
        return true;
      });
    },
    async release(holder) {
      for (const [task, lease] of leases) if (lease.holder === holder) leases.delete(task);
    },
  };
}

const silent: Log = { info() {}, warn() {}, error() {} };
const runnerOf = (
  clock: FakeClock,
  leases: LeaseStore | undefined,
  holder: string,
  tasks: readonly Task[],
  log: Log = silent,
) => createTaskRunner({ clock, leases, holder, tasks, log, chance: () => 0.5 });

test("a task runs at once and again `everyMs` after it ended", async () => {
  const clock = fakeClock();
  const runs: number[] = [];
  const task: Task = { name: "t", everyMs: 100, run: async () => void runs.push(clock.monotonic()) };
  const runner = runnerOf(clock, leasesInMemory(), "a", [task]);
  runner.start();
  await clock.advance(250);
  assert.deepEqual(runs, [0, 100, 200]);
  await runner.stop();
  await clock.advance(1_000);
  assert.equal(runs.length, 3, "nothing runs after the stop");
  assert.equal(clock.pending(), 0, "and no timer is left");
});

test("of two replicas one runs a task, and the other takes over when the first stops", async () => {
  const clock = fakeClock();
  const runs: string[] = [];
  const leases = leasesInMemory();
  const task = (by: string): Task => ({ name: "t", everyMs: 1_000, run: async () => void runs.push(by) });
  const a = runnerOf(clock, leases, "a", [task("a")]);
  const b = runnerOf(clock, leases, "b", [task("b")]);
  a.start();
  b.start();
  await clock.advance(10_500);
  assert.ok(runs.length > 5);
  assert.deepEqual([...new Set(runs)], ["a"]);
  await a.stop();
  await clock.advance(6_000);
  assert.equal(runs.at(-1), "b");
  await b.stop();
});

test("a replica that cannot renew its lease ends its task before another may begin", async () => {
  const clock = fakeClock();
  const leases = leasesInMemory();
  let signal: AbortSignal | undefined;
  const long: Task = {
    name: "t",
    everyMs: 1_000,
    run: (given) => {
      signal = given;
      return new Promise((resolve) => given.addEventListener("abort", () => resolve()));
    },
  };
  const runner = runnerOf(clock, leases, "a", [long]);
  runner.start();
  await clock.advance(100);
  leases.broken = true;
  await clock.advance(10_000);
  assert.equal(signal?.aborted, false, "the lease still holds");
  await clock.advance(6_000);
  assert.equal(signal?.aborted, true);
  await runner.stop();
});

test("a task that fails is reported once and tried ever more seldom, until it works again", async () => {
  const clock = fakeClock();
  const said: string[] = [];
  const log: Log = { ...silent, error: (message) => said.push(message), info: (message) => said.push(message) };
  let failing = true;
  let runs = 0;
  const task: Task = {
    name: "t",
    everyMs: 10,
    run: async () => {
      runs++;
      if (failing) throw new Error("no");
    },
  };
  const runner = runnerOf(clock, undefined, "a", [task], log);
  runner.start();
  await clock.advance(60_000);
  assert.ok(runs < 8, `${runs} tries in a minute`);
  failing = false;
  await clock.advance(60_000);
  assert.deepEqual(said, ["a task failed and will be tried again", "a task works again"]);
  await runner.stop();
});

test("stopping waits for the task under way", async () => {
  const clock = fakeClock();
  const { promise, resolve } = Promise.withResolvers<void>();
  const runner = runnerOf(clock, leasesInMemory(), "a", [{ name: "t", everyMs: 1, run: () => promise }]);
  runner.start();
  await clock.advance(1);
  let stopped = false;
  const stopping = runner.stop().then(() => {
    stopped = true;
  });
  await clock.advance(1_000);
  assert.equal(stopped, false);
  resolve();
  await stopping;
});

test("each run is told of with its outcome and what it took", async () => {
  const clock = fakeClock();
  let runs = 0;
  const run = async () => {
    await new Promise<void>((resolve) => clock.after(30, resolve));
    if (++runs === 1) throw new Error("not today");
  };
  const told: unknown[] = [];
  const runner = createTaskRunner({
    ...{ clock, leases: undefined, holder: "a", log: silent, chance: () => 0 },
    tasks: [{ name: "t", everyMs: 100, run }],
    observe: (...one) => told.push(one),
  });
  runner.start();
  await clock.advance(200);
  assert.deepEqual(told, [
    ["t", "failed", 30],
    ["t", "done", 30],
  ]);
  await runner.stop();
});
