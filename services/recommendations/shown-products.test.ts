import assert from "node:assert/strict";
import { test } from "node:test";
import { serialiser } from "@souk/http";
import fc from "fast-check";
import { recommendations } from "./contract.ts";
import type { ProjectedDocument } from "./db/projection.ts";
import { recommendedText } from "./shown-product.ts";
import { ShownProducts } from "./shown-products.ts";

const at = "2030-01-01T12:00:00.000Z";
const ids = ["a", "b", "c"] as const;
const kilobytes = (n: number) => n * 1_024;

/** A product of two variants, the second in a currency of its own, at this price. */
const told = (id: string, amount: number, skus = [`${id}-1`, `${id}-2`]): ProjectedDocument["document"] => ({
  ...{
    productId: id,
    slug: id,
    title: `${id} "Käse" 🧀`,
    description: "",
    status: "active",
    attributes: { [id]: amount },
  },
  ...{ category: "Home", categorySlug: "home", categories: [{ slug: "home", name: "Home" }], version: amount },
  ...{ createdAt: at, updatedAt: at, brand: "Souk", brandSlug: "souk" },
  variants: skus.map((sku, i) => ({
    ...{ sku, title: sku, options: { size: sku }, weightGrams: 1, taxClass: "standard" as const },
    price: { amount: amount + i, currency: i === 0 ? "EUR" : "USD" },
  })),
});

/** The database: what is told of products and stock, how often it was asked, and when it answers. */
function database() {
  const documents = new Map(ids.map((id) => [id as string, told(id, 1_000)]));
  const stock = new Map<string, number>();
  const asked: string[] = [];
  const state = { answers: Promise.resolve() };
  const read = (id: string): ProjectedDocument[] => {
    const document = documents.get(id);
    return document ? [{ document, available: document.variants.map(({ sku }) => stock.get(sku) ?? 0) }] : [];
  };
  const fetch = async (wanted: readonly string[]) => {
    asked.push(wanted.join());
    const found = wanted.flatMap(read);
    await state.answers;
    return found;
  };
  return { documents, stock, asked, state, read, fetch };
}

const write = serialiser(recommendations.endpoints.forProduct.spec.returns);
/** The answer that is made of what the database has. */
function plain({ document: { productId, categories: _, ...document }, available }: ProjectedDocument): unknown {
  const variants = document.variants.map((variant, i) => {
    const units = available[i] ?? 0;
    return { ...variant, available: units, inStock: units > 0 };
  });
  const { currency, amount } = document.variants[0]?.price ?? { currency: "EUR", amount: 0 };
  const priceRange = { min: { amount, currency }, max: { amount, currency } };
  const inStock = variants.some((variant) => variant.inStock);
  const text = write({ data: [{ ...document, id: productId, variants, inStock, priceRange, reason: "trending" }] });
  return JSON.parse(text).data[0];
}
const answer = async (shown: ShownProducts, wanted: readonly string[]): Promise<unknown[]> => {
  const products = await shown.of(wanted);
  return products.flatMap((product) => (product ? [JSON.parse(recommendedText(product, "trending"))] : []));
};

const id = fc.constantFrom(...ids);
const sku = fc.constantFrom(...ids.flatMap((one) => [`${one}-1`, `${one}-2`]));
const step = fc.oneof(
  fc.record({ kind: fc.constant("price" as const), id, amount: fc.integer({ min: 1, max: 9_000 }) }),
  fc.record({ kind: fc.constant("variants" as const), id, skus: fc.uniqueArray(sku, { minLength: 1, maxLength: 2 }) }),
  fc.record({ kind: fc.constant("stock" as const), sku, available: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ kind: fc.constant("ask" as const), wanted: fc.uniqueArray(id, { minLength: 1 }) }),
  fc.record({ kind: fc.constantFrom("follow" as const, "answer" as const) }),
);

test("an answer is the one that the database would give, as soon as its changes have been followed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.constantFrom(1, 3, 100), async (steps, most) => {
      const { documents, stock, state, read, fetch } = database();
      const shown = new ShownProducts(kilobytes(most), fetch);
      const news: (() => void)[] = [];
      const underWay: Promise<unknown>[] = [];
      let gate = Promise.withResolvers<void>();
      state.answers = gate.promise;
      const follow = () => {
        for (const one of news.splice(0)) one();
      };
      const settle = async () => {
        gate.resolve();
        await Promise.all(underWay.splice(0));
        gate = Promise.withResolvers<void>();
        state.answers = gate.promise;
      };
      for (const one of steps) {
        if (one.kind === "price" || one.kind === "variants") {
          const { variants } = documents.get(one.id) ?? told(one.id, 1);
          const skus = one.kind === "variants" ? one.skus : variants.map((variant) => variant.sku);
          documents.set(one.id, told(one.id, one.kind === "price" ? one.amount : 7, skus));
          news.push(() => shown.productChanged(one.id));
        } else if (one.kind === "stock") {
          stock.set(one.sku, one.available);
          news.push(() => shown.stockChanged(one.sku, stock.get(one.sku) ?? 0));
        } else if (one.kind === "ask") underWay.push(answer(shown, one.wanted));
        else if (one.kind === "follow") follow();
        else await settle();
      }
      follow();
      await settle();
      gate.resolve();
      assert.deepEqual(await answer(shown, ids), ids.flatMap(read).map(plain));
      assert.deepEqual(await answer(shown, ids), ids.flatMap(read).map(plain), "once more, from memory");
    }),
    { seed: 20_300_101, numRuns: 500 },
  );
});

test("what was shown once is not fetched again, whatever is sold of it, until it changes", async () => {
  const { asked, stock, fetch } = database();
  const shown = new ShownProducts(kilobytes(100), fetch);
  await shown.of(["a", "b"]);
  stock.set("a-1", 3);
  shown.stockChanged("a-1", 3);
  assert.deepEqual((await shown.of(["a", "b"]))[0]?.available, [3, 0]);
  shown.productChanged("a");
  await shown.of(["b", "a"]);
  assert.deepEqual(asked, ["a,b", "a"]);
});

test("of more than there is memory for, those are kept that were used last", async () => {
  const { asked, fetch } = database();
  const shown = new ShownProducts(kilobytes(4), fetch);
  for (const wanted of ["a", "b", "a", "c", "a", "b"]) await shown.of([wanted]);
  assert.deepEqual(asked, ["a", "b", "c", "b"]);
});
