import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "@souk/contract";
import { leastOf, shape } from "./shape.ts";

test("a shape has a member a line, with what is known of it; what is small stays on one line", () => {
  const money = Type.Object({ amount: Type.Integer(), currency: Type.String() });
  const schema = Type.Object({
    sku: Type.String({ minLength: 1, maxLength: 64 }),
    price: money,
    kind: Type.Union([Type.Literal("a"), Type.Literal("b")]),
    note: Type.Optional(Type.String({ description: "for the parcel" })),
  });
  assert.equal(
    shape(schema),
    `{
  sku: string    // 1–64 characters
  price: { amount: integer, currency: string }
  kind: "a" | "b"
  note?: string  // for the parcel
}`,
  );
});

test("what was shown before is named and not shown again", () => {
  const address = Type.Object({ name: Type.String({ maxLength: 9 }), city: Type.String() });
  const text = shape(Type.Object({ shippingAddress: address, billingAddress: Type.Optional(address) }));
  assert.match(text, /billingAddress\?: as shippingAddress/);
  assert.equal(text.match(/name:/g)?.length, 1);
});

test("the least request has every member that must be there, and no other", () => {
  const schema = Type.Object({
    sku: Type.String(),
    quantity: Type.Integer({ minimum: 2 }),
    lines: Type.Array(Type.Object({ gift: Type.Boolean() }), { minItems: 1 }),
    note: Type.Optional(Type.String()),
  });
  assert.deepEqual(leastOf(schema), { sku: "…", quantity: 2, lines: [{ gift: true }] });
});
