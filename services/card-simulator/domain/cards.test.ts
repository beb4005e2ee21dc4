import assert from "node:assert/strict";
import { test } from "node:test";
import { behaviourOf, brandOf, expired } from "./cards.ts";

test("a card that is not documented is refused", () => {
  assert.equal(behaviourOf("4111111111111111").decline, "card_declined");
  assert.equal(behaviourOf("constructor").decline, "card_declined");
});

test("a card is good in the month that it names and not in the next", () => {
  assert.equal(expired(2030, 1, "2030-01-31T23:59:59Z"), false);
  assert.equal(expired(2030, 1, "2030-02-01T00:00:00Z"), true);
});

test("the first digits name the brand", () => {
  assert.deepEqual(["4242424242424242", "5555555555554444", "371449635398431", "6011"].map(brandOf), [
    "visa",
    "mastercard",
    "amex",
    "unknown",
  ]);
});
