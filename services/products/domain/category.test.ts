import assert from "node:assert/strict";
import { test } from "node:test";
import { errors } from "../errors.ts";
import { categoryLevels, categorySlug } from "./category.ts";

test("a path names every category from the root down", () => {
  assert.deepEqual(categoryLevels(" Home >  Kitchen  & Table"), [
    { slug: "home", name: "Home", path: "Home", parent: null },
    {
      slug: "home-kitchen-and-table",
      name: "Kitchen & Table",
      path: "Home > Kitchen & Table",
      parent: "home",
    },
  ]);
});

test("a category is found by its path and by its slug", () => {
  assert.equal(categorySlug("Home > Kitchen"), "home-kitchen");
  assert.equal(categorySlug("home-kitchen"), "home-kitchen");
  assert.equal(categoryLevels("home-kitchen").at(-1)?.slug, "home-kitchen");
});

test("a level without a name is refused", () => {
  assert.throws(() => categoryLevels("Home > "), { code: errors.CategoryNameless.code });
});
