import assert from "node:assert/strict";
import { test } from "node:test";
import { folded, wordsIn } from "./words.ts";

const texts = (text: string) => wordsIn(text).map((word) => word.text);

test("words are compared without case and accents, in every script", () => {
  assert.equal(folded("CRÈME Brûlée"), "creme brulee");
  assert.equal(folded("Straße Ægir Øre"), "strasse aegir ore");
  assert.deepEqual(texts("Tee-01/M, 22 cm × 1.5 kg"), ["tee", "01", "m", "22", "cm", "1.5", "kg"]);
  assert.deepEqual(texts("ティー ポット чай"), [
    "ティー".normalize("NFKD"),
    "ポット".normalize("NFKD").replace(/\p{M}/gu, ""),
    "чаи",
  ]);
});

test("the s of a possessive is no word", () => {
  assert.deepEqual(texts("men's and women’s size S"), ["men", "and", "women", "size", "s"]);
});

test("a word says where it stands", () => {
  const text = "Café crème";
  assert.deepEqual(
    wordsIn(text).map(({ start, end }) => text.slice(start, end)),
    ["Café", "crème"],
  );
});
