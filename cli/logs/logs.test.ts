import assert from "node:assert/strict";
import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Clock } from "@souk/kernel";
import { commandClock } from "../clock.ts";
import { followLogs, instancesWithLogs, lastLines, logFile, mergeByTime } from "./files.ts";
import { readLine, renderLine } from "./line.ts";
import { rotateLogs } from "./rotate.ts";

const plain = { paint: (_: unknown, text: string) => text };
const json = (time: string, message: string, more: object = {}) =>
  JSON.stringify({ level: "info", time, service: "orders", version: "1", instance: "orders-1", message, ...more });

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "souk-logs-"));
});
after(() => rm(dir, { recursive: true, force: true }));

test("a line for people has its time, who said it, what, and the fields that say more", () => {
  const line = readLine(
    "orders-1",
    json("2026-11-21T10:00:00.250Z", "order placed", { orderId: "o-1", trace_id: "t" }),
  );
  const local = new Date("2026-11-21T10:00:00.250Z").toTimeString().slice(0, 8);
  assert.equal(renderLine(line, plain, 10), `orders-1   │ ${local}.250 order placed orderId=o-1`);
});

test("an error shows its stack and its causes, a warning its weight", () => {
  const error = { message: "no", stack: "Error: no\n    at here", cause: { message: "because" } };
  const raw = json("2026-11-21T10:00:00Z", "failed", { level: "error", error, instance: "a-1" });
  // A process of several services has one file; the line says whose it is.
  const line = renderLine(readLine("all-1", raw), plain, 3);
  assert.match(line, /ERROR failed/);
  assert.deepEqual(line.split("\n").slice(1), [
    "a-1 │   Error: no",
    "a-1 │       at here",
    "a-1 │   caused by",
    "a-1 │   because",
  ]);
});

test("what is no JSON is shown as it is", () => {
  assert.equal(renderLine(readLine("a-1", "Segmentation fault"), plain, 3), "a-1 │ Segmentation fault");
  assert.equal(renderLine(readLine("a-1", '{"cut":'), plain, 3), 'a-1 │ {"cut":');
});

test("logs merge by time, and a stack stays with its line", () => {
  const a = [readLine("a", '{"time":"1"}'), readLine("a", "  at x"), readLine("a", '{"time":"4"}')];
  const b = [readLine("b", '{"time":"2"}'), readLine("b", '{"time":"3"}')];
  assert.deepEqual(
    mergeByTime([a, b]).map(({ raw }) => raw),
    ['{"time":"1"}', "  at x", '{"time":"2"}', '{"time":"3"}', '{"time":"4"}'],
  );
});

test("PostgreSQL's lines have a time too", () => {
  const line = readLine("postgres", "2026-11-21 10:00:00.250 UTC [42] LOG:  database system is ready");
  assert.equal(line.time, "2026-11-21T10:00:00.250Z");
});

test("a service's logs are those of its replicas and no other's", async () => {
  for (const name of ["orders-1", "orders-2", "orders-export-1", "supervisor"])
    await writeFile(logFile(dir, name), "one\ntwo\nthree\n");
  assert.deepEqual(await instancesWithLogs(dir, "orders"), ["orders-1", "orders-2"]);
  assert.deepEqual(await instancesWithLogs(dir, "supervisor"), ["supervisor"]);
  assert.equal((await instancesWithLogs(dir)).length, 4);
  assert.deepEqual(await instancesWithLogs(join(dir, "nowhere")), []);
  assert.deepEqual(
    (await lastLines(dir, "orders-1", 2)).map(({ raw }) => raw),
    ["two", "three"],
  );
  assert.deepEqual(await lastLines(dir, "unknown-1", 2), []);
});

test("following shows the end and what is written from then on, line by line, also in new files", async () => {
  const stop = new AbortController();
  const seen: string[] = [];
  const all = Promise.withResolvers<void>();
  const followed = await mkdtemp(join(tmpdir(), "souk-follow-"));
  await writeFile(logFile(followed, "orders-1"), "long before\nbefore\n");
  let looks = 0;
  const clock: Clock = {
    ...commandClock,
    after(_, task) {
      // The first look is over: what is written from here on is news.
      if (looks++ === 0) appendFileSync(logFile(followed, "orders-1"), "first\none");
      return commandClock.after(1, task);
    },
  };
  const following = followLogs({
    dir: followed,
    tail: 1,
    clock,
    signal: stop.signal,
    onLine: ({ instance, raw }) => {
      seen.push(`${instance} ${raw}`);
      if (seen.length === 2) {
        appendFileSync(logFile(followed, "orders-1"), " and a half\n");
        writeFileSync(logFile(followed, "users-1"), "hello\n");
      }
      if (seen.length === 4) all.resolve();
    },
  });
  await all.promise;
  stop.abort();
  await following;
  await rm(followed, { recursive: true });
  assert.deepEqual(seen.sort(), ["orders-1 before", "orders-1 first", "orders-1 one and a half", "users-1 hello"]);
});

test("a log that has grown too long begins anew, and the older part is kept beside it", async () => {
  const rotated = await mkdtemp(join(tmpdir(), "souk-rotate-"));
  await writeFile(logFile(rotated, "orders-1"), "a long line\n");
  await writeFile(logFile(rotated, "users-1"), "short\n");
  await rotateLogs(rotated, 10);
  assert.deepEqual(await lastLines(rotated, "orders-1", 1), []);
  assert.equal(await readFile(`${logFile(rotated, "orders-1")}.1`, "utf8"), "a long line\n");
  assert.equal((await lastLines(rotated, "users-1", 1)).length, 1);
  assert.deepEqual(await instancesWithLogs(rotated), ["orders-1", "users-1"]);
  await rm(rotated, { recursive: true });
});

test("a log that goes while it is followed, or leads nowhere, is passed over, and the others go on", async () => {
  const followed = await mkdtemp(join(tmpdir(), "souk-gone-"));
  await symlink("nowhere", logFile(followed, "postgres"));
  await writeFile(logFile(followed, "orders-1"), "before\n");
  await writeFile(logFile(followed, "users-1"), "before\n");
  await rotateLogs(followed, 1);
  assert.deepEqual(
    await lastLines(followed, "users-1", 1),
    [],
    "the link came first, and users' log was cut all the same",
  );
  const stop = new AbortController();
  const seen: string[] = [];
  let looks = 0;
  const clock: Clock = {
    ...commandClock,
    after(_, task) {
      looks++;
      if (looks === 1) rmSync(logFile(followed, "orders-1"));
      if (looks === 2) appendFileSync(logFile(followed, "users-1"), "still here\n");
      if (looks === 3) writeFileSync(logFile(followed, "orders-1"), "again\n");
      if (seen.length === 2 || looks > 100) stop.abort();
      return commandClock.after(1, task);
    },
  };
  const onLine = ({ instance, raw }: { instance: string; raw: string }) => void seen.push(`${instance} ${raw}`);
  await followLogs({ dir: followed, tail: 0, clock, signal: stop.signal, onLine });
  await rm(followed, { recursive: true });
  assert.deepEqual(seen, ["users-1 still here", "orders-1 again"]);
});
