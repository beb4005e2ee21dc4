import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CoPurchases } from "./co-purchases.ts";
import { evaluate } from "./evaluation.ts";
import { type Candidate, type Purchase, Recommender } from "./recommender.ts";
import { Trends } from "./trends.ts";

const day = 86_400_000;
const at = Date.UTC(2030, 0, 1);
let orders = 0;
const candidate = (id: string, rest: Partial<Candidate> = {}): Candidate => ({
  ...{ id, skus: [`${id}-S`, `${id}-M`], categories: ["home"], active: true, inStock: true },
  ...rest,
});
const purchase = (skus: readonly string[], when = at): Purchase => ({
  orderId: `o${++orders}`,
  at: when,
  lines: skus.map((sku) => ({ sku, quantity: 1 })),
});
const shopOf = (...candidates: Candidate[]) => {
  const recommender = new Recommender();
  for (const one of candidates) recommender.put(one);
  const told = (products: string[], limit = 10, category?: string) =>
    recommender.recommend({ products, limit, at, category }).map(({ productId, reason }) => `${productId} ${reason}`);
  return { recommender, told };
};

test("what was bought with a product comes first, then its category, then what sells", () => {
  const { recommender, told } = shopOf(
    candidate("tea"),
    candidate("pot"),
    candidate("mug"),
    candidate("hammer", { categories: ["tools"] }),
  );
  for (let i = 0; i < 3; i++) recommender.learn(purchase(["tea-S", "pot-S"]));
  recommender.learn(purchase(["hammer-S"]));
  assert.deepEqual(told(["tea"]), ["pot bought_together", "mug category", "hammer trending"]);
  assert.deepEqual(told(["tea"], 1), ["pot bought_together"]);
  assert.deepEqual(told([], 2), ["tea trending", "pot trending"].toSorted().reverse());
  assert.deepEqual(told([], 10, "tools"), ["hammer trending"]);
});

test("nobody is sent to what cannot be bought, or to what is in the cart", () => {
  const { recommender, told } = shopOf(candidate("a"), candidate("b"), candidate("c"), candidate("d"));
  for (let i = 0; i < 9; i++) recommender.learn(purchase(["a-S", "b-S", "c-S", "d-S"]));
  recommender.put(candidate("b", { inStock: false }));
  recommender.put(candidate("c", { active: false }));
  assert.deepEqual(told(["a"]), ["d bought_together"]);
  assert.deepEqual(told(["a", "d"]), []);
  recommender.put(candidate("b"));
  assert.ok(told(["a"]).includes("b bought_together"), "it is back");
});

test("a purchase that is cancelled has never been", () => {
  const { recommender, told } = shopOf(candidate("a"), candidate("b"), candidate("c", { categories: ["else"] }));
  const before = told(["a"]);
  const bought = purchase(["a-S", "c-S"]);
  recommender.learn(bought);
  assert.notDeepEqual(told(["a"]), before);
  recommender.unlearn(bought);
  assert.deepEqual(told(["a"]), before);
  assert.equal(recommender.purchases, 0);
});

test("a purchase of something whose own event is late counts when that comes", () => {
  const { recommender, told } = shopOf(candidate("a"));
  recommender.learn(purchase(["a-S", "late-S"]));
  assert.deepEqual(told(["a"]), []);
  recommender.put(candidate("late", { categories: ["else"] }));
  assert.deepEqual(told(["a"]), ["late bought_together"]);
});

test("what is bought with everything gives way to what goes with the thing", () => {
  const { recommender, told } = shopOf(candidate("tea"), candidate("pot"), candidate("bag"), candidate("nail"));
  for (let i = 0; i < 20; i++) recommender.learn(purchase(["nail-S", "bag-S"]));
  for (let i = 0; i < 10; i++) recommender.learn(purchase(["tea-S", "pot-S"]));
  for (let i = 0; i < 10; i++) recommender.learn(purchase(["tea-S", "bag-S"]));
  assert.equal(told(["tea"])[0], "pot bought_together");
});

test("what sells best is looked up anew when something is learned, sold out or new", () => {
  const { recommender, told } = shopOf(candidate("a"), candidate("b"));
  assert.deepEqual(told([], 2), ["b trending", "a trending"]);
  recommender.learn(purchase(["a-S"]));
  assert.deepEqual(told([], 2), ["a trending", "b trending"]);
  recommender.put(candidate("a", { inStock: false }));
  recommender.put(candidate("c"));
  assert.deepEqual(told([], 2), ["c trending", "b trending"]);
  assert.deepEqual(told([], 2, "no such category"), []);
});

test("what sells best is the same whether it was asked for in between or not", () => {
  const sold = fc.record({ thing: fc.nat(7), units: fc.integer({ min: 1, max: 3 }), ago: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(sold, { maxLength: 30 }), (sales) => {
      const shops = [0, 1].map(() =>
        shopOf(...Array.from({ length: 8 }, (_, i) => candidate(`${i}`, { categories: ["home", `shelf ${i % 2}`] }))),
      );
      const [asked, fresh] = shops;
      const tell = (shop = asked) => [undefined, "home", "shelf 1"].map((category) => shop?.told([], 5, category));
      for (const { thing, units, ago } of sales) {
        tell();
        const bought = purchase([`${thing}-S`], at - ago * day);
        const lines = bought.lines.map((line) => ({ ...line, quantity: units }));
        for (const shop of shops) shop.recommender.learn({ ...bought, lines });
      }
      assert.deepEqual(tell(asked), tell(fresh));
    }),
    { seed: 20_300_101 },
  );
});

test("what was learned long ago fades", () => {
  const { recommender, told } = shopOf(candidate("a"), candidate("old"), candidate("new"));
  for (let i = 0; i < 4; i++) recommender.learn(purchase(["a-S", "old-S"], at - 700 * day));
  for (let i = 0; i < 3; i++) recommender.learn(purchase(["a-S", "new-S"], at));
  assert.equal(told(["a"])[0], "new bought_together");
});

test("a trend is what sells these days, in whatever order it is told", () => {
  const sales = fc.array(fc.record({ thing: fc.nat(3), units: fc.integer({ min: 1, max: 5 }), ago: fc.nat(30) }), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(sales, (told) => {
      const [forth, back] = [new Trends(), new Trends()];
      for (const { thing, units, ago } of told) forth.add(thing, units, at - ago * day);
      for (const { thing, units, ago } of told.toReversed()) back.add(thing, units, at - ago * day);
      for (let thing = 0; thing < 4; thing++) {
        const expected = told
          .filter((sale) => sale.thing === thing)
          .reduce((sum, { units, ago }) => sum + units * 2 ** (-ago / 3), 0);
        assert.ok(Math.abs(forth.of(thing, at) - expected) < 1e-9);
        assert.ok(Math.abs(back.of(thing, at) - expected) < 1e-9);
      }
    }),
    { seed: 20_300_101 },
  );
});

test("the order in which purchases are learned changes nothing", () => {
  const basket = fc.record({
    things: fc.uniqueArray(fc.nat(12), { minLength: 1, maxLength: 6 }),
    at: fc.nat(300).map((days) => at - days * day),
  });
  fc.assert(
    fc.property(
      fc.array(basket, { maxLength: 30 }),
      fc.array(fc.nat(12), { minLength: 1, maxLength: 4 }),
      (baskets, asked) => {
        const [forth, back] = [new CoPurchases(), new CoPurchases()];
        for (const one of baskets) forth.learn(one);
        for (const one of baskets.toReversed()) back.learn(one);
        const known = new Set(forth.together(asked, at, 20, () => true));
        assert.deepEqual(new Set(back.together(asked, at, 20, () => true)), known);
        for (const thing of asked) assert.ok(!known.has(thing));
      },
    ),
    { seed: 20_300_101 },
  );
});

test("an evaluation hides the last thing of the last fifth, and learns nothing from it beforehand", () => {
  const always = Array.from({ length: 80 }, () => ["tea", "pot"]);
  const asked = Array.from({ length: 20 }, () => ["tea", "pot"]);
  const never = Array.from({ length: 20 }, (_, i) => ["tea", `new ${i}`]);
  const [, found] = evaluate([...always, ...asked]);
  assert.deepEqual([found?.hitRate, found?.asked], [1, 20]);
  for (const { name, hitRate } of evaluate([...always, ...never])) assert.equal(hitRate, 0, name);
});
