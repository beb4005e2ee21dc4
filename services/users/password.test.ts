import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { hashPassword, verifyPassword } from "./password.ts";

test("a password opens what it locked, and no other does", async () => {
  const hash = await hashPassword("correct horse", randomBytes(16));
  assert.equal(await verifyPassword("correct horse", hash), true);
  assert.equal(await verifyPassword("correct horsf", hash), false);
  assert.equal(await verifyPassword("correct horse", undefined), false);
});

test("the same password is stored differently each time", async () => {
  assert.notEqual(
    await hashPassword("correct horse", randomBytes(16)),
    await hashPassword("correct horse", randomBytes(16)),
  );
});

test("the same letters typed on another keyboard are the same password", async () => {
  assert.equal(
    await verifyPassword("cafe\u0301 au lait", await hashPassword("caf\u00e9 au lait", randomBytes(16))),
    true,
  );
});
