import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launchNode } from "./launch.ts";
import { identify, isAlive } from "./process-identity.ts";
import type { Exit, Ports } from "./supervised.ts";

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "souk launch "));
});
after(() => rm(dir, { recursive: true, force: true }));

function launch(name: string, script: string, env: Record<string, string> = {}, services = ["orders"]) {
  const logFile = join(dir, `${name}.log`);
  const ready = Promise.withResolvers<Ports>();
  const probed = Promise.withResolvers<Ports | undefined>();
  const exit = Promise.withResolvers<Exit>();
  const running = launchNode({
    args: ["--eval", script],
    env,
    cwd: dir,
    logFile,
    services,
  })({
    onReady(ports, probes) {
      ready.resolve(ports);
      probed.resolve(probes);
    },
    onExit: exit.resolve,
  });
  return { running, ready: ready.promise, probed: probed.promise, exit: exit.promise, logFile };
}

test("a process tells its port and is ended by a signal", async () => {
  const { running, ready, exit } = launch(
    "ready",
    `process.send({ hello: 1 }); process.send({ type: "ready", name: "orders", port: 4711 }); setInterval(() => {}, 1000)`,
  );
  assert.deepEqual(await ready, { orders: 4711 });
  const identity = identify(running.pid() ?? 0);
  assert.ok(identity !== undefined && isAlive(identity));
  running.signal("SIGTERM");
  assert.deepEqual(await exit, { code: null, signal: "SIGTERM" });
  assert.equal(isAlive(identity), false);
});

test("its output goes to its log file, readable by its owner alone", async () => {
  const { exit, logFile } = launch("output", `console.log("to say"); console.error("to complain"); process.exit(3)`);
  assert.deepEqual(await exit, { code: 3, signal: null });
  assert.equal(await readFile(logFile, "utf8"), "to say\nto complain\n");
  assert.equal((await stat(logFile)).mode & 0o777, 0o600);
});

test("it gets the environment that it is given and nothing of ours", async () => {
  process.env["SOUK_LAUNCH_TEST"] = "ours";
  const { exit, logFile } = launch(
    "env",
    `console.log(Object.keys(process.env).filter((k) => k.startsWith("SOUK")).join())`,
    {
      SOUK_GIVEN: "1",
    },
  );
  await exit;
  assert.equal(await readFile(logFile, "utf8"), "SOUK_GIVEN\n");
});

test("a process that stops responding to SIGTERM because it is stopped is still ended by SIGKILL", async () => {
  const { running, ready, exit } = launch(
    "stopped",
    `process.send({ type: "ready", name: "orders", port: 1 }); setInterval(() => {}, 1000)`,
  );
  await ready;
  running.signal("SIGSTOP");
  running.signal("SIGKILL");
  assert.deepEqual(await exit, { code: null, signal: "SIGKILL" });
});

test("a process of several services is ready when all of them are", async () => {
  const script = `
    process.send({ type: "ready", name: "users", port: 1, managementPort: 3 });
    process.send({ type: "ready", name: "orders", port: 2 });
    setInterval(() => {}, 1000)`;
  const { running, ready, probed, exit } = launch("several", script, {}, ["users", "orders"]);
  assert.deepEqual(await ready, { users: 1, orders: 2 });
  assert.deepEqual(await probed, { users: 3, orders: 2 }, "a port of its own is where it is asked how it is");
  running.signal("SIGKILL");
  await exit;
});
