import assert from "node:assert/strict";
import { test } from "node:test";
import { highlights } from "./highlight.ts";
import { stemEnglish } from "./stem-english.ts";
import { Vocabulary } from "./vocabulary.ts";

const vocabulary = new Vocabulary(stemEnglish);
const terms = new Set(["lantern", "brass"].map((word) => vocabulary.add(word)));
const marked = (title: string, description = "") =>
  highlights({ title, description }, terms, vocabulary).map(({ field, text, ranges }) => [
    field,
    ranges.map(([start, end]) => text.slice(start, end)),
  ]);

test("a title shows the words that were looked for, as they stand there", () => {
  assert.deepEqual(marked("Pierced BRASS lanterns"), [["title", ["BRASS", "lanterns"]]]);
  assert.deepEqual(marked("Wool blanket"), []);
});

test("where the title has none of them, a piece of the description does", () => {
  assert.deepEqual(marked("Light", "A lantern."), [["description", ["lantern"]]]);
  const long = `${"Words before. ".repeat(30)}A brass thing ${"and words after ".repeat(30)}lantern`;
  const [{ text, ranges } = { text: "", ranges: [] }] = highlights({ title: "", description: long }, terms, vocabulary);
  assert.ok(text.length <= 200 && text.includes("brass"));
  assert.deepEqual(
    ranges.map(([start, end]) => text.slice(start, end)),
    ["brass"],
  );
});
