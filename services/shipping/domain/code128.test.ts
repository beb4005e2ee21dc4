import assert from "node:assert/strict";
import { test } from "node:test";
import { code128 } from "./code128.ts";

test("a barcode is its start, its characters, their check sum and its stop", () => {
  // By hand: P is 48, J 42, 1 is 17, 2 is 18, 3 is 19, C 35; (104 + 48 + 2×42 + 3×42 + 4×17 + 5×18 + 6×19 + 7×35) mod 103 = 55.
  const symbols = ["211214", "313121", "112133", "112133", "123221", "223211", "221132", "131321", "311321", "2331112"];
  assert.equal(code128("PJJ123C").join(""), symbols.join(""));
});

test("every symbol is eleven modules wide and unlike every other, and the stop thirteen", () => {
  const all = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));
  const symbols = all.map((character) => code128(character).slice(6, 12).join(""));
  assert.equal(new Set(symbols).size, 95);
  for (const symbol of symbols)
    assert.equal(
      [...symbol].reduce((sum, width) => sum + Number(width), 0),
      11,
      symbol,
    );
  assert.equal(
    code128("A")
      .slice(-7)
      .reduce((sum, width) => sum + width, 0),
    13,
  );
});

test("what no barcode can hold is refused", () => {
  assert.throws(() => code128("ä"), RangeError);
});
