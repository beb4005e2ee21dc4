import assert from "node:assert/strict";
import { test } from "node:test";
import { fractionDigits, minorUnits } from "./price.ts";

test("a price is counted in the minor units of its currency", () => {
  const amount = (price: string, currency: string) => minorUnits(price, fractionDigits(currency) ?? 0);
  assert.equal(amount("19.99", "EUR"), 1999);
  assert.equal(amount("7", "EUR"), 700);
  assert.equal(amount("7.5", "EUR"), 750);
  assert.equal(amount("0.29", "EUR"), 29);
  assert.equal(amount("1500", "JPY"), 1500);
  assert.equal(amount("1.250", "KWD"), 1250);
  assert.equal(amount("2.5500", "EUR"), 255);
});

test("what is no plain decimal number is no price", () => {
  for (const price of ["", "-1", "1e3", "1,99", "1.999", "£5", "NaN", ".5"])
    assert.equal(minorUnits(price, 2), undefined, price);
  assert.equal(fractionDigits("euro"), undefined);
});
