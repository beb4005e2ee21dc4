import assert from "node:assert/strict";
import { test } from "node:test";
import { testDatabase } from "@souk/testing";
import { migrations } from "../migrations.ts";
import { addressDigest } from "./address-digest.ts";
import { personKeys, personOf } from "./person-keys.ts";

const { db, sql } = await testDatabase({ sets: [migrations] });
const secretOf = (...accepted: [string, ...string[]]) => ({ current: accepted[0], accepted });
const keys = personKeys(secretOf("one"));
const [early, erasedAt, late] = ["2030-01-01T00:00:00.000Z", "2030-01-02T00:00:00.000Z", "2030-01-03T00:00:00.000Z"];
const anna = { name: "Anna", street: "1 Market Street" };

const seal = async (person: Parameters<typeof keys.seal>[1], data: unknown = anna, at = early) => ({
  person: personOf(person),
  sealed: (await keys.seal(db, person, "profile", data, at)) ?? null,
});

test("what is sealed under a person's key opens again, and only in its place", async () => {
  const [hers, his] = [await seal({ userId: "a" }), await seal({ userId: "b" }, { name: "Ben" })];
  assert.deepEqual(await keys.open(db, "profile", [hers, his, hers]), [anna, { name: "Ben" }, anna]);
  assert.equal(Buffer.from(hers.sealed ?? []).includes("Anna"), false);
  await assert.rejects(keys.open(db, "another place", [hers]));
  await assert.rejects(keys.open(db, "profile", [{ ...hers, person: his.person }]));
});

test("destroying a person's key leaves nothing to open, of them alone, and nothing of theirs is kept again", async () => {
  const [gone, stays] = [await seal({ userId: "c" }), await seal({ userId: "d" })];
  await keys.destroy(db, [{ userId: "c" }, { userId: "never heard of" }], erasedAt);
  assert.deepEqual(await keys.open(db, "profile", [gone, stays]), [undefined, anna]);
  assert.equal((await seal({ userId: "c" }, anna, late)).sealed, null);
  assert.equal((await seal({ userId: "never heard of" }, anna, late)).sealed, null);
  const rows = await sql`select person from chassis.person_keys where wrapped is null and destroyed_at = ${erasedAt}`;
  assert.equal(rows.length, 2);
});

test("an address that was erased may begin anew, but nothing from before comes back", async () => {
  const person = { addressDigest: addressDigest(secretOf("pepper"))("guest@example.com") };
  const before = await seal(person);
  await keys.destroy(db, [person], erasedAt);
  assert.equal((await seal(person, anna, early)).sealed, null, "an event that was under way");
  const after = await seal(person, { name: "Guest" }, late);
  assert.deepEqual(await keys.open(db, "profile", [after]), [{ name: "Guest" }]);
  await assert.rejects(keys.open(db, "profile", [before]), "the old key is gone");
});

test("two who seal for a new person at once agree on one key", async () => {
  const both = await Promise.all(
    Array.from({ length: 8 }, (_, i) => db.tx((tx) => keys.seal(tx, { userId: "race" }, "x", i, early))),
  );
  const sealed = both.map((one) => ({ person: "user:race", sealed: one ?? null }));
  assert.deepEqual(await keys.open(db, "x", sealed), [0, 1, 2, 3, 4, 5, 6, 7]);
});

test("while the service's key is rotated, what the older version wrapped still opens", async () => {
  const old = await seal({ userId: "rotated" });
  assert.deepEqual(await personKeys(secretOf("two", "one")).open(db, "profile", [old]), [anna]);
  await assert.rejects(personKeys(secretOf("three")).open(db, "profile", [old]), /no live version/);
});

test("an address is one whatever its letter case, and its digest says nothing without the key", () => {
  const digest = addressDigest(secretOf("pepper"));
  assert.equal(digest(" Anna@Example.com "), digest("anna@example.com"));
  assert.match(digest("anna@example.com"), /^[0-9a-f]{64}$/);
  assert.notEqual(digest("anna@example.com"), addressDigest(secretOf("salt"))("anna@example.com"));
});
