import type { Output } from "@souk/contract";
import type { orders } from "@souk/orders/contract";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "./client.ts";
import { newestOrder, type Order } from "./newest-order.ts";
import type { SearchQuery } from "./search.ts";
import { recommendations, searchProducts, suggestions } from "./search.ts";

const minuteMs = 60_000;

export const productQuery = (idOrSlug: string) =>
  queryOptions({
    queryKey: ["product", idOrSlug],
    queryFn: ({ signal }) => api.products.byIdOrSlug({ params: { idOrSlug } }, { signal }),
    staleTime: 15_000,
  });

export const categoriesQuery = queryOptions({
  queryKey: ["categories"],
  queryFn: async ({ signal }) => (await api.products.categories({ query: { limit: 100 } }, { signal })).data,
  staleTime: 10 * minuteMs,
});

export const searchQuery = (search: SearchQuery) =>
  queryOptions({
    queryKey: ["search", search],
    queryFn: ({ signal }) => searchProducts(search, signal),
    placeholderData: keepPreviousData,
    staleTime: 15_000,
  });

export const suggestQuery = (q: string) =>
  queryOptions({
    queryKey: ["suggest", q],
    queryFn: ({ signal }) => suggestions(q, signal),
    placeholderData: keepPreviousData,
    staleTime: minuteMs,
    retry: false,
  });

export const orderQuery = (orderId: string) =>
  queryOptions({
    queryKey: ["order", orderId],
    queryFn: ({ signal }) => api.orders.byId({ params: { orderId } }, { signal }),
    staleTime: 5_000,
    structuralSharing: (known, given) => newestOrder(known as Order | undefined, given as Order), // as: nothing else is kept under this key
  });

export const ordersQuery = (page: number) =>
  queryOptions({
    queryKey: ["orders", page],
    queryFn: ({ signal }) => api.orders.list({ query: { page, limit: 10 } }, { signal }),
    placeholderData: keepPreviousData,
  });

export type Return = Output<typeof orders.endpoints.returnById.spec>;

export const returnsQuery = (page: number) =>
  queryOptions({
    queryKey: ["returns", page],
    queryFn: ({ signal }) => api.orders.returns({ query: { page, limit: 10 } }, { signal }),
    placeholderData: keepPreviousData,
  });

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => api.users.me({}, { signal }),
  staleTime: minuteMs,
});

export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: async ({ signal }) => (await api.users.sessions({}, { signal })).data,
});

/** What goes with products. Not worth an error: without it the page is whole. */
export const recommendationsQuery = (productIds: readonly string[]) =>
  queryOptions({
    queryKey: ["recommendations", ...productIds],
    queryFn: ({ signal }) => recommendations(productIds, signal),
    placeholderData: keepPreviousData,
    staleTime: 5 * minuteMs,
    retry: false,
  });
