import assert from "node:assert/strict";
import { test } from "node:test";
import { Highlighter } from "./highlight.ts";
import { stemEnglish } from "./stem-english.ts";
import { Vocabulary } from "./vocabulary.ts";

const vocabulary = new Vocabulary(stemEnglish);
const terms = new Set(["lantern", "brass"].map((word) => vocabulary.add(word)));
const highlighter = new Highlighter(vocabulary);
const marked = (title: string, description = "") =>
  highlighter
    .of({ title, description }, terms)
    .map(({ field, text, ranges }) => [field, ranges.map(([start, end]) => text.slice(start, end))]);

test("a title shows the words that were looked for, as they stand there", () => {
  assert.deepEqual(marked("Pierced BRASS lanterns"), [["title", ["BRASS", "lanterns"]]]);
  assert.deepEqual(marked("Wool blanket"), []);
});

test("where the title has none of them, a piece of the description does", () => {
  assert.deepEqual(marked("Light", "A lantern."), [["description", ["lantern"]]]);
  const long = `${"Words before. ".repeat(30)}A brass thing ${"and words after ".repeat(30)}lantern`;
  const [{ text, ranges } = { text: "", ranges: [] }] = highlighter.of({ title: "", description: long }, terms);
  assert.ok(text.length <= 200 && text.includes("brass"));
  assert.deepEqual(
    ranges.map(([start, end]) => text.slice(start, end)),
    ["brass"],
  );
});

test("a product that is shown again says the same, and other words of it when others are looked for", () => {
  const lamp = { title: "Brass lamp", description: "" };
  const others = new Set([vocabulary.add("lamp")]);
  const again = new Highlighter(vocabulary);
  const shown = [terms, others, terms].map((wanted) => again.of(lamp, wanted)[0]?.ranges);
  assert.deepEqual(shown, [[[0, 5]], [[6, 10]], [[0, 5]]]);
});
