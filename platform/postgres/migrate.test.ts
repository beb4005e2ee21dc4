import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { testDatabase } from "@souk/testing";
import { type MigrationSet, migrate, pendingMigrations } from "./index.ts";

const root = await mkdtemp(join(tmpdir(), "souk migrations "));
after(() => rm(root, { recursive: true }));

async function setOf(module: string, files: Record<string, string>): Promise<MigrationSet> {
  const directory = await mkdtemp(join(root, `${module}-`));
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return { module, directory: pathToFileURL(directory) };
}
const change = (set: MigrationSet, name: string, text: string) =>
  writeFile(new URL(`${set.directory.href}/${name}`), text);

test("files are applied in order, once, and readiness knows which are missing", async () => {
  const { sql, url } = await testDatabase({ sets: [] });
  const first = await setOf("first", {
    "0002_fill.sql": "insert into fruit values ('apple'); insert into fruit values ('pear');",
    "0001_fruit.sql": "create table fruit (name text);",
    "notes.md": "not SQL",
  });
  const second = await setOf("second", { "0001_more.sql": "insert into fruit values ('plum')" });
  const all = ["first/0001_fruit.sql", "first/0002_fill.sql", "second/0001_more.sql"];
  assert.deepEqual(await pendingMigrations(sql, [first, second]), all);
  assert.deepEqual(await migrate(url, [first, second]), all);
  assert.deepEqual(await migrate(url, [first, second]), []);
  assert.deepEqual(await pendingMigrations(sql, [first, second]), []);
  assert.equal((await sql`select from fruit`).length, 3);
});

test("processes that start together take turns", async () => {
  const { sql, url } = await testDatabase({ sets: [] });
  const set = await setOf("race", { "0001_a.sql": "create table a ()", "0002_b.sql": "create table b ()" });
  const applied = await Promise.all(Array.from({ length: 6 }, () => migrate(url, [set])));
  assert.deepEqual(applied.flat(), ["race/0001_a.sql", "race/0002_b.sql"]);
  assert.equal((await sql`select from chassis.migrations where module = 'race'`).length, 2);
});

test("an applied file that was changed is refused, unless only its line ends were", async () => {
  const { sql, url } = await testDatabase({ sets: [] });
  const set = await setOf("changed", { "0001_a.sql": "create table a ();\n-- end\n" });
  await migrate(url, [set]);
  await change(set, "0001_a.sql", "create table a ();\r\n-- end\r\n");
  assert.deepEqual(await migrate(url, [set]), []);
  await change(set, "0001_a.sql", "create table b ();\n");
  await assert.rejects(migrate(url, [set]), /changed\/0001_a.sql was changed after/);
  await assert.rejects(pendingMigrations(sql, [set]), /was changed after/);
});

test("a file numbered before an applied one is refused, a database ahead of the code is not", async () => {
  const { url } = await testDatabase({ sets: [] });
  const set = await setOf("order", { "0002_b.sql": "create table b ()" });
  await migrate(url, [set]);
  const older = await setOf("order", {});
  assert.deepEqual(await migrate(url, [older]), []);
  await change(set, "0001_a.sql", "create table a ()");
  await assert.rejects(migrate(url, [set]), /0001_a.sql comes before 0002_b.sql/);
});

test("a file that fails changes nothing, names its line, and those before it stay", async () => {
  const { sql, url } = await testDatabase({ sets: [] });
  const set = await setOf("bad", {
    "0001_good.sql": "create table good ()",
    "0002_bad.sql": "create table half ();\n\ncreate tabel oops ();\n",
  });
  await assert.rejects(migrate(url, [set]), /bad\/0002_bad.sql, line 3: syntax error at or near "tabel"/);
  await assert.rejects(sql`select from half`, { sqlState: "42P01" });
  assert.deepEqual(await pendingMigrations(sql, [set]), ["bad/0002_bad.sql"]);
  await change(set, "0002_bad.sql", "create table half ();");
  assert.deepEqual(await migrate(url, [set]), ["bad/0002_bad.sql"]);
});

test("a file that begins or ends a transaction of its own is refused, and changes nothing", async () => {
  const { sql, url } = await testDatabase({ sets: [] });
  const set = await setOf("own", {});
  for (const own of ["commit", "BEGIN", "start transaction", "-- why\n/* ; */ rollback", "savepoint a", "abort"]) {
    await change(set, "0001_own.sql", `create table half ();\n${own};\ncreate table rest ();\n`);
    await assert.rejects(migrate(url, [set]), /own\/0001_own.sql begins or ends a transaction/, own);
    for (const table of ["half", "rest"])
      assert.deepEqual(await sql`select from pg_class where relname = ${table}`, [], `${table} after ${own}`);
  }
});

test("functions whose bodies begin and end, and quotes of all kinds, are applied as they stand", async () => {
  const { sql, url } = await testDatabase({ sets: [] });
  const text = `
    create table words (word text);
    create function loud(word text) returns text language plpgsql as $$
    begin
      begin return upper(word); exception when others then null; end;
    end $$;
    create function joined(a text, b text) returns text language sql
    begin atomic
      select a || b;
    end;
    insert into words values ('it''s; commit;'), (E'\\'; rollback; \\\\'), ($souk$begin; '$souk$), (loud(joined('a', 'b')));`;
  await migrate(url, [await setOf("bodies", { "0001_bodies.sql": text })]);
  const words = await sql<{ word: string }>`select word from words`;
  assert.deepEqual(
    words.map(({ word }) => word),
    ["it's; commit;", "'; rollback; \\", "begin; '", "AB"],
  );
});

test("a file must be named like 0001_create_orders.sql, and a number used once", async () => {
  const { url } = await testDatabase({ sets: [] });
  await assert.rejects(migrate(url, [await setOf("named", { "1_a.sql": "" })]), /name it like/);
  await assert.rejects(
    migrate(url, [await setOf("named", { "0001_a.sql": "", "0001_b.sql": "" })]),
    /0001 is used twice/,
  );
});
