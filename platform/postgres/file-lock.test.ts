import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { withFileLock } from "./file-lock.ts";

const root = await mkdtemp(join(tmpdir(), "souk lock "));
after(() => rm(root, { recursive: true }));

test("one at a time, and a failure frees it", async () => {
  const path = join(root, "deep", "lock");
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await new Promise(setImmediate);
    inside--;
    throw new Error("done");
  };
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => withFileLock(path, 10_000, work)));
  assert.equal(most, 1);
  for (const outcome of outcomes) assert.match(String(outcome.status === "rejected" && outcome.reason), /done/);
});

test("another process holds it until it dies, however it dies", async () => {
  const path = join(root, "lock");
  const script = `
    import { withFileLock } from ${JSON.stringify(new URL("file-lock.ts", import.meta.url).href)};
    await withFileLock(${JSON.stringify(path)}, 0, () => { console.log("held"); return new Promise((r) => setInterval(r, 1e9)); });`;
  const holder = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(holder.stdout, "data");
  await assert.rejects(
    withFileLock(path, 0, async () => {}),
    /locked by another process/,
  );
  const waiting = withFileLock(path, 10_000, async () => "mine");
  holder.kill("SIGKILL");
  assert.equal(await waiting, "mine");
});
