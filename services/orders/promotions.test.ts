import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { users } from "@souk/users/contract";
import { orders } from "./contract.ts";
import {
  amounts,
  call,
  cartIn,
  cartWith,
  changePromotion,
  checkout,
  codeIn,
  deliver,
  enter,
  idOf,
  look,
  orderIn,
  promote,
  published,
  quiet,
  somebody,
  sql,
  tenPercent,
} from "./pricing.fixture.ts";

test("a promotion of the order is shown in the cart and is on the order's lines, with its coupon", async () => {
  const anna = somebody();
  const promotionId = await promote({ name: "Spring", code: "SPRING", effect: tenPercent });
  const cartId = await cartWith({ CUP: 2, POT: 1 }, anna);
  assert.deepEqual(amounts((await look(cartId, anna)).totals), [4_500, 0, 0, 0, 4_500]);
  const entered = cartIn(await enter(cartId, "spring", anna));
  assert.deepEqual(entered.coupon, { code: "SPRING", applied: true });
  const cart = await look(cartId, anna, { country: "DE", shippingMethod: "standard" });
  assert.deepEqual(amounts(cart.totals), [4_500, 450, 490, 0, 4_540]);
  const order = orderIn(await checkout(cartId, anna, { expectedTotal: cart.totals.total }));
  assert.deepEqual(order.totals, cart.totals);
  assert.deepEqual(
    order.lines.map(({ sku, discount, payable, discounts }) => [
      sku,
      discount.amount,
      payable.amount,
      discounts.length,
    ]),
    [
      ["CUP", 200, 1_800, 1],
      ["POT", 250, 2_250, 1],
    ],
  );
  const part = { promotionId, code: "SPRING", name: "Spring", amount: { amount: 450, currency: "EUR" } };
  assert.deepEqual(order.totals.discounts, [part]);
  await quiet(order.id);
  const [confirmed] = (await published(orders.events.confirmed)).filter(({ subject }) => subject === order.id);
  assert.equal(confirmed?.data.totals.total, 4_540);
  assert.deepEqual(confirmed?.data.totals.discounts, [{ code: "SPRING", name: "Spring", amount: 450 }]);
});

test("a coupon nobody has heard of, and one that has ended, are refused; one that does not fit yet is kept", async () => {
  const anna = somebody();
  const cartId = await cartWith({ CUP: 1 }, anna);
  assert.deepEqual([404, "orders.coupon_unknown"], await refusal(enter(cartId, "NOSUCH", anna)));
  await promote({ code: "GONE", effect: tenPercent, conditions: { endsAt: "2020-01-01T00:00:00.000Z" } });
  assert.deepEqual([409, "orders.coupon_expired"], await refusal(enter(cartId, "GONE", anna)));
  await promote({ code: "BIG", effect: tenPercent, conditions: { minSubtotal: { amount: 2_000, currency: "EUR" } } });
  const kept = cartIn(await enter(cartId, "BIG", anna));
  assert.deepEqual([kept.coupon?.applied, kept.coupon?.reason, kept.problems], [false, "subtotal_too_small", []]);
  const more = await call(
    "setItem",
    { params: { cartId, sku: "CUP" }, headers: {}, body: { quantity: 2 } },
    { as: anna },
  );
  assert.deepEqual([more.coupon?.applied, more.totals.discount.amount], [true, 200]);
  const without = await call("removeCoupon", { params: { cartId }, headers: {} }, { as: anna });
  assert.deepEqual([without.coupon, without.totals.discount.amount], [undefined, 0]);
});
const refusal = async (reply: ReturnType<typeof enter>) => [(await reply).status, codeIn(await reply)];

test("a promotion that ends while its coupon lies in a cart is listed, and must be taken out before ordering", async () => {
  const anna = somebody();
  const promotionId = await promote({ code: "SHORT", effect: tenPercent });
  const cartId = await cartWith({ CUP: 1 }, anna);
  await enter(cartId, "SHORT", anna);
  const archived = { promotionId, name: "A promotion", code: "SHORT", effect: tenPercent, conditions: {}, limits: {} };
  await changePromotion({ ...archived, status: "archived", version: 2 });
  const { problems, coupon } = await look(cartId, anna);
  assert.deepEqual(
    problems.map(({ kind, code }) => [kind, code]),
    [["promotion_expired", "SHORT"]],
  );
  assert.equal(coupon?.applied, false);
  assert.equal(codeIn(await checkout(cartId, anna)), "orders.cart_has_problems");
  await call("removeCoupon", { params: { cartId }, headers: {} }, { as: anna });
  assert.equal((await checkout(cartId, anna)).status, 201);
});

test("customer groups reach the price, and a first order comes once", async () => {
  const [anna, boris] = [somebody(), somebody()];
  await promote({ effect: tenPercent, conditions: { groups: ["vip"] } });
  const belongs = (who: Principal, sequence: number, ...groups: string[]) =>
    deliver(users.events.profileChanged, {
      subject: idOf(who),
      sequence,
      data: { userId: idOf(who), locale: "en", emailVerified: true, groups },
    });
  await belongs(anna, 2, "vip");
  const discount = async (as: Principal) => (await look(await cartWith({ CUP: 1 }, as), as)).totals.discount.amount;
  assert.deepEqual([await discount(anna), await discount(boris)], [100, 0]);
  await belongs(anna, 3);
  await belongs(anna, 2, "vip");
  assert.equal(await discount(anna), 0, "an older word changes nothing");

  await sql`update promotions set live = false`;
  await promote({
    effect: { kind: "fixed", of: "order", amount: { amount: 300, currency: "EUR" } },
    conditions: { firstOrder: true },
  });
  const carts = [await cartWith({ CUP: 1 }, boris), await cartWith({ CUP: 1 }, boris)];
  const replies = await Promise.all(carts.map((cartId) => checkout(cartId, boris)));
  assert.equal(
    replies.filter((reply) => reply.status === 201 && orderIn(reply).totals.discount.amount === 300).length,
    1,
  );
  assert.equal(await discount(boris), 0);
});
