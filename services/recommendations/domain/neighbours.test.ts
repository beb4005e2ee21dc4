import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Neighbours } from "./neighbours.ts";

const entries = ({ count, things, weights }: Neighbours) =>
  Array.from({ length: count }, (_, i) => [things[i] ?? 0, weights[i] ?? 0] as const);

test("weights add up, in the order of things, and what is taken back is forgotten", () => {
  const change = fc.record({ thing: fc.nat(50), weight: fc.integer({ min: -3, max: 6 }) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 300 }), (changes) => {
      const neighbours = new Neighbours();
      const plain = new Map<number, number>();
      for (const { thing, weight } of changes) {
        neighbours.add(thing, weight);
        const sum = (plain.get(thing) ?? 0) + weight;
        if (sum > 0) plain.set(thing, sum);
        else plain.delete(thing);
      }
      assert.deepEqual(
        entries(neighbours),
        [...plain].sort(([a], [b]) => a - b),
      );
    }),
    { seed: 20_300_101 },
  );
});

test("what was added in one order and taken back in another is forgotten, whatever rounding left of it", () => {
  const weights = fc.array(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(weights, (added) => {
      const neighbours = new Neighbours();
      for (const weight of added) neighbours.add(1, weight);
      for (const weight of added) neighbours.add(1, -weight);
      assert.equal(neighbours.count, 0);
    }),
    { seed: 20_300_101 },
  );
});

test("of too many the strongest are kept", () => {
  const neighbours = new Neighbours();
  for (let thing = 0; thing < 600; thing++) neighbours.add(thing, thing % 2 === 0 ? 100 : 1);
  assert.ok(neighbours.count <= 512);
  const kept = new Map(entries(neighbours));
  for (let thing = 0; thing < 600; thing += 2) assert.equal(kept.get(thing), 100, `${thing}`);
});
