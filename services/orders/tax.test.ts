import assert from "node:assert/strict";
import { test } from "node:test";
import { amounts, cartWith, checkout, codeIn, levy, look, orderIn, see, somebody } from "./pricing.fixture.ts";

test("tax inside the prices and on top is worked out for where it goes, and stays with the order", async () => {
  const anna = somebody();
  await levy("1", 19);
  await levy("2", 7, { taxClasses: ["reduced"], shipping: false });
  const cartId = await cartWith({ CUP: 1, BOOK: 1 }, anna);
  assert.deepEqual((await look(cartId, anna)).totals.taxes, [], "nobody knows where it goes yet");
  const cart = await look(cartId, anna, { country: "DE", shippingMethod: "standard" });
  // 1000 × 19/119 = 159.66, 490 × 19/119 = 78.24; 1500 × 7/107 = 98.13
  assert.deepEqual(
    cart.totals.taxes.map(({ code, percent, included, amount }) => [code, percent, included, amount.amount]),
    [
      ["1", 19, true, 160 + 78],
      ["2", 7, true, 98],
    ].toSorted((a, b) => Number(b[1]) - Number(a[1])),
  );
  assert.deepEqual(amounts(cart.totals), [2_500, 0, 490, 0, 2_990]);
  const { id } = orderIn(await checkout(cartId, anna));
  await levy("1", 25);
  assert.equal((await see(id, anna)).totals.taxes.find(({ code }) => code === "1")?.percent, 19);

  await levy("3", 8.875, { country: "US", region: "NY", included: false });
  const abroad = await look(await cartWith({ CUP: 1 }, anna), anna, { country: "US", region: "us-ny" });
  assert.deepEqual(amounts(abroad.totals), [1_000, 0, 0, 89, 1_089]);
});

test("who names the total they expect is not charged another one", async () => {
  const anna = somebody();
  const cartId = await cartWith({ CUP: 1 }, anna);
  const seen = await look(cartId, anna, { country: "DE", shippingMethod: "standard" });
  await levy("4", 10, { included: false, shipping: false });
  const refused = await checkout(cartId, anna, { expectedTotal: seen.totals.total });
  assert.deepEqual([refused.status, codeIn(refused)], [409, "orders.total_changed"]);
  const again = await look(cartId, anna, { country: "DE", shippingMethod: "standard" });
  assert.equal((await checkout(cartId, anna, { expectedTotal: again.totals.total })).status, 201);
});
