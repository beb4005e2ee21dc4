import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { readGrant } from "./grant.ts";

const form = "application/x-www-form-urlencoded";
const body = (text: string) => Readable.from([Buffer.from(text)]);

test("a client may name itself in the form, in JSON, or in the Authorization header", async () => {
  const expected = { clientId: "shop", secret: "s:1" };
  const basic = `Basic ${Buffer.from("shop:s%3A1").toString("base64")}`;
  assert.deepEqual(
    await readGrant(body("grant_type=client_credentials&client_id=shop&client_secret=s%3A1"), form, undefined),
    expected,
  );
  assert.deepEqual(
    await readGrant(
      body('{"grant_type":"client_credentials","client_id":"shop","client_secret":"s:1"}'),
      "application/json",
      undefined,
    ),
    expected,
  );
  assert.deepEqual(await readGrant(body("grant_type=client_credentials"), form, basic), expected);
});

test("another grant, no client, or no JSON is refused", async () => {
  const refused = { code: "users.bad_grant" };
  await assert.rejects(readGrant(body("grant_type=password&client_id=a&client_secret=b"), form, undefined), refused);
  await assert.rejects(readGrant(body("grant_type=client_credentials"), form, undefined), refused);
  await assert.rejects(readGrant(body("{"), "application/json", undefined), refused);
});
