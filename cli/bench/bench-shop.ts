import type { ShopClient } from "../shop-client.ts";

export const benchCurrency = "EUR";
const skus = Array.from({ length: 200 }, (_, i) => `BENCH-${i + 1}`);
const stockEach = 1_000_000;

/** Things to buy that never run out, and a card to pay with. Safe to repeat. */
export async function benchShop(
  shop: ShopClient,
  tokens: { merchandiser: () => Promise<string>; operator: () => Promise<string> },
  pause: (ms: number) => Promise<void>,
): Promise<{ skus: readonly string[]; paymentToken: string }> {
  const content = skus
    .map((sku) =>
      JSON.stringify({
        title: `Bench product ${sku}`,
        description: "Made by souk bench.",
        category: "Bench",
        variants: [{ sku, title: sku, price: { amount: 1_250, currency: benchCurrency }, weightGrams: 200 }],
      }),
    )
    .join("\n");
  const upload = { mediaType: "application/x-ndjson", content };
  await shop.must("POST", "/v1/products/import", { upload, token: await tokens.merchandiser() });
  for (const sku of skus) {
    const path = `/v1/inventory/${sku}/receipts`;
    await shop.must("POST", path, {
      body: { quantity: stockEach },
      idempotencyKey: `souk-bench-stock-${sku}`,
      token: await tokens.operator(),
    });
  }
  await untilInCarts(shop, skus, pause);
  const card = { number: "4242424242424242", expMonth: 12, expYear: 2099, cvc: "123" };
  const { token } = await shop.must<{ token: string }>("POST", "/v1/payment-tokens", { body: card });
  return { skus, paymentToken: token };
}

/** Carts learn of products by events, a moment later. */
async function untilInCarts(
  shop: ShopClient,
  wanted: readonly string[],
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  const cart = await shop.must<{ id: string; cartToken: string }>("POST", "/v1/carts", {
    body: { currency: benchCurrency },
  });
  for (const sku of wanted) {
    for (let attempt = 0; attempt < 60; attempt++) {
      const { status } = await shop.call("PUT", `/v1/carts/${cart.id}/items/${sku}`, {
        body: { quantity: 1 },
        cartToken: cart.cartToken,
      });
      if (status === 200) break;
      await pause(250);
    }
  }
}
