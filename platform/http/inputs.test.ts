import assert from "node:assert/strict";
import { test } from "node:test";
import { Body, OneOf, Paging, Text, Type } from "@souk/contract";
import { inputReader, parseQuery } from "./inputs.ts";
import { RequestProblem } from "./problems.ts";

const read = inputReader(
  Body({
    ...Paging,
    minPrice: Type.Optional(Type.Number()),
    inStock: Type.Optional(Type.Boolean()),
    tag: Type.Optional(Type.Array(Type.String(), { maxItems: 2 })),
    size: Type.Optional(Type.Array(Type.Integer())),
    sort: Type.Optional(OneOf("price", "name")),
    upTo: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
    q: Type.Optional(Text(10)),
  }),
  false,
);
const query = (text: string) => read(parseQuery(text));

test("text becomes what the schema wants, and defaults fill in", () => {
  const { value, errors } = query(
    "limit=50&minPrice=-1.5&inStock=true&tag=a&size=1&size=2&size=3&sort=name&upTo=7&q=a+b%26",
  );
  assert.deepEqual(errors, []);
  assert.deepEqual(
    { ...value },
    {
      page: 1,
      limit: 50,
      minPrice: -1.5,
      inStock: true,
      tag: ["a"],
      size: [1, 2, 3],
      sort: "name",
      upTo: 7,
      q: "a b&",
    },
  );
});

const wrong: readonly (readonly [string, string, string])[] = [
  ["limit=", "/limit", "must be a whole number"],
  ["limit=ten", "/limit", "must be a whole number"],
  ["limit=0x10", "/limit", "must be a whole number"],
  ["limit=1e1", "/limit", "must be a whole number"],
  ["limit=1.5", "/limit", "must be a whole number"],
  ["limit=007", "/limit", "must be a whole number"],
  ["limit=%2010", "/limit", "must be a whole number"],
  ["limit=101", "/limit", "must be at most 100"],
  ["limit=9007199254740993", "/limit", "must be a whole number"],
  ["limit=1&limit=2", "/limit", "must be given only once"],
  ["inStock=yes", "/inStock", "must be true or false"],
  ["tag=a&tag=b&tag=c", "/tag", "must have at most 2 items"],
  ["size=x", "/size/0", "must be a whole number"],
  ["sort=rating", "/sort", 'must be one of "price", "name"'],
  ["nope=1", "/nope", "unknown property"],
  ["__proto__=1", "/__proto__", "unknown property"],
  ["constructor=1", "/constructor", "unknown property"],
];
for (const [text, field, message] of wrong) {
  test(`?${text}: ${message}`, () => assert.deepEqual(query(text).errors, [{ field, message }]));
}

for (const text of ["q=%", "q=%zz", "q=%ff", "%c3=1", "q=a%00b", "q=%ed%a0%80"]) {
  test(`?${text} is no URL`, () => {
    assert.throws(
      () => parseQuery(text),
      (error) => error instanceof RequestProblem && error.code === "malformed_url",
    );
  });
}

test("of the headers only those that the endpoint declares are looked at", () => {
  const headers = inputReader(Body({ "x-cart-token": Text(10), "x-count": Type.Optional(Type.Integer()) }), true);
  const { value, errors } = headers({ "x-cart-token": "t", "x-count": "3", host: "h", accept: "*/*" });
  assert.deepEqual([value, errors], [{ "x-cart-token": "t", "x-count": 3 }, []]);
  assert.deepEqual(headers({ host: "h" }).errors, [{ field: "/x-cart-token", message: "is required" }]);
});

test("a prototype's members are no parameters", () => {
  const { value } = inputReader(Type.Object({ toString: Type.Optional(Type.String()) }), false)(parseQuery(""));
  assert.equal(Object.hasOwn(value, "toString"), false);
});
