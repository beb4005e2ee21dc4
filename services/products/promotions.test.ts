import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { fakeNeighbours, startForTest } from "@souk/testing";
import { products } from "./contract.ts";
import definition from "./service.ts";

/** The customer groups that users knows. */
const groups = new Set(["resale", "vip"]);
const neighbours = fakeNeighbours(definition.calls, {
  users: { missingGroups: async ({ body: { codes } }) => ({ missing: codes.filter((code) => !groups.has(code)) }) },
});
const { call, send, published } = await startForTest(definition, new URL("./", import.meta.url), { neighbours });
const withRole = (role: string): Principal => ({
  kind: "user",
  id: "019d0000-0000-7000-8000-000000000001",
  roles: [role],
  sessionId: "s",
});
const as = withRole("merchandiser");
const euro = (amount: number) => ({ amount, currency: "EUR" });
const tenPercent = { kind: "percentage" as const, of: "order" as const, percent: 10 };
const spring = { name: "Spring", effect: tenPercent };
type Problem = { error: { code: string; message: string; details: { field: string; message: string }[] } };
const problemIn = ({ body }: { body: unknown }) => (body as Problem).error; // as: a refusal
const toldOf = async (id: string) => (await published()).filter(({ subject }) => subject === id);

/** What the promotions below are for: a category and a SKU in it. */
const lamp = {
  title: "Lamp",
  description: "",
  category: "Home > Lamps",
  variants: [{ sku: "LAMP", title: "Oak", price: euro(900) }],
};
const { id: lampId } = await call("create", { body: lamp }, { as });

test("a promotion that starts is there under its id, and the others are told all of it", async () => {
  const body = {
    ...spring,
    code: "spring-26",
    conditions: { categories: ["home"], minSubtotal: euro(5_000), startsAt: "2026-03-01T00:00:00+01:00" },
    limits: { uses: 100, budget: euro(100_000) },
  };
  const { status, headers, body: made } = await send("createPromotion", { body }, { as });
  assert.equal(status, 201);
  const {
    id,
    createdAt: _created,
    updatedAt: _updated,
    ...promotion
  } = await call(
    "promotion",
    { params: { id: (made as { id: string }).id } }, // as: a promotion
    { as: withRole("support") },
  );
  assert.equal(headers.get("location"), `/v1/promotions/${id}`);
  assert.deepEqual(promotion, {
    ...body,
    code: "SPRING-26",
    conditions: { ...body.conditions, startsAt: "2026-02-28T23:00:00.000Z" },
    status: "active",
    version: 1,
  });
  const told = await toldOf(id);
  assert.deepEqual(
    told.map(({ type, sequence, data }) => [type, sequence, data]),
    [[products.events.promotionChanged.type, 1, { promotionId: id, ...promotion }]],
  );
});

test("a change is made on the version that was looked at, or not at all; what changes nothing is not told", async () => {
  const { id } = await call("createPromotion", { body: spring }, { as });
  const change = (body: object) => send("changePromotion", { params: { id }, body }, { as });
  assert.equal((await change({ name: "Late spring", version: 1 })).status, 200);
  const late = await change({ status: "archived", version: 1 });
  assert.deepEqual([late.status, problemIn(late).code], [409, "products.version_conflict"]);
  await change({ name: "Late spring" });
  assert.deepEqual(
    (await toldOf(id)).map(({ sequence }) => sequence),
    [1, 2],
  );
  const unknown = await send(
    "changePromotion",
    { params: { id: "019d0000-0000-7000-8000-000000000009" }, body: { name: "X" } },
    { as },
  );
  assert.equal(problemIn(unknown).code, "products.promotion_not_found");
});

test("a code belongs to one active promotion, in capitals or not, and is free again when that is archived", async () => {
  const first = await call("createPromotion", { body: { ...spring, code: "TWICE" } }, { as });
  const second = { body: { ...spring, code: "twice" } };
  assert.equal(problemIn(await send("createPromotion", second, { as })).code, "products.code_taken");
  await call("changePromotion", { params: { id: first.id }, body: { status: "archived" } }, { as });
  assert.equal((await send("createPromotion", second, { as })).status, 201);
  const back = { params: { id: first.id }, body: { status: "active" as const } };
  assert.equal(problemIn(await send("changePromotion", back, { as })).code, "products.code_taken");
  const { data } = await call("promotions", { query: { code: "twice", status: "active" } }, { as });
  assert.deepEqual(
    data.map(({ code, status }) => [code, status]),
    [["TWICE", "active"]],
  );
});

test("what does not fit together is refused, and the field is named", async () => {
  const refused = async (body: object) => {
    const { status, body: answer } = await send("createPromotion", { body: { ...spring, ...body } }, { as });
    assert.equal(status, 422);
    return (answer as Problem).error.details.map(({ field }) => field); // as: a refusal
  };
  assert.deepEqual(await refused({ effect: { ...tenPercent, percent: 33.33333 } }), ["/effect/percent"]);
  assert.deepEqual(await refused({ effect: { ...tenPercent, percent: 101 } }), ["/effect/percent"]);
  assert.deepEqual(await refused({ effect: { kind: "percentage", of: "order" } }), ["/effect/percent"]);
  assert.deepEqual(await refused({ effect: { ...tenPercent, kind: "gift" } }), ["/effect"]);
  assert.deepEqual(await refused({ code: "no spaces" }), ["/code"]);
  const dates = { startsAt: "2026-02-01T00:00:00Z", endsAt: "2026-01-01T00:00:00Z" };
  assert.deepEqual(await refused({ conditions: dates }), ["/conditions/endsAt"]);
  const dollars = { minSubtotal: { amount: 1, currency: "USD" } };
  const fiveEuros = { kind: "fixed", of: "order", amount: euro(500) };
  assert.deepEqual(await refused({ effect: fiveEuros, conditions: dollars }), ["/conditions/minSubtotal"]);
  assert.deepEqual(await refused({ effect: { kind: "fixed", of: "lines", amount: euro(0) } }), ["/effect/amount"]);
});

test("a promotion or an exemption for customers of no group is refused, and says which; a group may go later", async () => {
  const conditions = { groups: ["vip", "vpi"] };
  const made = await send("createPromotion", { body: { ...spring, conditions } }, { as });
  assert.deepEqual([made.status, problemIn(made).code], [422, "products.promotion_invalid"]);
  const why = "there is no customer group vpi";
  assert.deepEqual(problemIn(made).details, [{ field: "/conditions/groups/1", message: why }]);
  const { id } = await call("createPromotion", { body: { ...spring, conditions: { groups: ["vip"] } } }, { as });
  const change = (body: object) => send("changePromotion", { params: { id }, body }, { as });
  assert.equal(problemIn(await change({ conditions })).code, "products.promotion_invalid");

  const rate = { code: "CA-BC", name: "PST", country: "CA", region: "BC", percent: 7, included: false };
  const levied = await send("createTaxRate", { body: { ...rate, exemptGroups: ["resale", "vpi"] } }, { as });
  assert.deepEqual(problemIn(levied).details, [{ field: "/exemptGroups/1", message: why }]);
  const { id: rateId } = await call("createTaxRate", { body: { ...rate, exemptGroups: ["vip"] } }, { as });
  const exempt = (exemptGroups: string[]) =>
    send("changeTaxRate", { params: { id: rateId }, body: { exemptGroups } }, { as });
  assert.equal(problemIn(await exempt(["vip", "vpi"])).code, "products.tax_rate_invalid");

  groups.delete("vip");
  assert.equal((await change({ conditions: { groups: ["vip"], firstOrder: true } })).status, 200);
  assert.equal((await exempt(["vip", "resale"])).status, 200);
});

test("a promotion for what nobody sells is refused, and says what that is", async () => {
  const conditions = { skus: ["LAMP", "LAMPP"], categories: ["home-lamps", "hoem"] };
  const made = await send("createPromotion", { body: { ...spring, conditions } }, { as });
  assert.deepEqual([made.status, problemIn(made).code], [422, "products.promotion_invalid"]);
  assert.deepEqual(problemIn(made).details, [
    { field: "/conditions/skus/1", message: "there is no LAMPP in the catalogue" },
    { field: "/conditions/categories/1", message: "there is no category hoem" },
  ]);
  const { id } = await call("createPromotion", { body: { ...spring, conditions: { skus: ["LAMP"] } } }, { as });
  const change = (body: object) => send("changePromotion", { params: { id }, body }, { as });
  assert.equal(problemIn(await change({ conditions })).code, "products.promotion_invalid");
  await call(
    "change",
    { params: { id: lampId }, body: { variants: lamp.variants.map((variant) => ({ ...variant, sku: "LAMP-2" })) } },
    { as },
  );
  assert.equal(
    (await change({ conditions: { skus: ["LAMP", "LAMP-2"] } })).status,
    200,
    "what it named has gone since",
  );
});

test("a category is not removed from under an active promotion", async () => {
  const { slug } = await call("addCategory", { body: { name: "Garden" } }, { as });
  const { id } = await call("createPromotion", { body: { ...spring, conditions: { categories: [slug] } } }, { as });
  const remove = () => send("removeCategory", { params: { slug } }, { as });
  assert.equal(problemIn(await remove()).code, "products.category_in_use");
  await call("changePromotion", { params: { id }, body: { status: "archived" } }, { as });
  assert.equal((await remove()).status, 200);
});

test("merchandisers make promotions and taxes, others who work here look at them, and nobody else sees any", async () => {
  const rate = { code: "DE-VAT-7", name: "VAT 7 %", country: "DE", percent: 7 };
  for (const role of ["customer", "support", "operator"]) {
    assert.equal((await send("createPromotion", { body: spring }, { as: withRole(role) })).status, 403);
    assert.equal((await send("createTaxRate", { body: rate }, { as: withRole(role) })).status, 403);
    const seen = role === "customer" ? 403 : 200;
    assert.equal((await send("promotions", { query: {} }, { as: withRole(role) })).status, seen);
    assert.equal((await send("taxRates", { query: {} }, { as: withRole(role) })).status, seen);
  }
  assert.equal((await send("promotions", { query: {} })).status, 401);
});

test("shipping is taxed as standard things are: a rate for reduced things does not come on top unless it says so", async () => {
  const levied = async (rate: object) => {
    const body = { name: "VAT", country: "FR", percent: 5.5, ...rate } as const;
    return (await call("createTaxRate", { body: { code: `FR-${++levies}`, ...body } }, { as })).shipping;
  };
  let levies = 0;
  assert.equal(await levied({}), true);
  assert.equal(await levied({ taxClasses: ["reduced"] }), false);
  assert.equal(await levied({ taxClasses: ["reduced", "standard"] }), true);
  assert.equal(await levied({ taxClasses: ["reduced"], shipping: true }), true);
});

test("a tax rate is inside the prices of the standard class and of shipping, unless it says otherwise", async () => {
  const {
    id,
    createdAt: _created,
    updatedAt: _updated,
    ...rate
  } = await call(
    "createTaxRate",
    { body: { code: "DE-VAT-19", name: "VAT 19 %", country: "DE", percent: 19 } },
    { as },
  );
  const told = {
    ...{ code: "DE-VAT-19", name: "VAT 19 %", country: "DE", region: null, percent: 19, taxClasses: ["standard"] },
    ...{ included: true, shipping: true, replaces: false, exemptGroups: [], status: "active", version: 1 },
  };
  assert.deepEqual(rate, told);
  const [event] = await toldOf(id);
  assert.deepEqual([event?.type, event?.data], [products.events.taxRateChanged.type, { taxRateId: id, ...told }]);

  const body = { code: "US-NY", name: "New York", country: "US", region: "NY", percent: 8.875, included: false };
  const newYork = await call("createTaxRate", { body: { ...body, exemptGroups: ["resale"] } }, { as });
  assert.equal((await call("taxRate", { params: { id: newYork.id } }, { as })).percent, 8.875);
  const changed = await call("changeTaxRate", { params: { id: newYork.id }, body: { percent: 9, version: 1 } }, { as });
  assert.deepEqual([changed.percent, changed.version, changed.exemptGroups], [9, 2, ["resale"]]);
  const stale = await send("changeTaxRate", { params: { id: newYork.id }, body: { percent: 10, version: 1 } }, { as });
  assert.equal(problemIn(stale).code, "products.version_conflict");
  assert.equal(problemIn(await send("createTaxRate", { body }, { as })).code, "products.code_taken");
  const odd = { ...body, code: "US", percent: 8.87512 };
  assert.equal(problemIn(await send("createTaxRate", { body: odd }, { as })).code, "products.tax_rate_invalid");
  const { data } = await call("taxRates", { query: { country: "US" } }, { as });
  assert.deepEqual(
    data.map(({ code }) => code),
    ["US-NY"],
  );
});
