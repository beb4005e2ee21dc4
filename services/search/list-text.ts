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
  /** In order, of that index. */
  readonly products: readonly ShownProduct[];
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

/** A hit: how much of the bytes that its product has ready, and what comes behind them. */
type HitText = { readonly bytes: Buffer; readonly length: number; readonly tail: string; readonly tailBytes: number };

const begin = '{"data":[';

/** The answer to a search, of pieces that are mostly written already. */
export function listText(list: List): Written {
  const { products, pagination, links, facets, corrections } = list;
  const corrected = corrections.length > 0 ? `,"corrections":${write.corrections(corrections)}` : "";
  const rest =
    `],"pagination":${write.pagination(pagination)},"_links":${write.links(links)},` +
    `"facets":${facetsText(facets)}${corrected}}`;
  const hits = products.map((product, i) => hitText(list, product, i === products.length - 1));
  let length = begin.length + Buffer.byteLength(rest);
  let told = rest;
  for (const [i, hit] of hits.entries()) {
    length += hit.length + hit.tailBytes;
    told += `${products[i]?.tag}${hit.tail}`;
  }
  return new Written(joined(hits, rest, length), etagOf(told));
}

function joined(hits: readonly HitText[], rest: string, length: number): Buffer {
  // Not of Node's pool, which is for small ones, and all of it is written.
  const text = Buffer.allocUnsafeSlow(length);
  let at = text.write(begin, 0);
  for (const hit of hits) {
    at += hit.bytes.copy(text, at, 0, hit.length);
    at += text.write(hit.tail, at);
  }
  text.write(rest, at);
  return text;
}

function hitText({ index, highlighter, terms, currency }: List, product: ShownProduct, isLast: boolean): HitText {
  const bytes = product.textWith(index, index.find(product.id));
  const range = product.rangeIn(currency);
  const found = terms.size > 0 ? highlighter.of(product, terms) : [];
  const end = isLast ? "}" : "},";
  if (range === undefined && found.length === 0)
    return { bytes, length: bytes.length, tail: end, tailBytes: end.length };
  const tail = `${range?.json ?? ""}${found.length > 0 ? `,"highlights":[${found.map(highlightText).join()}]` : ""}${end}`;
  return { bytes, length: range?.from ?? bytes.length, tail, tailBytes: Buffer.byteLength(tail) };
}

const highlightText = ({ field, text, ranges }: Highlight): string =>
  `{"field":"${field}","text":${JSON.stringify(text)},"ranges":${JSON.stringify(ranges)}}`;

const facetsText = ({ category, brand, price, options, availability }: Facets): string =>
  `{"category":${write.category(category)},"brand":${write.brand(brand)},"price":${write.price(price)},` +
  `"options":${write.options(options)},"availability":${write.availability(availability)}}`;

/** Facets of many hits are the same lists in many answers (`FacetCounts`), and then the same text. */
function remembered(serialise: Serialise): (value: object) => string {
  const known = new WeakMap<object, string>();
  return (value) => {
    const text = known.get(value) ?? serialise(value);
    known.set(value, text);
    return text;
  };
}
