import assert from "node:assert/strict";
import { before, test } from "node:test";
import { eventually } from "../shop/client.ts";
import type { Shop } from "../shop/running-shop.ts";
import { cards, cartWith, checkout, orderOf, payWith, sell, untilFinal } from "../shop/shopping.ts";
import { assertSound } from "../shop/sound.ts";

/** What is paid for dies, or does not answer, in the middle of it. */
export function outages(shop: () => Shop): void {
  let sku = "";
  before(async () => {
    sku = await sell(shop());
  });

  test("whoever dies while the bank waits for its shopper, the order goes on afterwards", async () => {
    const cart = await cartWith(shop(), { [sku]: 1 });
    const answer = await checkout(shop(), cart, { paymentToken: await payWith(shop(), cards.threeDSecure), wait: 10 });
    assert.equal(answer.status, 202, answer.text);
    const { id, nextAction, payment } = answer.body.order;
    assert.equal(payment, "requires_action");
    for (const { name, pid } of await shop().status())
      if (["orders", "payments", "card-simulator"].includes(name) && pid !== null) process.kill(pid, "SIGKILL");
    const tell = () =>
      shop().http.call("POST", nextAction?.url ?? "", { cartToken: cart.cartToken, body: { outcome: "succeed" } });
    await eventually("the shopper's answer is taken", async () => (await tell()).status === 200);
    const order = await untilFinal(shop(), id, cart);
    assert.deepEqual([order.lifecycle, order.payment], ["confirmed", "captured"]);
  });

  test("while the provider does not answer an order waits and says so, and confirms by itself when it is back", async () => {
    const cart = await cartWith(shop(), { [sku]: 1 });
    const paymentToken = await payWith(shop(), cards.good);
    const pid = (await shop().status()).find(({ name }) => name === "card-simulator")?.pid;
    assert.ok(pid);
    process.kill(pid, "SIGSTOP");
    try {
      const answer = await checkout(shop(), cart, { paymentToken, wait: 1 });
      assert.equal(answer.status, 202, answer.text);
      const { id } = answer.body.order;
      await eventually("the order says what it waits for", async () => {
        const { lifecycle, payment } = await orderOf(shop(), id, cart);
        return lifecycle === "pending" && payment === "awaiting_provider";
      });
      process.kill(pid, "SIGCONT");
      const order = await untilFinal(shop(), id, cart);
      assert.deepEqual([order.lifecycle, order.payment], ["confirmed", "captured"]);
    } finally {
      process.kill(pid, "SIGCONT");
    }
  });

  test("after all that the books are sound", () => assertSound(shop()));
}
