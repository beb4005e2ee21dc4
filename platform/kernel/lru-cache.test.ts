import assert from "node:assert/strict";
import { test } from "node:test";
import { LruCache } from "./lru-cache.ts";

test("of more than there is room for, those stay that are used", () => {
  const cache = new LruCache<string>({ most: 2 });
  for (const key of ["a", "b"]) cache.set(key, key);
  cache.get("a");
  cache.set("c", "c");
  assert.deepEqual([cache.get("a"), cache.get("b"), cache.get("c")], ["a", undefined, "c"]);
});

test("room is what its values need, and one that is too large leaves the others alone that still fit", () => {
  const dropped: number[] = [];
  const cache = new LruCache<number>({ most: 10, sizeOf: (value) => value, dropped: (value) => dropped.push(value) });
  cache.set("four", 4);
  cache.set("five", 5);
  cache.set("three", 3);
  assert.deepEqual([cache.get("four"), cache.get("five"), cache.get("three"), dropped], [undefined, 5, 3, [4]]);
  cache.set("eleven", 11);
  assert.equal(cache.get("eleven"), undefined);
});

test("whoever is dropped is told of, whether deleted, replaced or cleared", () => {
  const dropped: string[] = [];
  const cache = new LruCache<string>({ most: 9, dropped: (value) => dropped.push(value) });
  cache.set("a", "first");
  cache.set("a", "second");
  cache.set("b", "other");
  cache.delete("b");
  cache.delete("b");
  cache.clear();
  assert.deepEqual(dropped, ["first", "other", "second"]);
  assert.equal(cache.get("a"), undefined);
});

test("when all were used, the next one still does not look at all of them before one goes", () => {
  const cache = new LruCache<string>({ most: 1_000 });
  const keys = Array.from({ length: 1_000 }, (_, i) => `k${i}`);
  for (const key of keys) cache.set(key, key);
  for (const key of keys) cache.get(key);
  cache.set("new", "new");
  assert.equal(keys.filter((key) => cache.get(key) === undefined).length, 1);
  assert.equal(cache.get("new"), "new");
  assert.notEqual(
    keys.findIndex((key) => cache.get(key) === undefined),
    0,
    "the oldest had a second chance",
  );
});
