import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { Principal } from "@souk/contract";
import { inventory, errors as stockErrors } from "@souk/inventory/contract";
import { payments } from "@souk/payments/contract";
import { products } from "@souk/products/contract";
import { shipping } from "@souk/shipping/contract";
import { fakeNeighbours, sequentialIds, startForTest } from "@souk/testing";
import { users } from "@souk/users/contract";
import { orders } from "./contract.ts";
import definition from "./service.ts";

const newId = sequentialIds();
const taken = new Map<string, number>();
const neighbours = fakeNeighbours(
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
const { call, send, sql, published, deliver } = service;

const person = (n: number, ...roles: string[]): Principal => ({
  kind: "user",
  id: `019d0000-0000-7000-8000-${String(n).padStart(12, "0")}`,
  roles,
  sessionId: "s",
});
const idOf = (who: Principal) => (who.kind === "user" ? who.id : "");
let people = 0;
const somebody = () => person(++people, "customer");
const support = person(900, "support");
const address = { name: "Anna", line1: "1 Street", city: "Berlin", postalCode: "10115", country: "DE" };
const purchase = {
  email: "anna@example.com",
  shippingAddress: address,
  shippingMethod: "standard" as const,
  paymentToken: "tok_test",
};

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
async function promote(given: Pick<PromotionData, "effect"> & Partial<PromotionData>): Promise<string> {
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
const changePromotion = (data: PromotionData) =>
  deliver(products.events.promotionChanged, { subject: data.promotionId, sequence: data.version, data });
let taxRateVersion = 0;
const levy = (code: string, percent: number, more: Record<string, unknown> = {}) =>
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

async function cartWith(quantities: Record<string, number>, as: Principal) {
  const { id: cartId } = await call("createCart", { body: {} }, { as });
  for (const [sku, quantity] of Object.entries(quantities))
    await call("setItem", { params: { cartId, sku }, headers: {}, body: { quantity } }, { as });
  return cartId;
}
const look = (cartId: string, as: Principal, query = {}) =>
  call("cart", { params: { cartId }, headers: {}, query }, { as });
const enter = (cartId: string, code: string, as: Principal) =>
  send("setCoupon", { params: { cartId }, headers: {}, body: { code } }, { as });
const newKey = () => `key-${newId()}`;
const checkout = (cartId: string, as: Principal, more: object = {}, wait = 5) =>
  send(
    "checkout",
    { params: { cartId }, headers: wait > 0 ? { prefer: `wait=${wait}` } : {}, body: { ...purchase, ...more } },
    { as, key: newKey() },
  );
type Order = Awaited<ReturnType<typeof see>>;
type Cart = Awaited<ReturnType<typeof look>>;
const orderIn = ({ body }: { body: unknown }) => (body as { order: Order }).order; // as: a checked-out cart's answer
const cartIn = ({ body }: { body: unknown }) => body as Cart; // as: a cart's answer
const codeIn = ({ body }: { body: unknown }) => (body as { error: { code: string } }).error.code; // as: a problem
const see = (orderId: string, as: Principal) => call("byId", { params: { orderId }, headers: {} }, { as });
const amounts = ({ subtotal, discount, shipping, tax, total }: Cart["totals"]) =>
  [subtotal, discount, shipping, tax, total].map(({ amount }) => amount);
const usage = async (promotionId: string) =>
  (
    await sql<{ uses: number; spent: number }>`select uses, spent from promotions where promotion_id = ${promotionId}`
  )[0];
async function quiet(orderId: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  const busy = () =>
    sql`select id, status from chassis.sagas where input->>'orderId' = ${orderId} and status not in ('completed', 'compensated')`;
  for (let left = await busy(); left.length > 0; left = await busy())
    assert.ok(performance.now() < deadline, `still busy: ${JSON.stringify(left)}`);
}
const tenPercent = { kind: "percentage" as const, of: "order" as const, percent: 10 };

test("a promotion of the order is shown in the cart and is on the order's lines, with its coupon", async () => {
  const anna = somebody();
  const promotionId = await promote({ name: "Spring", code: "SPRING", effect: tenPercent });
  const cartId = await cartWith({ CUP: 2, POT: 1 }, anna);
  assert.deepEqual(amounts((await look(cartId, anna)).totals), [4_500, 0, 0, 0, 4_500]);
  const entered = cartIn(await enter(cartId, "spring", anna));
  assert.deepEqual(entered.coupon, { code: "SPRING", applied: true });
  const cart = await look(cartId, anna, { country: "DE", shippingMethod: "standard" });
  assert.deepEqual(amounts(cart.totals), [4_500, 450, 490, 0, 4_540]);
  const order = orderIn(await checkout(cartId, anna, { expectedTotal: cart.totals.total }));
  assert.deepEqual(order.totals, cart.totals);
  assert.deepEqual(
    order.lines.map(({ sku, discount, payable, discounts }) => [
      sku,
      discount.amount,
      payable.amount,
      discounts.length,
    ]),
    [
      ["CUP", 200, 1_800, 1],
      ["POT", 250, 2_250, 1],
    ],
  );
  const part = { promotionId, code: "SPRING", name: "Spring", amount: { amount: 450, currency: "EUR" } };
  assert.deepEqual(order.totals.discounts, [part]);
  await quiet(order.id);
  const [confirmed] = (await published(orders.events.confirmed)).filter(({ subject }) => subject === order.id);
  assert.equal(confirmed?.data.totals.total, 4_540);
  assert.deepEqual(confirmed?.data.totals.discounts, [{ code: "SPRING", name: "Spring", amount: 450 }]);
});

test("a coupon nobody has heard of, and one that has ended, are refused; one that does not fit yet is kept", async () => {
  const anna = somebody();
  const cartId = await cartWith({ CUP: 1 }, anna);
  assert.deepEqual([404, "orders.coupon_unknown"], await refusal(enter(cartId, "NOSUCH", anna)));
  await promote({ code: "GONE", effect: tenPercent, conditions: { endsAt: "2020-01-01T00:00:00.000Z" } });
  assert.deepEqual([409, "orders.coupon_expired"], await refusal(enter(cartId, "GONE", anna)));
  await promote({ code: "BIG", effect: tenPercent, conditions: { minSubtotal: { amount: 2_000, currency: "EUR" } } });
  const kept = cartIn(await enter(cartId, "BIG", anna));
  assert.deepEqual([kept.coupon?.applied, kept.coupon?.reason, kept.problems], [false, "subtotal_too_small", []]);
  const more = await call(
    "setItem",
    { params: { cartId, sku: "CUP" }, headers: {}, body: { quantity: 2 } },
    { as: anna },
  );
  assert.deepEqual([more.coupon?.applied, more.totals.discount.amount], [true, 200]);
  const without = await call("removeCoupon", { params: { cartId }, headers: {} }, { as: anna });
  assert.deepEqual([without.coupon, without.totals.discount.amount], [undefined, 0]);
});
const refusal = async (reply: ReturnType<typeof enter>) => [(await reply).status, codeIn(await reply)];

test("a promotion that ends while its coupon lies in a cart is listed, and must be taken out before ordering", async () => {
  const anna = somebody();
  const promotionId = await promote({ code: "SHORT", effect: tenPercent });
  const cartId = await cartWith({ CUP: 1 }, anna);
  await enter(cartId, "SHORT", anna);
  const archived = { promotionId, name: "A promotion", code: "SHORT", effect: tenPercent, conditions: {}, limits: {} };
  await changePromotion({ ...archived, status: "archived", version: 2 });
  const { problems, coupon } = await look(cartId, anna);
  assert.deepEqual(
    problems.map(({ kind, code }) => [kind, code]),
    [["promotion_expired", "SHORT"]],
  );
  assert.equal(coupon?.applied, false);
  assert.equal(codeIn(await checkout(cartId, anna)), "orders.cart_has_problems");
  await call("removeCoupon", { params: { cartId }, headers: {} }, { as: anna });
  assert.equal((await checkout(cartId, anna)).status, 201);
});

test("of 200 who race for a coupon that is good for 10, exactly 10 get it, and nobody else is charged", async () => {
  const promotionId = await promote({ code: "RACE", effect: tenPercent, limits: { uses: 10 } });
  const shoppers = Array.from({ length: 200 }, somebody);
  const carts: string[] = [];
  for (const as of shoppers) {
    const cartId = await cartWith({ CUP: 1 }, as);
    assert.equal((await enter(cartId, "RACE", as)).status, 200);
    carts.push(cartId);
  }
  const paysBefore = neighbours.payments.callsOf("pay").length;
  /** Whoever is turned away because the house is full comes again. */
  async function insist(cartId: string, as: Principal) {
    for (;;) {
      const reply = await checkout(cartId, as, {}, 0);
      if (reply.status !== 503 && reply.status !== 429) return reply;
    }
  }
  const replies = await Promise.all(carts.map((cartId, n) => insist(cartId, shoppers[n] ?? support)));
  const placed = replies.filter(({ status }) => status === 202).map(orderIn);
  assert.equal(placed.length, 10);
  for (const { totals } of placed)
    assert.deepEqual(
      totals.discounts.map(({ promotionId }) => promotionId),
      [promotionId],
    );
  const refused = replies.filter(({ status }) => status !== 202);
  assert.deepEqual([...new Set(refused.map(codeIn))], ["orders.cart_has_problems"]);
  for (const { id } of placed) await quiet(id);
  assert.equal(neighbours.payments.callsOf("pay").length - paysBefore, 10);
  assert.deepEqual(await usage(promotionId), { uses: 10, spent: 1_000 });
  const late = carts.findIndex((_, n) => replies[n]?.status !== 202);
  const { problems } = await look(carts[late] ?? "", shoppers[late] ?? support);
  assert.deepEqual(
    problems.map(({ kind }) => kind),
    ["promotion_expired"],
  );
});

test("a use is given back when the order is rejected, and when it is cancelled", async () => {
  const anna = somebody();
  const promotionId = await promote({ code: "ONCE", effect: tenPercent, limits: { uses: 1 } });
  neighbours.inventory.fail("reserve").with(stockErrors.OutOfStock([{ sku: "CUP", requested: 1, available: 0 }]), 1);
  const first = await cartWith({ CUP: 1 }, anna);
  await enter(first, "ONCE", anna);
  assert.equal(codeIn(await checkout(first, anna)), "orders.out_of_stock");
  assert.deepEqual(await usage(promotionId), { uses: 0, spent: 0 });

  const second = await cartWith({ CUP: 1 }, anna);
  assert.equal((await enter(second, "ONCE", anna)).status, 200);
  const { id: orderId } = orderIn(await checkout(second, anna));
  assert.deepEqual(await usage(promotionId), { uses: 1, spent: 100 });
  assert.equal(codeIn(await enter(await cartWith({ CUP: 1 }, somebody()), "ONCE", support)), "orders.cart_not_found");
  const boris = somebody();
  assert.equal(codeIn(await enter(await cartWith({ CUP: 1 }, boris), "ONCE", boris)), "orders.coupon_expired");
  await quiet(orderId);
  await send("cancel", { params: { orderId }, headers: {}, body: {} }, { as: anna, key: newKey() });
  await quiet(orderId);
  assert.equal((await see(orderId, anna)).lifecycle, "cancelled");
  assert.deepEqual(await usage(promotionId), { uses: 0, spent: 0 });
  const rows = await sql<{
    open: boolean;
  }>`select returned_at is null as open from redemptions where promotion_id = ${promotionId}`;
  assert.deepEqual(rows, [{ open: false }, { open: false }]);
});

test("each customer uses a coupon as often as it allows, also one who orders from two carts at once, and a guest by address", async () => {
  const anna = somebody();
  const promotionId = await promote({ code: "MINE", effect: tenPercent, limits: { usesPerCustomer: 1 } });
  const carts = [await cartWith({ CUP: 1 }, anna), await cartWith({ POT: 1 }, anna)];
  for (const cartId of carts) await enter(cartId, "MINE", anna);
  const replies = await Promise.all(carts.map((cartId) => checkout(cartId, anna)));
  assert.deepEqual(replies.map(({ status }) => status).toSorted(), [201, 409]);
  assert.equal((await usage(promotionId))?.uses, 1);
  assert.equal(codeIn(await enter(await cartWith({ CUP: 1 }, anna), "MINE", anna)), "orders.coupon_expired");

  const guest = async (email: string) => {
    const { id: cartId, cartToken = "" } = await call("createCart", { body: {} });
    const headers = { "x-cart-token": cartToken };
    await call("setItem", { params: { cartId, sku: "CUP" }, headers, body: { quantity: 1 } });
    await call("setCoupon", { params: { cartId }, headers, body: { code: "MINE" } });
    return send("checkout", { params: { cartId }, headers, body: { ...purchase, email } }, { key: newKey() });
  };
  assert.equal((await guest("guest@example.com")).status, 202);
  assert.equal(codeIn(await guest("Guest@Example.com")), "orders.cart_has_problems");
  assert.equal((await guest("other@example.com")).status, 202);
});

test("a budget is never overdrawn", async () => {
  const promotionId = await promote({
    effect: { kind: "fixed", of: "order", amount: { amount: 400, currency: "EUR" } },
    limits: { budget: { amount: 1_000, currency: "EUR" } },
  });
  const shoppers = Array.from({ length: 6 }, somebody);
  const carts = await Promise.all(shoppers.map((as) => cartWith({ CUP: 1 }, as)));
  const replies = await Promise.all(carts.map((cartId, n) => checkout(cartId, shoppers[n] ?? support, {}, 0)));
  assert.equal(replies.filter(({ status }) => status === 202).length, 2);
  assert.deepEqual(await usage(promotionId), { uses: 2, spent: 800 });
  const left = replies.findIndex(({ status }) => status !== 202);
  const as = shoppers[left] ?? support;
  await call(
    "setItem",
    { params: { cartId: carts[left] ?? "", sku: "CUP" }, headers: {}, body: { quantity: 1 } },
    { as },
  );
  const deadline = performance.now() + 30_000;
  // What is left of a budget is known here within a second.
  while ((await look(carts[left] ?? "", as)).totals.discount.amount > 0) assert.ok(performance.now() < deadline);
  assert.equal(orderIn(await checkout(carts[left] ?? "", as)).totals.discount.amount, 0);
});

test("a merchandiser is shown how far a promotion is used up; a coupon whose budget does not cover a cart says so", async () => {
  const [anna, merchandiser] = [somebody(), { ...support, roles: ["merchandiser"] } as const];
  const budget = { amount: 150, currency: "EUR" };
  const promotionId = await promote({ code: "LITTLE", effect: tenPercent, limits: { uses: 5, budget } });
  const usageOf = (id: string) => send("promotionUsage", { params: { promotionId: id } }, { as: merchandiser });
  const used = { promotionId, counted: true, uses: 0, returned: 0, customers: 0, usesLeft: 5, lastUsedAt: null };
  assert.deepEqual((await usageOf(promotionId)).body, {
    ...used,
    ...{ spent: { ...budget, amount: 0 }, budgetLeft: budget },
  });
  const cartId = await cartWith({ CUP: 1 }, anna);
  await enter(cartId, "LITTLE", anna);
  assert.equal((await checkout(cartId, anna)).status, 201);
  const { body } = await usageOf(promotionId);
  const { uses, customers, usesLeft, budgetLeft, lastUsedAt } = body as Record<string, unknown>; // as: compared next
  assert.deepEqual([uses, customers, usesLeft, budgetLeft], [1, 1, 4, { ...budget, amount: 50 }]);
  assert.notEqual(lastUsedAt, null);

  const boris = somebody();
  const refused = await enter(await cartWith({ CUP: 1 }, boris), "LITTLE", boris);
  assert.equal(codeIn(refused), "orders.coupon_expired");
  assert.match((refused.body as { detail: string }).detail, /budget too small/); // as: a problem
  assert.equal((await usageOf(newId())).status, 404);
  const unlimited = await promote({ code: "FREELY", effect: tenPercent });
  assert.equal(((await usageOf(unlimited)).body as { counted: boolean }).counted, false); // as: its usage
  assert.equal((await send("promotionUsage", { params: { promotionId } }, { as: anna })).status, 403);
});

test("customer groups reach the price, and a first order comes once", async () => {
  const [anna, boris] = [somebody(), somebody()];
  await promote({ effect: tenPercent, conditions: { groups: ["vip"] } });
  const belongs = (who: Principal, sequence: number, ...groups: string[]) =>
    deliver(users.events.profileChanged, {
      subject: idOf(who),
      sequence,
      data: { userId: idOf(who), locale: "en", emailVerified: true, groups },
    });
  await belongs(anna, 2, "vip");
  const discount = async (as: Principal) => (await look(await cartWith({ CUP: 1 }, as), as)).totals.discount.amount;
  assert.deepEqual([await discount(anna), await discount(boris)], [100, 0]);
  await belongs(anna, 3);
  await belongs(anna, 2, "vip");
  assert.equal(await discount(anna), 0, "an older word changes nothing");

  await sql`update promotions set live = false`;
  await promote({
    effect: { kind: "fixed", of: "order", amount: { amount: 300, currency: "EUR" } },
    conditions: { firstOrder: true },
  });
  const carts = [await cartWith({ CUP: 1 }, boris), await cartWith({ CUP: 1 }, boris)];
  const replies = await Promise.all(carts.map((cartId) => checkout(cartId, boris)));
  assert.equal(
    replies.filter((reply) => reply.status === 201 && orderIn(reply).totals.discount.amount === 300).length,
    1,
  );
  assert.equal(await discount(boris), 0);
});

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

test("a cart that is left alone is abandoned after its time, and what was in it is told once", async () => {
  const anna = somebody();
  const cartId = await cartWith({ CUP: 2 }, anna);
  const { id: guests, cartToken = "" } = await call("createCart", { body: {} });
  const headers = { "x-cart-token": cartToken };
  await call("setItem", { params: { cartId: guests, sku: "POT" }, headers, body: { quantity: 1 } });
  const { id: empty } = await call("createCart", { body: {} });
  const age = (days: number) =>
    sql`update carts set updated_at = updated_at - make_interval(days => ${days}) where cart_id in (${cartId}, ${guests}, ${empty})`;
  const statusOf = async (id: string) =>
    (await sql<{ status: string }>`select status from carts where cart_id = ${id}`)[0]?.status;
  const abandoned = async (id: string) => {
    for (const deadline = performance.now() + 30_000; (await statusOf(id)) !== "abandoned"; )
      assert.ok(performance.now() < deadline, "it was never abandoned");
  };
  await age(31);
  await abandoned(guests);
  assert.equal((await call("cart", { params: { cartId: guests }, headers, query: {} })).status, "abandoned");
  assert.equal((await look(cartId, anna)).status, "open");
  await age(60);
  await abandoned(cartId);
  const told = (await published(orders.events.cartAbandoned)).filter(({ subject }) =>
    [cartId, guests, empty].includes(subject),
  );
  assert.deepEqual(
    told.map(({ data }) => [data.customerId, data.lines]),
    [
      [null, [{ sku: "POT", title: "Tea things, POT", quantity: 1, unitAmount: 2_500 }]],
      [idOf(anna), [{ sku: "CUP", title: "Tea things, CUP", quantity: 2, unitAmount: 1_000 }]],
    ],
  );
});
