import { alignments, codeWords, sizeOf } from "./code-words.ts";

/** Rows of modules: true is dark. */
export type Matrix = readonly (readonly boolean[])[];
type Grid = { readonly dark: boolean[][]; readonly fixed: boolean[][]; readonly size: number };

/** A text as a QR code (ISO/IEC 18004): byte mode, correction level M. @throws RangeError when it is longer than 2,331 bytes */
export function qrMatrix(text: string): Matrix {
  const { version, words } = codeWords(text);
  const grid = emptyGrid(sizeOf(version));
  drawFixed(grid, version);
  drawWords(grid, words);
  let best: { readonly dark: Matrix; readonly penalty: number } | undefined;
  for (const [number, isFlipped] of masks.entries()) {
    const masked: Grid = { ...grid, dark: grid.dark.map((row) => [...row]) };
    for (let y = 0; y < grid.size; y++)
      for (let x = 0; x < grid.size; x++)
        if (!grid.fixed[y]?.[x] && isFlipped(x, y)) paint(masked, x, y, !masked.dark[y]?.[x]);
    drawFormat(masked, number);
    const penalty = penaltyOf(masked.dark);
    if (!best || penalty < best.penalty) best = { dark: masked.dark, penalty };
  }
  return best?.dark ?? [];
}

const emptyGrid = (size: number): Grid => {
  const rows = () => Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
  return { dark: rows(), fixed: rows(), size };
};

function paint({ dark, size }: Grid, x: number, y: number, isDark: boolean): void {
  const row = dark[y];
  if (row && x >= 0 && x < size) row[x] = isDark;
}
function fix(grid: Grid, x: number, y: number, isDark: boolean): void {
  paint(grid, x, y, isDark);
  const row = grid.fixed[y];
  if (row && x >= 0 && x < grid.size) row[x] = true;
}

/** What every code of this version has: by it readers find the code and its grid. */
function drawFixed(grid: Grid, version: number): void {
  const { size } = grid;
  for (let i = 0; i < size; i++) {
    fix(grid, 6, i, i % 2 === 0);
    fix(grid, i, 6, i % 2 === 0);
  }
  const far = size - 4;
  for (const [cx, cy] of [
    [3, 3],
    [far, 3],
    [3, far],
  ] as const)
    square(grid, { cx, cy, reach: 4 }, (ring) => ring !== 2 && ring !== 4);
  const places = alignments(version);
  const [first, last] = [6, places.at(-1)];
  for (const cx of places)
    for (const cy of places) {
      const isInCorner = (cx === first && (cy === first || cy === last)) || (cx === last && cy === first);
      if (!isInCorner) square(grid, { cx, cy, reach: 2 }, (ring) => ring !== 1);
    }
  drawFormat(grid, 0);
  if (version >= 7) drawVersion(grid, version);
}

type Square = { readonly cx: number; readonly cy: number; readonly reach: number };
/** Rings around a centre, of which some are dark. */
function square(grid: Grid, { cx, cy, reach }: Square, isDark: (ring: number) => boolean): void {
  for (let dy = -reach; dy <= reach; dy++)
    for (let dx = -reach; dx <= reach; dx++) fix(grid, cx + dx, cy + dy, isDark(Math.max(Math.abs(dx), Math.abs(dy))));
}

/** What is left of `value`, moved up by `degree` bits, divided by a polynomial over GF(2): a BCH code's check bits. */
function checkBits(value: number, degree: number, divisor: number): number {
  let rest = value << degree;
  for (let bit = 31 - degree; bit >= 0; bit--) if ((rest >>> (bit + degree)) & 1) rest ^= divisor << bit;
  return rest;
}
const bitOf = (value: number, bit: number): boolean => ((value >>> bit) & 1) === 1;

/** Level M and the mask, twice (7.9). */
function drawFormat(grid: Grid, mask: number): void {
  const { size } = grid;
  const levelM = 0;
  const data = (levelM << 3) | mask;
  const bits = ((data << 10) | checkBits(data, 10, 0x537)) ^ 0x5412;
  for (let i = 0; i <= 5; i++) fix(grid, 8, i, bitOf(bits, i));
  fix(grid, 8, 7, bitOf(bits, 6));
  fix(grid, 8, 8, bitOf(bits, 7));
  fix(grid, 7, 8, bitOf(bits, 8));
  for (let i = 9; i < 15; i++) fix(grid, 14 - i, 8, bitOf(bits, i));
  for (let i = 0; i < 8; i++) fix(grid, size - 1 - i, 8, bitOf(bits, i));
  for (let i = 8; i < 15; i++) fix(grid, 8, size - 15 + i, bitOf(bits, i));
  fix(grid, 8, size - 8, true);
}

/** Beside two corners (7.10). */
function drawVersion(grid: Grid, version: number): void {
  const bits = (version << 12) | checkBits(version, 12, 0x1f25);
  for (let i = 0; i < 18; i++) {
    const [near, far] = [Math.floor(i / 3), grid.size - 11 + (i % 3)];
    fix(grid, far, near, bitOf(bits, i));
    fix(grid, near, far, bitOf(bits, i));
  }
}

/** The modules that carry code words, in reading order: two columns at a time from the right, up and down in turns. */
export function* path(size: number): Generator<readonly [x: number, y: number]> {
  let isUp = true;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5; // the dotted line
    for (let i = 0; i < size; i++) {
      const y = isUp ? size - 1 - i : i;
      yield [right, y];
      yield [right - 1, y];
    }
    isUp = !isUp;
  }
}

function drawWords(grid: Grid, words: readonly number[]): void {
  let bit = 0;
  for (const [x, y] of path(grid.size)) {
    if (grid.fixed[y]?.[x]) continue;
    paint(grid, x, y, bitOf(words[bit >>> 3] ?? 0, 7 - (bit & 7)));
    bit++;
  }
}

/** Patterns of which one is laid over the code words, so that they look like nothing else (table 10). */
export const masks: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** How hard it is to read: long runs, blocks, what looks like a corner, and too much of either colour (7.8.3). */
function penaltyOf(dark: Matrix): number {
  const size = dark.length;
  const columns = dark.map((_, x) => dark.map((row) => row[x] ?? false));
  let penalty = 0;
  for (const line of [...dark, ...columns]) {
    const text = line.map((isDark) => (isDark ? "1" : "0")).join("");
    for (const [run] of text.matchAll(/0{5,}|1{5,}/g)) penalty += run.length - 2;
    penalty += 40 * [...text.matchAll(/(?=00001011101|10111010000)/g)].length;
  }
  for (let y = 0; y + 1 < size; y++)
    for (let x = 0; x + 1 < size; x++) {
      const colour = dark[y]?.[x];
      if (colour === dark[y]?.[x + 1] && colour === dark[y + 1]?.[x] && colour === dark[y + 1]?.[x + 1]) penalty += 3;
    }
  const share = dark.flat().filter(Boolean).length / size ** 2;
  return penalty + 10 * Math.floor(Math.abs(share * 100 - 50) / 5);
}
