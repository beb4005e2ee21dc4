import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lineTotal, price } from "./pricing.ts";

const line = fc.record({
  sku: fc.string({ minLength: 1, maxLength: 8 }),
  quantity: fc.integer({ min: 1, max: 10_000 }),
  unitAmount: fc.integer({ min: 0, max: 100_000_000 }),
});
const lines = fc.array(line, { maxLength: 20 });
const shipping = fc.integer({ min: 0, max: 1_000_000 });

test("the lines add up to the subtotal, and the parts to the total, to the minor unit", () => {
  fc.assert(
    fc.property(lines, shipping, (lines, shipping) => {
      const totals = price(lines, shipping, "EUR");
      // Counted anew in whole numbers of any size, so that a lost unit would show.
      const subtotal = lines.reduce((sum, { quantity, unitAmount }) => sum + BigInt(quantity) * BigInt(unitAmount), 0n);
      assert.equal(BigInt(totals.subtotal), subtotal);
      assert.equal(
        lines.reduce((sum, line) => sum + lineTotal(line, "EUR").amount, 0),
        totals.subtotal,
      );
      assert.equal(totals.total, totals.subtotal - totals.discount + totals.shipping + totals.tax);
      assert.equal(totals.shipping, shipping);
    }),
  );
});

test("the order of the lines changes no price", () => {
  fc.assert(
    fc.property(lines, shipping, (lines, shipping) => {
      const shuffled = lines.toSorted((a, b) => a.unitAmount - b.unitAmount || a.quantity - b.quantity);
      assert.deepEqual(price(shuffled, shipping, "EUR"), price(lines, shipping, "EUR"));
    }),
  );
});

test("two lines of one thing cost what one line of both does", () => {
  fc.assert(
    fc.property(line, fc.integer({ min: 1, max: 10_000 }), (line, more) => {
      const apart = price([line, { ...line, quantity: more }], 0, "EUR");
      assert.deepEqual(price([{ ...line, quantity: line.quantity + more }], 0, "EUR"), apart);
    }),
  );
});
