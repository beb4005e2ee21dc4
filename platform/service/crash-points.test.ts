import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { crashPoint } from "@souk/kernel";
import { chassisVars } from "./chassis-config.ts";
import { ConfigError, parseConfig } from "./config.ts";
import { crashFile, hitFile, obeyCrashFiles } from "./crash-points.ts";

const declared = chassisVars({
  contract: { name: "tests", endpoints: {}, events: {} },
  calls: {},
  consumes: [],
  database: false,
});

test("a process dies once, at the crash point whose file lies there and at no other", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "souk-crash-"));
  t.after(() => rmSync(directory, { recursive: true }));
  let deaths = 0;
  crashPoint("saga.started"); // not armed yet
  obeyCrashFiles(directory, "tests", () => deaths++);
  writeFileSync(crashFile(directory, "tests", "saga.answered"), "");
  writeFileSync(crashFile(directory, "others", "saga.started"), "");
  crashPoint("saga.started");
  assert.equal(deaths, 0);
  crashPoint("saga.answered");
  crashPoint("saga.answered");
  assert.equal(deaths, 1);
  assert.ok(existsSync(hitFile(directory, "tests", "saga.answered")));
});

test("a folder in which nothing can be renamed is not taken for one without files", (t) => {
  const file = join(mkdtempSync(join(tmpdir(), "souk-crash-")), "no folder");
  t.after(() => rmSync(join(file, ".."), { recursive: true }));
  writeFileSync(file, "");
  obeyCrashFiles(file, "tests", () => {});
  t.after(() => obeyCrashFiles(join(file, ".."), "tests", () => {}));
  assert.throws(() => crashPoint("saga.started"), /ENOTDIR/);
});

test("production knows no experiments", () => {
  const settings = { SOUK_CRASH_POINTS: "/tmp/crash", SOUK_CLOCK_OFFSET: "3s" };
  assert.throws(
    () => parseConfig(declared, { SOUK_ENV: "production", ...settings }),
    (error) => error instanceof ConfigError && error.mistakes.length === 2 && /production/.test(error.mistakes.join()),
  );
});

test("an offset is read with its sign and unit", () => {
  const offset = (text: string) =>
    parseConfig(declared, { SOUK_ENV: "development", SOUK_CLOCK_OFFSET: text }).clockOffsetMs;
  assert.deepEqual(["3s", "-3s", "+250ms", ""].map(offset), [3_000, -3_000, 250, 0]);
  assert.throws(() => offset("tomorrow"), /no offset/);
});
