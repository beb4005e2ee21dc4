import assert from "node:assert/strict";
import { test } from "node:test";
import { type Cart, withItem } from "./with-item.ts";

const eur = (amount: number) => ({ amount, currency: "EUR" });
const mug = { sku: "MUG", shown: { title: "Mug", unitPrice: eur(1_600) } };
const bowl = { sku: "BOWL", shown: { title: "Bowl", unitPrice: eur(2_900) } };
const fill = (...wanted: Parameters<typeof withItem>[1][]): Cart | undefined =>
  wanted.reduce<Cart | undefined>((cart, one) => withItem(cart, one), undefined);

test("a cart that is only guessed adds up", () => {
  const cart = fill({ ...mug, quantity: 2 }, { ...bowl, quantity: 1 });
  assert.deepEqual(
    cart?.lines.map(({ sku, total }) => [sku, total.amount]),
    [
      ["MUG", 3_200],
      ["BOWL", 2_900],
    ],
  );
  assert.deepEqual([cart?.totals.subtotal, cart?.totals.total], [eur(6_100), eur(6_100)]);
});

test("another quantity replaces the first, and none takes the line out", () => {
  const changed = fill({ ...mug, quantity: 2 }, { ...mug, quantity: 5 });
  assert.deepEqual(
    changed?.lines.map(({ quantity }) => quantity),
    [5],
  );
  assert.deepEqual(fill({ ...mug, quantity: 2 }, { ...mug, quantity: 0 })?.lines, []);
});

test("what was wrong with a line is not said of the line that takes its place", () => {
  const cart = fill({ ...mug, quantity: 2 });
  assert.ok(cart);
  const problem = { kind: "insufficient_stock", sku: "MUG", message: "" } as const;
  assert.deepEqual(withItem({ ...cart, problems: [problem] }, { ...mug, quantity: 1 }).problems, []);
});
