import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { type Cart, call, cartIn, codeIn, send, somebody } from "./pricing.fixture.ts";

test("a guest who signs in keeps what is in the cart: as it is, or merged into the cart that is there", async () => {
  const anna = somebody();
  const guests = async (quantities: Record<string, number>) => {
    const { id: cartId, cartToken = "" } = await call("createCart", { body: {} });
    const headers = { "x-cart-token": cartToken };
    for (const [sku, quantity] of Object.entries(quantities))
      await call("setItem", { params: { cartId, sku }, headers, body: { quantity } });
    return { params: { cartId }, headers };
  };
  const claim = (cart: Awaited<ReturnType<typeof guests>>, as?: Principal) => send("claimCart", cart, as ? { as } : {});
  const contents = ({ lines }: Cart) => lines.map(({ sku, quantity }) => [sku, quantity]);

  const first = await guests({ CUP: 2 });
  assert.equal(codeIn(await claim(first)), "orders.claim_needs_account");
  assert.equal(
    codeIn(await claim({ ...first, headers: { "x-cart-token": "x".repeat(32) } }, anna)),
    "orders.cart_not_found",
  );
  const adopted = cartIn(await claim(first, anna));
  assert.deepEqual([adopted.id, contents(adopted)], [first.params.cartId, [["CUP", 2]]]);
  assert.equal((await send("cart", { ...first, query: {} })).status, 404, "the guest's token opens it no more");
  assert.equal(cartIn(await claim(first, anna)).id, adopted.id, "asking again changes nothing");
  assert.equal(codeIn(await claim(first, somebody())), "orders.cart_not_found");

  const second = await guests({ CUP: 1, POT: 3 });
  const merged = cartIn(await claim(second, anna));
  assert.deepEqual(
    [merged.id, contents(merged)],
    [
      adopted.id,
      [
        ["CUP", 2],
        ["POT", 3],
      ],
    ],
  );
  assert.deepEqual(contents(cartIn(await claim(second, anna))), contents(merged));
  assert.equal(codeIn(await claim(second, somebody())), "orders.cart_not_found");
});
