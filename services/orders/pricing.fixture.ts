import { beforeEach } from "node:test";
import type { Principal } from "@souk/contract";
import { inventory } from "@souk/inventory/contract";
import { payments } from "@souk/payments/contract";
import { products } from "@souk/products/contract";
import { shipping } from "@souk/shipping/contract";
import { fakeNeighbours, sequentialIds, startForTest } from "@souk/testing";
import { person, purchase } from "./people.fixture.ts";
import definition from "./service.ts";
import { quietIn, settled } from "./waiting.fixture.ts";

export const newId = sequentialIds();
const taken = new Map<string, number>();
export const neighbours = fakeNeighbours(
  { inventory, payments, shipping },
  {
    inventory: {
      reserve: ({ body }) => ({ reservationId: body.orderId, status: "held" as const, expiresAt: null }),
      commit: ({ params }) => ({ reservationId: params.orderId, status: "committed" as const, expiresAt: null }),
      release: () => ({}),
      restock: () => ({}),
    },
    payments: {
      pay({ body: { orderId, amount } }) {
        taken.set(orderId, amount.amount);
        const refunded = { amount: 0, currency: amount.currency };
        return { paymentId: newId(), orderId, status: "captured" as const, amount, captured: amount, refunded };
      },
      reverse({ params: { orderId } }) {
        const amount = taken.get(orderId) ?? 0;
        return { status: "refunded" as const, refunded: { amount, currency: "EUR" } };
      },
    },
    shipping: { cancel: () => ({}) },
  },
);
const service = await startForTest(definition, new URL("./", import.meta.url), {
  neighbours,
  env: { SOUK_CART_SWEEP_EVERY: "20ms" },
});
export const { call, send, sql, published, deliver } = service;

export const idOf = (who: Principal) => (who.kind === "user" ? who.id : "");
let people = 100;
export const somebody = () => person(++people, "customer");

const productId = newId();
let version = 0;
const offer = (prices: Record<string, number>) =>
  deliver(products.events.changed, {
    subject: productId,
    sequence: ++version,
    data: {
      productId,
      slug: "tea-things",
      title: "Tea things",
      description: "",
      status: "active",
      category: "Home > Kitchen",
      categorySlug: "home-kitchen",
      categories: [
        { slug: "home", name: "Home" },
        { slug: "home-kitchen", name: "Kitchen" },
      ],
      attributes: {},
      version,
      variants: Object.entries(prices).map(([sku, amount]) => ({
        sku,
        title: sku,
        options: {},
        price: { amount, currency: "EUR" },
        weightGrams: 400,
        taxClass: sku === "BOOK" ? ("reduced" as const) : ("standard" as const),
      })),
    },
  });

type PromotionData = Parameters<typeof deliver<typeof products.events.promotionChanged>>[1]["data"];
/** A promotion that runs from now on. */
export async function promote(given: Pick<PromotionData, "effect"> & Partial<PromotionData>): Promise<string> {
  const promotionId = newId();
  await changePromotion({
    promotionId,
    name: "A promotion",
    code: null,
    conditions: {},
    limits: {},
    status: "active",
    version: 1,
    ...given,
  });
  return promotionId;
}
export const changePromotion = (data: PromotionData) =>
  deliver(products.events.promotionChanged, { subject: data.promotionId, sequence: data.version, data });
let taxRateVersion = 0;
export const levy = (code: string, percent: number, more: Record<string, unknown> = {}) =>
  deliver(products.events.taxRateChanged, {
    subject: `019d0000-0000-7000-9000-${code.padStart(12, "0")}`,
    sequence: ++taxRateVersion,
    data: {
      taxRateId: `019d0000-0000-7000-9000-${code.padStart(12, "0")}`,
      code,
      name: `VAT ${percent} %`,
      country: "DE",
      region: null,
      percent,
      taxClasses: ["standard"],
      included: true,
      shipping: true,
      replaces: false,
      exemptGroups: [],
      status: "active",
      version: taxRateVersion,
      ...more,
    },
  });

const ship = () =>
  deliver(shipping.events.ratesChanged, {
    subject: "rates",
    data: { rates: [{ method: "standard", currency: "EUR", countries: ["DE"], maxWeightGrams: 50_000, amount: 490 }] },
  });

beforeEach(async () => {
  neighbours.inventory.recover("reserve");
  await sql`update promotions set live = false`;
  await sql`update tax_rates set live = false`;
  await ship(); // told, so that prices are worked out from what is known now
  await offer({ CUP: 1_000, POT: 2_500, BOOK: 1_500 });
});

export async function cartWith(quantities: Record<string, number>, as: Principal) {
  const { id: cartId } = await call("createCart", { body: {} }, { as });
  for (const [sku, quantity] of Object.entries(quantities))
    await call("setItem", { params: { cartId, sku }, headers: {}, body: { quantity } }, { as });
  return cartId;
}
export const look = (cartId: string, as: Principal, query = {}) =>
  call("cart", { params: { cartId }, headers: {}, query }, { as });
export const enter = (cartId: string, code: string, as: Principal) =>
  send("setCoupon", { params: { cartId }, headers: {}, body: { code } }, { as });
export const newKey = () => `key-${newId()}`;
export function checkout(cartId: string, as: Principal, more: object = {}, wait = 5) {
  const [headers, key] = [wait > 0 ? { prefer: `wait=${wait}` } : {}, newKey()];
  const ask = () => send("checkout", { params: { cartId }, headers, body: { ...purchase, ...more } }, { as, key });
  return wait > 0 ? settled(ask) : ask();
}
type Order = Awaited<ReturnType<typeof see>>;
export type Cart = Awaited<ReturnType<typeof look>>;
export const orderIn = ({ body }: { body: unknown }) => (body as { order: Order }).order; // as: a checked-out cart's answer
export const cartIn = ({ body }: { body: unknown }) => body as Cart; // as: a cart's answer
export const codeIn = ({ body }: { body: unknown }) => (body as { error: { code: string } }).error.code; // as: a problem
export const see = (orderId: string, as: Principal) => call("byId", { params: { orderId }, headers: {} }, { as });
export const amounts = ({ subtotal, discount, shipping, tax, total }: Cart["totals"]) =>
  [subtotal, discount, shipping, tax, total].map(({ amount }) => amount);
export const usage = async (promotionId: string) =>
  (
    await sql<{ uses: number; spent: number }>`select uses, spent from promotions where promotion_id = ${promotionId}`
  )[0];
export const quiet = quietIn(sql);
export const tenPercent = { kind: "percentage" as const, of: "order" as const, percent: 10 };
