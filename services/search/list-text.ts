import { type Serialise, serialiser } from "@souk/http";
import { search } from "./contract.ts";
import type { Facets } from "./domain/facets.ts";
import type { Correction } from "./domain/query.ts";

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
  /** JSON of each hit, in order. */
  readonly hits: readonly string[];
  readonly pagination: unknown;
  readonly links: unknown;
  readonly facets: Facets;
  readonly corrections: readonly Correction[];
};

/** The JSON of an answer to a search. */
export function listText({ hits, pagination, links, facets, corrections }: List): string {
  const corrected = corrections.length > 0 ? `,"corrections":${write.corrections(corrections)}` : "";
  return `{"data":[${hits.join(",")}],"pagination":${write.pagination(pagination)},"_links":${write.links(links)},"facets":${facetsText(facets)}${corrected}}`;
}

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
