import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "@souk/kernel";
import { commandClock } from "../clock.ts";
import { lastLines, logFile } from "../logs/files.ts";
import { type Home, homeAt, makeHome } from "../state/home.ts";
import { endProcesses, endServices } from "./end.ts";
import { createFleet, type Fleet, type Member, StartFailed } from "./fleet.ts";
import { launchNode } from "./launch.ts";
import { probeService } from "./probe.ts";
import { identify } from "./process-identity.ts";
import { livingProcesses, writeProcessRecords } from "./process-records.ts";
import { type Change, defaultPolicy, type Exit, type Ports, type ProcessStatus } from "./supervised.ts";

/** Small stand-ins for services: real processes that speak the same protocol. */
const scripts = {
  service: `
    import { createServer } from "node:http";
    const server = createServer((request, response) => {
      if (request.url === "/crash") process.exit(1);
      response.end("ok");
    });
    server.listen(0, "127.0.0.1", () => process.send({ type: "ready", name: process.argv[2], port: server.address().port }));
    process.on("SIGTERM", () => { console.log("goodbye"); process.exit(0); });
    process.on("disconnect", () => {});`,
  caller: `
    import { readFileSync } from "node:fs";
    import { createServer } from "node:http";
    process.on("disconnect", () => {});
    process.on("SIGTERM", async () => {
      const [payments] = JSON.parse(readFileSync("run/registry.json", "utf8")).payments ?? [];
      console.log(payments ? (await fetch(payments.url)).status : "nobody there");
      process.exit(0);
    });
    const server = createServer((request, response) => response.end("ok"));
    server.listen(0, "127.0.0.1", () => process.send({ type: "ready", name: process.argv[2], port: server.address().port }));`,
  misconfigured: `console.error("SOUK_PORT: is not a number."); process.exit(78);`,
  broken: `throw new Error("broken");`,
};

let home: Home;
before(async () => {
  home = homeAt(await mkdtemp(join(tmpdir(), "souk fleet ")));
  await makeHome(home);
  for (const [name, script] of Object.entries(scripts)) await writeFile(join(home.dir, `${name}.mjs`), script);
});
after(() => rm(home.dir, { recursive: true, force: true }));

const member = (
  name: string,
  script: keyof typeof scripts = "service",
  stopStage = 0,
  probe: Member["probe"] = (port) => probeService(port),
): Member => ({
  name,
  stopStage,
  instance: `${name}-1`,
  probe,
  launch: launchNode({
    args: [join(home.dir, `${script}.mjs`), name],
    env: {},
    cwd: home.dir,
    logFile: logFile(home.logs, `${name}-1`),
    services: [name],
  }),
});

/** A fleet with a hand on what happens in it. */
function fleet({ clock = commandClock, hungMs = defaultPolicy.hungMs } = {}) {
  const waiting = new Set<(change: Change, status: ProcessStatus) => void>();
  const made = createFleet({
    home,
    clock,
    policy: { ...defaultPolicy, backoffMs: 1, probeEveryMs: 10, hungMs },
    onChange: (change, status) => {
      for (const notice of waiting) notice(change, status);
    },
  });
  const next = (kind: Change["kind"], instance: string) =>
    new Promise<Change>((resolve) => {
      const notice = (change: Change, status: ProcessStatus) => {
        if (change.kind !== kind || status.instance !== instance) return;
        waiting.delete(notice);
        resolve(change);
      };
      waiting.add(notice);
    });
  return { ...made, next };
}

const portOf = (fleet: Pick<Fleet, "processes">, instance: string) => {
  const port = fleet.processes().find((process) => process.instance === instance)?.port;
  assert.ok(port !== undefined);
  return port;
};
const pidOf = (fleet: Pick<Fleet, "processes">, instance: string) => {
  const pid = fleet.processes().find((process) => process.instance === instance)?.pid;
  assert.ok(pid !== undefined);
  return pid;
};
const registry = () => JSON.parse(readFileSync(home.registry, "utf8"));

test("everything starts together, is in the registry, and says goodbye", async () => {
  const shop = fleet();
  await shop.start([member("orders"), member("users")]);
  assert.deepEqual(
    shop.processes().map(({ instance, state, restarts }) => ({ instance, state, restarts })),
    [
      { instance: "orders-1", state: "ready", restarts: 0 },
      { instance: "users-1", state: "ready", restarts: 0 },
    ],
  );
  assert.deepEqual(Object.keys(registry()), ["orders", "users"]);
  await shop.stop();
  assert.deepEqual(registry(), {});
  assert.deepEqual(await livingProcesses(home), []);
  assert.deepEqual(
    (await lastLines(home.logs, "orders-1", 1)).map(({ raw }) => raw),
    ["goodbye"],
  );
});

const callsAtTheEnd = () => [member("orders", "caller", 0), member("payments", "service", 1)];
const lastSaid = async (instance: string) => (await lastLines(home.logs, instance, 1)).map(({ raw }) => raw);

test("who calls others ends what it has begun while they are still there", async () => {
  const shop = fleet();
  await shop.start(callsAtTheEnd());
  await shop.stop();
  assert.deepEqual(await lastSaid("orders-1"), ["200"]);
});

test("what a killed supervisor left ends in the same order", async () => {
  const started = await Promise.all(
    callsAtTheEnd().map(async ({ name, instance, stopStage = 0, launch }) => {
      const ready = Promise.withResolvers<Ports>();
      const exit = Promise.withResolvers<Exit>();
      const { pid } = launch({ onReady: ready.resolve, onExit: exit.resolve });
      const port = (await ready.promise)[name];
      const identity = identify(pid() ?? 0);
      assert.ok(identity);
      return { record: { ...identity, name, instance, stopStage, restarts: 0 }, port, exit: exit.promise };
    }),
  );
  writeProcessRecords(
    home,
    started.map(({ record }) => record),
  );
  const [, payments] = started;
  await writeFile(home.registry, JSON.stringify({ payments: [{ url: `http://127.0.0.1:${payments?.port}` }] }));
  await endServices(commandClock, await livingProcesses(home));
  assert.deepEqual(await Promise.all(started.map(({ exit }) => exit)), [
    { code: 0, signal: null },
    { code: 0, signal: null },
  ]);
  assert.deepEqual(await lastSaid("orders-1"), ["200"]);
});

test("what is killed comes back, on another port, and is counted", async () => {
  const shop = fleet();
  await shop.start([member("orders")]);
  const before = pidOf(shop, "orders-1");
  const [died, back] = [shop.next("died", "orders-1"), shop.next("ready", "orders-1")];
  process.kill(before, "SIGKILL");
  assert.deepEqual(await died, { kind: "died", exit: { code: null, signal: "SIGKILL" }, deaths: 1, againInMs: 1 });
  assert.deepEqual(registry(), {}, "nobody is sent to the dead");
  await back;
  assert.notEqual(pidOf(shop, "orders-1"), before);
  assert.equal(shop.processes()[0]?.restarts, 1);
  assert.equal(registry().orders[0].url, `http://127.0.0.1:${portOf(shop, "orders-1")}`);
  await shop.stop();
});

test("a disk that is full for a while leaves the processes running, and where they are is written when it can be", async () => {
  const clock: Clock = {
    ...commandClock,
    after: (ms, task) => commandClock.after(ms === 1_000 ? 5 : ms, task),
  };
  const shop = fleet({ clock });
  await shop.start([member("orders")]);
  const before = registry();
  const drafts = [`${home.processes}.draft`, `${home.registry}.draft`];
  for (const draft of drafts) mkdirSync(draft); // no file can be written there now
  const back = shop.next("ready", "orders-1");
  process.kill(pidOf(shop, "orders-1"), "SIGKILL");
  await back;
  assert.deepEqual(registry(), before);
  for (const draft of drafts) rmdirSync(draft);
  const url = `http://127.0.0.1:${portOf(shop, "orders-1")}`;
  while (registry().orders?.[0]?.url !== url) await delay(5);
  assert.deepEqual(
    (await livingProcesses(home)).map(({ pid }) => pid),
    [pidOf(shop, "orders-1")],
  );
  await shop.stop();
});

test("what hangs is killed and comes back", async () => {
  const shop = fleet({ hungMs: 50 });
  let isStopped = false;
  // On a busy machine one that is well may be silent for so little time too: only the one that was stopped is asked in earnest.
  const probe = async (port: number) => (isStopped ? probeService(port, 200) : "ready");
  await shop.start([member("orders", "service", 0, probe)]);
  const back = shop.next("ready", "orders-1");
  const killed = shop.next("killed", "orders-1").then(() => {
    isStopped = false;
  });
  process.kill(pidOf(shop, "orders-1"), "SIGSTOP");
  isStopped = true;
  await killed;
  await back;
  await shop.stop();
});

test("a process that refuses its configuration fails the start at once, one that breaks after three tries", async () => {
  const shop = fleet();
  await assert.rejects(
    shop.start([member("orders"), member("users", "misconfigured")]),
    (error) => error instanceof StartFailed && error.message === "users-1 refuses its configuration.",
  );
  await assert.rejects(
    shop.start([member("products", "broken")]),
    (error) => error instanceof StartFailed && error.message === "products-1 ended 3 times before it was ready.",
  );
  await shop.stop();
  assert.match(await readFile(logFile(home.logs, "products-1"), "utf8"), /Error: broken/);
});

test("what a killed supervisor left behind is found by its records and ended gracefully", async () => {
  const shop = fleet();
  await shop.start([member("orders"), member("users")]);
  const left = await livingProcesses(home);
  assert.deepEqual(left.map(({ instance }) => instance).sort(), ["orders-1", "users-1"]);
  const gone = Promise.all([shop.next("died", "orders-1"), shop.next("died", "users-1")]);
  // A fleet that is no more would not start them again: this one is told so.
  const ended = endProcesses(commandClock, left, { signal: "SIGTERM", patienceMs: 60_000 });
  await gone;
  await shop.stop();
  await ended;
  assert.deepEqual(
    left.filter(({ pid }) => pid === process.pid),
    [],
  );
  assert.deepEqual(
    (await lastLines(home.logs, "users-1", 1)).map(({ raw }) => raw),
    ["goodbye"],
  );
});

test("a service that lives but is not ready is neither silent nor ready", async () => {
  const answers = new Map([
    ["/livez", 200],
    ["/readyz", 503],
  ]);
  const server = createServer((request, response) => {
    response.statusCode = answers.get(request.url ?? "") ?? 404;
    response.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  assert.equal(await probeService(address.port), "unready");
  answers.set("/readyz", 200);
  assert.equal(await probeService(address.port), "ready");
  answers.set("/livez", 500);
  assert.equal(await probeService(address.port), "silent");
  server.close();
  server.closeAllConnections();
  assert.equal(await probeService(address.port), "silent");
});
