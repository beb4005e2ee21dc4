import assert from "node:assert/strict";
import { test } from "node:test";
import { inventory } from "@souk/inventory/contract";
import { payments } from "@souk/payments/contract";
import { advance, next, nothingDone, type SagaEvent, shapeOf } from "@souk/saga";
import { shipping } from "@souk/shipping/contract";
import { fakeClock, fakeNeighbours, rehearse } from "@souk/testing";
import { cancellation } from "./cancellation.ts";
import { checkout } from "./checkout.ts";
import { holdingBack } from "./holding-back.ts";

const { clients } = fakeNeighbours({ inventory, payments, shipping }, {});
const notCalled = async () => {
  throw new Error("a rehearsal calls nothing");
};
const order = {
  load: notCalled,
  loadMany: notCalled,
  execute: notCalled,
  executeIn: notCalled,
  beginIn: notCalled,
};
const clock = fakeClock();
const buy = checkout({ ...clients, order, clock, paymentWindowMs: 900_000, authenticationWindowMs: 900_000 });
const cancel = cancellation({ ...clients, order, holdBack: notCalled });

test("an order is reserved, paid, confirmed and sold, in this order", async () => {
  assert.deepEqual(await rehearse(buy), ["reserve stock", "pay", "confirm order", "commit stock"]);
});

test("when there is no stock nobody is asked for money", async () => {
  assert.deepEqual(await rehearse(buy, { failAt: "reserve stock" }), [
    "reserve stock",
    "undo reserve stock",
    "rejected",
  ]);
});

test("a warehouse or a till that is away for a minute rejects nobody", () => {
  const shape = shapeOf(buy);
  for (const away of ["reserve stock", "pay"]) {
    let now = 0;
    let progress = nothingDone;
    const tell = (event: SagaEvent) => {
      progress = advance(shape, progress, event, { now, chance: () => 0.5 });
    };
    while (now < 60_000) {
      const [action] = next(shape, progress).actions;
      assert.ok(action?.type === "run", `${away} was given up after ${now} ms`);
      const step = action.leaf.name;
      now = Math.max(now, action.notBefore);
      tell({ type: "begun", step });
      if (step === away)
        tell({ type: "unanswered", step, reason: { code: "mesh.unavailable", message: "It cannot be reached." } });
      else tell({ type: "succeeded", step });
    }
  }
});

test("a declined card gives the stock back, last things first", async () => {
  assert.deepEqual(await rehearse(buy, { failAt: "pay" }), [
    "reserve stock",
    "pay",
    "undo pay",
    "undo reserve stock",
    "rejected",
  ]);
});

test("a payment of which nobody knows whether it happened is asked for again, and undone when it is given up", async () => {
  assert.deepEqual(await rehearse(buy, { unknownAt: "pay" }), [
    "reserve stock",
    "pay",
    "pay (again)",
    "undo pay",
    "undo reserve stock",
    "rejected",
  ]);
});

test("a crash after paying asks to pay again under the same key, and goes on", async () => {
  assert.deepEqual(await rehearse(buy, { crashAfter: "pay" }), [
    "reserve stock",
    "pay",
    "pay (again)",
    "confirm order",
    "commit stock",
  ]);
});

const challenged = { pay: { payment: "requires_action" } } as const;

test("a shopper whose bank asks is waited for, and the order goes on when they have answered", async () => {
  const responses = { ...challenged, authentication: { payment: "captured" } } as const;
  assert.deepEqual(await rehearse(buy, { responses }), [
    "reserve stock",
    "pay",
    "authentication",
    "confirm order",
    "commit stock",
  ]);
});

test("when the shopper does not answer in time, money and stock are let go of", async () => {
  assert.deepEqual(await rehearse(buy, { responses: challenged, failAt: "authentication" }), [
    "reserve stock",
    "pay",
    "authentication",
    "undo pay",
    "undo reserve stock",
    "rejected",
  ]);
});

test("an order that cannot be confirmed any more gives money and stock back", async () => {
  assert.deepEqual(await rehearse(buy, { failAt: "confirm order" }), [
    "reserve stock",
    "pay",
    "confirm order",
    "undo pay",
    "undo reserve stock",
    "rejected",
  ]);
});

test("a confirmed order's stock is sold however often that has to be asked for", async () => {
  assert.deepEqual(await rehearse(buy, { unknownAt: "commit stock" }), [
    "reserve stock",
    "pay",
    "confirm order",
    "commit stock",
    "commit stock (again)",
  ]);
});

test("a cancellation stops the parcel first, then returns money and stock", async () => {
  const whole = ["stop dispatch", "return money", "return stock", "cancel order"];
  assert.deepEqual(await rehearse(cancel), whole);
  assert.deepEqual(
    await rehearse(cancel, { unknownAt: "return money" }),
    whole.toSpliced(2, 0, "return money (again)"),
  );
});

test("a parcel that has left ends the cancellation before anything was returned", async () => {
  assert.deepEqual(await rehearse(cancel, { failAt: "stop dispatch" }), ["stop dispatch", "rejected"]);
});

test("what cannot be paid any more is stopped first, then put back, and then cancelled", async () => {
  const hold = holdingBack({ ...clients, order });
  const whole = [
    "stop dispatch of the rest",
    "let go of what was promised",
    "return stock of the rest",
    "cancel the rest",
  ];
  assert.deepEqual(await rehearse(hold), whole);
  const again = whole.toSpliced(3, 0, "return stock of the rest (again)");
  assert.deepEqual(await rehearse(hold, { unknownAt: "return stock of the rest" }), again);
});
