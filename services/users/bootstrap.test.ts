import assert from "node:assert/strict";
import { test } from "node:test";
import { migrationSets } from "@souk/service";
import { addressDigest, personKeys } from "@souk/service/personal-data";
import { fakeClock, testDatabase } from "@souk/testing";
import { sealTheClear } from "./bootstrap.ts";
import { accountTable } from "./db/users.ts";
import { people } from "./people.ts";
import definition from "./service.ts";

const { db, sql } = await testDatabase({ sets: migrationSets(definition, new URL("./", import.meta.url)) });
const secret = { current: "secret", accepted: ["secret"] as [string] };
const who = people(personKeys(secret), addressDigest(secret), secret);
const clock = fakeClock();

test("what a release before kept in the clear is sealed at the next start, and opens as before", async () => {
  const userId = "019d0000-0000-7000-8000-00000000abcd";
  await sql`
    insert into users (user_id, email, name, password_hash, roles, version, created_at)
    values (${userId}, 'legacy@example.com', 'Old Friend', '$argon2id$', '{customer}', 1, now())`;
  await sealTheClear(db, who, clock);
  await sealTheClear(db, who, clock);
  const [{ row } = assert.fail("no row")] = await sql<{ row: string }>`select u::text as row from users u`;
  assert.equal(/legacy|Old Friend/.test(row), false);
  const [account = assert.fail("not found")] = await accountTable(db).byAddress(who.digestOf("Legacy@example.com"), 1);
  const { id, email, name, emailVerified } = (await who.user(db, account)) ?? assert.fail("not opened");
  assert.deepEqual([id, email, name, emailVerified], [userId, "legacy@example.com", "Old Friend", true]);
});
