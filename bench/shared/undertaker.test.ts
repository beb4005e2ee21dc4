import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const folder = await mkdtemp(join(tmpdir(), "souk-undertaker-"));
after(() => rm(folder, { recursive: true, force: true }));
const told = join(folder, "told");
const souk = join(folder, "souk");

/** Starts until it is told to stop, which it does in its own time; `down` is all there is after it. */
const script = `#!/bin/sh
if [ "$1" = down ]; then echo down >>"${told}"; exit; fi
trap 'sleep 0.3; echo stopped >>"${told}"; exit' TERM
echo starting
while :; do sleep 0.05; done`;

/** A bench that starts a shop, and says so when it does. */
const bench = (home: string, started: boolean) => `
  import { spawn } from "node:child_process";
  import { once } from "node:events";
  import { undertaker } from ${JSON.stringify(join(import.meta.dirname, "undertaker.ts"))};
  const grave = undertaker(${JSON.stringify(home)}, ${JSON.stringify(souk)});
  const up = spawn(${JSON.stringify(souk)}, ["up"], { stdio: ["ignore", "pipe", "inherit"] });
  grave.starts(up.pid);
  await once(up.stdout, "data");
  if (${started}) {
    up.kill("SIGKILL");
    await once(up, "exit");
    grave.hasStarted();
  }
  console.log("now");
  setInterval(() => {}, 1000);`;

for (const started of [false, true]) {
  test(`a bench that dies ${started ? "after" : "while"} its shop ${started ? "has started" : "starts"} leaves nothing`, async () => {
    await writeFile(souk, script, { mode: 0o755 });
    await writeFile(told, "");
    const home = join(folder, "home");
    await mkdir(home);
    const child = spawn(process.execPath, ["--input-type=module", "--eval", bench(home, started)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await gone(home);
    assert.equal(await readFile(told, "utf8"), started ? "down\n" : "stopped\ndown\n");
  });
}

/** Its removal is the last thing that happens. */
async function gone(path: string): Promise<void> {
  for (;;) {
    const isThere = await readFile(path).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code !== "ENOENT",
    );
    if (!isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
