import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { errors } from "../errors.ts";
import { assertMatrix } from "./options.ts";

const sizes = { name: "size", values: ["S", "M"] };
const colours = { name: "colour", values: ["red", "blue"] };
const variant = (sku: string, options: Record<string, string>, currency = "EUR") => ({
  sku,
  options,
  price: { amount: 1, currency },
});
const refuses = (sets: Parameters<typeof assertMatrix>[0], variants: Parameters<typeof assertMatrix>[1], why: RegExp) =>
  assert.throws(
    () => assertMatrix(sets, variants),
    (error) =>
      error instanceof Error &&
      why.test(error.message) &&
      error.message === errors.OptionsInvalid({ why: whyIn(error) }).message,
  );
const whyIn = ({ message }: Error) => /do not fit: (.*)\.$/.exec(message)?.[1] ?? "";

test("variants are points of the matrix, and need not fill it", () => {
  assertMatrix(
    [sizes, colours],
    [variant("A", { size: "S", colour: "red" }), variant("B", { colour: "blue", size: "S" })],
  );
});

test("the same options in another currency are another price, in the same one a mistake", () => {
  assertMatrix([sizes], [variant("A", { size: "S" }), variant("A-GBP", { size: "S" }, "GBP")]);
  refuses([sizes], [variant("A", { size: "S" }), variant("B", { size: "S" })], /A and B have the same options in EUR/);
});

test("each option is said, with a value that there is, and no other", () => {
  refuses([sizes, colours], [variant("A", { size: "S" })], /A does not say its colour/);
  refuses([sizes], [variant("A", { size: "XL" })], /size XL, which is none of S, M/);
  refuses([sizes], [variant("A", { size: "S", shape: "round" })], /option shape/);
  refuses([sizes, sizes], [variant("A", { size: "S" })], /named twice/);
  refuses([{ name: "size", values: ["S", "S"] }], [variant("A", { size: "S" })], /value S twice/);
});

test("every subset of a matrix is taken, and nothing with a point twice", () => {
  const points = sizes.values.flatMap((size) => colours.values.map((colour) => ({ size, colour })));
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...points), { minLength: 1, maxLength: 6 }), (chosen) => {
      const variants = chosen.map((options, i) => variant(`V${i}`, options));
      const distinct = new Set(chosen.map((point) => JSON.stringify(point))).size === chosen.length;
      if (distinct) assertMatrix([sizes, colours], variants);
      else refuses([sizes, colours], variants, /same options/);
    }),
    { seed: 20_300_101 },
  );
});
