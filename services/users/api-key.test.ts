import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { apiKeyId, newApiKey, renewedKey } from "./api-key.ts";

const newSecret = (bytes: number) => randomBytes(bytes).toString("base64url");

test("a key says whose it is, and a renewed one the same", () => {
  const { id, key } = newApiKey(newSecret);
  assert.match(key, /^souk_[0-9a-f]{16}_/);
  assert.ok(key.startsWith(id));
  assert.equal(apiKeyId(key), id);
  assert.equal(apiKeyId(renewedKey(id, newSecret)), id);
});

test("a mistyped key, and what only looks like one, is none", () => {
  const { key } = newApiKey(newSecret);
  const swapped = `${key.slice(0, 30)}${key[31]}${key[30]}${key.slice(32)}`;
  if (swapped !== key) assert.equal(apiKeyId(swapped), undefined);
  for (const wrong of [
    "",
    key.slice(0, -1),
    `${key}0`,
    `x${key}`,
    key.replace("souk_", "shop_"),
    "souk_0123456789abcdef",
  ])
    assert.equal(apiKeyId(wrong), undefined);
});
