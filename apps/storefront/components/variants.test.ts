import assert from "node:assert/strict";
import { test } from "node:test";
import type { Product, Variant } from "../api/search.ts";
import { optionGroups, variantsIn, variantWith } from "./variants.ts";

const variant = (sku: string, options: Record<string, string>, inStock = true, currency = "EUR"): Variant => ({
  sku,
  title: sku,
  options,
  price: { amount: 100, currency },
  weightGrams: 1,
  taxClass: "standard",
  available: inStock ? 5 : 0,
  inStock,
});
const apron: [Variant, ...Variant[]] = [
  variant("S-INK", { size: "S", colour: "ink" }),
  variant("M-INK", { size: "M", colour: "ink" }, false),
  variant("M-OAT", { size: "M", colour: "oat" }),
];

test("a shopper chooses among what is sold in the shopper's currency", () => {
  const variants = [...apron, variant("S-INK-GBP", { size: "S", colour: "ink" }, true, "GBP")];
  const product = { variants } as unknown as Product; // as: nothing else of it is looked at
  assert.deepEqual(
    variantsIn(product, "GBP").map(({ sku }) => sku),
    ["S-INK-GBP"],
  );
  assert.equal(variantsIn(product, "USD").length, 4, "all of it, so that it can be said that it is not sold so");
});

test("each option is a choice, in the order in which sellers wrote it", () => {
  assert.deepEqual(optionGroups(apron), [
    { name: "size", values: ["S", "M"] },
    { name: "colour", values: ["ink", "oat"] },
  ]);
});

test("choosing one option keeps the others where it can, and takes what there is where it cannot", () => {
  const [small] = apron;
  assert.equal(variantWith(apron, small, "size", "M")?.sku, "M-INK", "the same colour, though it is sold out");
  assert.equal(variantWith(apron, small, "colour", "oat")?.sku, "M-OAT");
  assert.equal(variantWith(apron, small, "colour", "red"), undefined);
});
