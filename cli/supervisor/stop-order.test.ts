import assert from "node:assert/strict";
import { test } from "node:test";
import { stopOrder } from "./stop-order.ts";

const order = (calls: Readonly<Record<string, readonly string[]>>) =>
  Object.fromEntries(stopOrder(Object.entries(calls).map(([name, called]) => ({ name, calls: called }))));

test("who calls others stops before them", () => {
  assert.deepEqual(
    order({
      bank: [],
      payments: ["bank"],
      orders: ["stock", "payments"],
      stock: [],
      edge: ["orders", "stock"],
      mail: [],
    }),
    { edge: 0, mail: 0, orders: 1, stock: 2, payments: 2, bank: 3 },
  );
});

test("services that call each other stop together, after those that call them", () => {
  assert.deepEqual(order({ a: ["b"], b: ["c"], c: ["b"] }), { a: 0, b: 1, c: 1 });
  assert.deepEqual(order({ a: ["a"] }), { a: 0 }, "itself is no other");
});

test("a neighbour that does not run here counts for nothing", () => {
  assert.deepEqual(order({ orders: ["payments"] }), { orders: 0 });
});
