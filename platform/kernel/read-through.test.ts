import assert from "node:assert/strict";
import { test } from "node:test";
import { ReadThrough } from "./read-through.ts";

type Thing = { readonly is: string; readonly parts: readonly string[] };

/** Things behind a cache with room for so many, and what was fetched of them. */
function things(most: number, ...names: string[]) {
  const stored = new Map(names.map((name): [string, Thing] => [name, { is: name, parts: [`${name}-part`] }]));
  const fetched: string[] = [];
  const gate = { opens: Promise.resolve() };
  const cache = new ReadThrough<Thing>({
    most,
    sizeOf: () => 1,
    namesOf: ({ parts }) => parts,
    async fetch(keys) {
      fetched.push(keys.join());
      const found = keys.flatMap((key): [string, Thing][] => {
        const thing = stored.get(key);
        return thing ? [[key, thing]] : [];
      });
      await gate.opens;
      return new Map(found);
    },
  });
  const of = async (...keys: string[]) => (await cache.of(keys)).map((thing) => thing?.is);
  return { stored, fetched, gate, cache, of };
}

test("what was read once is not fetched again, until it changes", async () => {
  const { cache, fetched, stored, of } = things(9, "a", "b");
  assert.deepEqual(await of("b", "a"), ["b", "a"]);
  assert.deepEqual(await of("a"), ["a"]);
  stored.set("a", { is: "a, new", parts: [] });
  cache.forget("a");
  assert.deepEqual(await of("a", "b"), ["a, new", "b"]);
  assert.deepEqual(fetched, ["b,a", "a"]);
});

test("what is not there is undefined, each time anew", async () => {
  const { fetched, of } = things(9, "a");
  assert.deepEqual(await of("x", "a"), [undefined, "a"]);
  assert.deepEqual(await of("x", "a"), [undefined, "a"]);
  assert.deepEqual(fetched, ["x,a", "x"]);
});

test("what changes while it is fetched, under any of its names, is not kept", async () => {
  for (const name of ["a", "a-part"]) {
    const { cache, fetched, gate, stored, of } = things(9, "a", "b");
    const opening = Promise.withResolvers<void>();
    gate.opens = opening.promise;
    const before = of("a", "b");
    stored.set("a", { is: "a, new", parts: [] });
    cache.noteChange(name);
    opening.resolve();
    assert.deepEqual(await before, ["a", "b"]);
    assert.deepEqual(await of("a", "b"), ["a, new", "b"]);
    assert.deepEqual(fetched, ["a,b", "a"]);
  }
});

test("a fetch that fails fails for whoever asked, and the next one is tried", async () => {
  const { cache, gate, of } = things(9, "a");
  gate.opens = Promise.reject(new Error("the database is away"));
  await assert.rejects(cache.of(["a"]), /away/);
  gate.opens = Promise.resolve();
  assert.deepEqual(await of("a"), ["a"]);
});

test("more than is kept can be read", async () => {
  const { fetched, of } = things(2, "a", "b", "c");
  for (const key of ["a", "b", "a", "c"]) await of(key);
  assert.deepEqual(await of("a", "c"), ["a", "c"]);
  assert.deepEqual(fetched, ["a", "b", "c"], "the one went that was used least");
  assert.deepEqual(await of("a", "b", "c"), ["a", "b", "c"]);
});
