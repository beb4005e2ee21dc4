import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "@souk/kernel";
import { changePromotion, newPromotion, type Promotion } from "./promotion.ts";
import { changeTaxRate, newTaxRate } from "./tax-rate.ts";

const tenPercent = { kind: "percentage" as const, of: "order" as const, percent: 10 };
const fiveEuros = { kind: "fixed" as const, of: "order" as const, amount: { amount: 500, currency: "EUR" } };
const draft = { id: "p1", name: "Spring" };
const misfits = (make: () => unknown) => {
  try {
    make();
  } catch (error) {
    assert.ok(error instanceof ServiceError);
    return error.details;
  }
  return [];
};

test("a promotion's code is in capitals and its instants are in one form, however they were given", () => {
  const conditions = { startsAt: "2026-03-01T00:00:00+01:00", endsAt: "2026-04-01T00:00:00Z" };
  const promotion = newPromotion({ ...draft, code: "spring", effect: tenPercent, conditions });
  assert.equal(promotion.code, "SPRING");
  assert.deepEqual(promotion.conditions, {
    startsAt: "2026-02-28T23:00:00.000Z",
    endsAt: "2026-04-01T00:00:00.000Z",
  });
  assert.equal(changePromotion(promotion, { code: "sPring", conditions }), promotion, "that is no change");
  assert.deepEqual(changePromotion(promotion, { code: null }), { ...promotion, code: null, version: 2 });
});

test("everything that does not fit together is named at once", () => {
  const conditions = {
    minSubtotal: { amount: 1, currency: "USD" },
    startsAt: "2026-03-01T00:00:00Z",
    endsAt: "2026-03-01T00:00:00Z",
  };
  assert.deepEqual(
    misfits(() => newPromotion({ ...draft, effect: fiveEuros, conditions })),
    [
      { field: "/conditions/endsAt", message: "is not after the start" },
      { field: "/conditions/minSubtotal", message: "is in USD, and /effect/amount in EUR" },
    ],
  );
  const limits = { budget: { amount: 100, currency: "GBP" } };
  assert.deepEqual(
    misfits(() => newPromotion({ ...draft, effect: fiveEuros, limits })),
    [{ field: "/limits/budget", message: "is in GBP, and /effect/amount in EUR" }],
  );
  assert.deepEqual(
    misfits(() => newPromotion({ ...draft, effect: tenPercent, limits })),
    [],
  );
});

test("a change is held to what a new promotion is held to", () => {
  const promotion: Promotion = newPromotion({ ...draft, effect: tenPercent });
  assert.deepEqual(
    misfits(() => changePromotion(promotion, { effect: { ...tenPercent, percent: 1 / 3 } })),
    [{ field: "/effect/percent", message: "has more than four decimals" }],
  );
  for (const percent of [0.0001, 8.875, 33.3333, 99.9999, 100])
    assert.equal(changePromotion(promotion, { effect: { ...tenPercent, percent } }).version, 2);
});

test("only a region's tax rate takes the place of its country's", () => {
  const rate = { id: "t1", code: "IGIC", name: "IGIC", country: "ES", percent: 7 };
  assert.deepEqual(
    misfits(() => newTaxRate({ ...rate, replaces: true })),
    [{ field: "/replaces", message: "only a region's rate can take the place of its country's" }],
  );
  const canaries = newTaxRate({ ...rate, region: "CN", replaces: true });
  assert.equal(changeTaxRate(canaries, { percent: 7 }), canaries, "that is no change");
  assert.equal(changeTaxRate(canaries, { percent: 6.5 }).version, 2);
});
