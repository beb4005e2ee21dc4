import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAttributes, assertDefinitions, effective } from "./attributes.ts";

const colour = { name: "colour", type: "choice", choices: ["red", "blue"] } as const;
const capacity = { name: "capacity", type: "number", unit: "ml", required: true } as const;
const refused = { code: "products.attributes_invalid" };

test("what is defined is of its type, and what nobody defined may be anything", () => {
  const definitions = [colour, capacity, { name: "safe", type: "boolean" }, { name: "note", type: "text" }] as const;
  assertAttributes(definitions, { colour: ["red", "blue"], capacity: 300, safe: true, note: "x", other: [] });
  for (const wrong of [
    { colour: "green" },
    { colour: ["red", "green"] },
    { capacity: "300" },
    { safe: "yes" },
    { note: 4 },
  ])
    assert.throws(() => assertAttributes(definitions, { capacity: 1, ...wrong }), refused);
});

test("what is required is there", () => {
  assert.throws(() => assertAttributes([capacity], {}), /capacity is missing/);
});

test("a category below may say it differently", () => {
  const near = { name: "colour", type: "text" } as const;
  assert.deepEqual(effective([[colour, capacity], [near]]), [near, capacity]);
});

test("only a choice has choices, and a name is defined once", () => {
  assert.throws(() => assertDefinitions([{ name: "a", type: "choice" }]), refused);
  assert.throws(() => assertDefinitions([{ name: "a", type: "text", choices: ["x"] }]), refused);
  assert.throws(() => assertDefinitions([colour, colour]), refused);
});
