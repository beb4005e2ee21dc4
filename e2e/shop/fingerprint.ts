import pg from "pg";
import type { Shop } from "./running-shop.ts";

/** What every table holds, by `database.schema.table`: the number of rows and a hash of all of them. */
export type Fingerprint = ReadonlyMap<string, string>;

type Table = { readonly schema: string; readonly name: string };

/** Of every database of the shop, as its superuser sees it. */
export async function fingerprintOf(shop: Shop): Promise<Fingerprint> {
  const names = await inDatabase(shop, "postgres", async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "select datname as name from pg_database where not datistemplate and datname <> 'postgres' order by 1",
    );
    return rows.map(({ name }) => name);
  });
  const all = await Promise.all(names.map((name) => inDatabase(shop, name, (client) => tablesOf(client, name))));
  return new Map(all.flat());
}

async function tablesOf(client: pg.Client, database: string): Promise<[string, string][]> {
  const { rows: tables } = await client.query<Table>(
    `select table_schema as schema, table_name as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1, 2`,
  );
  const found: [string, string][] = [];
  for (const { schema, name } of tables) {
    const table = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`;
    const { rows } = await client.query<{ rows: string; hash: string }>(
      `select count(*) as rows, md5(coalesce(string_agg(md5(t::text), '' order by md5(t::text)), '')) as hash from ${table} t`,
    );
    found.push([`${database}.${schema}.${name}`, `${rows[0]?.rows} rows, ${rows[0]?.hash}`]);
  }
  return found;
}

async function inDatabase<T>(shop: Shop, name: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: await shop.databaseUrl(name) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The tables that are not what they were. */
export const changedIn = (before: Fingerprint, after: Fingerprint): string[] =>
  [...new Set([...before.keys(), ...after.keys()])].filter((table) => before.get(table) !== after.get(table)).sort();
