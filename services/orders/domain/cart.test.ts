import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "@souk/kernel";
import fc from "fast-check";
import { errors } from "../errors.ts";
import {
  assertOrderable,
  type Cart,
  type CartLine,
  mergeLines,
  type Offer,
  quote,
  removeItem,
  setItem,
} from "./cart.ts";

const cup: Offer = {
  sku: "cup",
  title: "Cup",
  unitAmount: 450,
  currency: "EUR",
  weightGrams: 300,
  taxClass: "standard",
  categories: ["kitchen"],
  onSale: true,
  available: null,
};
const pot: Offer = { ...cup, sku: "pot", title: "Pot", unitAmount: 2_500, weightGrams: 900, available: 3 };
const cart = (...lines: Cart["lines"]): Cart => ({
  cartId: "c1",
  status: "open",
  currency: "EUR",
  lines,
  coupon: null,
});
const limits = { lines: 1_000, unitsPerLine: 10_000 };
const twoCups = { sku: "cup", quantity: 2, unitAmount: 450 };
const refused = (error: { readonly code: string }) => (thrown: unknown) =>
  thrown instanceof ServiceError && thrown.code === error.code;
const problems = (cart: Cart, ...offers: Offer[]) => quote(cart, offers).problems.map(({ kind, sku }) => [kind, sku]);

test("putting the same thing again sets its quantity and keeps its place", () => {
  const before = cart(twoCups, { sku: "pot", quantity: 1, unitAmount: 2_500 });
  assert.deepEqual(setItem(before, { sku: "cup", quantity: 5 }, cup, limits), [
    { sku: "cup", quantity: 5, unitAmount: 450 },
    { sku: "pot", quantity: 1, unitAmount: 2_500 },
  ]);
});

test("a line is there once, whatever is put in and taken out", () => {
  const step = fc.record({
    put: fc.boolean(),
    sku: fc.constantFrom("a", "b", "c"),
    quantity: fc.integer({ min: 1, max: 10_000 }),
  });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const expected = new Map<string, number>();
      let now = cart();
      for (const { put, sku, quantity } of steps) {
        if (put) expected.set(sku, quantity);
        else expected.delete(sku);
        now = cart(...(put ? setItem(now, { sku, quantity }, { ...cup, sku }, limits) : removeItem(now, sku)));
      }
      assert.deepEqual(new Map(now.lines.map(({ sku, quantity }) => [sku, quantity])), expected);
      assert.equal(now.lines.length, expected.size);
    }),
    { seed: 20_300_101 },
  );
});

test("only what is on sale, in the cart's currency, goes into an open cart", () => {
  const put = (into: Cart, offer: Offer | undefined, unitPrice?: { amount: number; currency: string }) => () =>
    setItem(into, { sku: "cup", quantity: 1, unitPrice }, offer, limits);
  assert.throws(put(cart(), undefined), refused(errors.UnknownSku));
  assert.throws(put(cart(), { ...cup, onSale: false }), refused(errors.UnknownSku));
  assert.throws(put({ ...cart(), currency: "USD" }, cup), refused(errors.OtherCurrency));
  assert.throws(put(cart(), cup, { amount: 1, currency: "USD" }), refused(errors.OtherCurrency));
  assert.throws(put({ ...cart(), status: "ordered" }, cup), refused(errors.CartNotOpen));
  assert.throws(() => removeItem({ ...cart(twoCups), status: "ordered" }, "cup"), refused(errors.CartNotOpen));
});

test("a full cart takes more of what is in it, and nothing else", () => {
  const full = cart(...Array.from({ length: 1_000 }, (_, i) => ({ sku: `s${i}`, quantity: 1, unitAmount: 1 })));
  assert.throws(() => setItem(full, { sku: "cup", quantity: 1 }, cup, limits), refused(errors.CartFull));
  assert.equal(setItem(full, { sku: "s7", quantity: 9 }, { ...cup, sku: "s7" }, limits).length, 1_000);
});

test("everything a shopper should know is listed", () => {
  assert.deepEqual(problems(cart(twoCups), cup), []);
  assert.deepEqual(problems(cart(twoCups), { ...cup, unitAmount: 500 }), [["price_changed", "cup"]]);
  assert.deepEqual(problems(cart(twoCups), { ...cup, onSale: false }), [["variant_gone", "cup"]]);
  assert.deepEqual(problems(cart(twoCups)), [["variant_gone", "cup"]]);
  assert.deepEqual(
    problems(cart(twoCups), { ...cup, currency: "USD" }),
    [["variant_gone", "cup"]],
    "450 cents are no 450 euro cents",
  );
  assert.deepEqual(
    problems(cart({ ...twoCups, fixed: true }), { ...cup, currency: "USD" }),
    [],
    "set in euros by hand",
  );
  assert.deepEqual(problems(cart({ sku: "pot", quantity: 4, unitAmount: 2_500 }), pot), [
    ["insufficient_stock", "pot"],
  ]);
  assert.deepEqual(problems(cart({ sku: "pot", quantity: 3, unitAmount: 2_500 }), pot), []);
  assert.deepEqual(
    problems(cart(twoCups, { sku: "pot", quantity: 4, unitAmount: 1 }), { ...cup, unitAmount: 1 }, pot),
    [
      ["price_changed", "cup"],
      ["insufficient_stock", "pot"],
      ["price_changed", "pot"],
    ],
  );
});

test("a cart is quoted at today's prices, unless a merchandiser fixed them", () => {
  const today = { ...cup, unitAmount: 500 };
  assert.deepEqual(quote(cart(twoCups), [today]).lines, [
    {
      sku: "cup",
      quantity: 2,
      unitAmount: 500,
      title: "Cup",
      weightGrams: 300,
      taxClass: "standard",
      categories: ["kitchen"],
    },
  ]);
  const fixed = quote(cart({ ...twoCups, unitAmount: 99, fixed: true }), [today]);
  assert.deepEqual(fixed.problems, []);
  assert.deepEqual(fixed.lines, [
    { sku: "cup", quantity: 2, unitAmount: 99, fixed: true, title: "Cup", weightGrams: 300, taxClass: "standard" },
  ]);
});

test("a changed price or a thing that is gone must be seen before ordering; stock is inventory's to decide", () => {
  const order = (...offers: Offer[]) => {
    const filled = cart(twoCups);
    return () => assertOrderable(filled, quote(filled, offers).problems);
  };
  assert.doesNotThrow(order(cup));
  assert.doesNotThrow(order({ ...cup, available: 0 }));
  assert.throws(order({ ...cup, unitAmount: 449 }), refused(errors.CartHasProblems));
  assert.throws(order(), refused(errors.CartHasProblems));
  assert.throws(() => assertOrderable(cart(), []), refused(errors.CartEmpty));
});

test("nobody takes more of one thing than a cart may hold", () => {
  const few = { lines: 2, unitsPerLine: 3 };
  assert.throws(() => setItem(cart(), { sku: "cup", quantity: 4 }, cup, few), refused(errors.TooMany));
  assert.equal(setItem(cart(), { sku: "cup", quantity: 3 }, cup, few)[0]?.quantity, 3);
});

test("a problem says what it was, what it is and what there is", () => {
  const [changed] = quote(cart(twoCups), [{ ...cup, unitAmount: 500 }]).problems;
  assert.deepEqual(
    [changed?.was, changed?.now],
    [
      { amount: 450, currency: "EUR" },
      { amount: 500, currency: "EUR" },
    ],
  );
  assert.equal(changed?.message, "Cup cost €4.50 when it was put into the cart and costs €5.00 now.");
  const yen = { ...cup, currency: "JPY", unitAmount: 500 };
  assert.match(quote({ ...cart(twoCups), currency: "JPY" }, [yen]).problems[0]?.message ?? "", /¥450 .* ¥500/);
  assert.equal(quote(cart({ sku: "pot", quantity: 4, unitAmount: 2_500 }), [pot]).problems[0]?.available, 3);
});

test("of a guest's and a customer's cart the larger quantity of each thing stays", () => {
  const own: CartLine[] = [twoCups, { sku: "pot", quantity: 3, unitAmount: 2_500 }];
  const guests: CartLine[] = [
    { sku: "cup", quantity: 5, unitAmount: 480 },
    { sku: "pot", quantity: 1, unitAmount: 2_500 },
    { sku: "tray", quantity: 1, unitAmount: 900 },
  ];
  assert.deepEqual(
    mergeLines(own, guests, limits).map(({ sku, quantity }) => [sku, quantity]),
    [
      ["cup", 5],
      ["pot", 3],
      ["tray", 1],
    ],
  );
  assert.deepEqual(mergeLines([{ ...twoCups, fixed: true }], guests, limits)[0], { ...twoCups, fixed: true });
  assert.equal(mergeLines(own, guests, { lines: 2, unitsPerLine: 10 }).length, 2, "what does not fit is left out");
  assert.deepEqual(mergeLines(mergeLines(own, guests, limits), guests, limits), mergeLines(own, guests, limits));
});
