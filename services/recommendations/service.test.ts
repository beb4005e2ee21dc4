import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { validator } from "@souk/contract/validation";
import { inventory } from "@souk/inventory/contract";
import { orders } from "@souk/orders/contract";
import { type ProductFact, products } from "@souk/products/contract";
import { fakeClock, fakeNeighbours, passingTime, sequentialIds, startForTest } from "@souk/testing";
import { recommendations } from "./contract.ts";
import definition from "./service.ts";

const clock = fakeClock();
const newId = sequentialIds();
const at = "2030-01-01T11:00:00.000Z";

const product = (name: string, category = "home"): ProductFact => ({
  ...{ productId: newId(), slug: name, title: name, description: "", status: "active" as const, attributes: {} },
  ...{ category, categorySlug: category, categories: [{ slug: category, name: category }] },
  ...{ version: 1, createdAt: at, updatedAt: at },
  variants: [
    {
      ...{ sku: name.toUpperCase(), title: name, options: {}, price: { amount: 1_000, currency: "EUR" } },
      ...{ weightGrams: 100, taxClass: "standard" as const },
    },
  ],
});
const [tea, pot, mug, hammer] = [product("tea"), product("pot"), product("mug"), product("hammer", "tools")];
const history = {
  products: [tea, pot, mug, hammer],
  stock: ["HAMMER", "MUG", "POT", "TEA"].map((sku) => ({ sku, onHand: 9, reserved: 0, available: 9, sequence: 1 })),
  sales: Array.from({ length: 4 }, () => ({
    orderId: newId(),
    at,
    lines: ["TEA", "POT"].map((sku) => ({ sku, quantity: 1 })),
  })),
};
const pageOf = <T>(all: readonly T[], keyOf: (one: T) => string, after: string | undefined) => {
  const [one, ...rest] = all.filter((each) => after === undefined || keyOf(each) > after);
  return { data: one ? [one] : [], next: one && rest.length > 0 ? keyOf(one) : null };
};
const neighbours = fakeNeighbours(
  { products, inventory, orders },
  {
    products: { history: ({ query: { after } }) => pageOf(history.products, ({ productId }) => productId, after) },
    inventory: { history: ({ query: { after } }) => pageOf(history.stock, ({ sku }) => sku, after) },
    orders: { sales: ({ query: { after } }) => pageOf(history.sales, ({ orderId }) => orderId, after) },
  },
  { clock },
);
neighbours.orders.hang("sales", 1);
const { call, send, deliver, sql } = await startForTest(definition, new URL("./", import.meta.url), {
  neighbours,
  clock,
});
const operator: Principal = { kind: "service", id: "operator" };

const goesWith = async ({ productId }: ProductFact, limit = 10) =>
  (await call("forProduct", { params: { id: productId }, query: { limit } })).data.map(
    ({ title, reason }) => `${title} ${reason}`,
  );

const until = (done: () => Promise<boolean>, what: string) => passingTime(clock, done, { what });
const sell = (skus: readonly string[], orderId = newId()) =>
  deliver(orders.events.confirmed, {
    subject: orderId,
    sequence: 2,
    data: {
      ...{ orderId, number: "N-1", customerId: null, email: "a@example.com", currency: "EUR" },
      lines: skus.map((sku) => ({ sku, title: sku, quantity: 1, unitAmount: 1, weightGrams: 1 })),
      totals: { subtotal: 1, discount: 0, shipping: 0, tax: 0, total: 1 },
      shippingMethod: "standard",
      shippingAddress: { name: "A", line1: "1 Street", city: "Berlin", postalCode: "10115", country: "DE" },
    },
  });
const cancel = (orderId: string) =>
  deliver(orders.events.cancelled, {
    subject: orderId,
    sequence: 3,
    data: { orderId, number: "N-1", email: "a@example.com", reason: "customer" },
  });

test("before it has learned anything it says so", async () => {
  await assert.rejects(goesWith(tea), { status: 503, code: "recommendations.not_built" });
});

test("it learns from what was sold before, also when that is told late", async () => {
  await until(async () => (await send("forCart", { query: {} })).status === 200, "it had learned");
  assert.deepEqual(await goesWith(tea), ["pot bought_together", "mug category", "hammer trending"]);
  assert.deepEqual(await goesWith(tea, 1), ["pot bought_together"]);
});

test("an answer is what the contract promises", async () => {
  const answer = await call("forCart", { query: { product: [tea.productId], limit: 1 } });
  assert.deepEqual(validator(recommendations.endpoints.forCart.spec.returns)(answer), []);
  assert.deepEqual(
    answer.data.map(({ id, variants, priceRange }) => [id, variants[0]?.available, priceRange.min.amount]),
    [[pot.productId, 9, 1_000]],
  );
});

test("an order teaches it as it is confirmed, once however often it is told", async () => {
  const order = newId();
  for (let i = 0; i < 2; i++) await sell(["HAMMER", "MUG"], order);
  await until(async () => (await goesWith(hammer, 1))[0] === "mug bought_together", "it was learned");
  assert.equal((await sql`select from sales where order_id = ${order}`).length, 1);
});

test("what is cancelled is unlearned, also when that is told before the sale", async () => {
  const order = newId();
  await cancel(order);
  await sell(["HAMMER", "POT"], order);
  const [first, second] = [newId(), newId()];
  await sell(["HAMMER", "TEA"], first);
  await until(async () => (await goesWith(hammer)).includes("tea bought_together"), "it was learned");
  await sell(["HAMMER", "TEA"], second);
  await Promise.all([cancel(first), cancel(second)]);
  await until(async () => !(await goesWith(hammer)).includes("tea bought_together"), "it was unlearned");
  assert.ok(!(await goesWith(hammer)).includes("pot bought_together"));
});

test("how much there is of it, and what it costs, is what was told last", async () => {
  const shown = async () => {
    const { data } = await call("forProduct", { params: { id: tea.productId }, query: { limit: 1 } });
    const [{ variants, inStock, priceRange } = assert.fail()] = data;
    return [variants[0]?.available, inStock, variants[0]?.price.amount, priceRange.max.amount];
  };
  assert.deepEqual(await shown(), [9, true, 1_000, 1_000]);
  await deliver(inventory.events.stockChanged, {
    subject: "POT",
    sequence: 2,
    data: { sku: "POT", onHand: 5, reserved: 1, available: 4 },
  });
  await until(async () => (await shown())[0] === 4, "its stock was seen");
  const variants = pot.variants.map((variant) => ({ ...variant, price: { amount: 700, currency: "EUR" } }));
  await deliver(products.events.changed, {
    subject: pot.productId,
    sequence: 2,
    data: { ...pot, version: 2, variants },
  });
  await until(async () => (await shown())[2] === 700, "its price was seen");
  assert.deepEqual(await shown(), [4, true, 700, 700]);
});

test("what is sold out or archived is not recommended", async () => {
  await deliver(inventory.events.stockChanged, {
    subject: "POT",
    sequence: 3,
    data: { sku: "POT", onHand: 0, reserved: 0, available: 0 },
  });
  await until(async () => !(await goesWith(tea)).some((told) => told.startsWith("pot")), "the pot was gone");
  await deliver(products.events.changed, {
    subject: mug.productId,
    sequence: 2,
    data: { ...mug, version: 2, status: "archived" },
  });
  await until(async () => !(await goesWith(tea)).some((told) => told.startsWith("mug")), "the mug was gone");
});

test("nobody has bought a product that nobody knows", async () => {
  await assert.rejects(call("forProduct", { params: { id: newId() }, query: {} }), {
    status: 404,
    code: "recommendations.product_not_found",
  });
});

test("a rebuild mends what was lost, beside what is known, and takes its place", async () => {
  await sql`delete from sales`;
  const { building } = await call("rebuild", {}, { as: operator });
  await sell(["TEA", "HAMMER"]); // while it is being built
  await until(async () => (await call("build", {}, { as: operator })).live === building, "it took over");
  await until(
    async () => (await goesWith(tea, 2)).join() === "pot bought_together,hammer bought_together",
    "it was learned",
  );
  const { data } = await call("forProduct", { params: { id: tea.productId }, query: { limit: 1 } });
  const told = data.flatMap(({ variants }) => variants.map(({ available, price }) => [available, price.amount]));
  assert.deepEqual(told, [[9, 1_000]], "as the histories tell it, not as it was shown before");
  const old = () => sql`select from products where generation = 1`;
  assert.ok((await old()).length > 0, "another replica may still read it");
  await clock.advance(700_000);
  await until(async () => (await old()).length === 0, "it was deleted");
  assert.equal(
    (await send("rebuild", {}, { as: { kind: "user", id: newId(), roles: ["admin"], sessionId: "s" } })).status,
    403,
  );
});
