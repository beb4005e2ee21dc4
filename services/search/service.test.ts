import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { validator } from "@souk/contract/validation";
import { inventory } from "@souk/inventory/contract";
import { orders } from "@souk/orders/contract";
import { type ProductFact, products } from "@souk/products/contract";
import { fakeClock, fakeNeighbours, passingTime, sequentialIds, startForTest } from "@souk/testing";
import { search } from "./contract.ts";
import definition from "./service.ts";

const clock = fakeClock();
const newId = sequentialIds();
const at = "2030-01-01T12:00:00.000Z";

type Draft = Partial<ProductFact> & Pick<ProductFact, "title">;
type Draw = readonly [sku: string, amount: number, options?: Record<string, string>, currency?: string];
const variants = (...drawn: Draw[]) =>
  drawn.map(([sku, amount, options = {}, currency = "EUR"]) => ({
    ...{ sku, title: sku, options, price: { amount, currency }, weightGrams: 100 },
    taxClass: "standard" as const,
  }));
const product = ({ title, ...rest }: Draft): ProductFact => ({
  productId: newId(),
  slug: title.toLowerCase().replaceAll(" ", "-"),
  title,
  description: "",
  status: "active",
  category: "Home > Kitchen",
  categorySlug: "home-kitchen",
  categories: [
    { slug: "home", name: "Home" },
    { slug: "home-kitchen", name: "Kitchen" },
  ],
  attributes: {},
  variants: variants([`${title}-1`.replaceAll(" ", "-").toUpperCase(), 1_000]),
  version: 1,
  createdAt: at,
  updatedAt: at,
  ...rest,
});

/** What the neighbours tell again. */
const history = {
  products: [
    product({
      title: "Blue mug",
      brand: "Ember",
      description: "Holds tea.",
      variants: variants(["MUG-S", 1_200, { size: "S" }], ["MUG-L", 1_800, { size: "L" }]),
    }),
    product({ title: "Tea pot", brand: "Halden", description: "Pours well.", variants: variants(["POT", 4_500]) }),
    product({
      title: "Lantern",
      brand: "Ember",
      category: "Garden",
      categorySlug: "garden",
      categories: [{ slug: "garden", name: "Garden" }],
      variants: variants(["LANTERN", 9_000]),
    }),
    product({ title: "Old jug", status: "archived" }),
  ],
  stock: [
    { sku: "MUG-S", onHand: 5, reserved: 1, available: 4, sequence: 3 },
    { sku: "POT", onHand: 0, reserved: 0, available: 0, sequence: 9 },
  ],
  sales: [{ orderId: newId(), at, lines: [{ sku: "LANTERN", quantity: 3 }] }],
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
neighbours.products.hang("history", 1);
const { call, send, deliver, sql } = await startForTest(definition, new URL("./", import.meta.url), {
  neighbours,
  clock,
});

const operator: Principal = { kind: "service", id: "operator" };
const person = (...roles: string[]): Principal => ({ kind: "user", id: newId(), roles, sessionId: "s" });
const merchandiser = person("merchandiser");

type Query = Parameters<typeof call<"list">>[1]["query"];
const found = (query: Query) => call("list", { query });
const titles = async (query: Query) => (await found(query)).data.map(({ title }) => title);

/** Lets the service's time pass until it is so. */
const until = (done: () => Promise<boolean>, what: string) => passingTime(clock, done, { what });
const change = (fact: ProductFact) =>
  deliver(products.events.changed, { subject: fact.productId, sequence: fact.version, data: fact });
const setStock = (sku: string, available: number, sequence: number) =>
  deliver(inventory.events.stockChanged, {
    subject: sku,
    sequence,
    data: { sku, available, onHand: available, reserved: 0 },
  });
const sell = (sku: string, quantity: number, orderId = newId()) =>
  deliver(orders.events.confirmed, {
    subject: orderId,
    sequence: 2,
    data: {
      ...{ orderId, number: "N-1", customerId: null, email: "a@example.com", currency: "EUR" },
      lines: [{ sku, title: sku, quantity, unitAmount: 1, weightGrams: 1 }],
      totals: { subtotal: 1, discount: 0, shipping: 0, tax: 0, total: 1 },
      shippingMethod: "standard",
      shippingAddress: { name: "A", line1: "1 Street", city: "Berlin", postalCode: "10115", country: "DE" },
    },
  });

test("until it has been built for the first time, search says that it is not there yet", async () => {
  await assert.rejects(found({}), { status: 503, code: "search.not_built" });
});

test("it builds itself from what the others tell again, also when they are late", async () => {
  await until(async () => (await send("list", { query: {} })).status === 200, "it was built");
  assert.deepEqual((await titles({})).toSorted(), ["Blue mug", "Lantern", "Tea pot"]);
  const { data } = await found({ q: "mug" });
  assert.deepEqual(
    data[0]?.variants.map(({ sku, available, inStock }) => [sku, available, inStock]),
    [
      ["MUG-S", 4, true],
      ["MUG-L", 0, false],
    ],
  );
  assert.deepEqual(data[0]?.priceRange, {
    min: { amount: 1_200, currency: "EUR" },
    max: { amount: 1_800, currency: "EUR" },
  });
  assert.deepEqual(data[0]?.highlights, [{ field: "title", text: "Blue mug", ranges: [[5, 8]] }]);
});

test("an answer is what the contract promises, facets and all", async () => {
  const answer = await found({ q: "mug" });
  assert.deepEqual(validator(search.endpoints.list.spec.returns)(answer), []);
  assert.deepEqual(answer.facets, {
    category: [
      { value: "home", name: "Home", count: 1, parent: null },
      { value: "home-kitchen", name: "Home > Kitchen", count: 1, parent: "home" },
    ],
    brand: [{ value: "Ember", name: "Ember", count: 1 }],
    price: { currency: "EUR", ranges: [{ min: 1_000, max: 1_999, count: 1 }] },
    options: [
      {
        name: "size",
        values: [
          { value: "L", name: "L", count: 1 },
          { value: "S", name: "S", count: 1 },
        ],
      },
    ],
    availability: [{ value: "in_stock", name: "In stock", count: 1 }],
  });
});

test("an attribute becomes a filter when its category defines it as one, and what a build tells again says so too", async () => {
  const [, pot] = history.products;
  assert.ok(pot);
  const glazed: ProductFact = {
    ...pot,
    version: 2,
    attributes: { glaze: "matt", capacity: 900 },
    attributeDefinitions: [
      { name: "glaze", label: "Glaze", type: "choice", choices: ["matt", "shiny"], facet: true },
      { name: "capacity", type: "number", unit: "ml" },
    ],
  };
  assert.deepEqual(await titles({ option: ["glaze:matt"] }), []);
  await change(glazed);
  await until(async () => (await titles({ option: ["glaze:matt"] })).length === 1, "the attribute was a filter");
  const answer = await found({ category: ["home"] });
  assert.deepEqual(validator(search.endpoints.list.spec.returns)(answer), []);
  assert.deepEqual(
    answer.facets.options.find(({ name }) => name === "glaze"),
    { name: "glaze", label: "Glaze", values: [{ value: "matt", name: "matt", count: 1 }] },
  );
  assert.equal(
    answer.facets.options.some(({ name }) => name === "capacity"),
    false,
  );
  history.products[1] = glazed;
});

test("a changed price and a changed stock are seen", async () => {
  const [mug] = history.products;
  assert.ok(mug);
  await change({ ...mug, version: 2, variants: variants(["MUG-S", 990, { size: "S" }]) });
  const cost = async () => (await found({ q: "mug" })).data[0]?.variants[0]?.price.amount;
  await until(async () => (await cost()) === 990, "its price was seen");
  await setStock("POT", 7, 10);
  await until(async () => (await titles({ inStock: true, q: "pot" })).length === 1, "its stock was seen");
});

test("what comes late or twice changes nothing", async () => {
  const [mug] = history.products;
  assert.ok(mug);
  await change(mug);
  await setStock("POT", 99, 4);
  const order = newId();
  await sell("POT", 2, order);
  await deliver(orders.events.cancelled, {
    subject: order,
    sequence: 3,
    data: { orderId: order, number: "N", email: "a@example.com", reason: "customer" },
  });
  await sell("POT", 2, order);
  await clock.advance(1_000);
  assert.equal((await found({ q: "mug" })).data[0]?.variants[0]?.price.amount, 990);
  assert.equal((await found({ q: "pot" })).data[0]?.variants[0]?.available, 7);
  await until(async () => (await sql`select from sales where counted = cancelled`).length === 0, "sales were counted");
  assert.equal((await sql`select from sold where sku = 'POT' and units <> 0`).length, 0);
});

test("what is never sent of an order does not sell, told before its sale or after, and twice", async () => {
  for (const isTold of ["after", "before"]) {
    const order = newId();
    const rest = async () => {
      await deliver(orders.events.restCancelled, {
        subject: order,
        sequence: 4,
        data: {
          ...{ orderId: order, number: "N", email: "a@example.com", currency: "EUR", notCharged: 2, charged: 1 },
          lines: [{ sku: "MUG-S", title: "Mug", quantity: 2, amount: 2 }],
        },
      });
    };
    const units = async () =>
      Number((await sql<{ units: number }>`select units from sold where sku = 'MUG-S'`)[0]?.units ?? 0);
    const before = await units();
    if (isTold === "before") await rest();
    await sell("MUG-S", 3, order);
    if (isTold === "after") for (let i = 0; i < 2; i++) await rest();
    await until(async () => (await sql`select from unsold where not counted`).length === 0, "the rest was taken off");
    assert.equal((await units()) - before, 1, isTold);
  }
});

test("stock that is told before its product is not forgotten", async () => {
  await setStock("VASE-1", 3, 1);
  await change(product({ title: "Vase" }));
  await until(async () => (await titles({ q: "vase", inStock: true })).length === 1, "the vase was in stock");
});

test("a product that is archived is gone, and comes back with its next life", async () => {
  const bowl = product({ title: "Bowl" });
  await change(bowl);
  await until(async () => (await titles({ q: "bowl" })).length === 1, "it was there");
  await change({ ...bowl, version: 2, status: "archived" });
  await until(async () => (await titles({ q: "bowl" })).length === 0, "it was gone");
  await change({ ...bowl, version: 3, status: "active" });
  await until(async () => (await titles({ q: "bowl" })).length === 1, "it was back");
});

test("what sells best comes first, and more so when it sells again", async () => {
  assert.equal((await titles({ sort: "bestselling" }))[0], "Lantern");
  await sell("MUG-S", 9);
  await until(async () => (await titles({ sort: "bestselling" }))[0] === "Blue mug", "the mug overtook it");
});

test("a merchandiser says what shoppers mean", async () => {
  assert.deepEqual(await titles({ q: "beaker" }), []);
  await assert.rejects(
    call("putSynonym", { params: { phrase: "beaker" }, body: { means: ["mug"] } }, { as: person("customer") }),
    { status: 403 },
  );
  await call("putSynonym", { params: { phrase: "Beaker" }, body: { means: ["mug"] } }, { as: merchandiser });
  await until(async () => (await titles({ q: "beakers" }))[0] === "Blue mug", "the word was known");
  await call(
    "putSynonym",
    { params: { phrase: "tea kettle" }, body: { means: ["pot"], bothWays: true } },
    { as: merchandiser },
  );
  await until(async () => (await titles({ q: "tea kettle" }))[0] === "Tea pot", "the phrase was known");
  const { data } = await call("synonyms", { query: {} }, { as: merchandiser });
  assert.deepEqual(
    data.map(({ phrase, means, bothWays }) => [phrase, means, bothWays]),
    [
      ["beaker", ["mug"], false],
      ["tea kettle", ["pot"], true],
    ],
  );
  await call("deleteSynonym", { params: { phrase: "beaker" } }, { as: merchandiser });
  await until(async () => (await titles({ q: "beaker" })).length === 0, "it was forgotten");
  await assert.rejects(call("deleteSynonym", { params: { phrase: "beaker" } }, { as: merchandiser }), {
    code: "search.synonym_not_found",
  });
  await assert.rejects(call("putSynonym", { params: { phrase: "!!" }, body: { means: ["x"] } }, { as: merchandiser }), {
    code: "search.no_word",
  });
});

test("somebody who types is shown what it may become", async () => {
  const { data } = await call("suggest", { query: { q: "lan" } });
  assert.deepEqual(data[0], { kind: "query", text: "lantern" });
  const lantern = data.find(({ kind }) => kind === "product");
  assert.deepEqual([lantern?.text, lantern?.slug], ["Lantern", "lantern"]);
  const kitchen = (await call("suggest", { query: { q: "kit" } })).data.find(({ kind }) => kind === "category");
  assert.deepEqual(kitchen, { kind: "category", text: "Home > Kitchen", slug: "home-kitchen" });
});

test("a rebuild mends what was lost, beside the live one, and takes its place", async () => {
  const before = await titles({ sort: "title" });
  await sql`update products set document = '{}', version = 99 where product_id = ${history.products[1]?.productId}`;
  await sql`delete from stock`;
  const begun = await call("rebuild", {}, { as: operator });
  assert.equal(begun.state, "building");
  await setStock("LANTERN", 12, 1); // while it is being built
  await until(async () => (await call("build", {}, { as: operator })).live === begun.building, "it took over");
  assert.ok(before.includes("Vase"));
  await until(async () => !(await titles({})).includes("Vase"), "what the history does not have was gone");
  assert.ok((await titles({})).includes("Tea pot"));
  assert.deepEqual(await titles({ option: ["glaze:matt"] }), ["Tea pot"]);
  assert.deepEqual(await titles({ q: "lantern", inStock: true }), ["Lantern"]);
  const old = () => sql`select from products where generation = 1`;
  assert.ok((await old()).length > 0, "another replica may still read it");
  await clock.advance(700_000);
  await until(async () => (await old()).length === 0, "it was deleted");
  assert.deepEqual(
    (await sql<{ state: string }>`select state from generations`).map(({ state }) => state),
    ["live"],
  );
});

test("only the operator rebuilds", async () => {
  assert.equal((await send("rebuild", {}, { as: person("admin") })).status, 403);
});
