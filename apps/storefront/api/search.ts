import type { Output } from "@souk/contract";
import type { products } from "@souk/products/contract";
import type { Currency } from "../state/preferences.ts";
import { api, offers } from "./client.ts";
import { send } from "./send.ts";

export type Product = Output<typeof products.endpoints.byIdOrSlug.spec>;
export type Variant = Product["variants"][number];
export type FacetValue = { readonly value: string; readonly name: string; readonly count: number };
/** By name; which there are is the shop's business: category and brand, perhaps options, price and availability. */
export type Facets = Readonly<Record<string, unknown>>;

export const sorts = ["relevance", "newest", "price", "-price", "bestselling"] as const;
export type Sort = (typeof sorts)[number];

export type SearchQuery = {
  readonly q?: string | undefined;
  readonly category?: string | undefined;
  readonly brand?: string | undefined;
  readonly minPrice?: number | undefined;
  readonly maxPrice?: number | undefined;
  readonly inStock?: boolean | undefined;
  readonly sort?: Sort | undefined;
  readonly page?: number | undefined;
  readonly limit?: number | undefined;
  readonly currency: Currency;
};

export type Found = {
  readonly data: readonly Product[];
  readonly pagination: {
    readonly page: number;
    readonly pages: number;
    readonly total: number;
    readonly limit: number;
  };
  readonly facets: Facets;
};

/** @throws Problem */
export async function searchProducts(query: SearchQuery, signal: AbortSignal): Promise<Found> {
  // as: one shape, whichever service answers
  return (await send("GET", "/v1/products", { query }, { signal })) as Found;
}

export type Suggestion = { readonly slug: string; readonly title: string; readonly category?: string };

/** What begins with what is typed; the first hits, where the shop has no suggestions of its own. */
export async function suggestions(q: string, currency: Currency, signal: AbortSignal): Promise<readonly Suggestion[]> {
  const { data } = await api.products.list({ query: { q, currency, limit: 6 } }, { signal });
  return data.map(({ slug, title, category }) => ({ slug, title, category }));
}

/** What is bought together with a product; nothing where the shop does not know. */
export const knowsRecommendations = offers("GET", "/v1/products/:id/recommendations");

const recommended = 4;

/** The products themselves, whether the shop answers with them or with their ids. */
export async function recommendations(productId: string, signal: AbortSignal): Promise<readonly Product[]> {
  const path = "/v1/products/:id/recommendations";
  const input = { params: { id: productId }, query: { limit: recommended } };
  // as: what a recommendation is called is read off below
  const { data } = (await send("GET", path, input, { signal })) as {
    data: readonly ({ readonly productId?: string; readonly id?: string } & Partial<Product>)[];
  };
  const found = await Promise.all(
    data.map(async (one) => {
      if (one.variants) return one as Product; // as: only a product has them
      const idOrSlug = one.productId ?? one.id;
      if (idOrSlug === undefined) return undefined;
      return api.products.byIdOrSlug({ params: { idOrSlug } }, { signal }).catch(() => undefined); // gone meanwhile
    }),
  );
  return found.filter((product) => product !== undefined);
}
