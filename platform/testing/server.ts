import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startEmbedded } from "@souk/postgres/embedded";
import { withFileLock } from "@souk/postgres/file-lock";
import pg from "pg";

/** One server for all test processes of a user, and all working copies. */
const home = join(tmpdir(), `souk-test-${userInfo().uid}`);
export const lockOf = (directory: string) => `${directory}.lock`;
export const reaperName = "souk-test-reaper";
export const databasePrefix = "test_";

/** What a test writes need not survive anything: 3 to 10 times as fast. */
const settings = { fsync: "off", full_page_writes: "off", synchronous_commit: "off", shared_buffers: "64MB" };

/**
 * A connection to PostgreSQL for tests: the one at SOUK_TEST_POSTGRES_URL, or a shared one that is started when it does not
 * run. While the connection is open the server stays; 30 seconds after the last one is closed it stops and leaves nothing.
 */
export async function connectToTestServer(): Promise<{ admin: Admin; url: string }> {
  const given = process.env["SOUK_TEST_POSTGRES_URL"];
  if (given) return { admin: await connect(given), url: given };
  // Held until we are connected: otherwise the reaper might stop the server in between.
  return withFileLock(lockOf(home), 60_000, async () => {
    await mkdir(home, { recursive: true, mode: 0o755 });
    const { url } = await startEmbedded({
      dataDir: join(home, "postgres"),
      password: await passwordIn(home),
      settings,
    });
    const admin = await connect(url);
    const { rowCount } = await admin.query("select from pg_stat_activity where application_name = $1", [reaperName]);
    if (rowCount === 0) startReaper(url);
    return { admin, url };
  });
}

// @types/pg lacks these two
export type Admin = pg.Client & { ref(): void; unref(): void };

async function connect(url: string): Promise<Admin> {
  const admin = new pg.Client({
    connectionString: url,
    application_name: "souk-test",
    connectionTimeoutMillis: 60_000,
  });
  admin.on("error", () => {}); // the next query rejects
  await admin.connect();
  return admin as Admin;
}

/** A superuser's, so it is no constant that everybody on the machine knows. */
async function passwordIn(directory: string): Promise<string> {
  const path = join(directory, "password");
  const known = await readFile(path, "utf8").catch(() => undefined);
  if (known) return known;
  const password = randomBytes(18).toString("base64url");
  await writeFile(path, password, { mode: 0o600 });
  return password;
}

function startReaper(url: string): void {
  const script = fileURLToPath(new URL("reaper.ts", import.meta.url));
  spawn(process.execPath, [script, home], {
    detached: true,
    stdio: "ignore",
    cwd: "/",
    env: { ...process.env, SOUK_TEST_REAP: url },
  }).unref();
}
