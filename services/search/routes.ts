import { answer, type Handlers, page } from "@souk/http";
import type { Clock, Instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import type { Suggestion, search } from "./contract.ts";
import type { CatalogueIndex } from "./domain/catalogue-index.ts";
import type { Question } from "./domain/searcher.ts";
import { Suggester } from "./domain/suggest.ts";
import { errors } from "./errors.ts";
import type { CatalogueGenerations } from "./generations.ts";
import { listText, type ShownHit } from "./list-text.ts";
import type { Documents, Shown, ShownCatalogue } from "./shown-catalogue.ts";
import { synonymRoutes } from "./synonym-routes.ts";

export type RouteDeps = {
  readonly db: Db;
  readonly now: () => Instant;
  readonly clock: Clock;
  readonly catalogue: ShownCatalogue;
  readonly generations: CatalogueGenerations;
};
type Query = Parameters<Handlers<typeof search>["list"]>[0]["query"];

export const routes = (deps: RouteDeps): Handlers<typeof search> => {
  const { catalogue, clock, generations } = deps;
  const suggester = new Suggester();

  const shown = (): Shown => {
    const current = catalogue.current();
    if (!current) throw errors.NotBuilt({});
    return current;
  };

  return {
    async list({ query: { page: number = 1, limit = 20, ...filters } }) {
      const { searcher, documents } = shown();
      const { index } = searcher;
      const from = (number - 1) * limit;
      const found = searcher.search(questionOf(filters, from, from + limit), clock.monotonic());
      const { total, products, facets, corrections, terms } = found;
      const currency = filters.currency ?? facets.price.currency;
      const hits = await shownOf(documents, index, products);
      const { pagination, _links: links } = page({ items: [], total, page: number, limit }, "/v1/products", filters);
      const { highlighter } = searcher;
      return listText({ hits, index, highlighter, terms, currency, pagination, links, facets, corrections });
    },

    async suggest({ query: { q, limit = 8 } }) {
      const { searcher, documents } = shown();
      const { index } = searcher;
      const found = suggester.suggest(index, q, limit, (typed) => searcher.read(typed));
      const products = found.flatMap((one) => (one.kind === "product" ? [one.product] : []));
      const byId = new Map((await shownOf(documents, index, products)).map(({ product }) => [product.id, product]));
      return {
        data: found.flatMap((one): Suggestion[] => {
          if (one.kind !== "product") return [one];
          const product = byId.get(index.ids[one.product] ?? "");
          if (!product) return [];
          const { id, slug, title: text, image } = product;
          return [{ kind: one.kind, text, slug, id, ...(image !== undefined && { image }) }];
        }),
      };
    },

    ...synonymRoutes(deps),
    rebuild: async () => answer(202, await generations.begin()),
    build: generations.state,
  };
};

/** In the order asked for; what is gone meanwhile is left out. */
async function shownOf(
  documents: Documents,
  index: CatalogueIndex,
  numbers: readonly number[],
): Promise<readonly ShownHit[]> {
  const products = await documents.of(numbers.map((number) => index.ids[number] ?? ""));
  return products.flatMap((product, i) => {
    if (product === undefined) return [];
    const number = numbers[i] ?? 0;
    // It may have become another's while the product was read.
    return [{ product, number: index.ids[number] === product.id ? number : index.find(product.id) }];
  });
}

function questionOf(query: Omit<Query, "page" | "limit">, from: number, to: number): Question {
  const { q, category = [], brand = [], option = [], minPrice, maxPrice, currency, inStock } = query;
  const options = new Map<string, string[]>();
  for (const one of option) {
    const at = one.indexOf(":");
    const name = one.slice(0, at);
    options.set(name, [...(options.get(name) ?? []), one.slice(at + 1)]);
  }
  return {
    q,
    categories: category,
    brands: brand,
    options,
    minPrice,
    maxPrice,
    currency,
    inStock,
    sort: query.sort ?? (q === undefined ? "newest" : "relevance"),
    from,
    to,
  };
}
