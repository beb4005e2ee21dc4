import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IntLists } from "./int-lists.ts";

const valuesOf = (lists: IntLists, list: number) => [
  ...lists.data.subarray(lists.start(list), lists.start(list) + lists.length(list)),
];

test("many lists hold what sets would, in order, whatever is added and removed", () => {
  const change = fc.record({ list: fc.nat(5), value: fc.nat(40), add: fc.boolean() });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 400 }), (changes) => {
      const lists = new IntLists();
      const sets = Array.from({ length: 6 }, () => new Set<number>());
      for (const _ of sets) lists.create();
      for (const { list, value, add } of changes) {
        if (add) lists.insert(list, value);
        else lists.remove(list, value);
        if (add) sets[list]?.add(value);
        else sets[list]?.delete(value);
      }
      for (const [list, set] of sets.entries())
        assert.deepEqual(
          valuesOf(lists, list),
          [...set].sort((a, b) => a - b),
        );
    }),
    { seed: 20_300_101 },
  );
});

test("a list that is replaced leaves its neighbours alone", () => {
  const lists = new IntLists();
  const [one, other] = [lists.create(), lists.create()];
  lists.set(one, [1, 2, 3, 4]);
  lists.set(other, [7]);
  lists.set(one, [9, 8, 7, 6, 5]);
  assert.deepEqual([valuesOf(lists, one), valuesOf(lists, other)], [[9, 8, 7, 6, 5], [7]]);
});
