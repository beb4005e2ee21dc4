import assert from "node:assert/strict";
import { test } from "node:test";
import { testDatabase } from "@souk/testing";
import pg from "pg";
import { bigTables, keepSeed, multiply, type Sql } from "./multiply.ts";

test("copies of rows refer to each other as their originals do, and clash with nothing", async (t) => {
  const { url } = await testDatabase({ sets: [] });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  t.after(() => client.end());
  const sql: Sql = (_, text) => client.query(text);
  await client.query(`
    create table buys (buy_id uuid primary key, number text not null unique, about jsonb not null);
    create table notes (position bigint generated always as identity primary key, key text not null unique, hash bytea not null unique, word text);
    insert into buys select id, 'N-' || n, jsonb_build_object('id', id, 'n', n)
      from (select n, ('01a1fdb4-0867-7790-a09d-' || lpad(to_hex(n), 12, '0'))::uuid as id from generate_series(1, 20) n) as made;
    insert into notes (key, hash, word) select 'buy:' || buy_id, sha256(number::bytea), 'plain' from buys;
    create table lines (buy_id uuid, account text check (account in ('cash', 'sales')), primary key (buy_id, account));
    insert into lines select buy_id, account from buys, (values ('cash'), ('sales')) as sides (account);
    create table few (n integer); insert into few values (1);`);
  const tables = (await bigTables(sql, "", 20)).toSorted();
  assert.deepEqual(tables, ["public.buys", "public.lines", "public.notes"]);
  for (const table of tables) {
    await keepSeed(sql, "", table);
    await multiply(sql, "", table, 1, 2);
    await multiply(sql, "", table, 3, 4);
  }
  const { rows } = await client.query(`
    select count(*)::int as rows, count(distinct b.buy_id)::int as ids, count(n.key)::int as noted,
      (select count(*)::int from lines join buys using (buy_id)) as lines,
      count(*) filter (where b.about ->> 'id' = b.buy_id::text)::int as agreeing, count(distinct n.word)::int as words
    from buys b left join notes n on n.key = 'buy:' || b.buy_id`);
  assert.deepEqual(rows[0], { rows: 100, ids: 100, noted: 100, lines: 200, agreeing: 100, words: 1 });
});
