import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { systemClock } from "@souk/kernel";
import { seededChance, testDatabase } from "@souk/testing";
import pg from "pg";
import { type Database, migrate, openDatabase, provisionDatabase } from "./index.ts";

const { sql, url: adminUrl } = await testDatabase({ sets: [] });
const name = `shop_${randomBytes(6).toString("hex")}`;
const directory = await mkdtemp(join(tmpdir(), "souk-provision-"));
const set = { module: name, directory: pathToFileURL(directory) };
const opened: Database[] = [];
const open = (url: string | undefined): Database => {
  assert.ok(url);
  const database = openDatabase({ url, clock: systemClock, chance: seededChance(1) });
  opened.push(database);
  return database;
};
after(async () => {
  await Promise.all(opened.map((database) => database.close()));
  const admin = new pg.Client({ connectionString: adminUrl.replace(/[^/]*$/, "postgres") });
  await admin.connect();
  for (const each of [name, `${name}_x`]) await admin.query(`drop database if exists ${each} with (force)`);
  for (const each of [name, `${name}_x`])
    for (const role of [`${each}_reader`, each, `${each}_owner`]) await admin.query(`drop role if exists ${role}`);
  await admin.end();
  await rm(directory, { recursive: true });
});

test("a service's own database: it reads and writes rows, but changes no structure", async () => {
  await writeFile(
    join(directory, "0001_goods.sql"),
    "create table goods (id integer generated always as identity, name text); create schema extra; create table extra.more (n integer)",
  );
  const { url, ownerUrl } = await provisionDatabase(adminUrl, { name, password: "it's secret" });
  await migrate(ownerUrl, [set]);
  const service = open(url);
  await service`insert into goods (name) values ('tea')`;
  await service`update goods set name = 'green tea'`;
  assert.deepEqual(await service`select id, name from goods`, [{ id: 1, name: "green tea" }]);
  await service`insert into extra.more values (1)`;
  await service`delete from goods`;
  for (const attempt of [
    service`create table own (n integer)`,
    service`alter table goods add extra integer`,
    service`drop table goods`,
    service`truncate goods`,
    service`create schema own`,
    service`create table chassis.own (n integer)`,
  ])
    await assert.rejects(attempt, { sqlState: "42501" });
  await service.session(async (session) => {
    await session`create temporary table shadow (n integer)`;
  });
});

test("provisioning again is harmless and sets new passwords", async () => {
  const again = await Promise.all(
    [1, 2, 3].map(() => provisionDatabase(adminUrl, { name, password: "new", readerPassword: "r" })),
  );
  const old = new URL(again[0]?.url ?? "");
  old.password = encodeURIComponent("it's secret");
  await assert.rejects(open(old.href)`select 1`, { code: "postgres.unavailable" });
  assert.deepEqual(await open(again[0]?.url)`select 1 as one`, [{ one: 1 }]);
});

test("a reader sees every table, also later ones, and writes nothing", async () => {
  const { url, ownerUrl, readerUrl } = await provisionDatabase(adminUrl, {
    name,
    password: "new",
    readerPassword: "r",
  });
  await open(url)`insert into goods (name) values ('salt')`;
  await writeFile(join(directory, "0002_later.sql"), "create table later (n integer)");
  await migrate(ownerUrl, [set]);
  const reader = open(readerUrl);
  assert.equal((await reader`select from goods`).length, 1);
  assert.equal((await reader`select from later`).length, 0);
  assert.equal((await reader`select from chassis.migrations`).length, 2);
  await assert.rejects(reader`insert into goods (name) values ('x')`, { sqlState: "42501" });
  await assert.rejects(reader`delete from later`, { sqlState: "42501" });
});

test("one service cannot enter another's database, and nobody can log in as its owner", async () => {
  const other = `${name}_x`;
  const mine = await provisionDatabase(adminUrl, { name, password: "new" });
  await provisionDatabase(adminUrl, { name: other, password: "other" });
  const intruding = new URL(mine.url);
  intruding.pathname = `/${other}`;
  await assert.rejects(open(intruding.href)`select 1`, { code: "postgres.unavailable" });
  assert.deepEqual(await sql`select rolcanlogin from pg_roles where rolname = ${`${name}_owner`}`, [
    { rolcanlogin: false },
  ]);
});

test("an odd name is refused before it reaches a statement", async () => {
  await assert.rejects(provisionDatabase(adminUrl, { name: 'x"; drop', password: "p" }), /lower-case letters/);
});
