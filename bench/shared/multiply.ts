import type pg from "pg";

/** `unique`: by itself. Of what is unique together an identifier is a part, which changes anyway. */
type Column = { readonly name: string; readonly type: string; readonly unique: boolean };
export type Sql = (database: string, text: string) => Promise<pg.QueryResult>;

/** Copies at most: the twelve bits of a UUIDv7 behind its version tell them apart. */
export const mostCopies = 4_095;

const uuidInText = "([0-9a-f]{8}-[0-9a-f]{4}-7)[0-9a-f]{3}(-[89ab][0-9a-f]{3}-[0-9a-f]{12})";

/**
 * How a column of the `n`-th copy of a row is made. Every UUIDv7 becomes another one in the same way wherever it stands, as a column, in a key or
 * within a document, so copies refer to each other across tables and services as their originals do.
 */
function copied({ name, type, unique }: Column): string {
  const own = `t.${name}`;
  if (type === "uuid") return `overlay(${own}::text placing lpad(to_hex(n), 3, '0') from 16 for 3)::uuid`;
  if (type === "bytea") return unique ? `sha256(${own} || n::text::bytea)` : own;
  if (["text", "varchar", "jsonb", "json"].includes(type)) {
    const replaced = `regexp_replace(${own}::text, '${uuidInText}', '\\1' || lpad(to_hex(n), 3, '0') || '\\2', 'g')`;
    const renamed = unique
      ? `case when ${own}::text ~ '${uuidInText}' then ${replaced} else ${own} || '-' || to_hex(n) end`
      : replaced;
    return type === "text" || type === "varchar" ? renamed : `${replaced}::${type}`;
  }
  return own;
}

const columnsOf = (table: string) => `
  select a.attname as name, t.typname as type, exists (
    select from pg_index i where i.indrelid = a.attrelid and i.indisunique and i.indnkeyatts = 1
      and a.attnum = any (i.indkey)) as unique,
    a.attidentity <> '' or a.attgenerated <> '' or pg_get_expr(d.adbin, d.adrelid) like 'nextval%' as given
  from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attrelid = '${table}'::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`;

/** The tables of a database that have at least `least` rows. */
export async function bigTables(sql: Sql, database: string, least: number): Promise<string[]> {
  const { rows } = await sql(
    database,
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'chassis')`,
  );
  const big: string[] = [];
  for (const { name } of rows as { name: string }[]) {
    const { rows: counted } = await sql(database, `select count(*)::int as n from ${name}`);
    if ((counted[0] as { n: number }).n >= least) big.push(name);
  }
  return big;
}

/**
 * Keeps what a table holds now as the seed of its copies: those that are made later are copies of the same rows.
 * Copies are no news: nothing is told to anybody, no trigger runs.
 */
export async function keepSeed(sql: Sql, database: string, table: string): Promise<void> {
  await sql(database, `create table if not exists ${seedOf(table)} as table ${table}`);
}
const seedOf = (table: string) => `public."bench seed of ${table}"`;

/** Adds the copies `from` to `to`. */
export async function multiply(sql: Sql, database: string, table: string, from: number, to: number): Promise<void> {
  const { rows } = await sql(database, columnsOf(table));
  const columns = (rows as (Column & { given: boolean })[]).filter(({ given }) => !given);
  const seed = seedOf(table);
  const made: string[] = [];
  for (const column of columns) {
    // A document or word without any identifier in it is copied as it is, which is a tenth of the work.
    const mayHold = ["text", "varchar", "jsonb", "json"].includes(column.type) && !column.unique;
    const holds =
      mayHold &&
      (await sql(database, `select from ${seed} t where t.${column.name}::text ~ '${uuidInText}' limit 1`)).rowCount !==
        0;
    made.push(mayHold && !holds ? `t.${column.name}` : copied(column));
  }
  await sql(
    database,
    `set session_replication_role = replica; set synchronous_commit = off;
     insert into ${table} (${columns.map(({ name }) => name).join(", ")})
     select ${made.join(", ")} from generate_series(${from}, ${to}) n, ${seed} t on conflict do nothing;
     set session_replication_role = origin; set synchronous_commit = on`,
  );
}
