import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { passwords, recommended } from "./password.ts";

const cheap = passwords({ memory: 8, passes: 1 });
const salt = randomBytes(16);

test("a password opens what it locked, and no other does", async () => {
  const { hash, match } = passwords(recommended);
  const hashes = [await hash("correct horse", salt)];
  assert.equal((await match("correct horse", salt, hashes)).index, 0);
  assert.equal((await match("correct horsf", salt, hashes)).index, undefined);
  assert.equal((await match("correct horse", salt, [])).index, undefined);
});

test("of several accounts of one address the one is found whose password it is", async () => {
  const hashes = [
    await cheap.hash("first", salt),
    null,
    await cheap.hash("second", salt),
    await cheap.hash("second", salt),
  ];
  assert.equal((await cheap.match("second", salt, hashes)).index, 2);
  assert.equal((await cheap.match("third", salt, hashes)).index, undefined);
});

test("what was hashed at another cost or with another salt still opens, and comes back as it would be hashed today", async () => {
  const older = await passwords({ memory: 16, passes: 1 }).hash("correct horse", randomBytes(16));
  const { index, fresh } = await cheap.match("correct horse", salt, [older]);
  assert.equal(index, 0);
  assert.equal(fresh, await cheap.hash("correct horse", salt));
  assert.notEqual(fresh, older);
});

test("the same letters typed on another keyboard are the same password", async () => {
  assert.equal((await cheap.match("cafe\u0301 au lait", salt, [await cheap.hash("caf\u00e9 au lait", salt)])).index, 0);
});
