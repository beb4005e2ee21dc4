import assert from "node:assert/strict";
import { test } from "node:test";
import { sequentialIds, testDatabase } from "@souk/testing";
import fc from "fast-check";
import { categoryLevels, categorySlug } from "../domain/category.ts";
import { newProduct } from "../domain/product.ts";
import { slugify } from "../domain/slug.ts";
import { categoryTable } from "./categories.ts";
import { productTable } from "./products.ts";
import { type Search, searchProducts } from "./search.ts";
import { stockTable } from "./stock.ts";

const { db } = await testDatabase({
  sets: [{ module: "products", directory: new URL("migrations/", import.meta.url) }],
});
const newId = sequentialIds();

async function add(title: string, category: string, brand: string, prices: readonly number[], description = "") {
  await categoryTable(db).ensure(categoryLevels(category));
  const slug = slugify(title);
  const product = newProduct({
    ...{ id: newId(), slug, title, description, category, categorySlug: categorySlug(category), brand },
    variants: prices.map((amount, i) => ({
      sku: `${slug}-${i}`.toUpperCase(),
      title,
      price: { amount, currency: "EUR" },
    })),
  });
  await productTable(db).save([product], "2030-01-01T12:00:00Z");
}
await add("Blue mugs", "Home > Kitchen", "Ember", [1_000, 2_000], "A pair for tea.");
await add("Tea pot", "Home > Kitchen", "Halden", [3_000], "Pours well.");
await add("Wool blanket", "Home", "Loom", [9_000], "Blue stripes on grey.");
await add("Garden chair", "Outside", "Ember", [5_000]);
await stockTable(db).setAvailable([{ sku: "TEA-POT-0", available: 3, sequence: 1 }]);

const search = (filters: Partial<Search>) => searchProducts(db, { page: 1, limit: 20, ...filters });
const titles = async (filters: Partial<Search>) => (await search(filters)).items.map(({ title }) => title);

test("a word finds what it stands in, in any form and from its beginning on, titles first", async () => {
  assert.deepEqual(await titles({ q: "mug" }), ["Blue mugs"]);
  assert.deepEqual(await titles({ q: "blu" }), ["Blue mugs", "Wool blanket"]);
  assert.deepEqual(await titles({ q: "blue tea" }), ["Blue mugs"]);
  assert.deepEqual(await titles({ q: "tea-pot-0" }), ["Tea pot"]);
  assert.deepEqual(await titles({ q: "spaceship" }), []);
  assert.deepEqual(await titles({ q: "!!" }), []);
});

test("a category holds what lies below it", async () => {
  assert.deepEqual(await titles({ category: "home", sort: "title" }), ["Blue mugs", "Tea pot", "Wool blanket"]);
  assert.deepEqual(await titles({ category: "Home > Kitchen", sort: "-title" }), ["Tea pot", "Blue mugs"]);
  assert.deepEqual(await titles({ category: "nowhere" }), []);
});

test("a price range is met by one variant, not by two together", async () => {
  assert.deepEqual(await titles({ minPrice: 1_500, maxPrice: 3_000, sort: "price" }), ["Blue mugs", "Tea pot"]);
  assert.deepEqual(await titles({ minPrice: 1_200, maxPrice: 1_800 }), []);
  assert.deepEqual(await titles({ currency: "USD" }), []);
});

test("what is in stock is what inventory last said", async () => {
  assert.deepEqual(await titles({ inStock: true }), ["Tea pot"]);
  await stockTable(db).setAvailable([{ sku: "TEA-POT-0", available: 0, sequence: 2 }]);
  await stockTable(db).setAvailable([{ sku: "TEA-POT-0", available: 9, sequence: 1 }]);
  assert.deepEqual(await titles({ inStock: true }), [], "an older figure that comes late is dropped");
});

test("a facet counts what choosing it would show", async () => {
  const { total, facets } = await search({ category: "home-kitchen", brand: "ember" });
  assert.equal(total, 1);
  assert.deepEqual(facets.brand, [
    { value: "Ember", name: "Ember", count: 1 },
    { value: "Halden", name: "Halden", count: 1 },
  ]);
  assert.deepEqual(facets.category, [
    { value: "home-kitchen", name: "Home > Kitchen", count: 1 },
    { value: "outside", name: "Outside", count: 1 },
  ]);
});

test("pages part the matches without a rest", async () => {
  const pages = await Promise.all([1, 2, 3].map((page) => search({ sort: "price", page, limit: 2 })));
  assert.deepEqual(
    pages.map(({ items, total }) => [total, ...items.map(({ title }) => title)]),
    [[4, "Blue mugs", "Tea pot"], [4, "Garden chair", "Wool blanket"], [4]],
  );
});

test("whatever is typed is answered", async () => {
  const text = fc.string({ unit: "binary", minLength: 1, maxLength: 30 }).filter((typed) => !typed.includes("\0"));
  await fc.assert(
    fc.asyncProperty(text, text, text, async (q, category, brand) => {
      assert.equal((await search({ q, category, brand })).items.length, 0);
    }),
    { numRuns: 100, seed: 20_300_101 },
  );
});
