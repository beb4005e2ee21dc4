import assert from "node:assert/strict";
import { test } from "node:test";
import { errors as stockErrors } from "@souk/inventory/contract";
import { eventually } from "@souk/testing";
import { purchase, support } from "./people.fixture.ts";
import {
  call,
  cartWith,
  checkout,
  codeIn,
  enter,
  look,
  neighbours,
  newId,
  newKey,
  orderIn,
  promote,
  quiet,
  see,
  send,
  somebody,
  sql,
  tenPercent,
  usage,
} from "./pricing.fixture.ts";

test("of 200 who race for a coupon that is good for 10, exactly 10 get it, and nobody else is charged", async () => {
  const promotionId = await promote({ code: "RACE", effect: tenPercent, limits: { uses: 10 } });
  const shoppers = Array.from({ length: 200 }, somebody);
  const carts: string[] = [];
  for (const as of shoppers) {
    const cartId = await cartWith({ CUP: 1 }, as);
    assert.equal((await enter(cartId, "RACE", as)).status, 200);
    carts.push(cartId);
  }
  const paysBefore = neighbours.payments.callsOf("pay").length;
  const replies = await Promise.all(carts.map((cartId, n) => checkout(cartId, shoppers[n] ?? support, {}, 0)));
  const placed = replies.filter(({ status }) => status === 202).map(orderIn);
  assert.equal(placed.length, 10);
  for (const { totals } of placed)
    assert.deepEqual(
      totals.discounts.map(({ promotionId }) => promotionId),
      [promotionId],
    );
  const refused = replies.filter(({ status }) => status !== 202);
  assert.deepEqual([...new Set(refused.map(codeIn))], ["orders.cart_has_problems"]);
  for (const { id } of placed) await quiet(id);
  assert.equal(neighbours.payments.callsOf("pay").length - paysBefore, 10);
  assert.deepEqual(await usage(promotionId), { uses: 10, spent: 1_000 });
  const late = carts.findIndex((_, n) => replies[n]?.status !== 202);
  const { problems } = await look(carts[late] ?? "", shoppers[late] ?? support);
  assert.deepEqual(
    problems.map(({ kind }) => kind),
    ["promotion_expired"],
  );
});

test("a use is given back when the order is rejected, and when it is cancelled", async () => {
  const anna = somebody();
  const promotionId = await promote({ code: "ONCE", effect: tenPercent, limits: { uses: 1 } });
  neighbours.inventory.fail("reserve").with(stockErrors.OutOfStock([{ sku: "CUP", requested: 1, available: 0 }]), 1);
  const first = await cartWith({ CUP: 1 }, anna);
  await enter(first, "ONCE", anna);
  assert.equal(codeIn(await checkout(first, anna)), "orders.out_of_stock");
  assert.deepEqual(await usage(promotionId), { uses: 0, spent: 0 });

  const second = await cartWith({ CUP: 1 }, anna);
  assert.equal((await enter(second, "ONCE", anna)).status, 200);
  const { id: orderId } = orderIn(await checkout(second, anna));
  assert.deepEqual(await usage(promotionId), { uses: 1, spent: 100 });
  assert.equal(codeIn(await enter(await cartWith({ CUP: 1 }, somebody()), "ONCE", support)), "orders.cart_not_found");
  const boris = somebody();
  assert.equal(codeIn(await enter(await cartWith({ CUP: 1 }, boris), "ONCE", boris)), "orders.coupon_expired");
  await quiet(orderId);
  await send("cancel", { params: { orderId }, headers: {}, body: {} }, { as: anna, key: newKey() });
  await quiet(orderId);
  assert.equal((await see(orderId, anna)).lifecycle, "cancelled");
  assert.deepEqual(await usage(promotionId), { uses: 0, spent: 0 });
  const rows = await sql<{
    open: boolean;
  }>`select returned_at is null as open from redemptions where promotion_id = ${promotionId}`;
  assert.deepEqual(rows, [{ open: false }, { open: false }]);
});

test("each customer uses a coupon as often as it allows, also one who orders from two carts at once, and a guest by address", async () => {
  const anna = somebody();
  const promotionId = await promote({ code: "MINE", effect: tenPercent, limits: { usesPerCustomer: 1 } });
  const carts = [await cartWith({ CUP: 1 }, anna), await cartWith({ POT: 1 }, anna)];
  for (const cartId of carts) await enter(cartId, "MINE", anna);
  const replies = await Promise.all(carts.map((cartId) => checkout(cartId, anna)));
  assert.deepEqual(replies.map(({ status }) => status).toSorted(), [201, 409]);
  assert.equal((await usage(promotionId))?.uses, 1);
  assert.equal(codeIn(await enter(await cartWith({ CUP: 1 }, anna), "MINE", anna)), "orders.coupon_expired");

  const guest = async (email: string) => {
    const { id: cartId, cartToken = "" } = await call("createCart", { body: {} });
    const headers = { "x-cart-token": cartToken };
    await call("setItem", { params: { cartId, sku: "CUP" }, headers, body: { quantity: 1 } });
    await call("setCoupon", { params: { cartId }, headers, body: { code: "MINE" } });
    return send("checkout", { params: { cartId }, headers, body: { ...purchase, email } }, { key: newKey() });
  };
  assert.equal((await guest("guest@example.com")).status, 202);
  assert.equal(codeIn(await guest("Guest@Example.com")), "orders.cart_has_problems");
  assert.equal((await guest("other@example.com")).status, 202);
});

test("a budget is never overdrawn", async () => {
  const promotionId = await promote({
    effect: { kind: "fixed", of: "order", amount: { amount: 400, currency: "EUR" } },
    limits: { budget: { amount: 1_000, currency: "EUR" } },
  });
  const shoppers = Array.from({ length: 6 }, somebody);
  const carts = await Promise.all(shoppers.map((as) => cartWith({ CUP: 1 }, as)));
  const replies = await Promise.all(carts.map((cartId, n) => checkout(cartId, shoppers[n] ?? support, {}, 0)));
  assert.equal(replies.filter(({ status }) => status === 202).length, 2);
  assert.deepEqual(await usage(promotionId), { uses: 2, spent: 800 });
  const left = replies.findIndex(({ status }) => status !== 202);
  const as = shoppers[left] ?? support;
  await call(
    "setItem",
    { params: { cartId: carts[left] ?? "", sku: "CUP" }, headers: {}, body: { quantity: 1 } },
    { as },
  );
  const isKnown = async () => (await look(carts[left] ?? "", as)).totals.discount.amount === 0;
  await eventually("what is left of the budget", isKnown);
  assert.equal(orderIn(await checkout(carts[left] ?? "", as)).totals.discount.amount, 0);
});

test("a merchandiser is shown how far a promotion is used up; a coupon whose budget does not cover a cart says so", async () => {
  const [anna, merchandiser] = [somebody(), { ...support, roles: ["merchandiser"] } as const];
  const budget = { amount: 150, currency: "EUR" };
  const promotionId = await promote({ code: "LITTLE", effect: tenPercent, limits: { uses: 5, budget } });
  const usageOf = (id: string) => send("promotionUsage", { params: { promotionId: id } }, { as: merchandiser });
  const used = { promotionId, counted: true, uses: 0, returned: 0, customers: 0, usesLeft: 5, lastUsedAt: null };
  assert.deepEqual((await usageOf(promotionId)).body, {
    ...used,
    ...{ spent: { ...budget, amount: 0 }, budgetLeft: budget },
  });
  const cartId = await cartWith({ CUP: 1 }, anna);
  await enter(cartId, "LITTLE", anna);
  assert.equal((await checkout(cartId, anna)).status, 201);
  const { body } = await usageOf(promotionId);
  const { uses, customers, usesLeft, budgetLeft, lastUsedAt } = body as Record<string, unknown>; // as: compared next
  assert.deepEqual([uses, customers, usesLeft, budgetLeft], [1, 1, 4, { ...budget, amount: 50 }]);
  assert.notEqual(lastUsedAt, null);

  const boris = somebody();
  const refused = await enter(await cartWith({ CUP: 1 }, boris), "LITTLE", boris);
  assert.equal(codeIn(refused), "orders.coupon_expired");
  assert.match((refused.body as { detail: string }).detail, /budget too small/); // as: a problem
  assert.equal((await usageOf(newId())).status, 404);
  const unlimited = await promote({ code: "FREELY", effect: tenPercent });
  assert.equal(((await usageOf(unlimited)).body as { counted: boolean }).counted, false); // as: its usage
  assert.equal((await send("promotionUsage", { params: { promotionId } }, { as: anna })).status, 403);
});
