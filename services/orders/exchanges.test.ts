import assert from "node:assert/strict";
import { test } from "node:test";
import { errors as stockErrors } from "@souk/inventory/contract";
import {
  call,
  codeIn,
  givenBack,
  type Holder,
  lines,
  neighbours,
  newKey,
  ordered,
  published,
  quiet,
  receive,
  see,
  sellable,
  send,
  sql,
} from "./after-sale.fixture.ts";
import { anna, boris, support } from "./people.fixture.ts";

/** A return of two cups, 9.00, for a dish of 5.00, that has come back. */
async function exchangedFor(order: Holder & { orderId: string }, dishes: number) {
  const { orderId, headers, as } = order;
  const body = { lines: lines(2), exchange: [{ sku: "DISH", quantity: dishes }] };
  const { return: asked } = await call("requestReturn", { params: { orderId }, headers, body }, { as, key: newKey() });
  await call("approveReturn", { params: { returnId: asked.id } }, { as: support });
  await receive(asked.id, sellable(2));
  await quiet(orderId);
  const shown = await call("returnById", { params: { returnId: asked.id }, headers }, { as });
  assert.ok(shown.exchange);
  return { ...shown, exchange: shown.exchange };
}

test("what comes back pays for a replacement, which is an order of its own, and the difference is given back", async () => {
  const order = await ordered();
  const { exchange, refund: rest } = await exchangedFor(order, 1);
  assert.deepEqual([exchange.status, exchange.cost.amount, rest?.amount.amount], ["ordered", 500, 400]);
  const orderId = exchange.orderId ?? "";
  await quiet(orderId);
  const sent = await see({ ...order, orderId });
  assert.deepEqual([sent.lifecycle, sent.totals.total.amount, sent.totals.discount.amount], ["confirmed", 0, 500]);
  assert.deepEqual(sent.exchangeOf?.orderId, order.orderId);
  assert.deepEqual(
    sent.lines.map(({ sku, quantity, payable }) => [sku, quantity, payable.amount]),
    [["DISH", 1, 0]],
  );
  assert.match(sent.totals.discounts[0]?.name ?? "", /^Exchange for return R-/);
  assert.equal(givenBack(order.orderId), 400);
  assert.equal((await send("byId", { params: { orderId }, headers: {} }, { as: boris })).status, 404);
  const told = (await published()).filter(({ subject }) => subject === orderId).map(({ type }) => type);
  assert.deepEqual(told, ["orders.placed.v1", "orders.confirmed.v1"]);
});

test("a replacement that is sold out by then is given up, and its price goes back too", async () => {
  const order = await ordered();
  neighbours.inventory.fail("reserve").with(stockErrors.OutOfStock([{ sku: "DISH", requested: 1, available: 0 }]), 1);
  const { id, exchange } = await exchangedFor(order, 1);
  await quiet(exchange.orderId ?? "");
  await quiet(order.orderId);
  const after = await call("returnById", { params: { returnId: id }, headers: {} }, { as: anna });
  assert.equal(after.exchange?.status, "given_up");
  assert.equal(givenBack(order.orderId), 900);
});

test("an order that replaces something and is cancelled gives its price back", async () => {
  const order = await ordered();
  const { exchange } = await exchangedFor(order, 1);
  const orderId = exchange.orderId ?? "";
  await quiet(orderId);
  await call("cancel", { params: { orderId }, headers: {}, body: {} }, { as: anna, key: newKey() });
  await quiet(orderId);
  await quiet(order.orderId);
  assert.equal(givenBack(order.orderId), 900);
  assert.equal((await see({ ...order, orderId })).lifecycle, "cancelled");
});

test("a replacement that has gone off sale since is still answered to the same key", async () => {
  const { orderId } = await ordered();
  const body = { lines: lines(2), exchange: [{ sku: "DISH", quantity: 1 }] };
  const key = newKey();
  const first = await send("requestReturn", { params: { orderId }, headers: {}, body }, { as: anna, key });
  await sql`update offers set on_sale = false where sku = 'DISH'`;
  const again = await send("requestReturn", { params: { orderId }, headers: {}, body }, { as: anna, key });
  await sql`update offers set on_sale = true where sku = 'DISH'`;
  assert.deepEqual([again.status, again.body], [201, first.body]);
});

test("a replacement must not cost more than what is sent back, nor be unknown", async () => {
  const { orderId } = await ordered();
  const asked = (sku: string, quantity: number) => {
    const body = { lines: lines(1), exchange: [{ sku, quantity }] };
    return send("requestReturn", { params: { orderId }, headers: {}, body }, { as: anna, key: newKey() });
  };
  assert.equal(codeIn(await asked("DISH", 1)), "orders.exchange_costs_more");
  assert.equal(codeIn(await asked("NONE", 1)), "orders.unknown_sku");
  assert.equal((await asked("CUP", 1)).status, 201);
});
