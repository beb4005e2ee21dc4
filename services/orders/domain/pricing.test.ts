import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Basket, type Priced, type PricingLine, price } from "./pricing.ts";
import { isOfLines, lineDiscounts, obstacle, orderDiscounts } from "./pricing-promotions.ts";
import { isLimited, type LivePromotion, stranger, type TaxRate } from "./pricing-rules.ts";
import { payableOf, valueOfUnits } from "./pricing-units.ts";
import { partsView, totalsView } from "./pricing-view.ts";

const at = "2030-06-01T12:00:00.000Z";
const categories = ["home", "kitchen", "books"];
const lineOf = (sku: string) =>
  fc.record(
    {
      sku: fc.constant(sku),
      quantity: fc.oneof(
        { weight: 3, arbitrary: fc.constant(1) },
        { weight: 2, arbitrary: fc.integer({ min: 1, max: 6 }) },
        fc.integer({ min: 1, max: 10_000 }),
      ),
      // Often alike, so that ties are common.
      unitAmount: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(5, 333) },
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 0, max: 100_000_000 }),
      ),
      categories: fc.subarray(categories),
      taxClass: fc.constantFrom("standard", "reduced", "zero"),
      fixed: fc.constant(true as const),
    },
    { requiredKeys: ["sku", "quantity", "unitAmount", "taxClass"] },
  );
const lines: fc.Arbitrary<PricingLine[]> = fc
  .subarray(["a", "b", "c", "d", "e"], { minLength: 1 })
  .chain((skus) => fc.tuple(...skus.map(lineOf)));

const percent = fc.integer({ min: 1, max: 1_000_000 }).map((parts) => parts / 10_000);
const money = (max: number) => fc.integer({ min: 1, max }).map((amount) => ({ amount, currency: "EUR" }));
const effect = fc.oneof(
  fc.record({
    kind: fc.constant("percentage" as const),
    of: fc.constantFrom("lines" as const, "order" as const),
    percent,
  }),
  fc.record({
    kind: fc.constant("fixed" as const),
    of: fc.constantFrom("lines" as const, "order" as const),
    amount: money(50_000),
  }),
  fc.record(
    {
      kind: fc.constant("buy_x_get_y" as const),
      buy: fc.integer({ min: 1, max: 4 }),
      get: fc.integer({ min: 1, max: 3 }),
      percent,
    },
    { requiredKeys: ["kind", "buy", "get"] },
  ),
  fc.record({ kind: fc.constant("free_shipping" as const) }),
);
const conditions = fc.record(
  {
    skus: fc.subarray(["a", "b", "c"], { minLength: 1 }),
    categories: fc.subarray(categories, { minLength: 1 }),
    minSubtotal: money(100_000),
    minQuantity: fc.integer({ min: 1, max: 10 }),
    endsAt: fc.constantFrom("2030-01-01T00:00:00.000Z", "2031-01-01T00:00:00.000Z"),
    groups: fc.constantFrom(["vip"], ["staff"]),
    firstOrder: fc.boolean(),
  },
  { requiredKeys: [] },
);
const promotions: fc.Arbitrary<LivePromotion[]> = fc
  .array(
    fc.record({
      effect,
      // Most of the time nothing stands in its way.
      conditions: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, conditions),
      limits: fc.record({ uses: fc.integer({ min: 1, max: 3 }), budget: money(5_000) }, { requiredKeys: [] }),
      code: fc.constantFrom(null, "SALE"),
      usage: fc.record({ uses: fc.integer({ min: 0, max: 3 }), spent: fc.integer({ min: 0, max: 5_000 }) }),
    }),
    { maxLength: 5 },
  )
  .map((found) =>
    found.map((rest, n) => ({ ...rest, promotionId: `p${n}`, name: `Promotion ${n}`, status: "active" as const })),
  );
const taxRates: fc.Arbitrary<TaxRate[]> = fc
  .array(
    fc.record({
      percent: fc.oneof(fc.constant(0), percent),
      region: fc.constantFrom(null, "BY", "BE"),
      taxClasses: fc.subarray(["standard", "reduced"], { minLength: 1 }),
      included: fc.boolean(),
      shipping: fc.boolean(),
      replaces: fc.boolean(),
      exemptGroups: fc.subarray(["vip"]),
    }),
    { maxLength: 4 },
  )
  .map((found) => found.map((rest, n) => ({ ...rest, code: `T${n}`, name: `Tax ${n}`, country: "DE" })));

const basket: fc.Arbitrary<Basket> = fc.record({
  currency: fc.constant("EUR"),
  at: fc.constant(at),
  lines,
  promotions,
  taxRates,
  shopper: fc.record({
    isSignedIn: fc.boolean(),
    groups: fc.subarray(["vip"]),
    isFirstOrder: fc.boolean(),
    uses: fc.constant({}),
  }),
  destination: fc.constantFrom(undefined, { country: "DE" }, { country: "DE", region: "by" }, { country: "US" }),
  shipping: fc.oneof(
    fc.constant(undefined),
    fc.record({ method: fc.constant("standard"), amount: fc.integer({ min: 0, max: 5_000 }) }),
  ),
});
const sumOf = (amounts: readonly number[]) => amounts.reduce((sum, amount) => sum + BigInt(amount), 0n);
/** What is paid for a part, from what it cost: in whole numbers of any size, so that a lost unit would show. */
const paidFor = (cost: bigint, { discounts = [], taxes = [] }: Priced["shipping"]) =>
  cost -
  sumOf(discounts.map(({ amount }) => amount)) +
  sumOf(taxes.filter(({ included }) => !included).map(({ amount }) => amount));

test("the parts add up to the total, to the minor unit, whatever applies, and none is negative", () => {
  fc.assert(
    fc.property(basket, (basket) => {
      const { lines: parts, shipping, totals } = price(basket);
      const paid = basket.lines.map((line, n) =>
        paidFor(BigInt(line.quantity) * BigInt(line.unitAmount), parts[n] ?? {}),
      );
      const forShipping = paidFor(BigInt(basket.shipping?.amount ?? 0), shipping);
      assert.equal(
        BigInt(totals.total),
        paid.reduce((a, b) => a + b, forShipping),
      );
      assert.equal(totals.total, totals.subtotal - totals.discount + totals.shipping + totals.tax);
      for (const amount of [...paid, forShipping, ...Object.values(totals)]) assert.ok(amount >= 0, `${amount}`);
      for (const { discounts = [], taxes = [] } of [...parts, shipping]) {
        for (const { amount } of discounts) assert.ok(Number.isSafeInteger(amount) && amount > 0);
        for (const { amount } of taxes) assert.ok(Number.isSafeInteger(amount) && amount >= 0);
      }
    }),
    { numRuns: 2_000, seed: 20_300_101 },
  );
});

test("what is shown of the parts adds up as well: discounts by promotion, taxes by rate", () => {
  fc.assert(
    fc.property(basket, (basket) => {
      const { lines: parts, shipping, totals } = price(basket);
      const shown = totalsView(totals, [...parts, shipping], "EUR");
      const amount = (amounts: readonly { amount: { amount: number } }[]) =>
        amounts.reduce((sum, part) => sum + part.amount.amount, 0);
      assert.equal(amount(shown.discounts), totals.discount);
      assert.equal(amount(shown.taxes.filter(({ included }) => !included)), totals.tax);
      const payable = basket.lines.map(
        (line, n) => partsView(line.unitAmount * line.quantity, parts[n] ?? {}, "EUR").payable.amount,
      );
      const forShipping = partsView(totals.shipping, shipping, "EUR").payable.amount;
      assert.equal(
        payable.reduce((a, b) => a + b, forShipping),
        totals.total,
      );
    }),
    { seed: 20_300_101 },
  );
});

test("the order of the lines, of the promotions and of the rates changes nothing, on any line", () => {
  fc.assert(
    fc.property(basket, fc.nat(), (basket, turns) => {
      const turned = <T>(items: readonly T[]) => {
        const from = items.length === 0 ? 0 : turns % items.length;
        return [...items.slice(from), ...items.slice(0, from)].toReversed();
      };
      const lines = turned(basket.lines);
      const other = { ...basket, lines, promotions: turned(basket.promotions), taxRates: turned(basket.taxRates) };
      const [before, after] = [price(basket), price(other)];
      assert.deepEqual(after.totals, before.totals);
      assert.deepEqual(after.shipping, before.shipping);
      assert.deepEqual(after.limited, before.limited);
      for (const [n, line] of basket.lines.entries())
        assert.deepEqual(after.lines[lines.findIndex(({ sku }) => sku === line.sku)], before.lines[n]);
    }),
    { numRuns: 1_000, seed: 20_300_101 },
  );
});

test("no other choice of promotions would save the shopper more", () => {
  const unlimited = promotions.map((found) => found.map((promotion) => ({ ...promotion, limits: {} })));
  const untaxed = fc.record({ basket, unlimited }).map(({ basket, unlimited }) => {
    const few = basket.lines.toSorted((a, b) => (a.sku < b.sku ? -1 : 1)).slice(0, 3);
    return { ...basket, lines: few, promotions: unlimited, taxRates: [] };
  });
  fc.assert(
    fc.property(untaxed, (basket) => {
      assert.equal(price(basket).totals.discount, mostSaved(basket));
    }),
    { numRuns: 500, seed: 20_300_101 },
  );
});

/** Every line promotion (or none) on each line, then every order promotion, then every one of the shipping. */
function mostSaved(basket: Basket): number {
  const { lines, shipping } = basket;
  const open = basket.promotions.filter((promotion) => obstacle(promotion, basket) === undefined);
  const perLine = open.filter(isOfLines).map((promotion) => lineDiscounts(promotion, lines));
  const ways = lines.reduce<number[][]>(
    (ways, _, n) => ways.flatMap((way) => [0, ...perLine.map((own) => own[n] ?? 0)].map((amount) => [...way, amount])),
    [[]],
  );
  const free = shipping && open.some(({ effect }) => effect.kind === "free_shipping") ? shipping.amount : 0;
  let most = 0;
  for (const way of ways) {
    const values = lines.map(({ unitAmount, quantity }, n) => unitAmount * quantity - (way[n] ?? 0));
    const own = way.reduce((a, b) => a + b, 0);
    const wholes = open
      .filter(({ effect }) => "of" in effect && effect.of === "order")
      .map((promotion) => orderDiscounts(promotion, lines, values).reduce((a, b) => a + b, 0));
    most = Math.max(most, own + Math.max(0, ...wholes));
  }
  return most + free;
}

test("of promotions that save alike the one without limits counts, then the one without a coupon, then the older one", () => {
  const alike = (promotionId: string, more: Partial<LivePromotion> = {}): LivePromotion => ({
    ...{ promotionId, name: promotionId, code: null, conditions: {}, limits: {}, status: "active" },
    effect: { kind: "percentage", of: "order", percent: 10 },
    ...more,
  });
  const counts = (...promotions: LivePromotion[]) =>
    price({
      ...{ currency: "EUR", at, promotions, taxRates: [], shopper: stranger },
      lines: [{ sku: "a", quantity: 1, unitAmount: 1_000 }],
    }).lines[0]?.discounts?.map(({ promotionId }) => promotionId);
  const limited = alike("1", { limits: { uses: 5 } });
  const coupon = alike("2", { code: "SALE" });
  assert.deepEqual(counts(limited, coupon, alike("4"), alike("3")), ["3"]);
  assert.deepEqual(counts(limited, coupon), ["2"]);
  assert.deepEqual(counts(limited), ["1"]);
});

test("a promotion never costs more than is left of its budget, and a limit that is reached holds", () => {
  fc.assert(
    fc.property(basket, (basket) => {
      const { limited } = price(basket);
      for (const { promotion, amount } of limited) {
        const usage = basket.promotions.find(({ promotionId }) => promotionId === promotion.promotionId)?.usage;
        assert.ok(isLimited(promotion));
        assert.ok((usage?.uses ?? 0) < (promotion.limits.uses ?? Number.POSITIVE_INFINITY));
        assert.ok((usage?.spent ?? 0) + amount <= (promotion.limits.budget?.amount ?? Number.POSITIVE_INFINITY));
      }
    }),
    { numRuns: 1_000, seed: 20_300_101 },
  );
});

test("what a merchandiser has priced is left alone by every promotion", () => {
  fc.assert(
    fc.property(basket, (basket) => {
      const { lines: parts } = price({ ...basket, taxRates: [] });
      for (const [n, line] of basket.lines.entries()) if (line.fixed) assert.deepEqual(parts[n]?.discounts, undefined);
    }),
    { seed: 20_300_101 },
  );
});

test("a shop without promotions and taxes prices as it always did", () => {
  fc.assert(
    fc.property(basket, (basket) => {
      const plain = price({ ...basket, promotions: [], taxRates: [] });
      const none = price({ ...basket, promotions: [], taxRates: [], destination: { country: "DE" } });
      assert.deepEqual(plain.totals, none.totals);
      assert.equal(plain.totals.total, plain.totals.subtotal + (basket.shipping?.amount ?? 0));
      assert.ok(plain.lines.every((parts) => Object.keys(parts).length === 0));
    }),
    { seed: 20_300_101 },
  );
});

test("a line's units are worth exactly what was paid for it, however they are given back", () => {
  fc.assert(
    fc.property(basket, fc.array(fc.integer({ min: 1, max: 5_000 }), { maxLength: 20 }), (basket, steps) => {
      const { lines: parts } = price(basket);
      for (const [n, line] of basket.lines.entries()) {
        const ordered = { ...line, ...parts[n] };
        let before = 0;
        let given = 0;
        for (const step of [...steps, line.quantity]) {
          const units = Math.min(step, line.quantity - before);
          const { goods, discount, tax, total } = valueOfUnits(ordered, units, before);
          assert.ok(goods >= 0 && discount >= 0 && tax >= 0 && total >= 0 && discount <= goods);
          assert.equal(total, goods - discount + tax);
          given += total;
          before += units;
        }
        assert.equal(given, payableOf(ordered));
      }
    }),
    { seed: 20_300_101 },
  );
  assert.throws(() => valueOfUnits({ sku: "a", quantity: 2, unitAmount: 5 }, 2, 1), RangeError);
});

test("a basket of the largest amounts there are loses no minor unit", () => {
  const huge = [{ sku: "a", quantity: 10_000, unitAmount: 1_000_000_000, taxClass: "standard" }];
  const rate = {
    code: "T",
    name: "T",
    country: "DE",
    region: null,
    percent: 19,
    taxClasses: ["standard"],
    included: true,
    shipping: true,
    replaces: false,
    exemptGroups: [],
  };
  const { lines: parts } = price({
    currency: "EUR",
    lines: huge,
    at,
    promotions: [],
    taxRates: [rate],
    shopper: stranger,
    destination: { country: "DE" },
  });
  // 10^13 × 19 ÷ 119 = 1,596,638,655,462.18…
  assert.equal(parts[0]?.taxes?.[0]?.amount, 1_596_638_655_462);
});
