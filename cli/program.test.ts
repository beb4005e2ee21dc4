import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, test } from "node:test";
import { repository } from "./state/home.ts";

const folder = await mkdtemp(join(tmpdir(), "souk program "));
after(() => rm(folder, { recursive: true }));

const program = join(folder, "program.mjs");
await writeFile(
  program,
  `process.on("SIGTERM", () => { console.log("asked to end"); process.exit(7); });
   console.log("begun");
   if (process.argv[2] === "dies") process.kill(process.pid, "SIGKILL");
   setInterval(() => {}, 1_000);`,
);

function run(...args: string[]) {
  const script = `
    const { runProgram } = await import(${JSON.stringify(join(import.meta.dirname, "program.ts"))});
    process.exitCode = await runProgram(${JSON.stringify(relative(repository, program))}, ${JSON.stringify(args)}, { toldOn: "err" });`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const told = { out: "", err: "" };
  child.stdout.on("data", (text) => (told.out += text));
  child.stderr.on("data", (text) => (told.err += text));
  return { child, told, ended: once(child, "close") };
}

test("who ends the command ends its program, and hears how that ended", async () => {
  const { child, told, ended } = run();
  await once(child.stderr, "data");
  child.kill("SIGTERM");
  assert.deepEqual(await ended, [7, null]);
  assert.deepEqual(told, { out: "", err: "begun\nasked to end\n" });
});

test("a program that a signal ended is told of as a shell would", async () => {
  assert.deepEqual(await run("dies").ended, [128 + 9, null]);
});
