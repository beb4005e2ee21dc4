import assert from "node:assert/strict";
import { test } from "node:test";
import { Body, Country, Email, Id, OneOf, Text, Timestamp, Type } from "./schemas.ts";
import { validator } from "./validation.ts";

const line = Body({ sku: Text(10), quantity: Type.Integer({ minimum: 1, maximum: 99 }) });
const order = Body({
  id: Id,
  email: Email,
  country: Country,
  method: OneOf("standard", "express"),
  placedAt: Type.Optional(Timestamp),
  note: Type.Optional(Type.Union([Text(5), Type.Null()])),
  lines: Type.Array(line, { minItems: 1, maxItems: 3 }),
});
const good = {
  id: "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b",
  email: "ada@example.com",
  country: "GB",
  method: "express",
  lines: [{ sku: "a", quantity: 1 }],
};
const check = validator(order);

test("what fits has no errors", () => {
  assert.deepEqual(check(good), []);
  assert.deepEqual(check({ ...good, note: null, placedAt: "2030-01-31T12:00:00.000Z" }), []);
});

const cases: readonly (readonly [string, unknown, string, string])[] = [
  ["a missing member", { ...good, email: undefined }, "/email", "must be a string"],
  ["an unknown member", { ...good, emial: 1 }, "/emial", "unknown property"],
  [
    "an unknown member of a member",
    { ...good, lines: [{ ...good.lines[0], "a/b~": 1 }] },
    "/lines/0/a~1b~0",
    "unknown property",
  ],
  ["another type", { ...good, lines: {} }, "/lines", "must be an array"],
  [
    "a number that is text",
    { ...good, lines: [{ sku: "a", quantity: "1" }] },
    "/lines/0/quantity",
    "must be a whole number",
  ],
  ["a fraction", { ...good, lines: [{ sku: "a", quantity: 1.5 }] }, "/lines/0/quantity", "must be a whole number"],
  ["too little", { ...good, lines: [{ sku: "a", quantity: 0 }] }, "/lines/0/quantity", "must be at least 1"],
  ["too much", { ...good, lines: [{ sku: "a", quantity: 100 }] }, "/lines/0/quantity", "must be at most 99"],
  ["empty text", { ...good, lines: [{ sku: "", quantity: 1 }] }, "/lines/0/sku", "must not be empty"],
  [
    "long text",
    { ...good, lines: [{ sku: "12345678901", quantity: 1 }] },
    "/lines/0/sku",
    "must have at most 10 characters",
  ],
  [
    "a control character",
    { ...good, lines: [{ sku: "a\u0001", quantity: 1 }] },
    "/lines/0/sku",
    "must not contain control characters",
  ],
  ["no items", { ...good, lines: [] }, "/lines", "must have at least 1 item"],
  ["no e-mail address", { ...good, email: "ada" }, "/email", "must be an e-mail address"],
  ["no UUID", { ...good, id: "1" }, "/id", "must be a UUID"],
  ["no timestamp", { ...good, placedAt: "yesterday" }, "/placedAt", "must be a timestamp such as 2030-01-31T12:00:00Z"],
  [
    "a day that does not exist",
    { ...good, placedAt: "2030-02-30T12:00:00Z" },
    "/placedAt",
    "must be a timestamp such as 2030-01-31T12:00:00Z",
  ],
  ["a pattern", { ...good, country: "gb" }, "/country", "must match ^[A-Z]{2}$ (ISO 3166-1 alpha-2)"],
  ["a word that is not among them", { ...good, method: "drone" }, "/method", 'must be one of "standard", "express"'],
  ["neither of two types", { ...good, note: 3 }, "/note", "must be a string or null"],
  ["one of two types, but wrong", { ...good, note: "too long" }, "/note", "must have at most 5 characters"],
  ["something else altogether", [], "", "must be an object"],
];
for (const [name, value, field, message] of cases) {
  test(`${name} is named where it is`, () => assert.deepEqual(check(value), [{ field, message }]));
}

test("a missing member is required", () => {
  const { email: _, ...rest } = good;
  assert.deepEqual(check(rest), [{ field: "/email", message: "is required" }]);
});

test("every error is listed, not only the first", () => {
  const fields = check({ id: 1, email: 2, country: 3, method: 4, lines: [{ extra: true }, 5] }).map(
    ({ field }) => field,
  );
  assert.deepEqual(fields.toSorted(), [
    "/country",
    "/email",
    "/id",
    "/lines/0/extra",
    "/lines/0/quantity",
    "/lines/0/sku",
    "/lines/1",
    "/method",
  ]);
});

test("the number of errors is bounded whatever is sent", () => {
  const many = validator(Type.Array(Type.Integer()));
  assert.equal(many(Array.from({ length: 10_000 }, () => "x")).length, 64);
});

test("of a discriminated choice only the branch that was meant complains", () => {
  const choice = validator(
    Type.Union([
      Body({ kind: Type.Literal("card"), token: Type.String() }),
      Body({ kind: Type.Literal("transfer"), iban: Type.String({ minLength: 15 }) }),
    ]),
  );
  assert.deepEqual(choice({ kind: "transfer", iban: "x" }), [
    { field: "/iban", message: "must have at least 15 characters" },
  ]);
  assert.deepEqual(choice({ kind: "cash" }), [{ field: "", message: "is none of the allowed forms" }]);
});

test("length counts code points, not UTF-16 units", () => {
  assert.deepEqual(validator(Text(2))("😀😀"), []);
});

test("a schema whose check would cost quadratic time is refused when compiled", () => {
  assert.throws(() => validator(Type.Array(Type.Integer(), { uniqueItems: true })), /uniqueItems/);
});

test("what is unknown is refused however much of it there is, and hides nothing else", () => {
  const check = validator(Body({ name: Text(10), inner: Type.Optional(Body({ n: Type.Integer() })) }));
  const many = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`m${i}`, i]));
  for (const n of [1, 63, 64, 65, 200, 5_000]) {
    const errors = check({ ...many(n), inner: many(n) });
    assert.ok(errors.length > 0 && errors.length <= 64, `${n} unknown members: ${errors.length} errors`);
    assert.ok(errors.every(({ message }) => message === "unknown property" || message === "is required"));
  }
});

test("a name of any length is told in short", () => {
  const [error] = validator(Body({}))({ ["x".repeat(100_000)]: 1 });
  assert.ok(error && error.field.length < 250);
});

test("of more than ten forms the second is not taken for the eleventh and twelfth", () => {
  const forms = Array.from({ length: 12 }, (_, n) => Body({ kind: Type.Literal(`k${n}`), amount: Type.Integer() }));
  assert.deepEqual(validator(Type.Union(forms))({ kind: "k1", amount: "much" }), [
    { field: "/amount", message: "must be a whole number" },
  ]);
});
