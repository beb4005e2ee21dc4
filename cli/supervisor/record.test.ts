import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { type Home, homeAt, makeHome } from "../state/home.ts";
import { identify } from "./process-identity.ts";
import { becomeSupervisor, livingSupervisor, publishSupervisor, resignSupervisor } from "./record.ts";

const dirs: string[] = [];
let home: Home;
beforeEach(async () => {
  home = homeAt(await mkdtemp(join(tmpdir(), "souk-record-")));
  dirs.push(home.dir);
  await makeHome(home);
});
after(() => Promise.all(dirs.map((dir) => rm(dir, { recursive: true, force: true }))));

test("of many that start at once, one supervises", async () => {
  const results = await Promise.all(Array.from({ length: 10 }, () => becomeSupervisor(home)));
  assert.equal(results.filter((other) => other === undefined).length, 1);
  assert.ok(results.every((other) => other === undefined || other.pid === process.pid));
  assert.deepEqual(await readdir(home.run), ["lock", "supervisor.json"]);
  assert.equal((await stat(home.supervisor)).mode & 0o777, 0o600);
});

test("the place of a supervisor that was killed is taken, by one of many", async () => {
  const child = spawn(process.execPath, ["--eval", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  await once(child, "spawn");
  await writeFile(home.supervisor, JSON.stringify(identify(child.pid ?? 0)));
  assert.equal((await becomeSupervisor(home))?.pid, child.pid, "it lives: its place is taken");
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(await livingSupervisor(home), undefined);
  const results = await Promise.all(Array.from({ length: 10 }, () => becomeSupervisor(home)));
  assert.equal(results.filter((other) => other === undefined).length, 1);
});

test("a supervisor says where it is reached until it resigns", async () => {
  await becomeSupervisor(home);
  await publishSupervisor(home, { control: { port: 1, token: "t" }, address: "http://localhost:8080" });
  assert.equal((await livingSupervisor(home))?.address, "http://localhost:8080");
  await resignSupervisor(home);
  assert.equal(await livingSupervisor(home), undefined);
});
