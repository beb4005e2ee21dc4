import { correction } from "./galois.ts";

/**
 * By version − 1, at correction level M, which survives the loss of 15 %: code words for correction in each block, and blocks
 * (ISO/IEC 18004, table 9).
 */
const wordsPerBlock = [
  10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
];
const blocks = [
  1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35,
  37, 38, 40, 43, 45, 47, 49,
];
const lastVersion = 40;

export const sizeOf = (version: number): number => version * 4 + 17;

/** Where the centres of the small squares are, in both directions (annex E). */
export function alignments(version: number): number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const last = sizeOf(version) - 7;
  const step = version === 32 ? 26 : Math.ceil((last - 6) / (2 * count - 2)) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, i) => last - step * (count - 2 - i))];
}

/** How many code words there is room for, beside everything that helps to find and read them. */
function capacity(version: number): number {
  const size = sizeOf(version);
  const squares = alignments(version).length;
  // Three corners with their margins and the format, the two dotted lines, the lone dark module.
  let modules = size ** 2 - 3 * 64 - 2 * (size - 16) - 31;
  // The squares, less those that would be in a corner; five modules of one that lies on a dotted line are counted there.
  if (squares > 0) modules -= (squares ** 2 - 3) * 25 - 2 * (squares - 2) * 5;
  if (version >= 7) modules -= 36;
  return Math.floor(modules / 8);
}

/**
 * A text as code words, in the order in which they are drawn, in the smallest version that holds it.
 * @throws RangeError when it is longer than 2,331 bytes
 */
export function codeWords(text: string): { version: number; words: number[] } {
  const bytes = new TextEncoder().encode(text);
  for (let version = 1; version <= lastVersion; version++) {
    const total = capacity(version);
    const perBlock = wordsPerBlock[version - 1] ?? 0;
    const count = blocks[version - 1] ?? 1;
    const room = total - perBlock * count;
    const lengthBits = version < 10 ? 8 : 16;
    if (4 + lengthBits + bytes.length * 8 > room * 8) continue;
    const words = interleaved(packed(bytes, lengthBits, room), { total, perBlock, count });
    return { version, words };
  }
  throw new RangeError(`${bytes.length} bytes do not fit into a QR code`);
}

/** Byte mode, the length, the bytes, the end, and filling up to `room`. */
function packed(bytes: Uint8Array, lengthBits: number, room: number): number[] {
  const binary = (value: number, bits: number) => value.toString(2).padStart(bits, "0");
  const byteMode = 0b0100;
  const text =
    binary(byteMode, 4) + binary(bytes.length, lengthBits) + Array.from(bytes, (byte) => binary(byte, 8)).join("");
  const ended = text + "0".repeat(Math.min(4, room * 8 - text.length));
  const whole = ended.padEnd(Math.ceil(ended.length / 8) * 8, "0");
  const words = (whole.match(/.{8}/g) ?? []).map((word) => Number.parseInt(word, 2));
  for (let filler = 0xec; words.length < room; filler ^= 0xec ^ 0x11) words.push(filler);
  return words;
}

/** In blocks of which each corrects its own, then the first word of each, the second of each: one stain hurts all of them a little. */
function interleaved(data: readonly number[], size: { total: number; perBlock: number; count: number }): number[] {
  const { total, perBlock, count } = size;
  const long = total % count;
  const shortLength = Math.floor(total / count) - perBlock;
  let taken = 0;
  const parts = Array.from({ length: count }, (_, block) => {
    const length = shortLength + (block < count - long ? 0 : 1);
    const words = data.slice(taken, taken + length);
    taken += length;
    return { words, checks: correction(words, perBlock) };
  });
  const column = (of: "words" | "checks", place: number) => parts.flatMap((part) => part[of][place] ?? []);
  return [
    ...Array.from({ length: shortLength + 1 }, (_, place) => column("words", place)).flat(),
    ...Array.from({ length: perBlock }, (_, place) => column("checks", place)).flat(),
  ];
}
