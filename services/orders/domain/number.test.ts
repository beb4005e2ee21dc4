import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { orderNumber, readNumber } from "./number.ts";

const uuid = fc.uuid({ version: 7 });

test("an order's number is ten characters that survive a telephone", () => {
  fc.assert(
    fc.property(uuid, (id) => assert.match(orderNumber(id), /^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/)),
    { seed: 20_300_101 },
  );
});

test("it comes from the random tail of the id, not from its time", () => {
  assert.equal(orderNumber("019d0000-0000-7000-8000-000000000001"), "00000-00001");
  assert.equal(orderNumber("019dffff-ffff-7fff-8000-000000000001"), "00000-00001");
  assert.equal(orderNumber("019d0000-0000-7000-8000-00000000001f"), "00000-0000Z");
  assert.equal(orderNumber("019d0000-0000-7000-8000-000000000020"), "00000-00010");
});

test("orders made one after the other have different numbers", () => {
  fc.assert(
    fc.property(fc.uniqueArray(uuid, { minLength: 2, maxLength: 50, selector: (id) => id.slice(-12) }), (ids) => {
      assert.equal(new Set(ids.map(orderNumber)).size, ids.length);
    }),
    { seed: 20_300_101 },
  );
});

test("what somebody types is read as the number that they mean", () => {
  for (const typed of ["7K301-Q2XHT", "7k301-q2xht", "7K301Q2XHT", "7k3oI-q2xht", "7K3O1-Q2XHT", "7K30L-Q2XHT"])
    assert.equal(readNumber(typed), "7K301-Q2XHT");
});
