import assert from "node:assert/strict";
import { test } from "node:test";
import { fairShare } from "./fair-share.ts";

const members = (...types: string[][]) => types.map((of, i) => ({ instance: `i${i}`, types: of }));
const shares = (all: ReturnType<typeof members>, asked: string[]) =>
  all.map(({ instance }) => fairShare(all, instance, asked, 16));

test("replicas of one release share all partitions, give or take one", () => {
  assert.deepEqual(shares(members(["a"]), ["a"]), [16]);
  assert.deepEqual(shares(members(["a"], ["a"], ["a"]), ["a"]), [6, 5, 5]);
  assert.deepEqual(
    shares(members(...Array.from({ length: 17 }, () => ["a"])), ["a"]).reduce((x, y) => x + y),
    16,
  );
});

test("during a deployment only those that know every type asked for read", () => {
  assert.deepEqual(shares(members(["a"], ["a", "b"], ["b", "a"]), ["a", "b"]), [0, 8, 8]);
});

test("after a roll-back those that are left read, rather than nobody", () => {
  assert.deepEqual(shares(members(["a"], ["a"]), ["a", "b"]), [8, 8]);
});

test("one that is not a member reads nothing", () => {
  assert.equal(fairShare(members(["a"]), "stranger", ["a"], 16), 0);
});
