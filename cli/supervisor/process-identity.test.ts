import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { identify, isAlive, signalProcess } from "./process-identity.ts";

test("a process is itself as long as it runs", async () => {
  const child = spawn(process.execPath, ["--eval", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  await once(child, "spawn");
  const identity = identify(child.pid ?? 0);
  assert.ok(identity !== undefined);
  assert.equal(isAlive(identity), true);
  signalProcess(identity, "SIGKILL");
  await once(child, "exit");
  assert.equal(isAlive(identity), false);
  signalProcess(identity, "SIGKILL"); // nobody is there to be hurt
});

test("a pid that was given to another process is not the process that had it", () => {
  const mine = identify(process.pid);
  assert.ok(mine !== undefined);
  const former = { pid: process.pid, startedAt: "long ago" };
  assert.equal(isAlive(former), false);
  signalProcess(former, "SIGKILL"); // this test would not end well
});
