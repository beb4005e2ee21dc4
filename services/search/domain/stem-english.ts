/**
 * The stem of an English word: Porter's second algorithm (M. Porter, "The English (Porter2) stemming algorithm", 2002), which PostgreSQL's
 * `english` uses too. Done here, because a query's words must not cost a question to the database.
 * `R1` is what follows the first consonant after a vowel, `R2` the same once more within R1.
 */
const vowel = /[aeiouy]/;
const irregular = new Map(
  Object.entries({
    ...{
      skis: "ski",
      skies: "sky",
      dying: "die",
      lying: "lie",
      tying: "tie",
      idly: "idl",
      gently: "gentl",
      ugly: "ugli",
    },
    ...{ early: "earli", only: "onli", singly: "singl", sky: "sky", news: "news", howe: "howe", atlas: "atlas" },
    ...{ cosmos: "cosmos", bias: "bias", andes: "andes" },
  }),
);
const keptAfterPlural = new Set(["inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed"]);
const longPrefix = /^(gener|commun|arsen)/;

/** Suffixes of step 2 and 3, longest first, and what takes their place within R1. */
const derived: readonly (readonly [string, string])[] = [
  ["ational", "ate"],
  ["fulness", "ful"],
  ["iveness", "ive"],
  ["ization", "ize"],
  ["ousness", "ous"],
  ["biliti", "ble"],
  ["lessli", "less"],
  ["tional", "tion"],
  ["alism", "al"],
  ["aliti", "al"],
  ["ation", "ate"],
  ["entli", "ent"],
  ["fulli", "ful"],
  ["iviti", "ive"],
  ["ousli", "ous"],
  ["abli", "able"],
  ["alli", "al"],
  ["anci", "ance"],
  ["ator", "ate"],
  ["enci", "ence"],
  ["izer", "ize"],
  ["bli", "ble"],
  ["ogi", "og"],
  ["li", ""],
];
const further: readonly (readonly [string, string])[] = [
  ["ational", "ate"],
  ["tional", "tion"],
  ["alize", "al"],
  ["ative", ""],
  ["icate", "ic"],
  ["iciti", "ic"],
  ["ical", "ic"],
  ["ness", ""],
  ["ful", ""],
];
const last = [
  ...["ement", "able", "ance", "ence", "ible", "ment", "ant", "ate", "ent", "ion", "ism", "iti", "ive", "ize", "ous"],
  ...["al", "er", "ic"],
];

/** @param word folded: lower case, without accents and apostrophes */
export function stemEnglish(word: string): string {
  if (word.length < 3 || !/^[a-z]+$/.test(word)) return word;
  const exception = irregular.get(word);
  if (exception !== undefined) return exception;
  // A "y" that is a consonant is written "Y".
  const text = singular(word.replace(/^y/, "Y").replace(/([aeiouy])y/g, "$1Y"));
  if (keptAfterPlural.has(text)) return text;
  const r1 = regionOne(text);
  const r2 = nextRegion(text, r1);
  const stem = verb(text, r1).replace(/(?<=.[^aeiouyY])[yY]$/, "i");
  return ended(shortened(described(derivation(stem, r1), r1, r2), r2), r1, r2).toLowerCase();
}

const regionOne = (text: string): number => longPrefix.exec(text)?.[0].length ?? nextRegion(text, 0);

function nextRegion(text: string, from: number): number {
  const found = /[aeiouy][^aeiouy]/.exec(text.slice(from));
  return found ? from + found.index + 2 : text.length;
}

/** Ends in a short syllable: a vowel between consonants, the last of which is none of w, x, Y; or is a vowel and a consonant alone. */
const endsShort = (text: string) => /(^[aeiouy][^aeiouy]|[^aeiouy][aeiouy][^aeiouywxY])$/.test(text);

function singular(text: string): string {
  if (text.endsWith("sses")) return text.slice(0, -2);
  if (text.endsWith("ied") || text.endsWith("ies")) return text.slice(0, text.length > 4 ? -2 : -1);
  if (text.endsWith("us") || text.endsWith("ss") || !text.endsWith("s")) return text;
  return vowel.test(text.slice(0, -2)) ? text.slice(0, -1) : text;
}

function verb(text: string, r1: number): string {
  const eed = /eed(ly)?$/.exec(text);
  if (eed) return eed.index >= r1 ? text.slice(0, eed.index + 2) : text;
  const ending = /(ed|edly|ing|ingly)$/.exec(text);
  if (!ending || !vowel.test(text.slice(0, ending.index))) return text;
  const rest = text.slice(0, ending.index);
  if (/(at|bl|iz)$/.test(rest)) return `${rest}e`;
  // "add" and "egg" stay what they are.
  if (/(bb|dd|ff|gg|mm|nn|pp|rr|tt)$/.test(rest)) return /^[aeo]..$/.test(rest) ? rest : rest.slice(0, -1);
  return r1 >= rest.length && endsShort(rest) ? `${rest}e` : rest;
}

function derivation(text: string, r1: number): string {
  const [suffix, replacement] = derived.find(([one]) => text.endsWith(one)) ?? [];
  if (suffix === undefined || text.length - suffix.length < r1) return text;
  const rest = text.slice(0, -suffix.length);
  if (suffix === "ogi" && !rest.endsWith("l")) return text;
  if (suffix === "li" && !/[cdeghkmnrt]$/.test(rest)) return text;
  return rest + replacement;
}

function described(text: string, r1: number, r2: number): string {
  const [suffix, replacement] = further.find(([one]) => text.endsWith(one)) ?? [];
  if (suffix === undefined || text.length - suffix.length < (suffix === "ative" ? r2 : r1)) return text;
  return text.slice(0, -suffix.length) + replacement;
}

function shortened(text: string, r2: number): string {
  const suffix = last.find((one) => text.endsWith(one));
  if (suffix === undefined || text.length - suffix.length < r2) return text;
  if (suffix === "ion" && !/[st]$/.test(text.slice(0, -3))) return text;
  return text.slice(0, -suffix.length);
}

function ended(text: string, r1: number, r2: number): string {
  const at = text.length - 1;
  if (text.endsWith("e") && (at >= r2 || (at >= r1 && !endsShort(text.slice(0, -1))))) return text.slice(0, -1);
  return text.endsWith("ll") && at >= r2 ? text.slice(0, -1) : text;
}
