import assert from "node:assert/strict";
import { test } from "node:test";
import { compensatable, local, parallel, pivot, retriable, saga, waitFor } from "@souk/saga";
import { rehearse } from "./rehearse.ts";

type Data = { readonly orderId: string; readonly needsApproval?: boolean };
const notCalled = async () => {
  throw new Error("a rehearsal calls nothing");
};
const undoable = (name: string, policy = {}) => compensatable<Data>(name, notCalled, notCalled, policy);

const order = saga<Data>(
  "order",
  [
    undoable("reserve stock"),
    undoable("pay"),
    local("confirm", notCalled, { pivot: true }),
    retriable("commit stock", notCalled),
  ],
  { rejected: notCalled },
);

test("all goes well", async () => {
  assert.deepEqual(await rehearse(order), ["reserve stock", "pay", "confirm", "commit stock"]);
});

test("a refused step is undone with those before it, and the reason is told last", async () => {
  assert.deepEqual(await rehearse(order, { failAt: "pay" }), [
    "reserve stock",
    "pay",
    "undo pay",
    "undo reserve stock",
    "rejected",
  ]);
});

test("a step that never answers is asked again, then undone", async () => {
  assert.deepEqual(await rehearse(order, { unknownAt: "pay" }), [
    "reserve stock",
    "pay",
    "pay (again)",
    "undo pay",
    "undo reserve stock",
    "rejected",
  ]);
});

test("from the pivot on nothing is given up", async () => {
  assert.deepEqual(await rehearse(order, { unknownAt: "commit stock" }), [
    "reserve stock",
    "pay",
    "confirm",
    "commit stock",
    "commit stock (again)",
  ]);
});

test("after a crash the step is asked again, and the saga goes on", async () => {
  assert.deepEqual(await rehearse(order, { crashAfter: "pay" }), [
    "reserve stock",
    "pay",
    "pay (again)",
    "confirm",
    "commit stock",
  ]);
  assert.deepEqual(await rehearse(order, { crashAfter: "reserve stock", failAt: "reserve stock" }), [
    "reserve stock",
    "reserve stock (again)",
    "undo reserve stock",
    "rejected",
  ]);
});

const approved = saga<Data>("approved", [
  undoable("price"),
  waitFor("approval", { when: ({ needsApproval = false }) => needsApproval, windowMs: 1_000 }),
  pivot("pay", notCalled),
]);

test("a saga waits only when it has to, and turns back when nobody answers", async () => {
  assert.deepEqual(await rehearse(approved), ["price", "pay"]);
  const responses = { price: { needsApproval: true } };
  assert.deepEqual(await rehearse(approved, { responses }), ["price", "approval", "pay"]);
  assert.deepEqual(await rehearse(approved, { responses, failAt: "approval" }), ["price", "approval", "undo price"]);
});

test("a group begins together and is undone in reverse", async () => {
  const both = saga("both", [parallel("both", [undoable("a"), undoable("b")]), undoable("c")]);
  assert.deepEqual(await rehearse(both, { failAt: "a" }), ["a", "b", "undo b", "undo a"]);
  assert.deepEqual(await rehearse(both, { failAt: "c" }), ["a", "b", "c", "undo c", "undo b", "undo a"]);
});

test("a rehearsal of a step that the saga does not have is a mistake", async () => {
  await assert.rejects(rehearse(order, { failAt: "payment" }), /saga "order" has no step "payment"/);
});
