import type { Listed } from "./catalogue-index.ts";
import { stopWords, wordsIn } from "./words.ts";

/** How much a word says by where it stands, 1 to 15. */
const weightOf = { brand: 6, category: 6, sku: 5, option: 4, attribute: 3, description: 2 } as const;
/** In a short title each word says more: 14 alone, 12 of two, 11 of four. */
const inTitle = (words: number) => Math.round(8 + 6 / Math.sqrt(Math.max(1, words)));

/** What a product is found by, each word with its weight; one that stands in several places comes several times. */
export function* indexedWords(listed: Listed): Generator<readonly [string, number]> {
  const { title, description, brand = "", categories, attributes, variants } = listed;
  const titleWords = wordsIn(title);
  yield* weighed(titleWords, inTitle(titleWords.length));
  yield* weighed(wordsIn(brand), weightOf.brand);
  for (const { name } of categories) yield* weighed(wordsIn(name), weightOf.category);
  for (const value of Object.values(attributes)) yield* weighed(wordsIn(textOf(value)), weightOf.attribute);
  for (const variant of variants) {
    if (variant.title !== title) yield* weighed(wordsIn(variant.title), weightOf.option);
    for (const value of Object.values(variant.options)) yield* weighed(wordsIn(value), weightOf.option);
    // Numbers in SKUs are endless, and whoever knows one types the whole SKU, which is looked up.
    yield* weighed(
      wordsIn(variant.sku).filter(({ text }) => text.length > 2 && !/\p{N}/u.test(text)),
      weightOf.sku,
    );
  }
  yield* weighed(wordsIn(description), weightOf.description);
}

function* weighed(words: readonly { readonly text: string }[], weight: number): Generator<readonly [string, number]> {
  for (const { text } of words) if (!stopWords.has(text)) yield [text, weight];
}

/** Words are found, numbers and yes or no are not. */
const textOf = (value: unknown): string =>
  typeof value === "string"
    ? value
    : Array.isArray(value)
      ? value.filter((one) => typeof one === "string").join(" ")
      : "";
