import assert from "node:assert/strict";
import { test } from "node:test";
import { type Item, type Parcel, pack } from "./packing.ts";

const limits = { maxGrams: 10_000, maxParcels: 50 };
const item = (sku: string, quantity: number, weightGrams: number): Item => ({ sku, quantity, weightGrams });
const shown = (parcels: readonly Parcel[]) =>
  parcels.map(
    ({ lines, weightGrams }) => `${lines.map(({ sku, quantity }) => `${quantity} ${sku}`).join(" + ")}: ${weightGrams}`,
  );

test("what fits into one parcel is one parcel", () => {
  assert.deepEqual(shown(pack([item("CUP", 2, 300), item("POT", 1, 900)], limits)), ["2 CUP + 1 POT: 1500"]);
});

test("what is too heavy for one goes into several, a line divided among them if need be", () => {
  assert.deepEqual(shown(pack([item("POT", 5, 4_000), item("CUP", 3, 1_000)], limits)), [
    "2 POT: 8000",
    "2 POT: 8000",
    "1 POT + 3 CUP: 7000",
  ]);
});

test("a unit that is heavier than a parcel may be goes alone", () => {
  assert.deepEqual(shown(pack([item("CUP", 1, 100), item("ANVIL", 2, 15_000), item("CUP", 1, 100)], limits)), [
    "1 CUP: 100",
    "1 ANVIL: 15000",
    "1 ANVIL: 15000",
    "1 CUP: 100",
  ]);
});

test("nothing is lost, added or sent empty, whatever the order is; few parcels are too heavy, and only for a reason", () => {
  // A small linear congruential generator: the same cases in every run.
  let state = 42;
  const draw = (n: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state % n;
  };
  for (let run = 0; run < 500; run++) {
    const items = Array.from({ length: 1 + draw(6) }, (_, i) =>
      item(`SKU-${i}`, 1 + draw(40), [0, 1, 300, 4_999, 10_000, 12_000][draw(6)] ?? 0),
    );
    const parcels = pack(items, { maxGrams: 10_000, maxParcels: 12 });
    for (const { sku, quantity } of items) {
      const sent = parcels.flatMap(({ lines }) => lines).filter((line) => line.sku === sku);
      assert.equal(
        sent.reduce((n, line) => n + line.quantity, 0),
        quantity,
      );
    }
    assert.ok(parcels.length <= 12);
    const weightOf = (sku: string) => items.find((one) => one.sku === sku)?.weightGrams ?? 0;
    for (const [i, { lines, weightGrams }] of parcels.entries()) {
      assert.ok(lines.length > 0 && lines.every(({ quantity }) => quantity > 0));
      assert.equal(
        weightGrams,
        lines.reduce((n, { sku, quantity }) => n + quantity * weightOf(sku), 0),
      );
      const isPallet = i === 11;
      const isSingle = lines.filter(({ sku }) => weightOf(sku) > 0).reduce((n, { quantity }) => n + quantity, 0) === 1;
      assert.ok(weightGrams <= 10_000 || isPallet || isSingle, `${weightGrams} g in ${JSON.stringify(lines)}`);
    }
  }
});
