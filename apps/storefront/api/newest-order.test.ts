import assert from "node:assert/strict";
import { test } from "node:test";
import { newestOrder, type Order } from "./newest-order.ts";

const order = (id: string, ...happened: string[]) =>
  ({ id, timeline: happened.map((what) => ({ at: "2026-01-01T00:00:00.000Z", what })) }) as unknown as Order; // as: nothing else of it is looked at
const [placed, confirmed] = [order("a", "placed"), order("a", "placed", "confirmed")];

test("an answer that was overtaken takes nothing back that is known", () => {
  assert.equal(newestOrder(confirmed, placed), confirmed);
});

test("what is newer, or the first that is heard, or of another order, is taken", () => {
  assert.deepEqual(newestOrder(placed, confirmed), confirmed);
  assert.equal(newestOrder(undefined, placed), placed);
  assert.deepEqual(newestOrder(confirmed, order("b", "placed")), order("b", "placed"));
});

test("the same once more is the very same, so that nothing is drawn again", () => {
  assert.equal(newestOrder(confirmed, structuredClone(confirmed)), confirmed);
});
