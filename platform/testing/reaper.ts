/** Runs by itself, detached: stops the shared test server when nobody has used it for a while, and removes it. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startEmbedded } from "@souk/postgres/embedded";
import { withFileLock } from "@souk/postgres/file-lock";
import pg from "pg";
import { lockOf, reaperName } from "./server.ts";

const idleMs = 30_000;
const checkMs = 2_000;

const home = process.argv[2];
const url = process.env["SOUK_TEST_REAP"];
if (!home || !url) throw new Error("usage: SOUK_TEST_REAP=postgres://… reaper.ts <directory>");

const client = new pg.Client({ connectionString: url, application_name: reaperName });
client.on("error", () => {}); // the next query rejects, and the process ends: the next test starts another
await client.connect();
const { rows } = await client.query("select pg_try_advisory_lock(hashtext($1)) as alone", [reaperName]);
if (!rows[0].alone) process.exit(); // another was started at the same moment

for (let idleSince = performance.now(); ; await delay(checkMs)) {
  if (await isUsed()) idleSince = performance.now();
  else if (performance.now() - idleSince >= idleMs && (await withFileLock(lockOf(home), 60_000, reap))) break;
}

async function isUsed(): Promise<boolean> {
  const { rowCount } = await client.query(
    "select from pg_stat_activity where backend_type = 'client backend' and application_name <> $1 limit 1",
    [reaperName],
  );
  return rowCount !== 0;
}

async function reap(): Promise<boolean> {
  if (await isUsed()) return false;
  await client.end();
  const directory = join(home ?? "", "postgres");
  const server = await startEmbedded({ dataDir: directory, password: decodeURIComponent(new URL(url ?? "").password) });
  await server.stop();
  await rm(home ?? "", { recursive: true, force: true });
  return true;
}
