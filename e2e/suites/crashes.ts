import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { seededChance } from "@souk/testing";
import { eventually } from "../shop/client.ts";
import type { Process, Shop } from "../shop/running-shop.ts";
import { cards, checkoutAsk, type OpenCart, type Order, orderOf, payWith, sell } from "../shop/shopping.ts";
import { assertSound } from "../shop/sound.ts";

type Accepted = { readonly id: string; readonly cart: OpenCart };

/** Who dies when is decided by this; a run that failed is repeated with the seed that it printed. */
const seed = Number(process.env["E2E_SEED"] ?? 20_261_121);
const shoppers = 3;
/** Between two deaths: less than a process needs to come back, so that some are away together. */
const pauseMs = 700;

export function crashes(shop: () => Shop): void {
  test(`kill -9 of everything in the middle of a load loses nothing (seed ${seed})`, async (t) => {
    const before = await shop().status();
    const victims = shuffled(
      before.filter(({ name }) => name !== "supervisor"),
      seed,
    );
    const load = await startLoad(shop());
    try {
      for (const { instance } of victims) {
        await delay(pauseMs);
        kill((await shop().status()).find((process) => process.instance === instance));
      }
      await eventually("everything runs again", async () => {
        const now = await shop().status();
        return victims.every(({ instance, restarts }) => {
          const same = now.find((process) => process.instance === instance);
          return same?.state === "ready" && same.restarts > restarts;
        });
      });
      await eventually("a few orders were taken all the same", async () => load.accepted.length > 10);
    } finally {
      await load.stop();
    }
    t.diagnostic(`${load.accepted.length} orders accepted while ${victims.length} processes were killed`);
    assert.deepEqual(load.refusals, []);
    await allBecomeFinal(load.accepted);
    await assertSound(shop());
  });

  test("after kill -9 of the supervisor the shop goes on, and the next souk up takes it over", async () => {
    const load = await startLoad(shop());
    try {
      kill((await shop().status()).find(({ name }) => name === "supervisor"));
      await eventually("status tells of orphans", async () => {
        const left = await shop().status();
        return left.length > 5 && left.every(({ state }) => state === "orphaned");
      });
      const served = load.accepted.length;
      await eventually("orders are still taken", async () => load.accepted.length > served + 3);
      const up = await shop().up();
      assert.equal(up.code, 0, up.err);
      assert.equal(JSON.parse(up.out).address, shop().address);
    } finally {
      await load.stop();
    }
    assert.deepEqual(load.refusals, []);
    await allBecomeFinal(load.accepted);
    assert.deepEqual(
      (await shop().status()).filter(({ state }) => state !== "ready"),
      [],
    );
    await assertSound(shop());
  });

  test("kill -9 of the supervisor and of PostgreSQL together is mended by the next souk up", async () => {
    const load = await startLoad(shop());
    try {
      const processes = await shop().status();
      kill(processes.find(({ name }) => name === "supervisor"));
      kill(processes.find(({ name }) => name === "postgres"));
      const up = await shop().up();
      assert.equal(up.code, 0, up.err);
    } finally {
      await load.stop();
    }
    await allBecomeFinal(load.accepted);
    await assertSound(shop());
  });

  async function allBecomeFinal(accepted: readonly Accepted[]): Promise<void> {
    const waiting = new Map(accepted.map((order) => [order.id, order]));
    const wrong: string[] = [];
    await eventually("every accepted order is final", async () => {
      for (const { id, cart } of waiting.values()) {
        const { lifecycle, reason, timeline } = await orderOf(shop(), id, cart);
        if (lifecycle === "pending") continue;
        waiting.delete(id);
        // A crash delays an order and never rejects it: the cards are good and there is enough of everything.
        if (lifecycle !== "confirmed" && lifecycle !== "completed")
          wrong.push(`${id} is ${lifecycle} (${reason}): ${timeline.at(-1)?.detail}`);
      }
      return waiting.size === 0;
    });
    assert.deepEqual(wrong, []);
  }
}

/** A few shoppers who buy one thing after the other and, like any good client, ask again when there is no answer. */
async function startLoad(shop: Shop) {
  const sku = await sell(shop, { quantity: 9_000 });
  const paymentToken = await payWith(shop, cards.good);
  const accepted: Accepted[] = [];
  const refusals: string[] = [];
  let going = true;

  async function buy(): Promise<void> {
    const { persist } = shop.http;
    const opened = await persist<{ id: string; cartToken: string }>("POST", "/v1/carts", { body: {} });
    if (opened.status !== 201) return void refusals.push(opened.text);
    const cart = { id: opened.body.id, cartToken: opened.body.cartToken };
    const put = await persist("PUT", `/v1/carts/${cart.id}/items/${sku}`, { ...cart, body: { quantity: 1 } });
    if (put.status !== 200) return void refusals.push(put.text);
    const path = `/v1/carts/${cart.id}/checkout`;
    const answer = await persist<{ order: Order }>("POST", path, checkoutAsk(cart, { paymentToken }));
    if (answer.status !== 202) return void refusals.push(answer.text);
    accepted.push({ id: answer.body.order.id, cart });
  }
  const running = Promise.all(
    Array.from({ length: shoppers }, async () => {
      while (going) await buy();
    }),
  );
  return {
    accepted,
    refusals,
    async stop() {
      going = false;
      await running;
    },
  };
}

function kill(victim: Process | undefined): void {
  if (!victim?.pid) return; // it is away already: killed with something it cannot live without
  try {
    process.kill(victim.pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error; // it has just ended
  }
}

/** Fisher and Yates' shuffle. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const chance = seededChance(seed);
  const mixed = [...items];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(chance() * (i + 1));
    [mixed[i], mixed[j]] = [mixed[j] as T, mixed[i] as T];
  }
  return mixed;
}
