import { createHash } from "node:crypto";
import pg from "pg";
import { type Patience, takeLock } from "./advisory-lock.ts";

export type Provision = {
  /** Of the database and its runtime role: lower-case letters, digits, underscores. */
  readonly name: string;
  /** Of the runtime role. */
  readonly password: string;
  /** When given, a role `<name>_reader` that may read everything and write nothing. */
  readonly readerPassword?: string;
};

export type Provisioned = {
  /** What the service runs with: reads and writes rows, changes no structure. */
  readonly url: string;
  /** For `migrate`: the administrator, acting as `<name>_owner`, which owns the database and nobody can log in as. */
  readonly ownerUrl: string;
  readonly readerUrl: string | undefined;
};

/** Makes what is missing, sets the given passwords, leaves the rest: safe to run at every start, by several at once. @throws LockHeld */
export async function provisionDatabase(
  adminUrl: string,
  { name, password, readerPassword }: Provision,
  patience: Patience = {},
): Promise<Provisioned> {
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(name))
    throw new Error(`a database name is lower-case letters, digits and _: not ${name}`);
  const owner = `${name}_owner`;
  const reader = readerPassword === undefined ? undefined : `${name}_reader`;
  const lock = lockNamed(`souk provision ${name}`);

  await asAdmin(adminUrl, async (run, client) => {
    await takeLock(client, lock, `provision ${name}`, patience);
    await makeRole(run, owner, "nologin");
    await run(`grant ${owner} to current_user`); // an administrator who is no superuser needs it to act for the owner
    await makeRole(run, name, `login password ${pg.escapeLiteral(password)}`);
    if (reader) await makeRole(run, reader, `login password ${pg.escapeLiteral(readerPassword ?? "")}`);
    const { rowCount } = await run(`select from pg_database where datname = '${name}'`);
    if (rowCount === 0) {
      await takeLock(client, copying, `create database ${name}`, patience);
      await run(`create database ${name} owner ${owner}`);
      await run(`select pg_advisory_unlock(${copying})`);
    }
    await run(`revoke all on database ${name} from public`);
    await run(`grant connect, temporary on database ${name} to ${name}`);
    if (reader) await run(`grant connect on database ${name} to ${reader}`);
  });

  const inside = withDatabase(adminUrl, name);
  await asAdmin(asRole(inside, owner), async (run, client) => {
    await takeLock(client, lock, `grant rights in ${name}`, patience);
    await run("begin");
    await run("create schema if not exists chassis; revoke all on schema public from public");
    await run(grants(name, "select, insert, update, delete", "usage, select", true));
    if (reader) await run(grants(reader, "select", "select", false));
    await run("commit");
  });

  return {
    url: withUser(inside, name, password),
    ownerUrl: asRole(inside, owner),
    readerUrl: reader && readerPassword !== undefined ? withUser(inside, reader, readerPassword) : undefined,
  };
}

type Run = (text: string) => Promise<pg.QueryResult>;

const lockNamed = (name: string) => createHash("sha256").update(name).digest().readInt32BE();
/** Only one database at a time can be copied from `template1`. */
const copying = lockNamed("souk create database");

async function asAdmin(url: string, work: (run: Run, client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "provision",
    connectionTimeoutMillis: 10_000,
  });
  client.on("error", () => {}); // the query under way rejects too
  await client.connect();
  try {
    await client.query("set client_min_messages = warning");
    await work((text) => client.query(text), client);
  } finally {
    await client.end();
  }
}

async function makeRole(run: Run, role: string, attributes: string): Promise<void> {
  const { rowCount } = await run(`select from pg_roles where rolname = '${role}'`);
  await run(`${rowCount === 0 ? "create" : "alter"} role ${role} ${attributes}`);
}

/** On what is there, and (default privileges) on what the owner will make. */
function grants(role: string, onTables: string, onSequences: string, functions: boolean): string {
  const existing = ["public", "chassis"].flatMap((schema) => [
    `grant usage on schema ${schema} to ${role}`,
    `grant ${onTables} on all tables in schema ${schema} to ${role}`,
    `grant ${onSequences} on all sequences in schema ${schema} to ${role}`,
    ...(functions ? [`grant execute on all functions in schema ${schema} to ${role}`] : []),
  ]);
  const future = [
    `alter default privileges grant usage on schemas to ${role}`,
    `alter default privileges grant ${onTables} on tables to ${role}`,
    `alter default privileges grant ${onSequences} on sequences to ${role}`,
    ...(functions ? [`alter default privileges grant execute on functions to ${role}`] : []),
  ];
  return [...existing, ...future].join(";\n");
}

function changed(url: string, change: (url: URL) => void): string {
  const copy = new URL(url);
  change(copy);
  return copy.href;
}

const withDatabase = (url: string, name: string) =>
  changed(url, (at) => {
    at.pathname = `/${name}`;
  });
const withUser = (url: string, user: string, password: string) =>
  changed(url, (at) => {
    at.username = user;
    at.password = encodeURIComponent(password);
  });
/** Every session of this URL acts as `role`. */
const asRole = (url: string, role: string) => changed(url, (at) => at.searchParams.set("options", `-c role=${role}`));
