import { setTimeout as delay } from "node:timers/promises";
import { cardSimulator } from "@souk/card-simulator/contract";
import { operatorMesh } from "../cli/operator.ts";
import type { FinalOrder, FinalWorld } from "./judge.ts";
import type { ChaosShop } from "./shop/chaos-shop.ts";

type Order = {
  readonly id: string;
  readonly lifecycle: string;
  readonly payment: string;
  readonly totals: { readonly total: { readonly amount: number } };
  readonly lines: FinalOrder["lines"];
  readonly timeline: readonly { readonly what: string }[];
};
type Page = {
  readonly data: readonly Order[];
  readonly pagination: { readonly total: number; readonly pages: number };
};

const perPage = 100;

async function orders(shop: ChaosShop, query: string, page = 1): Promise<Page> {
  const token = await shop.token("operator");
  return shop.http.must<Page>("GET", `/v1/orders?limit=${perPage}&page=${page}${query}`, { token });
}

/**
 * Until no order is on its way. What waits for a shopper who has left (3-D Secure) is cancelled first, as a shop would.
 * @param hurryAfterMs from then on an operator asks every waiting saga to go on
 * @returns the orders that are still not final after `patienceMs`
 */
export async function untilFinal(shop: ChaosShop, patienceMs: number, hurryAfterMs: number): Promise<readonly Order[]> {
  const hurryAt = performance.now() + hurryAfterMs;
  let hurried = false;
  for (const until = performance.now() + patienceMs; ; await delay(250)) {
    const open = [
      ...(await orders(shop, "&lifecycle=pending")).data,
      ...(await orders(shop, "&lifecycle=cancel_pending")).data,
    ];
    if (open.length === 0 || performance.now() > until) return open;
    if (!hurried && performance.now() > hurryAt) {
      hurried = true;
      await hurrySagas(shop);
    }
    for (const { id } of open.filter(({ payment }) => payment === "requires_action"))
      await shop.http.call("POST", `/v1/orders/${id}/cancel`, {
        token: await shop.token("operator"),
        key: `chaos-leave-${id}`,
        body: {},
      });
  }
}

/** An undo that has failed for a while is tried only once a minute: an operator who does not want to wait says so. */
async function hurrySagas(shop: ChaosShop): Promise<void> {
  const sagas: { id: string }[] = JSON.parse(await shop.souk("sagas", "list", "--json"));
  for (const { id } of sagas) await shop.souk("sagas", "retry", id);
}

/** Reads from outside what has become of everything. @param carts by id, the token of their shopper */
export async function readWorld(
  shop: ChaosShop,
  carts: ReadonlyMap<string, string>,
  received: ReadonlyMap<string, number>,
): Promise<FinalWorld> {
  const all = new Map<string, FinalOrder>();
  for (let page = 1, pages = 1; page <= pages; page++) {
    const { data, pagination } = await orders(shop, "", page);
    pages = pagination.pages;
    for (const { id, lifecycle, payment, totals, lines, timeline } of data) {
      const cancelRefused = timeline.some(({ what }) => what === "Cancellation refused");
      all.set(id, { id, lifecycle, payment, cancelRefused, total: totals.total.amount, lines });
    }
  }
  const orderOfCart = new Map<string, string | undefined>();
  for (const [id, cartToken] of carts) {
    const cart = await shop.http.must<{ orderId?: string }>("GET", `/v1/carts/${id}`, { cartToken });
    orderOfCart.set(id, cart.orderId);
  }
  return { orders: all, orderOfCart, kept: await kept(shop), received };
}

/** From the provider's own book. */
async function kept(shop: ChaosShop): Promise<Map<string, number>> {
  const mesh = await operatorMesh(shop.home);
  try {
    const provider = mesh.client(cardSimulator);
    const sums = new Map<string, number>();
    for (let after = 0; ; ) {
      const { charges, next } = await provider.book({ query: { after, limit: 1_000 } }, { timeoutMs: 10_000 });
      for (const { reference, captured, refunded } of charges)
        sums.set(reference, (sums.get(reference) ?? 0) + captured - refunded);
      if (next === after) return sums;
      after = next;
    }
  } finally {
    await mesh.close();
  }
}
