import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { validSignature } from "./webhook.ts";

const nowMs = 1_900_000_000_000;
const sign = (secret: string, seconds: number, body: string) =>
  `t=${seconds},v1=${createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex")}`;

test("a body signed with either live secret within five minutes is taken", () => {
  const header = sign("old", nowMs / 1000 - 299, "{}");
  assert.equal(validSignature(header, "{}", ["new", "old"], nowMs), true);
});

test("another body, another secret, an old time stamp and no signature are refused", () => {
  const header = sign("s", nowMs / 1000, "{}");
  assert.equal(validSignature(header, "{ }", ["s"], nowMs), false);
  assert.equal(validSignature(header, "{}", ["x"], nowMs), false);
  assert.equal(validSignature(sign("s", nowMs / 1000 - 301, "{}"), "{}", ["s"], nowMs), false);
  assert.equal(validSignature(undefined, "{}", ["s"], nowMs), false);
});
