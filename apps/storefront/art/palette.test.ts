import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { colourIn, hash } from "./palette.ts";
import { shapeOf } from "./shape-of.ts";

test("the colour that a text names first is the one that is painted", () => {
  assert.deepEqual(colourIn("Rust, on oak"), colourIn("rust"));
  assert.notDeepEqual(colourIn("rust"), colourIn("oak"));
  assert.equal(colourIn("Six glasses of nothing"), colourIn("glass"));
  assert.equal(colourIn("Fine nib"), undefined);
});

test("every product of the sample shop is drawn as something that there is", async () => {
  const shapes = await readFile(new URL("shapes.svg", import.meta.url), "utf8");
  const known = new Set([...shapes.matchAll(/<symbol id="([\w-]+)"/g)].map(([, id]) => id));
  const sample = new URL("../../../services/products/sample/catalogue.ndjson", import.meta.url);
  const drawn = (await readFile(sample, "utf8"))
    .trim()
    .split("\n")
    .map((line): { title: string; category: string } => JSON.parse(line))
    .map(({ title, category }) => ({ title, shape: shapeOf(title, category, hash(title)) }));
  assert.deepEqual(
    drawn.filter(({ shape }) => !known.has(shape)),
    [],
  );
  assert.ok(new Set(drawn.map(({ shape }) => shape)).size > 50, "a shop in which everything looks alike is no shop");
});
