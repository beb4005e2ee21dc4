import assert from "node:assert/strict";
import { test } from "node:test";
import { Documents } from "./documents.ts";
import { CatalogueIndex } from "./domain/catalogue-index.ts";
import { stemEnglish } from "./domain/stem-english.ts";
import { listedOf, type StoredProduct } from "./stored-product.ts";

const at = "2030-01-01T12:00:00.000Z";
const document = (title: string): StoredProduct => ({
  ...{ productId: title, slug: title, title, description: "", status: "active", attributes: {}, version: 1 },
  ...{ category: "Home", categorySlug: "home", categories: [{ slug: "home", name: "Home" }] },
  ...{ createdAt: at, updatedAt: at },
  variants: [
    {
      ...{ sku: title, title, options: {}, price: { amount: 1_000, currency: "EUR" }, weightGrams: 1 },
      taxClass: "standard",
    },
  ],
});

/** Documents of a shop that has these products, each of about a kilobyte and a half, and what was fetched. */
function documentsOf(most: number, ...titles: string[]) {
  const stored = new Map(titles.map((title) => [title, document(title)]));
  const index = new CatalogueIndex(stemEnglish);
  for (const one of stored.values()) index.put(listedOf(one), { available: [1], popularity: 0 });
  const fetched: string[] = [];
  const gate = { opens: Promise.resolve() };
  const documents = new Documents(most, async (ids) => {
    fetched.push(ids.join());
    const found = new Map(ids.flatMap((id) => (stored.has(id) ? [[id, stored.get(id) ?? document(id)]] : [])));
    await gate.opens;
    return found;
  });
  const titlesOf = async (...numbers: number[]) => (await documents.of(index, numbers)).map(({ title }) => title);
  return { documents, fetched, gate, stored, titlesOf };
}

test("what was shown once is not fetched again, until it changes", async () => {
  const { documents, fetched, stored, titlesOf } = documentsOf(100_000, "a", "b");
  assert.deepEqual(await titlesOf(1, 0), ["b", "a"]);
  assert.deepEqual(await titlesOf(0), ["a"]);
  stored.set("a", { ...document("a"), title: "a, new" });
  documents.forget("a");
  assert.deepEqual(await titlesOf(0, 1), ["a, new", "b"]);
  assert.deepEqual(fetched, ["b,a", "a"]);
});

test("what is gone meanwhile is left out", async () => {
  const { stored, titlesOf } = documentsOf(100_000, "a", "b");
  stored.delete("a");
  assert.deepEqual(await titlesOf(0, 1), ["b"]);
});

test("what changes while it is fetched is fetched again", async () => {
  const { documents, fetched, gate, stored, titlesOf } = documentsOf(100_000, "a");
  const opening = Promise.withResolvers<void>();
  gate.opens = opening.promise;
  const before = titlesOf(0);
  stored.set("a", { ...document("a"), title: "a, new" });
  documents.forget("a");
  opening.resolve();
  assert.deepEqual(await before, ["a"]);
  assert.deepEqual(await titlesOf(0), ["a, new"]);
  assert.equal(fetched.length, 2);
});

test("of more than there is memory for, those are kept that were used last", async () => {
  const { fetched, titlesOf } = documentsOf(3_500, "a", "b", "c");
  await titlesOf(0);
  await titlesOf(1);
  await titlesOf(0);
  await titlesOf(2); // in place of b
  assert.deepEqual(await titlesOf(0, 2), ["a", "c"]);
  assert.deepEqual(fetched, ["a", "b", "c"]);
  assert.deepEqual(await titlesOf(0, 1, 2), ["a", "b", "c"], "more than is kept can be shown");
});
