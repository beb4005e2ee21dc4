import assert from "node:assert/strict";
import { test } from "node:test";
import { errors } from "../errors.ts";
import { equal } from "./equal.ts";
import { change, newProduct } from "./product.ts";

const eur = (amount: number) => ({ amount, currency: "EUR" });
const mug = newProduct({
  id: "p1",
  slug: "mug",
  title: "Mug",
  description: "Holds tea.",
  category: "Kitchen",
  categorySlug: "kitchen",
  brand: "Ember",
  attributes: { capacityMl: 300, colours: ["blue", "grey"] },
  variants: [{ sku: "MUG-1", title: "Mug", price: eur(1200) }],
});

test("what is left out of a variant has its default", () => {
  assert.deepEqual(mug.variants, [
    { sku: "MUG-1", title: "Mug", options: {}, price: eur(1200), weightGrams: 0, taxClass: "standard" },
  ]);
});

test("a change that says nothing new is no new version", () => {
  assert.equal(change(mug, { title: "Mug", variants: [{ sku: "MUG-1", title: "Mug", price: eur(1200) }] }), mug);
  assert.equal(change(mug, { attributes: { colours: ["blue", "grey"], capacityMl: 300 } }), mug);
});

test("a change is the next version, and leaves the rest as it was", () => {
  assert.deepEqual(change(mug, { title: "Big mug" }), { ...mug, title: "Big mug", version: 2 });
});

test("a brand is taken away by saying null", () => {
  const { brand: _, ...plain } = mug;
  assert.deepEqual(change(mug, { brand: null }), { ...plain, version: 2 });
});

test("no two variants of a product have one SKU", () => {
  const variants = [
    { sku: "MUG-1", title: "S", price: eur(1) },
    { sku: "MUG-1", title: "M", price: eur(2) },
  ];
  assert.throws(() => change(mug, { variants }), { code: errors.SkuRepeated.code });
});

test("values are equal when they say the same as JSON", () => {
  assert.ok(equal({ a: 1, b: [1, { c: "x" }] }, { b: [1, { c: "x" }], a: 1 }));
  assert.ok(equal({ a: 1, b: undefined }, { a: 1 }));
  assert.ok(!equal([1, 2], [2, 1]));
  assert.ok(!equal({ a: [] }, { a: {} }));
  assert.ok(!equal({ a: null }, {}));
  assert.ok(!equal({ a: 1 }, { b: 1 }));
});
