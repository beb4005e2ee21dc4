import { Failure } from "../failure.ts";
import { codeOf, detailOf, type ShopClient } from "../shop-client.ts";
import type { Charge, ProviderBook } from "./book.ts";
import type { Goods } from "./goods.ts";
import { type Checkout, cards, type Order, type Shopper, settled } from "./shopper.ts";

/** What happened to one order, and to the stock of what was ordered. */
export type Told = {
  readonly goods: Goods;
  readonly quantity: number;
  readonly email: string;
  readonly order: Order;
  /** How long the shopper waited for the answer to the checkout. */
  readonly ms: number;
  readonly traceparent: string | undefined;
  /** Available before, and when all was done. */
  readonly stock: { readonly before: number; readonly after: number };
};
export type Declined = Omit<Told, "order"> & { readonly status: number; readonly code: string; readonly why: string };

type Deps = {
  readonly shop: ShopClient;
  readonly operator: () => Promise<string>;
  readonly pause: (ms: number) => Promise<void>;
};

/** The stories that the demo tells. Each throws a Failure when the shop does not do what it promises. */
export function stories({ shop, operator, pause }: Deps) {
  async function available(sku: string): Promise<number> {
    const path = `/v1/inventory/${encodeURIComponent(sku)}`;
    return (await shop.must<{ available: number }>("GET", path, { token: await operator() })).available;
  }

  /** Others may shop at the same time, so that another figure is no failure: it is shown. */
  const availableOnce = (sku: string, expected: number) =>
    settled(
      () => available(sku),
      (now) => now === expected,
      pause,
    );

  async function buy(who: Shopper, goods: Goods, quantity: number, card: string) {
    const before = await available(goods.sku);
    const checkout = await who.buy(goods, quantity, card);
    const { answer, ms } = checkout;
    const told = { goods, quantity, email: who.email, ms, traceparent: answer.traceparent };
    return { before, checkout, told };
  }

  return {
    async confirmed(who: Shopper, goods: Goods, quantity: number, card = cards.good): Promise<Told> {
      const { before, checkout, told } = await buy(who, goods, quantity, card);
      const order = confirmedOrder(checkout);
      return { ...told, order, stock: { before, after: await availableOnce(goods.sku, before - quantity) } };
    },

    async declined(who: Shopper, goods: Goods, quantity: number): Promise<Declined> {
      const { before, checkout, told } = await buy(who, goods, quantity, cards.declined);
      const { status, body } = checkout.answer;
      if (status !== 422) throw new Failure(`A declined card was answered with ${status}.`, "See: souk logs orders");
      const stock = { before, after: await availableOnce(goods.sku, before) };
      return { ...told, status, code: codeOf(body), why: detailOf(body), stock };
    },

    /** `during`: what was available between the confirmation and the cancellation. */
    async cancelled(who: Shopper, goods: Goods, quantity: number): Promise<Told & { readonly during: number }> {
      const { before, checkout, told } = await buy(who, goods, quantity, cards.good);
      const { id } = confirmedOrder(checkout);
      const during = await available(goods.sku);
      const order = await who.cancel(id, { cartToken: checkout.cartToken });
      if (order.lifecycle !== "cancelled")
        throw new Failure(`Order ${order.number} is ${order.lifecycle}, not cancelled.`, "See: souk sagas");
      return { ...told, order, during, stock: { before, after: await availableOnce(goods.sku, before) } };
    },

    /** The provider takes the money and does not answer: the shop asks again with the same key. */
    async unanswered(
      who: Shopper,
      goods: Goods,
      quantity: number,
      book: ProviderBook,
    ): Promise<Told & { readonly charges: readonly Charge[] }> {
      const told = await this.confirmed(who, goods, quantity, cards.chargedWithoutAnswer);
      const charges = await book.chargesOf(told.order.id);
      const taken = charges.reduce((sum, { captured, refunded }) => sum + captured - refunded, 0);
      if (taken !== told.order.totals.total.amount)
        throw new Failure(`The provider took ${taken} for order ${told.order.number}.`, "See: souk verify");
      return { ...told, charges };
    },
  };
}

function confirmedOrder({ answer: { status, body } }: Checkout): Order {
  if (status !== 201)
    throw new Failure(`The order was not confirmed (${status}): ${detailOf(body)}`, "See: souk status, souk sagas");
  return (body as { order: Order }).order; // 201 says that it is one
}
