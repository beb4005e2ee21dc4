import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { testDatabase } from "./database.ts";

const directory = await mkdtemp(join(tmpdir(), "souk-testing-"));
after(() => rm(directory, { recursive: true }));
const sets = [{ module: "m", directory: pathToFileURL(directory) }];

test("each has its own copy of what the migrations make, and new content makes a new template", async () => {
  await writeFile(join(directory, "0001_t.sql"), "create table t (n integer); insert into t values (1)");
  const [a, b] = await Promise.all([testDatabase({ sets }), testDatabase({ sets })]);
  await a.sql`insert into t values (2)`;
  assert.deepEqual(await a.sql`select n from t`, [{ n: 1 }, { n: 2 }]);
  assert.deepEqual(await b.sql`select n from t`, [{ n: 1 }]);
  await writeFile(join(directory, "0002_u.sql"), "create table u (n integer)");
  const c = await testDatabase({ sets });
  assert.deepEqual(await c.sql`select n from u`, []);
});

test("closing drops it", async () => {
  const [kept, dropped] = await Promise.all([testDatabase({ sets: [] }), testDatabase({ sets: [] })]);
  const name = new URL(dropped.url).pathname.slice(1);
  const count = async () => (await kept.sql`select from pg_database where datname = ${name}`).length;
  assert.equal(await count(), 1);
  await dropped.close();
  assert.equal(await count(), 0);
});

test("it stays until the hooks of what uses it have run, and is dropped when the process ends", async () => {
  const { sql } = await testDatabase({ sets: [] });
  const file = join(directory, "child.test.mjs");
  await writeFile(
    file,
    `import { after, test } from "node:test";
     import { writeSync } from "node:fs";
     const { testDatabase } = await import(${JSON.stringify(new URL("database.ts", import.meta.url).href)});
     const { db, url } = await testDatabase({ sets: [] });
     after(async () => {
       await new Promise((resolve) => setTimeout(resolve, 20));
       const [{ name }] = await db\`select current_database() as name\`;
       writeSync(1, "database:" + name + "\\n");
     });
     test("uses it", () => db\`select 1\`);`,
  );
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, [file], { env });
  const [, name] = /database:(\w+)/.exec(stdout) ?? [];
  assert.ok(name, stdout);
  assert.deepEqual(await sql`select from pg_database where datname = ${name}`, []);
});
