import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { editDistance } from "./edit-distance.ts";
import { stemEnglish } from "./stem-english.ts";
import { Vocabulary } from "./vocabulary.ts";

const vocabularyOf = (...words: string[]) => {
  const vocabulary = new Vocabulary(stemEnglish);
  for (const word of words) vocabulary.add(word);
  return vocabulary;
};
const always = () => 1;

test("forms of a word are one term", () => {
  const vocabulary = vocabularyOf("lantern", "lanterns", "lamp");
  assert.equal(vocabulary.termOf("lanterns"), vocabulary.termOf("lantern"));
  assert.notEqual(vocabulary.termOf("lamp"), vocabulary.termOf("lantern"));
  assert.equal(vocabulary.terms, 2);
  assert.equal(vocabulary.termOf("lamps"), vocabulary.termOf("lamp"), "a form that no product has");
  assert.equal(vocabulary.termOf("spaceship"), undefined);
});

test("words are found by how they begin, also those that came later", () => {
  const vocabulary = vocabularyOf("tea", "teapot", "table", "vase");
  const begun = (prefix: string) => [...vocabulary.startingWith(prefix)].map(({ word }) => word);
  assert.deepEqual(begun("te"), ["tea", "teapot"]);
  for (let i = 0; i < 100; i++) vocabulary.add(`teak${i}`);
  vocabulary.add("teal");
  assert.equal(begun("tea").length, 103);
  assert.deepEqual(begun("teal"), ["teal"]);
  assert.deepEqual(begun("zz"), []);
});

test("a mistyped word is the nearest one, and of several the most frequent", () => {
  const vocabulary = vocabularyOf("lantern", "brass", "grass", "stoneware", "tea");
  const meant = (word: string, frequency: (term: number) => number = always) =>
    vocabulary.similar(word, frequency).map((one) => one.word);
  assert.deepEqual(meant("lantren"), ["lantern"]);
  assert.deepEqual(meant("lanten"), ["lantern"]);
  assert.deepEqual(meant("stonwear"), ["stoneware"]);
  const grass = vocabulary.termOf("grass");
  assert.deepEqual(
    meant("crass", (term) => (term === grass ? 9 : 1)),
    ["grass", "brass"],
  );
  assert.deepEqual(meant("tae"), [], "in a short word everything is near");
  assert.deepEqual(
    meant("lantren", () => 0),
    [],
    "what no product has is never meant",
  );
});

test("a distance is symmetric, zero for equals, and told up to its bound", () => {
  assert.deepEqual(
    [
      editDistance("abcd", "abdc", 2),
      editDistance("mug", "jug", 2),
      editDistance("kettle", "kettles", 2),
      editDistance("a", "xyz", 2),
    ],
    [1, 1, 1, 3],
  );
  const word = fc.string({ maxLength: 8, unit: fc.constantFrom("a", "b", "c") });
  fc.assert(
    fc.property(word, word, fc.nat(3), (a, b, most) => {
      const distance = editDistance(a, b, most);
      assert.equal(distance, editDistance(b, a, most));
      assert.equal(distance === 0, a === b);
      assert.equal(distance, Math.min(editDistance(a, b, 20), most + 1));
    }),
    { seed: 20_300_101 },
  );
});
