import { randomBytes } from "node:crypto";
import { after } from "node:test";
import { systemClock } from "@souk/kernel";
import { type Database, digestOf, type MigrationSet, migrate, openDatabase, type Sql } from "@souk/postgres";
import { seededChance } from "./clock.ts";
import { type Admin, connectToTestServer, databasePrefix } from "./server.ts";

export type TestDatabase = {
  /** As superuser. */
  readonly url: string;
  readonly db: Database;
  /** The same as `db`, for asking what is in there. */
  readonly sql: Sql;
  /** Drops it; happens by itself when the process has nothing else left to do. */
  close(): Promise<void>;
};

/** Hundreds who ask at once wait for each other, and on a busy machine for longer than a shop would let them. */
const patience = { connectTimeoutMs: 60_000, statementTimeoutMs: 60_000, idleInTransactionTimeoutMs: 60_000 };

/**
 * A database of this file's own with `sets` applied: a copy of a template that is made once per content of the migration
 * files, so it takes some 30 ms. Call it at the top of a test file, or in a test.
 */
export async function testDatabase({ sets }: { readonly sets: readonly MigrationSet[] }): Promise<TestDatabase> {
  const { admin, url: serverUrl } = await connectToTestServer();
  const template = await templateFor(admin, serverUrl, sets);
  const name = `${databasePrefix}${randomBytes(8).toString("hex")}`;
  await admin.query("select pg_advisory_lock(hashtext($1))", [name]); // says that it is in use, until this process ends
  await admin.query(`create database ${name} template ${template}`);
  const url = databaseUrl(serverUrl, name);
  const db = openDatabase({ url, clock: systemClock, chance: seededChance(1), keepsProcessAlive: false, ...patience });
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= (async () => {
      admin.ref();
      await db.close();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    })();
    return closed;
  };
  // Not dropped in this hook: hooks run in the order they were made, and those of what uses the database come later.
  // `admin` keeps the process running during the tests, where all else may hang on timers that do not.
  after(() => admin.unref());
  process.once("beforeExit", close);
  return { url, db, sql: db, close };
}

const databaseUrl = (serverUrl: string, name: string) => {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
};

async function templateFor(admin: Admin, serverUrl: string, sets: readonly MigrationSet[]): Promise<string> {
  const name = `template_${(await digestOf(sets)).slice(0, 24)}`;
  const exists = async () => (await admin.query("select from pg_database where datname = $1", [name])).rowCount === 1;
  if (await exists()) return name;
  await admin.query("select pg_advisory_lock(hashtext($1))", [name]);
  try {
    if (await exists()) return name;
    // Under another name until it is whole: its maker may be killed.
    const draft = `${name}_draft`;
    await admin.query(`drop database if exists ${draft} with (force)`);
    await admin.query(`create database ${draft} template template0`);
    await migrate(databaseUrl(serverUrl, draft), sets);
    await admin.query(`alter database ${draft} rename to ${name}`);
    return name;
  } finally {
    await admin.query("select pg_advisory_unlock(hashtext($1))", [name]);
  }
}
