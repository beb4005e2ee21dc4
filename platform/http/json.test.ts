import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseJson } from "./json.ts";
import { RequestProblem } from "./problems.ts";

const parse = (text: string | Buffer) => parseJson(Buffer.from(text));

test("whatever JavaScript writes is kept", () => {
  for (const n of [705.90509033203125, 0.1, 1 / 3, 2 / 3, 5e-324, 123456789.12345679, -0.30000000000000004])
    assert.equal(parse(JSON.stringify(n)), n);
});

test("what JSON.parse reads without loss is read alike", () => {
  const names = fc.string({ unit: "grapheme" }).filter((name) => name !== "__proto__" && name !== "constructor");
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0")),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }).map((n) => n + 0),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(names, tie("value"), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(value, fc.constantFrom(undefined, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      assert.deepEqual(parse(text), JSON.parse(text));
    }),
    { seed: 1, numRuns: 500 },
  );
});

const refused: readonly (readonly [string, string | Buffer, RegExp])[] = [
  ["nothing", "", /not valid JSON/],
  ["half an object", '{"a":', /not valid JSON/],
  ["a trailing comma", '{"a":1,}', /not valid JSON/],
  ["something after the end", '{"a":1}{', /not valid JSON/],
  ["a byte order mark", "\ufeff{}", /not valid JSON/],
  ["NaN", "NaN", /not valid JSON/],
  ["single quotes", "{'a':1}", /not valid JSON/],
  ["a raw control character in a string", '"\u0001"', /not valid JSON/],
  ["a leading zero", "01", /not valid JSON/],
  ["bytes that are not UTF-8", Buffer.from([0x22, 0xff, 0x22]), /not valid UTF-8/],
  ["an overlong encoding", Buffer.from([0x22, 0xc0, 0xaf, 0x22]), /not valid UTF-8/],
  ["an encoded surrogate", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), /not valid UTF-8/],
  ["UTF-16", Buffer.from('{"a":1}', "utf16le"), /not valid/],
  ["a member twice", '{"a":1,"a":2}', /same member twice/],
  ["a member twice, once escaped", '{"a":1,"\\u0061":2}', /same member twice/],
  ["a member twice, deep down", '[{"b":{"a":1,"c":[],"a":1}}]', /same member twice/],
  ["__proto__", '{"__proto__":{"admin":true}}', /__proto__/],
  ["__proto__, escaped", '{"\\u005f_proto__":1}', /__proto__/],
  ["constructor", '{"a":{"constructor":{"prototype":{}}}}', /constructor/],
  ["half a surrogate pair", '"\\ud800"', /surrogate/],
  ["half a surrogate pair in a name", '{"\\udc00":1}', /surrogate/],
  ["halves in the wrong order", '["\\udc00\\ud800"]', /surrogate/],
  ["NUL", '{"a":"x\\u0000"}', /NUL/],
  ["NUL in a name", '{"\\u0000":1}', /NUL/],
  ["2^53 + 1", "9007199254740993", /larger or more precise/],
  ["2^53", "[9007199254740992]", /larger or more precise/],
  ["-2^53 - 1", "-9007199254740993", /larger or more precise/],
  ["infinity by exponent", '{"a":1e400}', /larger or more precise/],
  ["zero by exponent", "1e-400", /larger or more precise/],
  ["a huge whole number", "1e300", /larger or more precise/],
  ["a fraction that would round to a whole number", "1.0000000000000000001", /larger or more precise/],
  ["33 levels", `${"[".repeat(33)}${"]".repeat(33)}`, /levels deep/],
  ["33 levels of objects", `${'{"a":'.repeat(33)}1${"}".repeat(33)}`, /levels deep/],
  ["100,000 levels, open", "[".repeat(100_000), /not valid JSON/],
];
for (const [name, text, reason] of refused) {
  test(`${name} is refused with the reason`, () => {
    assert.throws(
      () => parse(text),
      (error) => error instanceof RequestProblem && error.code === "malformed_json" && reason.test(error.message),
    );
  });
}

const accepted: readonly (readonly [string, string, unknown])[] = [
  ["the largest safe integer", "9007199254740991", Number.MAX_SAFE_INTEGER],
  ["a small exponent", "1.5e3", 1500],
  ["trailing zeros", "1.10000000000000000000", 1.1],
  ["seventeen digits that a double keeps", "0.30000000000000004", 0.30000000000000004],
  ["zero, written long", "0.00000000000000000000", 0],
  ["a surrogate pair", '"\\ud83d\\ude00"', "😀"],
  ["a colon, a brace and a quote in strings", '{"a:{":"\\":\\\\"}', { "a:{": '":\\' }],
  ["the same name in two objects", '[{"a":1},{"a":{"a":2}}]', [{ a: 1 }, { a: { a: 2 } }]],
  ["a member called toString", '{"toString":1}', { toString: 1 }],
  ["32 levels", `${"[".repeat(32)}${"]".repeat(32)}`, JSON.parse(`${"[".repeat(32)}${"]".repeat(32)}`)],
  ["brackets in strings, which are no levels", JSON.stringify("[".repeat(100)), "[".repeat(100)],
];
for (const [name, text, value] of accepted) {
  test(`${name} is accepted`, () => assert.deepEqual(parse(text), value));
}
