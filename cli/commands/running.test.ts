import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { request } from "undici";
import { souk } from "../souk.ts";
import { type Home, homeAt, makeHome } from "../state/home.ts";
import { askProcesses } from "../supervisor/control.ts";
import { serveControl } from "../supervisor/control-server.ts";
import { identify } from "../supervisor/process-identity.ts";
import { writeProcessRecords } from "../supervisor/process-records.ts";
import { publishSupervisor, resignSupervisor } from "../supervisor/record.ts";
import type { ProcessStatus } from "../supervisor/supervised.ts";

let home: Home;
before(async () => {
  home = homeAt(await mkdtemp(join(tmpdir(), "souk-running-")));
  await makeHome(home);
});
after(() => rm(home.dir, { recursive: true, force: true }));

async function type(...argv: string[]) {
  const lines: string[] = [];
  const complaints: string[] = [];
  const code = await souk(argv, {
    out: (line) => lines.push(line),
    err: (line) => complaints.push(line),
    paint: (_, text) => text,
    interactive: false,
    env: { SOUK_HOME: home.dir },
  });
  return { code, said: lines.join("\n"), complained: complaints.join("\n") };
}

const idle = () => spawn(process.execPath, ["--eval", "setInterval(() => {}, 1000)"], { stdio: "ignore" });

test("status shows each process in the shape that scripts rely on", async () => {
  const processes: ProcessStatus[] = [
    {
      name: "orders",
      instance: "orders-1",
      state: "ready",
      pid: process.pid,
      port: 4711,
      ports: { orders: 4711 },
      restarts: 2,
    },
    { name: "users", instance: "users-1", state: "waiting", ports: {}, restarts: 5 },
  ];
  const control = await serveControl({ processes: () => processes, stop: () => {} }, "token");
  await publishSupervisor(home, { control: { port: control.port, token: "token" }, address: "http://localhost:1" });

  const { code, said } = await type("status", "--json");
  assert.equal(code, 0);
  const rows = JSON.parse(said);
  assert.ok(rows.every((row: object) => Object.keys(row).join() === "name,instance,pid,port,state,memoryMb,restarts"));
  const [orders, users, supervisor] = rows;
  assert.ok(orders.memoryMb > 5);
  assert.deepEqual(orders, {
    ...{ name: "orders", instance: "orders-1", pid: process.pid, port: 4711 },
    ...{ state: "ready", memoryMb: orders.memoryMb, restarts: 2 },
  });
  assert.deepEqual(users, {
    ...{ name: "users", instance: "users-1", pid: null, port: null },
    ...{ state: "waiting", memoryMb: null, restarts: 5 },
  });
  assert.deepEqual([supervisor.name, supervisor.pid, supervisor.state], ["supervisor", process.pid, "ready"]);

  const table = await type("status");
  assert.match(table.said, /orders-1 +ready +4711/);
  assert.match(table.said, /http:\/\/localhost:1, 3 processes/);
  control.close();
  await resignSupervisor(home);
});

test("nobody without the token asks a supervisor for anything", async () => {
  let stops = 0;
  const control = await serveControl({ processes: () => [], stop: () => stops++ }, "token");
  for (const authorization of [undefined, "Bearer other", "token"]) {
    const { statusCode, body } = await request(`http://127.0.0.1:${control.port}/stop`, {
      method: "POST",
      headers: authorization === undefined ? {} : { authorization },
    });
    await body.dump();
    assert.equal(statusCode, 401);
  }
  assert.equal(stops, 0);
  const identity = identify(process.pid);
  assert.ok(identity);
  assert.deepEqual(await askProcesses({ ...identity, control: { port: control.port, token: "token" } }), []);
  control.close();
});

test("what a killed supervisor left is shown as orphaned, and down ends it", async () => {
  const child = idle();
  await once(child, "spawn");
  const identity = identify(child.pid ?? 0);
  assert.ok(identity);
  writeProcessRecords(home, [{ ...identity, name: "orders", instance: "orders-1", port: 4711, restarts: 0 }]);

  const status = await type("status", "--json");
  assert.equal(status.code, 1);
  assert.equal(JSON.parse(status.said)[0].state, "orphaned");

  const gone = once(child, "exit");
  const down = await type("down", "--json");
  assert.equal(down.code, 0);
  assert.deepEqual(JSON.parse(down.said).stopped, ["orders-1"]);
  await gone;
});

test("when nothing runs, status says so and how to start, and down has nothing to do", async () => {
  const status = await type("status");
  assert.equal(status.code, 1);
  assert.match(status.said, /not running.*\.\/souk up/);
  const down = await type("down");
  assert.equal(down.code, 0);
  assert.match(down.said, /not running/);
});

test("what needs a running shop says that it does not run", async () => {
  const token = await type("token", "operator");
  assert.equal(token.code, 1);
  assert.match(token.complained, /not running[\s\S]*souk up/);
  const role = await type("token", "oprator");
  assert.equal(role.code, 2);
  assert.match(role.complained, /no role "oprator"[\s\S]*souk token operator/);
  const logs = await type("logs");
  assert.match(logs.complained, /Nothing has been logged/);
});

test("up refuses what cannot be", async () => {
  for (const [argv, complaint] of [
    [["--port", "no"], /--port needs a whole number from 0 to 65535, not "no"/],
    [["--port", "70000"], /not "70000"/],
    [["--replicas", "orders"], /how many processes/],
    [["--replicas", "orders=0"], /how many processes/],
    [["--env", "prod"], /no environment "prod"/],
    [["--only", "odrers"], /no service "odrers"[\s\S]*orders/],
    [["--replicas", "gateway=2"], /one address, and so one process/],
    [["--only", "orders", "--replicas", "users=2"], /no replicas of users/],
  ] as const) {
    const { code, complained } = await type("up", ...argv);
    assert.equal(code, 2);
    assert.match(complained, complaint);
  }
});

test("what the machine refuses, and what is damaged, is no mistake in souk", async () => {
  await mkdir(home.supervisor);
  const refused = await type("status");
  assert.equal(refused.code, 1);
  assert.match(refused.complained, /EISDIR[\s\S]*SOUK_HOME=FOLDER/);
  await rm(home.supervisor, { recursive: true });

  await writeFile(home.supervisor, "{");
  const damaged = await type("status");
  assert.equal(damaged.code, 1);
  assert.ok(damaged.complained.includes(`${home.supervisor} is damaged.`), damaged.complained);
  await rm(home.supervisor);
});
