import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import pg from "pg";
import { type Patience, takeLock } from "./advisory-lock.ts";
import { StatementError } from "./errors.ts";
import type { Sql } from "./types.ts";

/** A module's SQL files, `0001_name.sql` onwards, in `directory`. */
export type MigrationSet = { readonly module: string; readonly directory: URL };

/** Something is wrong with a migration: says with which, and what to do. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

type Migration = { readonly module: string; readonly file: string; readonly text: string; readonly checksum: string };
type Applied = { readonly module: string; readonly file: string; readonly checksum: string };

// "souk" in ASCII: the same in every process, and unlikely to be anybody else's.
const advisoryLock = 0x73_6f_75_6b;

/**
 * Brings the database up to date: sets in the given order, files by number, each in its own transaction. Processes that start
 * together take turns. What is applied stays as it is: a mistake is mended by a further file.
 * @param url of a role that may create tables
 * @returns the files it applied, as `module/0001_name.sql`
 * @throws MigrationError when a file that was applied has been changed, is numbered before one that was, or fails; LockHeld
 */
export async function migrate(url: string, sets: readonly MigrationSet[], patience: Patience = {}): Promise<string[]> {
  const files = (await Promise.all(sets.map(readSet))).flat();
  const client = new pg.Client({ connectionString: url, application_name: "migrate", connectionTimeoutMillis: 10_000 });
  client.on("error", () => {}); // the query under way rejects too
  await client.connect();
  try {
    await takeLock(client, advisoryLock, `migrate ${client.database}`, patience);
    // Waiting longer for a table lock would make everybody else wait behind us.
    await client.query("set lock_timeout = '10s'; set client_min_messages = warning");
    await client.query(`
      create schema if not exists chassis;
      create table if not exists chassis.migrations (
        module text not null,
        file text not null,
        checksum text not null,
        applied_at timestamptz not null default now(),
        primary key (module, file)
      )`);
    const { rows } = await client.query<Applied>("select module, file, checksum from chassis.migrations");
    const pending = unapplied(files, rows);
    for (const migration of pending) await apply(client, migration);
    return pending.map(nameOf);
  } finally {
    await client.end();
  }
}

/** For readiness: what `migrate` would apply. A database that is ahead of this code is fine. */
export async function pendingMigrations(sql: Sql, sets: readonly MigrationSet[]): Promise<string[]> {
  const files = (await Promise.all(sets.map(readSet))).flat();
  return unapplied(files, await appliedTo(sql)).map(nameOf);
}

/** The same for the same files, so that a template database can be named after what it holds. */
export async function digestOf(sets: readonly MigrationSet[]): Promise<string> {
  const files = (await Promise.all(sets.map(readSet))).flat();
  const lines = files.map((migration) => `${nameOf(migration)} ${migration.checksum}`);
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}

async function appliedTo(sql: Sql): Promise<Applied[]> {
  try {
    return await sql<Applied>`select module, file, checksum from chassis.migrations`;
  } catch (error) {
    if (error instanceof StatementError && error.sqlState === "42P01") return []; // no such table: nothing was ever applied
    throw error;
  }
}

const nameOf = ({ module, file }: { module: string; file: string }) => `${module}/${file}`;

async function readSet({ module, directory }: MigrationSet): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith(".sql")).sort();
  const bad = files.find((file) => !/^\d{4}_[a-z0-9_-]+\.sql$/.test(file));
  if (bad) throw new MigrationError(`migration ${module}/${bad}: name it like 0001_create_orders.sql`);
  const twice = files.find((file, i) => i > 0 && files[i - 1]?.slice(0, 4) === file.slice(0, 4));
  if (twice) throw new MigrationError(`migration ${module}/${twice}: the number ${twice.slice(0, 4)} is used twice`);
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(new URL(file, slashed(directory)), "utf8");
      // Without line ends, which a checkout may change.
      return { module, file, text, checksum: createHash("sha256").update(text.replaceAll("\r\n", "\n")).digest("hex") };
    }),
  );
}

const slashed = (directory: URL) => (directory.href.endsWith("/") ? directory : new URL(`${directory.href}/`));

function unapplied(files: readonly Migration[], applied: readonly Applied[]): Migration[] {
  const checksums = new Map(applied.map((row) => [nameOf(row), row.checksum]));
  const last = new Map<string, string>();
  for (const { module, file } of applied) if (file > (last.get(module) ?? "")) last.set(module, file);
  return files.filter((migration) => {
    const checksum = checksums.get(nameOf(migration));
    if (checksum === undefined) {
      const newest = last.get(migration.module);
      if (newest !== undefined && newest > migration.file)
        throw new MigrationError(
          `migration ${nameOf(migration)} comes before ${newest}, which is applied already: give it a higher number`,
        );
      return true;
    }
    if (checksum !== migration.checksum)
      throw new MigrationError(
        `migration ${nameOf(migration)} was changed after it had been applied: restore it and add a new file instead`,
      );
    return false;
  });
}

/**
 * The text is executed within a block, where PostgreSQL itself refuses to begin or end a transaction, whatever a file's functions have
 * in their bodies: a file with a `commit` of its own would leave half of itself behind.
 */
async function apply(client: pg.Client, migration: Migration): Promise<void> {
  const { module, file, text, checksum } = migration;
  const quote = `$souk_${checksum}$`; // no file holds its own checksum
  try {
    await client.query("begin");
    await client.query(`do ${quote}begin execute ${pg.escapeLiteral(text)}; end${quote}`);
    await client.query("insert into chassis.migrations (module, file, checksum) values ($1, $2, $3)", [
      module,
      file,
      checksum,
    ]);
    await client.query("commit");
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    throw new MigrationError(`migration ${nameOf(migration)}${whyNot(error, text)}`, { cause: error });
  }
}

function whyNot({ message, internalPosition, internalQuery, code }: pg.DatabaseError, text: string): string {
  if (code === "0A000" && message.includes("transaction commands"))
    return " begins or ends a transaction: leave that out, each file is one transaction";
  if (internalPosition === undefined || internalQuery !== text) return `: ${message}`;
  return `, line ${text.slice(0, Number(internalPosition)).split("\n").length}: ${message}`;
}
