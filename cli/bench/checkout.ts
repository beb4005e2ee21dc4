import { randomUUID } from "node:crypto";
import { Pool } from "undici";

export type Measured = {
  readonly concurrency: number;
  readonly orders: number;
  readonly ordersPerSecond: number;
  /** Of the checkout request: from sending it to knowing that the order is confirmed. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** From opening the cart to the confirmation. */
  readonly journeyP50Ms: number;
  /** What was answered instead of a confirmation, and how often. */
  readonly failures: Readonly<Record<string, number>>;
  readonly failed: number;
};

type Plan = {
  readonly address: string;
  readonly skus: readonly string[];
  readonly paymentToken: string;
  readonly currency: string;
  readonly concurrency: number;
  readonly seconds: number;
  readonly now: () => number;
};

const shippingAddress = { name: "Bench", line1: "1 Street", city: "Town", postalCode: "10115", country: "DE" };

/** Shoppers one after the other, `concurrency` at once: open a cart, put two things in, order, wait for the confirmation. */
export async function measureCheckout(plan: Plan): Promise<Measured> {
  const { address, skus, paymentToken, currency, concurrency, seconds, now } = plan;
  const pool = new Pool(address, { connections: concurrency });
  const checkouts: number[] = [];
  const journeys: number[] = [];
  const failures: Record<string, number> = {};
  let failed = 0;
  let turn = 0;

  async function send(method: "POST" | "PUT", path: string, body: unknown, headers: Record<string, string>) {
    const answer = await pool.request({
      method,
      path,
      body: JSON.stringify(body),
      headers: { "content-type": "application/json", ...headers },
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, body: text };
  }

  async function shop(): Promise<void> {
    const begun = now();
    const cart = JSON.parse((await send("POST", "/v1/carts", { currency }, {})).body) as {
      id: string;
      cartToken: string;
    };
    const holder = { "x-cart-token": cart.cartToken };
    for (let i = 0; i < 2; i++) {
      const sku = skus[turn++ % skus.length] ?? "";
      await send("PUT", `/v1/carts/${cart.id}/items/${sku}`, { quantity: 1 + (turn % 3) }, holder);
    }
    const asked = now();
    const { status, body } = await send(
      "POST",
      `/v1/carts/${cart.id}/checkout`,
      { email: "bench@example.com", shippingAddress, shippingMethod: "standard", paymentToken },
      { ...holder, "idempotency-key": randomUUID(), prefer: "wait=10" },
    );
    if (status !== 201) {
      failed++;
      const code = /"code":"([^"]+)"/.exec(body)?.[1] ?? String(status);
      failures[code] = (failures[code] ?? 0) + 1;
    }
    checkouts.push(now() - asked);
    journeys.push(now() - begun);
  }

  const startedAt = now();
  const until = startedAt + seconds * 1_000;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (now() < until) await shop();
    }),
  );
  const elapsed = (now() - startedAt) / 1_000;
  await pool.close();
  const confirmed = checkouts.length - failed;
  return {
    concurrency,
    orders: confirmed,
    ordersPerSecond: round(confirmed / elapsed),
    p50Ms: round(quantile(checkouts, 0.5)),
    p99Ms: round(quantile(checkouts, 0.99)),
    journeyP50Ms: round(quantile(journeys, 0.5)),
    failures,
    failed,
  };
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}
export const round = (n: number) => Math.round(n * 100) / 100;
