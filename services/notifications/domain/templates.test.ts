import assert from "node:assert/strict";
import { test } from "node:test";
import { formatMoney, render } from "./templates.ts";

test("money is written with the decimals of its currency", () => {
  const write = (amount: number, currency: string) => formatMoney({ amount, currency });
  assert.deepEqual(
    [write(1999, "EUR"), write(5, "EUR"), write(0, "USD"), write(-150, "EUR"), write(1999, "JPY"), write(1999, "KWD")],
    ["19.99 EUR", "0.05 EUR", "0.00 USD", "-1.50 EUR", "1999 JPY", "1.999 KWD"],
  );
});

test("a confirmation names the order, its lines and its total", () => {
  const lines = [{ title: "Cup", quantity: 2, total: { amount: 900, currency: "EUR" } }];
  const { subject, text } = render("order-confirmed", {
    number: "7K3M9-Q2XHT",
    lines,
    total: { amount: 1390, currency: "EUR" },
  });
  assert.match(subject, /7K3M9-Q2XHT/);
  assert.match(text, /2 × Cup {2}9\.00 EUR/);
  assert.match(text, /Total: 13\.90 EUR/);
});
