import assert from "node:assert/strict";
import { test } from "node:test";
import { given } from "@souk/testing";
import { errors } from "../errors.ts";
import { approved, arrived, ask, askedFor, confirmed, cups, reason, receive } from "./after-sale.fixture.ts";
import { order } from "./order.ts";
import type { Event, State } from "./order-state.ts";

test("only what was delivered can be sent back", () => {
  given(order, confirmed).when(ask(1)).rejects(errors.NotReturnable, { sku: "cup", requested: 1, returnable: 0 });
  given(order, [...confirmed, { type: "dispatched", parcel: cups }])
    .when(ask(1))
    .rejects(errors.NotReturnable);
  given(order, arrived).when(ask(3)).then(askedFor(3));
  given(order, arrived).when(ask(4)).rejects(errors.NotReturnable, { sku: "cup", requested: 4, returnable: 3 });
  given(order, arrived).when(ask(1, "pot")).rejects(errors.NotReturnable);
  given(order, arrived).when(ask(1, "never-bought")).rejects(errors.NotReturnable);
});

test("what is on its way back cannot be asked for twice, until the return is rejected", () => {
  given(order, [...arrived, askedFor(2)])
    .when(ask(2, "cup", "r2"))
    .rejects(errors.NotReturnable);
  given(order, [...arrived, askedFor(2), { type: "return rejected", returnId: "r1", why: "No" }])
    .when(ask(3, "cup", "r2"))
    .then(askedFor(3, "r2"));
});

test("what did not come back can be asked for anew", () => {
  const received: Event = {
    type: "return received",
    returnId: "r1",
    value: 417,
    lines: [{ sku: "cup", quantity: 1, condition: "sellable" }],
  };
  given(order, [...arrived, askedFor(3), approved, received])
    .when(ask(2, "cup", "r2"))
    .then(askedFor(2, "r2"));
});

test("a return is approved before it is received, and rejected before anything of it came back", () => {
  given(order, [...arrived, askedFor(2)])
    .when(receive(2))
    .rejects(errors.ReturnNotApproved);
  given(order, [...arrived, askedFor(2)])
    .when({ type: "approve return", returnId: "r1" })
    .then(approved);
  given(order, [...arrived, askedFor(2), approved])
    .when({ type: "approve return", returnId: "r1" })
    .then();
  given(order, [...arrived, askedFor(2), approved])
    .when(receive(3))
    .rejects(errors.NotRequested);
  given(order, arrived).when({ type: "approve return", returnId: "r1" }).rejects(errors.ReturnNotFound);
});

test("three units of a line that a discount does not divide are worth the line, one after the other", () => {
  // 3 × 450 − 100 = 1,250: 417, 416 and 417
  const one = (n: number, value: number): Event[] => [
    { type: "return requested", returnId: `r${n}`, lines: [{ sku: "cup", quantity: 1, reason: "" }], by: "customer" },
    { type: "return approved", returnId: `r${n}` },
    { type: "return received", returnId: `r${n}`, value, lines: [{ sku: "cup", quantity: 1, condition: "sellable" }] },
    { type: "refund granted", refundId: `f${n}`, amount: value, reason, returnId: `r${n}` },
  ];
  let past = arrived;
  const values: number[] = [];
  for (const n of [1, 2, 3]) {
    const [requested, approvedToo] = one(n, 0);
    const state = [...past, requested, approvedToo].reduce<State>(
      (s, e) => (e ? order.evolve(s, e) : s),
      order.initial,
    );
    const events = order.decide(state, {
      type: "receive return",
      returnId: `r${n}`,
      refundId: `f${n}`,
      exchangeOrderId: `x${n}`,
      lines: [{ sku: "cup", quantity: 1, condition: "sellable" }],
    });
    const [received] = events;
    assert.ok(received?.type === "return received");
    values.push(received.value);
    past = [...past, ...one(n, received.value)];
  }
  assert.equal(
    values.reduce((a, b) => a + b, 0),
    1_250,
  );
  assert.ok(
    values.every((value) => value === 416 || value === 417),
    String(values),
  );
});

test("what has come back is paid back once, however often it is told", () => {
  const events = [
    {
      type: "return received",
      returnId: "r1",
      lines: receive(1, 1).type === "receive return" ? receivedLines(1, 1) : [],
      value: 833,
    },
    { type: "refund granted", refundId: "f1", amount: 833, reason, returnId: "r1" },
  ] satisfies Event[];
  given(order, [...arrived, askedFor(2), approved])
    .when(receive(1, 1))
    .then(...events);
  given(order, [...arrived, askedFor(2), approved, ...events])
    .when(receive(1, 1, "f2"))
    .then();
  given(order, [...arrived, askedFor(2), approved, ...events])
    .when(receive(2))
    .rejects(errors.ReturnClosed);
});
function receivedLines(sellable: number, damaged: number) {
  return [
    { sku: "cup", quantity: sellable, condition: "sellable" as const },
    { sku: "cup", quantity: damaged, condition: "damaged" as const },
  ];
}
