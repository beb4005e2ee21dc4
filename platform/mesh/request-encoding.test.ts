import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeQuery, pathEncoder } from "./request-encoding.ts";

test("parameters fill their segments", () => {
  const path = pathEncoder("/v1/carts/:cartId/items/:sku");
  assert.equal(path({ params: { cartId: "c-1", sku: "A 1/2" } }), "/v1/carts/c-1/items/A%201%2F2");
  assert.equal(pathEncoder("/v1/carts")({}), "/v1/carts");
});

test("whatever a parameter holds, it stays one segment and comes back as it was", () => {
  const path = pathEncoder("/a/:b/c");
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "grapheme" }), (value) => {
      fc.pre(value !== "." && value !== "..");
      const segments = path({ params: { b: value } }).split("/");
      assert.equal(segments.length, 4);
      assert.equal(decodeURIComponent(segments[2] ?? ""), value);
    }),
  );
});

test("a parameter that would name another resource is refused", () => {
  const path = pathEncoder("/v1/orders/:orderId");
  for (const orderId of [undefined, "", ".", ".."]) assert.throws(() => path({ params: { orderId } }), TypeError);
  assert.throws(() => path({}), TypeError);
});

test("absent members are left out of a query, arrays repeat the name", () => {
  assert.equal(encodeQuery(undefined), "");
  assert.equal(encodeQuery({ a: undefined }), "");
  assert.equal(
    encodeQuery({ q: "a&b=c", page: 2, low: false, tag: ["x", "y"], none: [] }),
    "?q=a%26b%3Dc&page=2&low=false&tag=x&tag=y",
  );
});
