import assert from "node:assert/strict";
import { test } from "node:test";
import { base32, keyUri, stepAt, stepOf, totp } from "./totp.ts";

/** RFC 6238, appendix B: the secret of the SHA-1 rows. The RFC has 8 digits, of which these are the last 6. */
const secret = Buffer.from("12345678901234567890");
const vectors: readonly (readonly [seconds: number, code: string])[] = [
  [59, "287082"],
  [1_111_111_109, "081804"],
  [1_111_111_111, "050471"],
  [1_234_567_890, "005924"],
  [2_000_000_000, "279037"],
  [20_000_000_000, "353130"],
];

test("codes are those of RFC 6238", () => {
  for (const [seconds, code] of vectors) assert.equal(totp(secret, stepAt(seconds * 1_000)), code);
});

test("a code counts half a minute early and late, and no longer", () => {
  const at = 1_111_111_111_000;
  const code = totp(secret, stepAt(at));
  for (const offMs of [-30_000, 0, 30_000]) assert.equal(stepOf(secret, code, at + offMs), stepAt(at));
  for (const offMs of [-61_000, 61_000]) assert.equal(stepOf(secret, code, at + offMs), undefined);
  assert.equal(stepOf(secret, `${code.slice(0, 3)} ${code.slice(3)}`, at), stepAt(at), "people type a space");
  for (const wrong of ["", "000000", `${code}0`, "abcdef"]) assert.equal(stepOf(secret, wrong, at), undefined);
});

test("secrets are written as authenticators read them", () => {
  assert.equal(base32(Buffer.from("foobar")), "MZXW6YTBOI"); // RFC 4648 §10
  assert.equal(base32(Buffer.from("f")), "MY");
  assert.equal(base32(Buffer.alloc(20, 0xff)), "7".repeat(32));
  assert.match(
    keyUri(secret, "Souk & Co", "a@x.de"),
    /^otpauth:\/\/totp\/Souk%20%26%20Co:a%40x\.de\?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&/,
  );
});
