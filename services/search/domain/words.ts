/** Letters that Unicode does not decompose into a base and a mark. */
const spelled: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  đ: "d",
  ð: "d",
  þ: "th",
  ł: "l",
  ı: "i",
};
const unspelled = /[ßæœøđðþłı]/g;
const plainAscii = /^[\0-\x7f]*$/;

/** As words are compared: lower case, without accents. `Café` → `cafe`. */
export function folded(text: string): string {
  const lower = text.toLowerCase();
  if (plainAscii.test(lower)) return lower;
  return lower
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(unspelled, (letter) => spelled[letter] ?? letter);
}

/** A word of a text, folded, and where it stands in it. */
export type Word = { readonly text: string; readonly start: number; readonly end: number };

// A number keeps its decimals, and "men's" is "men".
const word = /\p{N}+(?:[.,]\p{N}+)+|[\p{L}\p{M}\p{N}]+/gu;
const longest = 40;

/** The words of a text in order, with their places. */
export function wordsIn(text: string): Word[] {
  const words: Word[] = [];
  for (const match of text.matchAll(word)) {
    const [found] = match;
    const start = match.index;
    // The "s" of a possessive is no word.
    if (found.length === 1 && (found === "s" || found === "S") && start > 1) {
      const before = text[start - 1];
      if ((before === "'" || before === "’") && /\p{L}/u.test(text[start - 2] ?? "")) continue;
    }
    const plain = folded(found);
    if (plain.length > 0 && plain.length <= longest) words.push({ text: plain, start, end: start + found.length });
  }
  return words;
}

/** So frequent that they tell nothing apart. Left out of the index, and of a query that has other words too. */
export const stopWords: ReadonlySet<string> = new Set(
  (
    "a an and are as at be but by for from has in into is it its of on or our so that the their them they this to was what when which " +
    "with you your der die das den dem des ein eine einen einem einer und oder mit fur von vom zu zum zur im am auf aus bei ist nicht"
  ).split(" "),
);
