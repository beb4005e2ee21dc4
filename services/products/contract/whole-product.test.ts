import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProductFact } from "../contract.ts";
import { wholeProduct } from "./whole-product.ts";

const old: ProductFact = {
  ...{ productId: "01930000-0000-7000-8000-000000000001", slug: "mug", title: "Mug", description: "", version: 1 },
  ...{ status: "active", category: "Home", categorySlug: "home", attributes: {}, variants: [] },
};

test("what an old event left out is made of what it said, and of when it was told", () => {
  const toldAt = "2030-01-01T12:00:00.000Z";
  const whole = wholeProduct(old, toldAt);
  assert.deepEqual(whole.categories, [{ slug: "home", name: "Home" }]);
  assert.deepEqual([whole.createdAt, whole.updatedAt], [toldAt, toldAt]);
});

test("what an event says stays as it is", () => {
  const told = {
    ...old,
    categories: [
      { slug: "all", name: "All" },
      { slug: "home", name: "Home" },
    ],
    createdAt: "2029-01-01T00:00:00.000Z",
    updatedAt: "2029-02-01T00:00:00.000Z",
  };
  assert.deepEqual(wholeProduct(told, "2030-01-01T12:00:00.000Z"), told);
});
