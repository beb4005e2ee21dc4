import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { repository } from "./state/home.ts";
import { startOf } from "./supervisor/process-identity.ts";

/** The real command on real services, as few of them as will do. */
const home = await mkdtemp(join(tmpdir(), "souk up "));
after(async () => {
  await type("down");
  await rm(home, { recursive: true, force: true });
});

function type(...argv: string[]): Promise<{ code: number; said: string; complained: string }> {
  const env = { ...process.env, SOUK_HOME: home };
  return new Promise((resolve) =>
    execFile(process.execPath, [join(repository, "cli", "main.ts"), ...argv], { env }, (error, said, complained) =>
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : 1, said, complained }),
    ),
  );
}

type Row = { instance: string; pid: number; state: string };
async function processes(): Promise<Map<string, Row>> {
  const { said } = await type("status", "--json");
  return new Map((JSON.parse(said) as Row[]).map((row) => [row.instance, row]));
}

const up = ["up", "--detach", "--only", "inventory,shipping", "--replicas", "shipping=2"];

test("a supervisor that is killed leaves the shop running, and the next up takes it over", async () => {
  const both = await Promise.all([type(...up), type(...up)]);
  for (const { code, complained } of both) assert.equal(code, 0, complained);
  const stories = both.map(({ said }) => said).sort((a, b) => a.length - b.length);
  assert.match(
    stories[0] ?? "",
    /waiting for it\nSouk is running already/,
    "of two that start at once, one waits for the other",
  );
  assert.match(stories[1] ?? "", /Souk is up/);
  const before = await processes();
  assert.deepEqual(
    [...before.values()].map(({ instance, state }) => `${instance} ${state}`),
    ["postgres ready", "inventory-1 ready", "shipping-1 ready", "shipping-2 ready", "supervisor ready"],
  );

  assert.deepEqual(JSON.parse((await type("sagas", "--json")).said), []);
  assert.deepEqual(JSON.parse((await type("dlq", "--json")).said), { total: 0, letters: [] });
  const unknown = await type("sagas", "show", "no-such-saga");
  assert.match(unknown.complained, /No running service has a saga no-such-saga/);
  const letter = "0192d1c7-5bb0-7cc3-98c4-424242424242";
  assert.match((await type("dlq", "redrive", letter)).complained, /No running service has a dead letter 0192/);
  const noId = await type("dlq", "redrive", "no-such-letter");
  assert.equal(noId.code, 1);
  assert.match(noId.complained, /id must be a UUID/);
  assert.match((await type("logs", "inventory", "--lines", "5")).said, /inventory-1 │ .* ready port=/);

  process.kill(before.get("supervisor")?.pid ?? 0, "SIGKILL");
  const orphaned = await processes();
  assert.deepEqual(new Set([...orphaned.values()].map(({ state }) => state)), new Set(["orphaned"]));
  assert.equal(orphaned.get("inventory-1")?.pid, before.get("inventory-1")?.pid, "it serves on");

  const second = await type(...up);
  assert.equal(second.code, 0, second.complained);
  assert.match(second.said, /had left inventory-1, shipping-1, shipping-2 behind/);
  assert.match(second.said, /PostgreSQL of an earlier run goes on/);
  const afterwards = await processes();
  assert.equal(afterwards.get("postgres")?.pid, before.get("postgres")?.pid);
  assert.notEqual(afterwards.get("inventory-1")?.pid, before.get("inventory-1")?.pid);

  const down = await type("down");
  assert.equal(down.code, 0);
  assert.equal((await type("status")).code, 1);
  for (const { instance, pid } of afterwards.values()) assert.equal(startOf(pid), undefined, `${instance} has ended`);
});

test("a taken port is named with what holds it, and nothing is left running", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  assert.ok(typeof address === "object" && address !== null);
  const { code, complained } = await type("up", "--detach", "--port", String(address.port));
  assert.equal(code, 1);
  assert.match(complained, new RegExp(`Port ${address.port} is taken by process ${process.pid} \\(.*node`));
  assert.match(complained, /--port \d+/);
  assert.deepEqual([...(await processes()).keys()], []);
  other.close();
});
