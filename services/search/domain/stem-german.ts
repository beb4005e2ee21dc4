/**
 * The stem of a German word: the Snowball algorithm ("German stemming algorithm", snowballstem.org), as PostgreSQL's `german` has it. It works
 * on words whose umlauts have lost their dots already, as the algorithm itself does at its end; "ue" for "ü" is the same letter.
 */
/** @param word folded: lower case, without accents, "ss" for "ß" */
export function stemGerman(word: string): string {
  if (word.length < 3 || !/^[a-z]+$/.test(word)) return word;
  // Between vowels these are consonants.
  const text = word
    .replace(/(?<=[aeiouy])([uy])(?=[aeiouy])/g, (letter) => letter.toUpperCase())
    .replace(/ae|oe|(?<!q)ue/g, (pair) => pair.charAt(0));
  const second = nextRegion(text, 0);
  const r1 = Math.max(3, second);
  const r2 = nextRegion(text, second);
  return derivation(comparison(inflection(text, r1), r1), r1, r2).toLowerCase();
}

function nextRegion(text: string, from: number): number {
  const found = /[aeiouy][^aeiouy]/.exec(text.slice(from));
  return found ? from + found.index + 2 : text.length;
}
const without = (text: string, suffix: string) => text.slice(0, -suffix.length);

function inflection(text: string, r1: number): string {
  const suffix = /(ern|em|er|en|es|e|s)$/.exec(text)?.[0];
  if (suffix === undefined || text.length - suffix.length < r1) return text;
  const rest = without(text, suffix);
  if (suffix === "em" && rest.endsWith("syst")) return text;
  if (suffix === "s") return /[bdfghklmnrt]$/.test(rest) ? rest : text;
  if (["en", "es", "e"].includes(suffix) && rest.endsWith("niss")) return rest.slice(0, -1);
  return rest;
}

function comparison(text: string, r1: number): string {
  const suffix = /(est|en|er|st)$/.exec(text)?.[0];
  if (suffix === undefined || text.length - suffix.length < r1) return text;
  const rest = without(text, suffix);
  return suffix !== "st" || (rest.length > 3 && /[bdfghklmnt]$/.test(rest)) ? rest : text;
}

function derivation(text: string, r1: number, r2: number): string {
  const suffix = /(keit|heit|lich|isch|end|ung|ig|ik)$/.exec(text)?.[0];
  if (suffix === undefined) return text;
  const rest = without(text, suffix);
  if (rest.length < r2) return text;
  const ending = (pattern: RegExp, region: number) => {
    const found = pattern.exec(rest)?.[0];
    return found !== undefined && rest.length - found.length >= region ? without(rest, found) : rest;
  };
  switch (suffix) {
    case "end":
    case "ung":
      return /[^e]ig$/.test(rest) ? ending(/ig$/, r2) : rest;
    case "ig":
    case "ik":
    case "isch":
      return rest.endsWith("e") ? text : rest;
    case "lich":
    case "heit":
      return ending(/(er|en)$/, r1);
    default:
      return ending(/(lich|ig)$/, r2);
  }
}
