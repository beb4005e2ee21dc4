import { setTimeout as delay } from "node:timers/promises";
import { seededChance } from "@souk/testing";
import type { Client } from "../../e2e/shop/client.ts";
import { address, cards as known } from "../../e2e/shop/shopping.ts";
import type { History, Invoked } from "../history.ts";
import { ask } from "./ask.ts";

/** How long a shopper waits for an answer that stands, sending the same request again. */
export const patienceMs = 30_000;

/** The documented test cards, and how often each is used. */
const cards: readonly (readonly [name: string, number: string, weight: number])[] = [
  ["good", known.good, 58],
  ["declined", known.declined, 7],
  ["insufficient funds", known.insufficientFunds, 4],
  ["3-D Secure", known.threeDSecure, 5],
  ["slow", known.slow, 5],
  ["hangs after charging", known.hangsAfterCharging, 7],
  ["notifies twice", known.notifiesTwice, 7],
  ["notifies late", "4000000000006975", 7],
];

export type Goods = {
  /** Never runs out. */
  readonly plenty: readonly string[];
  /** There is little of it, and everybody wants it. */
  readonly hot: readonly string[];
};

export type Tokens = (role: string) => Promise<string>;
type Order = {
  readonly id: string;
  readonly lifecycle: string;
  readonly fulfilment: string;
  readonly nextAction?: { readonly url: string };
};
type Bought = { readonly orderId: string; readonly cartToken: string; readonly sku: string; readonly quantity: number };

export type Load = {
  readonly bought: () => readonly Bought[];
  readonly carts: ReadonlyMap<string, string>;
  readonly stop: () => Promise<void>;
};

/** Shoppers and staff, one thing after the other, `lanes` at once, each with a chance of its own from `seed`. */
export function startLoad(options: {
  readonly http: Client;
  readonly token: Tokens;
  readonly goods: Goods;
  readonly history: History;
  readonly seed: number;
  readonly lanes: number;
  /** Between two operations of a lane, on average. */
  readonly thinkMs: number;
}): Load {
  const { http, token, goods, history, seed, lanes, thinkMs } = options;
  const bought: Bought[] = [];
  /** By id, its token. */
  const carts = new Map<string, string>();
  const paymentTokens = new Map<string, string>();
  let going = true;
  const followers = new Set<Promise<void>>();

  async function paymentToken(number: string): Promise<string | undefined> {
    const there = paymentTokens.get(number);
    if (there) return there;
    const body = { number, expMonth: 12, expYear: 2099, cvc: "123" };
    const { answer } = await ask<{ token: string }>(http, "POST", "/v1/payment-tokens", { body }, patienceMs);
    if (answer?.status !== 200 && answer?.status !== 201) return undefined;
    paymentTokens.set(number, answer.body.token);
    return answer.body.token;
  }

  async function buy(chance: () => number): Promise<void> {
    const [card, number] = weighted(cards, chance);
    const hot = chance() < 0.15;
    const sku = pick(hot ? goods.hot : goods.plenty, chance);
    const quantity = hot ? 1 : 1 + Math.floor(chance() * 3);
    const op = history.invoke("buy", { sku, quantity, card });
    const left = timer(patienceMs);
    const opened = await ask<{ id: string; cartToken: string }>(http, "POST", "/v1/carts", { body: {} }, left());
    if (opened.answer?.status !== 201) return op.end("unknown", { retries: opened.retries });
    const { id: cartId, cartToken } = opened.answer.body;
    carts.set(cartId, cartToken);
    const put = await ask(http, "PUT", `/v1/carts/${cartId}/items/${sku}`, { cartToken, body: { quantity } }, left());
    const paying = put.answer?.status === 200 ? await paymentToken(number) : undefined;
    let retries = opened.retries + put.retries;
    if (paying === undefined) return op.end("unknown", { cartId, retries });
    const wait = chance() < 0.7 ? 5 : undefined;
    const request = {
      cartToken,
      key: `chaos-${seed}-${op.op}-checkout`,
      ...(wait !== undefined && { wait }),
      body: {
        email: `shopper-${op.op}@example.com`,
        shippingAddress: address,
        shippingMethod: "standard",
        paymentToken: paying,
      },
    };
    const asked = await ask<{ order: Order }>(
      http,
      "POST",
      `/v1/carts/${cartId}/checkout`,
      request,
      Math.max(left(), 2_000),
    );
    retries += asked.retries;
    const { answer } = asked;
    if (!answer) return op.end("unknown", { cartId, retries });
    if (answer.status === 201 || answer.status === 202) {
      const { order } = answer.body;
      op.end("ok", { cartId, orderId: order.id, said: answer.status === 201 ? "confirmed" : "accepted", retries });
      bought.push({ orderId: order.id, cartToken, sku, quantity });
      if (card === "3-D Secure") later(meetChallenge(order.id, cartToken));
      return;
    }
    op.end("fail", { cartId, code: answer.problem.error.code, retries });
  }

  /** The shopper's bank asks who is there; nobody waits for it, and what is never met ends by itself or is cancelled at the end. */
  async function meetChallenge(orderId: string, cartToken: string): Promise<void> {
    for (const left = timer(patienceMs); left() > 0; await delay(200)) {
      const { answer } = await ask<Order>(http, "GET", `/v1/orders/${orderId}`, { cartToken }, left());
      if (answer?.status !== 200 || answer.body.lifecycle !== "pending") return;
      const url = answer.body.nextAction?.url;
      if (url === undefined) continue;
      await ask(http, "POST", new URL(url, "http://shop").pathname, { cartToken }, left());
      return;
    }
  }

  async function cancel(chance: () => number): Promise<void> {
    const one = takeRecent(chance);
    if (!one) return;
    const { orderId, cartToken } = one;
    const op = history.invoke("cancel", { orderId });
    const key = `chaos-${seed}-${op.op}-cancel`;
    const asked = await ask(http, "POST", `/v1/orders/${orderId}/cancel`, { cartToken, key, body: {} }, patienceMs);
    conclude(op, asked, [200, 202]);
  }

  /** Something that was delivered comes back: asked for by the customer, then approved and booked by staff. */
  async function sendBack(chance: () => number): Promise<void> {
    const one = bought.length > 12 ? bought[Math.floor(chance() * (bought.length - 8))] : undefined;
    if (!one) return;
    const { orderId, cartToken, sku } = one;
    const seen = await ask<Order>(http, "GET", `/v1/orders/${orderId}`, { cartToken }, patienceMs);
    if (seen.answer?.status !== 200 || seen.answer.body.fulfilment !== "delivered") return;
    const op = history.invoke("return", { orderId, sku, quantity: 1 });
    const key = `chaos-${seed}-${op.op}-return`;
    const line = { sku, quantity: 1 };
    const request = { cartToken, key, body: { lines: [{ ...line, reason: "Too small" }] } };
    const asked = await ask<{ return: { id: string } }>(
      http,
      "POST",
      `/v1/orders/${orderId}/returns`,
      request,
      patienceMs,
    );
    const created = asked.answer && asked.answer.status < 300 ? asked.answer.body.return?.id : undefined;
    if (created === undefined) return conclude(op, asked, [200, 201, 202]);
    const staff = { token: await token("support") };
    const approved = await ask(http, "POST", `/v1/returns/${created}/approve`, staff, patienceMs);
    if (approved.answer === undefined || approved.answer.status >= 300) return conclude(op, approved, [200, 202]);
    const body = { lines: [{ ...line, condition: "sellable" }] };
    const received = await ask(
      http,
      "POST",
      `/v1/returns/${created}/receive`,
      { token: await token("operator"), body },
      patienceMs,
    );
    conclude(op, received, [200, 202]);
  }

  async function receive(chance: () => number): Promise<void> {
    const sku = pick(goods.plenty, chance);
    const op = history.invoke("receive", { sku, quantity: 5 });
    const request = { token: await token("operator"), key: `chaos-${seed}-${op.op}-receive`, body: { quantity: 5 } };
    conclude(op, await ask(http, "POST", `/v1/inventory/${sku}/receipts`, request, patienceMs), [201]);
  }

  /** The same products again, one of them at another price. */
  async function importProducts(chance: () => number): Promise<void> {
    const sku = pick(goods.plenty, chance);
    const op = history.invoke("import", { sku });
    const raw = productLine(sku, 1_000 + Math.floor(chance() * 1_000));
    const headers = { "content-type": "application/x-ndjson" };
    const request = { token: await token("merchandiser"), raw, headers };
    conclude(op, await ask(http, "POST", "/v1/products/import", request, patienceMs), [200]);
  }

  async function browse(chance: () => number): Promise<void> {
    const op = history.invoke("browse", {});
    const path = `/v1/products?limit=20&q=chaos${chance() < 0.5 ? "&inStock=true" : ""}`;
    conclude(op, await ask(http, "GET", path, {}, patienceMs), [200]);
  }

  const deeds: readonly (readonly [name: string, deed: (chance: () => number) => Promise<void>, weight: number])[] = [
    ["buy", buy, 66],
    ["cancel", cancel, 11],
    ["return", sendBack, 6],
    ["browse", browse, 9],
    ["receive", receive, 5],
    ["import", importProducts, 3],
  ];

  function takeRecent(chance: () => number): Bought | undefined {
    const recent = bought.slice(-12);
    return recent[Math.floor(chance() * recent.length)];
  }

  function later(work: Promise<void>): void {
    followers.add(work);
    void work.catch(() => {}).finally(() => followers.delete(work));
  }

  const running = Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      const chance = seededChance(seed * 1_000 + lane);
      while (going) {
        const [, deed] = weighted(deeds, chance);
        await deed(chance);
        await delay(thinkMs * 2 * chance());
      }
    }),
  );
  return {
    bought: () => bought,
    carts,
    async stop() {
      going = false;
      await running;
      await Promise.all(followers);
    },
  };
}

function conclude(op: Invoked, { answer, retries }: Awaited<ReturnType<typeof ask>>, good: readonly number[]): void {
  if (!answer) op.end("unknown", { retries });
  else if (good.includes(answer.status)) op.end("ok", { retries });
  else op.end("fail", { code: answer.problem.error.code, retries });
}

export const productLine = (sku: string, amount: number): string =>
  JSON.stringify({
    title: `Chaos product ${sku}`,
    description: "Sold by souk chaos.",
    category: "Chaos",
    variants: [{ sku, title: "One size", price: { amount, currency: "EUR" }, weightGrams: 250 }],
  });

function timer(ms: number): () => number {
  const until = performance.now() + ms;
  return () => until - performance.now();
}

function pick<T>(from: readonly T[], chance: () => number): T {
  const one = from[Math.floor(chance() * from.length)];
  if (one === undefined) throw new Error("there is nothing to pick from");
  return one;
}

function weighted<T extends readonly [name: string, what: unknown, weight: number]>(
  from: readonly T[],
  chance: () => number,
): T {
  let left = chance() * from.reduce((sum, [, , weight]) => sum + weight, 0);
  for (const one of from) {
    left -= one[2];
    if (left < 0) return one;
  }
  return pick(from, chance);
}
