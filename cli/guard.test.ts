import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { isAlive, type ProcessIdentity } from "./supervisor/process-identity.ts";

const here = (file: string) => JSON.stringify(join(import.meta.dirname, file));

/** A process that has started a server and a service in a temporary folder, and says which they are. */
const script = `
  const { guardTemporary } = await import(${here("guard.ts")});
  const { homeAt, makeHome } = await import(${here("state/home.ts")});
  const { identify } = await import(${here("supervisor/process-identity.ts")});
  const { writeProcessRecords } = await import(${here("supervisor/process-records.ts")});
  const { startEmbedded } = await import("@souk/postgres/embedded");
  const { spawn } = await import("node:child_process");
  const home = homeAt(process.env.FOLDER);
  const guard = guardTemporary(home);
  await makeHome(home);
  const server = await startEmbedded({ dataDir: home.postgres, password: "secret" });
  const service = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
  const record = { ...identify(service.pid), name: "service", instance: "service-1", restarts: 0 };
  writeProcessRecords(home, [record]);
  process.send([identify(server.pid), identify(service.pid)]);
  process.on("message", async () => {
    service.kill();
    await new Promise((resolve) => service.once("exit", resolve));
    await server.stop();
    guard.release();
    process.disconnect();
  });`;

async function start(): Promise<{ folder: string; child: ReturnType<typeof spawn>; left: ProcessIdentity[] }> {
  const folder = await mkdtemp(join(tmpdir(), "souk guard "));
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: import.meta.dirname,
    env: { ...process.env, FOLDER: folder },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const [left] = await once(child, "message");
  return { folder, child, left };
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 120_000; !holds(); await delay(20))
    assert.ok(performance.now() < end, `never: ${what}`);
}

test("what a process that is killed leaves in its temporary folder ends, and the folder goes", async () => {
  const { folder, child, left } = await start();
  assert.deepEqual(left.map(isAlive), [true, true]);
  child.kill("SIGKILL");
  await until("everything has ended", () => !left.some(isAlive));
  await until("the folder is gone", () => !existsSync(folder));
});

test("who has cleaned up needs no guard any more", async () => {
  const { folder, child, left } = await start();
  child.send("clean up");
  await once(child, "exit");
  assert.deepEqual(left.map(isAlive), [false, false]);
  await rm(folder, { recursive: true });
});
