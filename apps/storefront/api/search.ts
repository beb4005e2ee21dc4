import type { Output } from "@souk/contract";
import type { products } from "@souk/products/contract";
import type { search } from "@souk/search/contract";
import type { Currency } from "../state/preferences.ts";
import { api, offers } from "./client.ts";
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
