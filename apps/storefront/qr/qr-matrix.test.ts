import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { alignments } from "./code-words.ts";
import { correction, power, times } from "./galois.ts";
import { type Matrix, masks, path, qrMatrix } from "./qr-matrix.ts";

const uri = "otpauth://totp/Souk:ada%40shopper.example?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Souk";

const isDark = (matrix: Matrix, x: number, y: number) => matrix[y]?.[x] === true;
const bit = (value: boolean) => (value ? 1 : 0);

/** Reads the format as a reader does: beside the corner above on the left. */
function maskOf(matrix: Matrix): number {
  const places = [
    ...[0, 1, 2, 3, 4, 5].map((y) => [8, y]),
    [8, 7],
    [8, 8],
    [7, 8],
    ...[5, 4, 3, 2, 1, 0].map((x) => [x, 8]),
  ];
  const bits = places.reduce((sum, [x = 0, y = 0], place) => sum | (bit(isDark(matrix, x, y)) << place), 0) ^ 0x5412;
  return (bits >>> 10) & 7;
}

/** Reads the text of a code with one block, without correcting anything: versions 1 to 3. */
function read(matrix: Matrix): string {
  const size = matrix.length;
  const flips = masks[maskOf(matrix)];
  const square = alignments((size - 17) / 4).at(-1) ?? Number.NEGATIVE_INFINITY;
  const inCorner = (x: number, y: number) => (x < 9 && y < 9) || (x < 9 && y >= size - 8) || (x >= size - 8 && y < 9);
  const inSquare = (x: number, y: number) => Math.abs(square - x) < 3 && Math.abs(square - y) < 3;
  let bits = "";
  for (const [x, y] of path(size))
    if (!inCorner(x, y) && !inSquare(x, y) && x !== 6 && y !== 6)
      bits += bit(isDark(matrix, x, y) !== (flips?.(x, y) ?? false));
  assert.equal(bits.slice(0, 4), "0100", "byte mode");
  const length = Number.parseInt(bits.slice(4, 12), 2);
  const bytes = Array.from({ length }, (_, i) => Number.parseInt(bits.slice(12 + i * 8, 20 + i * 8), 2));
  return new TextDecoder().decode(new Uint8Array(bytes));
}

test("what was written is read again, in the smallest code that holds it", () => {
  for (const [text, size] of [
    ["", 21],
    ["Souk", 21],
    ["a".repeat(14), 21],
    ["a".repeat(15), 25],
    ["Grüße vom Markt 🪔", 25],
    ["a".repeat(42), 29],
  ] as const) {
    const matrix = qrMatrix(text);
    assert.equal(matrix.length, size);
    assert.equal(read(matrix), text);
  }
});

test("its three corners are where readers look for them", () => {
  const matrix = qrMatrix(uri);
  const far = matrix.length - 7;
  const corner = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"];
  for (const [x, y] of [
    [0, 0],
    [far, 0],
    [0, far],
  ] as const)
    assert.deepEqual(
      corner.map((_, dy) => corner.map((_, dx) => bit(isDark(matrix, x + dx, y + dy))).join("")),
      corner,
    );
});

test("words with their correction are a multiple of the generator, so that readers see that nothing was lost", () => {
  const data = [...new TextEncoder().encode(uri)];
  const whole = [...data, ...correction(data, 18)];
  for (let root = 0; root < 18; root++)
    assert.equal(
      whole.reduce((sum, word) => times(sum, power(root)) ^ word, 0),
      0,
    );
});

// Read back with zbarimg, as were codes of 25 of the 40 versions.
test("a code is drawn as it was when another program read it", () => {
  const drawn = (matrix: Matrix) => matrix.map((row) => row.map(bit).join("")).join("\n");
  const print = (text: string) =>
    createHash("sha256")
      .update(drawn(qrMatrix(text)))
      .digest("hex")
      .slice(0, 16);
  assert.deepEqual([uri, "a".repeat(300), "a".repeat(1_000), "a".repeat(2_331)].map(print), [
    "172d0a9f2d33a8a8",
    "48dd11bfa68b09ee",
    "7c0c13614cd3fcf6",
    "233dc26632b8135d",
  ]);
});

test("what is too long for any code is refused", () => {
  assert.throws(() => qrMatrix("a".repeat(2_332)), RangeError);
});
