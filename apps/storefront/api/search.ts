import type { Output } from "@souk/contract";
import type { products } from "@souk/products/contract";
import type { search } from "@souk/search/contract";
import type { Currency } from "../state/preferences.ts";
import { api } from "./client.ts";
import { send } from "./send.ts";
import type { Sort } from "./sorts.ts";

export type Product = Output<typeof products.endpoints.byIdOrSlug.spec>;
export type Variant = Product["variants"][number];
type Answer = Output<typeof search.endpoints.list.spec>;
/** Which there are is the shop's business: while search is away there are fewer. */
export type Facets = Partial<Answer["facets"]>;

export type SearchQuery = {
  readonly q?: string | undefined;
  readonly category?: string | undefined;
  readonly brand?: string | undefined;
  /** `size:M` */
  readonly option?: readonly string[] | undefined;
  readonly minPrice?: number | undefined;
  readonly maxPrice?: number | undefined;
  readonly inStock?: boolean | undefined;
  readonly sort?: Sort | undefined;
  readonly page?: number | undefined;
  readonly limit?: number | undefined;
  readonly currency: Currency;
};

export type Found = Pick<Answer, "pagination" | "corrections" | "degraded"> & {
  readonly data: readonly Product[];
  readonly facets: Facets;
};

/** @throws Problem */
export async function searchProducts(query: SearchQuery, signal: AbortSignal): Promise<Found> {
  // as: one shape, whether search answers or the catalogue in its place
  return (await send("GET", "/v1/products", { query }, { signal })) as Found;
}

export type Suggestion = Output<typeof search.endpoints.suggest.spec>["data"][number];
const mostSuggestions = 7;

export const suggestions = async (q: string, signal: AbortSignal): Promise<readonly Suggestion[]> =>
  (await api.search.suggest({ query: { q, limit: mostSuggestions } }, { signal })).data;

/** A row of them, also when some stand on the page already. */
const recommended = 12;

/** What goes with several products, in the order in which they were looked at or put into the cart; without any what sells these days. */
export const recommendations = async (product: readonly string[], signal: AbortSignal): Promise<readonly Product[]> =>
  (await api.recommendations.forCart({ query: { product: [...product], limit: recommended } }, { signal })).data;
