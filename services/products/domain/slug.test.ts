import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { slugCandidates, slugify } from "./slug.ts";

test("a name becomes an address that a person can read", () => {
  assert.equal(slugify("Café crème & more"), "cafe-creme-and-more");
  assert.equal(slugify("  Baker's Dozen — Größe 3/4 "), "bakers-dozen-grosse-3-4");
  assert.equal(slugify("Smørrebrød Łódź"), "smorrebrod-lodz");
});

test("a name in any script has a slug of its own", () => {
  assert.notEqual(slugify("茶碗"), "");
  assert.notEqual(slugify("茶碗"), slugify("花瓶"));
  assert.equal(slugify("!?"), "");
});

test("every slug is one that the contract allows, and its own slug", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (name) => {
      const slug = slugify(name);
      assert.match(slug, /^([a-z0-9]+(-[a-z0-9]+)*)?$/);
      assert.ok(slug.length <= 120);
      assert.equal(slugify(slug), slug);
    }),
    { seed: 20_300_101 },
  );
});

test("a product whose title is taken is told apart by its SKU, at the worst by its id", () => {
  assert.deepEqual(slugCandidates({ id: "0190-a", title: "Blue Mug", sku: "MUG-7" }), [
    "blue-mug",
    "blue-mug-mug-7",
    "0190-a",
  ]);
});
