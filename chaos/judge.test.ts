import assert from "node:assert/strict";
import { test } from "node:test";
import type { Op, Value } from "./history.ts";
import { type FinalOrder, type FinalWorld, judge } from "./judge.ts";

const order = (id: string, lifecycle: string, more: Partial<FinalOrder> = {}): FinalOrder => ({
  ...{
    id,
    lifecycle,
    payment: "captured",
    total: 500,
    lines: [{ sku: "HOT", quantity: 1, returnReceived: 0, writtenOff: 0 }],
  },
  ...more,
});
const buy = (op: number, type: Op["type"], value: Value): Op => ({ op, f: "buy", begun: 0, ended: 1, type, value });
const cancel = (op: number, type: Op["type"], orderId: string): Op => ({
  ...{ op, f: "cancel", begun: 2, ended: 3, type, value: { orderId } },
});

/** Every kind of end, all of them as they should be. */
const truth = (): { ops: Op[]; world: FinalWorld } => ({
  ops: [
    buy(1, "ok", { cartId: "c1", orderId: "o1", said: "confirmed" }),
    buy(2, "ok", { cartId: "c2", orderId: "o2", said: "accepted" }),
    buy(3, "fail", { cartId: "c3", code: "orders.payment_declined" }),
    buy(4, "unknown", { cartId: "c4" }),
    buy(5, "unknown", { cartId: "c5" }),
    buy(6, "ok", { cartId: "c6", orderId: "o6", said: "confirmed" }),
    cancel(7, "ok", "o6"),
    buy(8, "unknown", {}),
  ],
  world: {
    orders: new Map(
      [
        order("o1", "confirmed"),
        order("o2", "rejected"),
        order("o3", "rejected"),
        order("o4", "completed"),
        order("o6", "cancelled"),
      ].map((one) => [one.id, one]),
    ),
    orderOfCart: new Map([
      ["c1", "o1"],
      ["c2", "o2"],
      ["c3", "o3"],
      ["c4", "o4"],
      ["c5", undefined],
      ["c6", "o6"],
    ]),
    kept: new Map([
      ["o1", 500],
      ["o4", 500],
    ]),
    received: new Map([["HOT", 2]]),
  },
});

test("a history that agrees with the world has no problem", () => {
  const { ops, world } = truth();
  assert.deepEqual(judge(ops, world), []);
});

test("an order whose cancellation came too late, and which says so, is paid and kept", () => {
  const { ops, world } = truth();
  const late = order("o6", "completed", { cancelRefused: true });
  const kept = new Map([...world.kept, ["o6", 500]]);
  const received = new Map([["HOT", 3]]);
  assert.deepEqual(judge(ops, { ...world, orders: new Map([...world.orders, ["o6", late]]), kept, received }), []);
});

test("what came back and was not written off can be sold again", () => {
  const { ops, world } = truth();
  const line = { sku: "HOT", quantity: 1, returnReceived: 1 };
  const returned = (writtenOff: number) => order("o7", "completed", { lines: [{ ...line, writtenOff }] });
  const with7 = (writtenOff: number) => ({
    ...world,
    orders: new Map([...world.orders, ["o7", returned(writtenOff)]]),
  });
  assert.deepEqual(judge(ops, with7(0)), []);
  assert.match(judge(ops, with7(1)).join("\n"), /3 of HOT were sold, and there were 2/);
});

type Lie = {
  readonly what: string;
  readonly told?: (ops: Op[]) => void;
  readonly is?: Partial<FinalWorld>;
  readonly sees: RegExp;
};
const world = truth().world;
const withOrders = (...changed: FinalOrder[]) => ({
  orders: new Map([...world.orders, ...changed.map((one) => [one.id, one] as const)]),
});
const lies: Lie[] = [
  {
    what: "an order that was confirmed is gone",
    is: { orders: new Map([...world.orders].filter(([id]) => id !== "o1")) },
    sees: /order o1, which does not exist/,
  },
  {
    what: "a confirmed order is rejected after all",
    is: withOrders(order("o1", "rejected")),
    sees: /told that order o1 is confirmed/,
  },
  { what: "a confirmed order was never paid", is: { kept: new Map([["o4", 500]]) }, sees: /provider has nothing/ },
  {
    what: "a refused shopper was charged",
    is: { kept: new Map([...world.kept, ["o3", 500]]) },
    sees: /refused .* 500 was charged/,
  },
  { what: "a refused order is confirmed", is: withOrders(order("o3", "confirmed")), sees: /refused .* is confirmed/ },
  {
    what: "an order that nobody was told of is confirmed and not paid",
    is: { kept: new Map([["o1", 500]]) },
    sees: /o4 is completed, and the provider has nothing/,
  },
  {
    what: "an accepted cancellation was forgotten",
    is: withOrders(order("o6", "confirmed")),
    sees: /cancellation of order o6 was accepted/,
  },
  {
    what: "a cancelled order keeps the money",
    is: { kept: new Map([...world.kept, ["o6", 500]]) },
    sees: /not given back/,
  },
  {
    what: "one order answers two carts",
    told: (ops) => ops.push(buy(9, "ok", { cartId: "c9", orderId: "o1" })),
    sees: /two carts/,
  },
  {
    what: "a cart has another order than was told",
    is: { orderOfCart: new Map([...world.orderOfCart, ["c1", "o4"]]) },
    sees: /its cart has o4/,
  },
  { what: "more was sold than there was", is: { received: new Map([["HOT", 1]]) }, sees: /2 of HOT were sold/ },
  { what: "an order never becomes final", is: withOrders(order("o2", "pending")), sees: /still pending/ },
  {
    what: "somebody paid twice",
    is: { kept: new Map([...world.kept, ["o1", 1_000]]) },
    sees: /costs 500, and 1000 was kept/,
  },
];
for (const { what, told, is, sees } of lies)
  test(`the judge sees it when ${what}`, () => {
    const { ops, world } = truth();
    told?.(ops);
    const problems = judge(ops, { ...world, ...is });
    assert.ok(
      problems.some((problem) => sees.test(problem)),
      problems.join("\n"),
    );
  });
