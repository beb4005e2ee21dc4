import assert from "node:assert/strict";
import { test } from "node:test";
import { testDatabase } from "@souk/testing";
import { json } from "./index.ts";
import { instantFromText } from "./values.ts";

const { sql } = await testDatabase({ sets: [] });
const one = async (rows: Promise<Record<string, unknown>[]>) => (await rows)[0]?.["v"];

test("numbers come back exact: as numbers while they are safe, as bigint or text beyond", async () => {
  assert.equal(await one(sql`select ${2 ** 53 - 1}::bigint as v`), 2 ** 53 - 1);
  assert.equal(await one(sql`select ${9007199254740993n}::bigint as v`), 9007199254740993n);
  assert.equal(await one(sql`select 0.1::numeric + 0.2 as v`), "0.3");
  assert.equal(await one(sql`select count(*) as v from generate_series(1, 3)`), 3);
  assert.deepEqual(await one(sql`select ${[1, null, 3]}::bigint[] as v`), [1, null, 3]);
});

test("instants come back in UTC with milliseconds, whatever zone they were written in", async () => {
  assert.equal(await one(sql`select '2026-11-21 05:14:05.123456+01'::timestamptz as v`), "2026-11-21T04:14:05.123Z");
  assert.equal(await one(sql`select '2026-11-21 04:14:05Z'::timestamptz as v`), "2026-11-21T04:14:05.000Z");
  assert.equal(await one(sql`select ${new Date(0)}::timestamptz as v`), "1970-01-01T00:00:00.000Z");
  assert.deepEqual(await one(sql`select array['2026-11-21 04:14:05.1Z'::timestamptz, null] as v`), [
    "2026-11-21T04:14:05.100Z",
    null,
  ]);
  assert.equal(instantFromText("infinity"), "infinity");
});

test("dates stay what was stored, without a time of day", async () => {
  assert.equal(await one(sql`select '2026-02-28'::date as v`), "2026-02-28");
});

test("objects are written as JSON, arrays as arrays unless marked as JSON", async () => {
  assert.deepEqual(await one(sql`select ${{ a: [1, "x"], b: null }}::jsonb as v`), { a: [1, "x"], b: null });
  assert.deepEqual(await one(sql`select ${["a,b", 'quo"ted', "back\\slash", null]}::text[] as v`), [
    "a,b",
    'quo"ted',
    "back\\slash",
    null,
  ]);
  assert.deepEqual(await one(sql`select ${json([1, { a: "b" }])}::jsonb as v`), [1, { a: "b" }]);
  assert.deepEqual(await one(sql`select ${json("text")}::jsonb as v`), "text");
  assert.deepEqual(await one(sql`select ${[json({ a: 1 }), json([2])]}::jsonb[] as v`), [{ a: 1 }, [2]]);
  assert.equal(await one(sql`select ${json(null)}::jsonb = 'null'::jsonb as v`), true);
});

test("undefined is null, bytes stay bytes, and text is never taken for SQL", async () => {
  assert.equal(await one(sql`select ${undefined}::text as v`), null);
  assert.deepEqual(await one(sql`select ${new Uint8Array([0, 255])}::bytea as v`), Buffer.from([0, 255]));
  assert.equal(await one(sql`select ${"'; drop table x; --"} as v`), "'; drop table x; --");
});
