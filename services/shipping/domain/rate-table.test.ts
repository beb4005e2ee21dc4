import assert from "node:assert/strict";
import { test } from "node:test";
import { problemsOf, published, type RateTable } from "./rate-table.ts";

const table: RateTable = {
  zones: [
    { code: "home", name: "Home", countries: ["DE", "AT"] },
    { code: "world", name: "World", countries: ["*"] },
  ],
  rates: [
    { zone: "home", method: "standard", currency: "EUR", maxWeightGrams: 2_000, amount: 490 },
    { zone: "home", method: "standard", currency: "EUR", maxWeightGrams: 2_000, minValue: 5_000, amount: 0 },
  ],
};

test("a table that says one thing about each parcel has no problems", () => {
  assert.deepEqual(problemsOf(table), []);
});

test("what contradicts itself is said", () => {
  const [home = assert.fail(), world = assert.fail()] = table.zones;
  const [rate = assert.fail()] = table.rates;
  assert.deepEqual(problemsOf({ ...table, zones: [home, { ...world, code: "home" }] }), [
    "The zone home is there twice.",
  ]);
  assert.deepEqual(problemsOf({ ...table, zones: [home, { ...world, countries: ["AT", "*"] }] }), [
    "AT is in two zones.",
  ]);
  assert.deepEqual(problemsOf({ ...table, rates: [{ ...rate, zone: "moon" }] }), ["There is no zone moon."]);
  assert.deepEqual(problemsOf({ ...table, rates: [rate, { ...rate, amount: 1, minValue: 0 }] }), [
    "There are two rates for home standard EUR up to 2000 g from 0.",
  ]);
});

test("the others get each rate with its countries", () => {
  assert.deepEqual(published(table), [
    { method: "standard", currency: "EUR", maxWeightGrams: 2_000, amount: 490, countries: ["DE", "AT"] },
    { method: "standard", currency: "EUR", maxWeightGrams: 2_000, amount: 0, countries: ["DE", "AT"], minValue: 5_000 },
  ]);
});
