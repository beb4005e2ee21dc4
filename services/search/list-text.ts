import { etagOf, type Serialise, serialiser, Written } from "@souk/http";
import { search } from "./contract.ts";
import type { CatalogueIndex } from "./domain/catalogue-index.ts";
import type { Facets } from "./domain/facets.ts";
import type { Highlight, Highlighter } from "./domain/highlight.ts";
import type { Correction } from "./domain/query.ts";
import type { ShownProduct } from "./shown-product.ts";

const { pagination, _links, facets, corrections } = search.endpoints.list.spec.returns.properties;
const write = {
  pagination: serialiser(pagination),
  links: serialiser(_links),
  corrections: serialiser(corrections),
  category: remembered(serialiser(facets.properties.category)),
  brand: remembered(serialiser(facets.properties.brand)),
  price: remembered(serialiser(facets.properties.price)),
  options: remembered(serialiser(facets.properties.options)),
  availability: remembered(serialiser(facets.properties.availability)),
};

type List = {
  /** In order. */
  readonly hits: readonly ShownHit[];
  readonly index: CatalogueIndex;
  readonly highlighter: Highlighter;
  /** What was looked for in the texts. */
  readonly terms: ReadonlySet<number>;
  readonly currency: string;
  readonly pagination: unknown;
  readonly links: unknown;
  readonly facets: Facets;
  readonly corrections: readonly Correction[];
};

/** A product and its number in the index; undefined when it is there no more. */
export type ShownHit = { readonly product: ShownProduct; readonly number: number | undefined };
/** A hit: how much of the bytes that its product has ready, and what comes behind them. */
type HitText = { readonly bytes: Buffer; readonly length: number; readonly tail: string };

const begin = '{"data":[';
/** In UTF-8, of a UTF-16 unit. */
const mostBytes = 3;

/** The answer to a search, of pieces that are mostly written already. */
export function listText(list: List): Written {
  const { hits, pagination, links, facets, corrections } = list;
  const corrected = corrections.length > 0 ? `,"corrections":${write.corrections(corrections)}` : "";
  const rest =
    `],"pagination":${write.pagination(pagination)},"_links":${write.links(links)},` +
    `"facets":${facetsText(facets)}${corrected}}`;
  const texts: HitText[] = [];
  let most = begin.length + rest.length * mostBytes;
  let told = rest;
  for (const [i, hit] of hits.entries()) {
    const text = hitText(list, hit, i === hits.length - 1);
    texts.push(text);
    most += text.length + text.tail.length * mostBytes;
    told += hit.product.tag + text.tail;
  }
  return new Written(joined(texts, rest, most), etagOf(told));
}

function joined(hits: readonly HitText[], rest: string, most: number): Buffer {
  const text = Buffer.allocUnsafeSlow(most); // Node's pool is for small ones
  let at = text.write(begin, 0);
  for (const { bytes, length, tail } of hits) {
    at += bytes.copy(text, at, 0, length);
    at += text.write(tail, at);
  }
  at += text.write(rest, at);
  return text.subarray(0, at);
}

function hitText(
  { index, highlighter, terms, currency }: List,
  { product, number }: ShownHit,
  isLast: boolean,
): HitText {
  const bytes = product.textWith(index, number);
  const range = product.rangeIn(currency);
  const found = terms.size > 0 ? highlighter.of(product, terms) : [];
  const highlights = found.length > 0 ? `,"highlights":[${found.map(highlightText).join()}]` : "";
  const tail = `${range?.json ?? ""}${highlights}${isLast ? "}" : "},"}`;
  return { bytes, length: range?.from ?? bytes.length, tail };
}

const highlightText = ({ field, text, ranges }: Highlight): string =>
  `{"field":"${field}","text":${JSON.stringify(text)},"ranges":${JSON.stringify(ranges)}}`;

const facetsText = ({ category, brand, price, options, availability }: Facets): string =>
  `{"category":${write.category(category)},"brand":${write.brand(brand)},"price":${write.price(price)},` +
  `"options":${write.options(options)},"availability":${write.availability(availability)}}`;

/** What is frozen is the same in many answers (`FacetCounts`), and then the same text. */
function remembered(serialise: Serialise): (value: object) => string {
  const known = new WeakMap<object, string>();
  return (value) => {
    if (!Object.isFrozen(value)) return serialise(value);
    const before = known.get(value);
    if (before !== undefined) return before;
    const text = inOnePiece(serialise(value));
    known.set(value, text);
    return text;
  };
}

/** V8 keeps what was joined as a tree of its parts, many times as large as the text. */
const inOnePiece = (text: string): string => Buffer.from(text).toString();
