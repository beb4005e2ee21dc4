import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "@souk/testing";
import { orders } from "../contract.ts";
import { call, cartWith, idOf, look, published, somebody, sql } from "../pricing.fixture.ts";

test("a cart that is left alone is abandoned after its time, and what was in it is told once", async () => {
  const anna = somebody();
  const cartId = await cartWith({ CUP: 2 }, anna);
  const { id: guests, cartToken = "" } = await call("createCart", { body: {} });
  const headers = { "x-cart-token": cartToken };
  await call("setItem", { params: { cartId: guests, sku: "POT" }, headers, body: { quantity: 1 } });
  const { id: empty } = await call("createCart", { body: {} });
  const age = (days: number) =>
    sql`update carts set opened_at = opened_at - make_interval(days => ${days}), updated_at = updated_at - make_interval(days => ${days}) where cart_id in (${cartId}, ${guests}, ${empty})`;
  const statusOf = async (id: string) =>
    (await sql<{ status: string }>`select status from carts where cart_id = ${id}`)[0]?.status;
  const abandoned = (id: string) =>
    eventually("that it is abandoned", async () => (await statusOf(id)) === "abandoned");
  await age(31);
  await abandoned(guests);
  assert.equal((await call("cart", { params: { cartId: guests }, headers, query: {} })).status, "abandoned");
  assert.equal((await look(cartId, anna)).status, "open");
  await age(60);
  await abandoned(cartId);
  const told = (await published(orders.events.cartAbandoned)).filter(({ subject }) =>
    [cartId, guests, empty].includes(subject),
  );
  assert.deepEqual(
    told.map(({ data }) => [data.customerId, data.lines]),
    [
      [null, [{ sku: "POT", title: "Tea things, POT", quantity: 1, unitAmount: 2_500 }]],
      [idOf(anna), [{ sku: "CUP", title: "Tea things, CUP", quantity: 2, unitAmount: 1_000 }]],
    ],
  );
});
