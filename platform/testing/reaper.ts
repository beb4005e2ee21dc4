/**
 * Runs by itself, detached: drops the databases of tests that were killed, and when nobody has used the shared test server
 * for a while, stops and removes it.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startEmbedded } from "@souk/postgres/embedded";
import { withFileLock } from "@souk/postgres/file-lock";
import pg from "pg";
import { databasePrefix, lockOf, reaperName } from "./server.ts";

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
  await dropOrphans();
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

/** A test holds a lock named after its database. */
async function dropOrphans(): Promise<void> {
  const { rows } = await client.query(
    "select datname from pg_database where starts_with(datname, $1) and pg_try_advisory_lock(hashtext(datname))",
    [databasePrefix],
  );
  for (const { datname } of rows) {
    await client.query(`drop database if exists ${datname} with (force)`);
    await client.query("select pg_advisory_unlock(hashtext($1))", [datname]);
  }
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
