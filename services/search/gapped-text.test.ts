import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GappedText } from "./gapped-text.ts";

const filled = (pieces: readonly string[], texts: readonly string[]) =>
  pieces.map((piece, i) => `${i === 0 ? "" : (texts[i - 1] ?? "")}${piece}`).join("");

test("a text says what its gaps were filled with last, in whatever order long and short follow each other", () => {
  const piece = fc.string({ unit: "grapheme", maxLength: 8 });
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 1, maxLength: 5 }),
      fc.array(fc.array(fc.nat(99_999).map(String), { minLength: 4, maxLength: 4 }), { maxLength: 6 }),
      (pieces, fillings) => {
        const text = new GappedText(pieces);
        assert.equal(text.bytes.toString(), pieces.join(""));
        for (const filling of fillings) {
          const texts = filling.slice(0, pieces.length - 1);
          text.fill(texts);
          assert.equal(text.bytes.toString(), filled(pieces, texts));
          assert.equal(text.tag, new GappedText([filled(pieces, texts)]).tag, "the same text has the same tag");
        }
      },
    ),
    { seed: 20_300_101, numRuns: 300 },
  );
});

test("another filling has another tag", () => {
  const text = new GappedText(["a", "b"]);
  const tags = ["1", "2", ""].map((filling) => {
    text.fill([filling]);
    return text.tag;
  });
  assert.equal(new Set(tags).size, 3);
});
