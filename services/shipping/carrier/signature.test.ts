import assert from "node:assert/strict";
import { test } from "node:test";
import { isSigned, sign } from "./signature.ts";

const nowMs = 1_900_000_000_000;

test("what was signed with either live secret within five minutes is the carrier's word", () => {
  const header = sign("old", "{}", nowMs - 299_000);
  assert.equal(isSigned(header, "{}", ["new", "old"], nowMs), true);
});

test("another body, another secret, an old time stamp, one from the future and no signature are refused", () => {
  const header = sign("s", "{}", nowMs);
  assert.equal(isSigned(header, "{ }", ["s"], nowMs), false);
  assert.equal(isSigned(header, "{}", ["x"], nowMs), false);
  assert.equal(isSigned(sign("s", "{}", nowMs - 301_000), "{}", ["s"], nowMs), false);
  assert.equal(isSigned(sign("s", "{}", nowMs + 301_000), "{}", ["s"], nowMs), false);
  assert.equal(isSigned(undefined, "{}", ["s"], nowMs), false);
});
