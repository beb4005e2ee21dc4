import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { delimiterOf, parseRecord } from "./csv.ts";
import { csvTable } from "./csv-table.ts";

test("quotes hold delimiters, line ends and doubled quotes", () => {
  assert.deepEqual(parseRecord('a,"b, ""c""\nd",,e ', ","), ["a", 'b, "c"\nd', "", "e"]);
});

test("a quote in the middle of a field is a character", () => {
  assert.deepEqual(parseRecord('5" pipe,x', ","), ['5" pipe', "x"]);
});

test("a field that ends in its quote is not finished, one that goes on after it is malformed", () => {
  assert.equal(parseRecord('a,"b', ","), "unfinished");
  assert.equal(parseRecord('a,"b"c', ","), "malformed");
});

test("what was written is read", () => {
  const field = fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", " ", ";", "é") });
  fc.assert(
    fc.property(fc.array(field, { minLength: 1 }), (fields) => {
      const text = fields.map((value) => `"${value.replaceAll('"', '""')}"`).join(",");
      assert.deepEqual(parseRecord(text, ","), fields);
    }),
  );
});

test("the header shows what separates fields", () => {
  assert.equal(delimiterOf("sku;title;price"), ";");
  assert.equal(delimiterOf("sku,title,price"), ",");
  assert.equal(delimiterOf("sku\ttitle\tprice"), "\t");
});

test("a quoted field as long as a line may be is given up, and what follows is read anew", async () => {
  const long = "x".repeat(200_000);
  const file = Buffer.from(`sku\n"${long}\n${long}\n${long}"\nb\n`);
  const rows = await Array.fromAsync(csvTable(Readable.from([file]), ["sku"], ["sku"], () => new Error("bad header")));
  assert.deepEqual(rows, [
    { number: 2, reason: "A quote is opened and never closed." },
    { number: 3, row: { sku: long } },
    { number: 4, row: { sku: `${long}"` } },
    { number: 5, row: { sku: "b" } },
  ]);
});
