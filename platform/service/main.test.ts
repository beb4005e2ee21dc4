import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

const main = join(import.meta.dirname, "main.ts");
const plain = join(import.meta.dirname, "testdata/plain/service.ts");

type Ready = { readonly ready: true; readonly name: string; readonly port: number };
type Run = { readonly child: ChildProcess; readonly output: () => string; readonly exit: Promise<number | null> };

function run(t: TestContext, paths: readonly string[], env: Readonly<Record<string, string>>): Run {
  const child = spawn(process.execPath, [main, ...paths], { env, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += String(chunk)));
  return { child, output: () => output, exit: once(child, "close").then(([code]) => code) };
}

async function ready({ child, output, exit }: Run): Promise<Ready> {
  const message = once(child, "message").then(([message]) => message as Ready); // as: see main.ts
  return Promise.race([
    message,
    exit.then((code) => assert.fail(`exited with ${code} before it was ready: ${output()}`)),
  ]);
}

const development = { SOUK_ENV: "development" };
const at = (port: number, path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init);

test("a service says where it listens, answers, and ends gracefully when asked", async (t) => {
  const service = run(t, [plain], { ...development, SOUK_TEXT: "good morning" });
  const { name, port } = await ready(service);
  assert.equal(name, "plain");
  assert.deepEqual(await (await at(port, "/v1/greeting")).json(), { text: "good morning" });
  service.child.kill("SIGTERM");
  assert.equal(await service.exit, 0);
  assert.match(service.output(), /"message":"ready".*"message":"stopping".*"message":"stopped"/s);
});

test("a wrong configuration: every mistake is told, no secret shown, exit 78 before anything is opened", async (t) => {
  const service = run(t, [plain], {
    SOUK_ENV: "production",
    SOUK_PORT: "eighty",
    SOUK_KEY: "hunter2",
    SOUK_TEXTS: "x",
  });
  assert.equal(await service.exit, 78);
  const output = service.output();
  for (const told of [
    /SOUK_PORT: "eighty" is not a whole number/,
    /SOUK_KEY: is weak/,
    /SOUK_TEXTS: .* did you mean SOUK_TEXT\?/,
  ])
    assert.match(output, told);
  assert.doesNotMatch(output, /hunter2|"ready"|"stopp/);
});

test("a second signal ends it at once", async (t) => {
  const service = run(t, [plain], { ...development, SOUK_LINGER_MS: "60000" });
  const { port } = await ready(service);
  service.child.kill("SIGTERM");
  let status = 200;
  while (status === 200) status = (await at(port, "/readyz")).status;
  assert.equal(status, 503, "unready");
  assert.equal((await at(port, "/v1/greeting")).status, 200, "but serving on");
  service.child.kill("SIGTERM");
  assert.equal(await service.exit, 1);
});

for (const how of ["exception", "rejection"]) {
  test(`an unhandled ${how} is logged and ends the process`, async (t) => {
    const service = run(t, [plain], development);
    const { port } = await ready(service);
    const body = JSON.stringify({ how });
    await at(port, "/v1/crash", { method: "POST", body, headers: { "content-type": "application/json" } }).catch(
      () => {},
    );
    assert.equal(await service.exit, 1);
    assert.match(service.output(), /"level":"error".*nobody (catches|waits for) this/);
  });
}

test("it goes on serving when the process that started it dies, and nobody reads its output any more", async (t) => {
  // A process in between starts it with pipes and a channel, passes on what it hears, and is killed.
  const script = `
    const child = require("node:child_process").spawn(process.execPath, ${JSON.stringify([main, plain])}, { stdio: ["ignore", "pipe", "pipe", "ipc"], env: process.env });
    child.stdout.resume();
    child.on("message", (message) => process.send({ ...message, pid: child.pid }));`;
  const parent = spawn(process.execPath, ["--eval", script], {
    env: { ...development, SOUK_LOG_LEVEL: "debug" },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const [{ port, pid }] = await once(parent, "message");
  t.after(() => process.kill(pid, "SIGKILL"));
  parent.kill("SIGKILL");
  await once(parent, "exit");
  // Each of these is also a line of log that finds no reader.
  for (let i = 0; i < 20; i++) assert.equal((await at(port, "/v1/greeting")).status, 200);
});

test("several services in one process, each with its own environment", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "souk-process-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "process.json");
  const env = (text: string) => ({ ...development, SOUK_TEXT: text, SOUK_INSTANCE: text });
  writeFileSync(file, JSON.stringify({ services: ["one", "two"].map((text) => ({ path: plain, env: env(text) })) }));
  const process = run(t, [], { SOUK_PROCESS_FILE: file });
  const ports = new Set<number>();
  process.child.on("message", (message) => ports.add((message as Ready).port)); // as: see main.ts
  while (ports.size < 2) await once(process.child, "message");
  const bodies = await Promise.all([...ports].map(async (port) => (await at(port, "/v1/greeting")).text()));
  assert.deepEqual(bodies.toSorted(), ['{"text":"one"}', '{"text":"two"}']);
  process.child.kill("SIGTERM");
  assert.equal(await process.exit, 0);
  const told = process
    .output()
    .split("\n")
    .filter((line) => /"message":"stop/.test(line))
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    told.map(({ instance, message }) => `${instance} ${message}`),
    ["one stopping", "one stopped", "two stopping", "two stopped"],
    "those that others call are listed later, and end later",
  );
});

test("without a service it says how to use it", async (t) => {
  const service = run(t, [], development);
  assert.equal(await service.exit, 64);
  assert.match(service.output(), /usage: /);
});
