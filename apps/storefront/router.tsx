import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type SearchSchemaInput,
} from "@tanstack/react-router";
import { categoriesQuery, orderQuery, ordersQuery, productQuery, searchQuery } from "./api/queries.ts";
import { type Sort, sorts } from "./api/search.ts";
import { FailedPage } from "./components/failed.tsx";
import { Shell } from "./components/shell.tsx";
import { Home } from "./pages/home.tsx";
import { newQuery, presentsQuery } from "./pages/home-queries.ts";
import { NotFound } from "./pages/not-found.tsx";
import { pages } from "./pages.ts";
import { currencyNow } from "./state/preferences.ts";

/** What a shopper looks for, as it stands in the address. */
export type SearchParams = {
  readonly q?: string;
  readonly category?: string;
  readonly brand?: string;
  readonly option?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly stock?: boolean;
  readonly sort?: Sort;
  readonly page?: number;
};

const text = (value: unknown): string | undefined =>
  (typeof value === "string" || typeof value === "number") && value !== "" ? String(value).slice(0, 200) : undefined;
const whole = (value: unknown, least: number): number | undefined => {
  const number = Number(value);
  return value !== undefined && Number.isInteger(number) && number >= least ? number : undefined;
};

/** Addresses are typed by people too: what makes no sense is left out. */
function searchParams(raw: Readonly<Record<string, unknown>> & SearchSchemaInput): SearchParams {
  const { q, category, brand } = { q: text(raw["q"]), category: text(raw["category"]), brand: text(raw["brand"]) };
  const { min, max, page } = { min: whole(raw["min"], 0), max: whole(raw["max"], 1), page: whole(raw["page"], 2) };
  const option = [raw["option"]].flat().filter((one): one is string => typeof one === "string" && one.includes(":"));
  const sort = sorts.find((one) => one === raw["sort"]);
  const stock = raw["stock"] === true || raw["stock"] === "true";
  return {
    ...(q && { q }),
    ...(category && { category }),
    ...(brand && { brand }),
    ...(option.length > 0 && { option }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(stock && { stock }),
    ...(sort && { sort }),
    ...(page !== undefined && { page }),
  };
}

export const pageSize = 24;

export const toQuery = ({ min, max, stock, ...rest }: SearchParams) => ({
  ...rest,
  currency: currencyNow(),
  limit: pageSize,
  ...(min !== undefined && { minPrice: min * 100 }),
  ...(max !== undefined && { maxPrice: max * 100 }),
  ...(stock && { inStock: true }),
});

const root = createRootRouteWithContext<{ client: QueryClient }>()({
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: ({ error, reset }) => <FailedPage error={error} retry={reset} />,
});
const under = { getParentRoute: () => root };
const lazily = (load: () => Promise<{ readonly default: () => React.ReactNode }>) => lazyRouteComponent(load);

const home = createRoute({
  ...under,
  path: pages.home,
  component: Home,
  loader: ({ context: { client } }) => {
    const currency = currencyNow();
    void client.prefetchQuery(newQuery(currency));
    void client.prefetchQuery(categoriesQuery);
    void client.prefetchQuery(presentsQuery(currency));
  },
});
const search = createRoute({
  ...under,
  path: pages.search,
  validateSearch: searchParams,
  loaderDeps: ({ search }) => search,
  loader: ({ context: { client }, deps }) => void client.prefetchQuery(searchQuery(toQuery(deps))),
  component: lazily(() => import("./pages/search.tsx")),
});
const category = createRoute({
  ...under,
  path: pages.category,
  validateSearch: searchParams,
  loaderDeps: ({ search }) => search,
  loader: ({ context: { client }, deps, params }) =>
    void client.prefetchQuery(searchQuery(toQuery({ ...deps, category: params.category }))),
  component: lazily(() => import("./pages/category.tsx")),
});
const product = createRoute({
  ...under,
  path: pages.product,
  validateSearch: (raw: Readonly<Record<string, unknown>> & SearchSchemaInput): { readonly v?: string } => {
    const v = text(raw["v"]);
    return v === undefined ? {} : { v };
  },
  loader: ({ context: { client }, params }) => void client.prefetchQuery(productQuery(params.product)),
  component: lazily(() => import("./pages/product.tsx")),
});
const cart = createRoute({ ...under, path: pages.cart, component: lazily(() => import("./pages/cart.tsx")) });
const checkout = createRoute({
  ...under,
  path: pages.checkout,
  component: lazily(() => import("./pages/checkout.tsx")),
});
const order = createRoute({
  ...under,
  path: pages.order,
  loader: ({ context: { client }, params }) => void client.prefetchQuery(orderQuery(params.orderId)),
  component: lazily(() => import("./pages/order.tsx")),
});

type After = { readonly to?: string };
/** Only a path of this shop: a link must not lead elsewhere by way of signing in. */
const after = (raw: Readonly<Record<string, unknown>> & SearchSchemaInput): After => {
  const to = text(raw["to"]);
  return to?.startsWith("/") && !to.startsWith("//") && !to.includes("\\") ? { to } : {};
};
const signIn = createRoute({
  ...under,
  path: pages.signIn,
  validateSearch: after,
  component: lazily(() => import("./pages/sign-in.tsx")),
});
const register = createRoute({
  ...under,
  path: pages.register,
  validateSearch: after,
  component: lazily(() => import("./pages/register.tsx")),
});
const account = createRoute({
  ...under,
  path: pages.account,
  loader: ({ context: { client } }) => void client.prefetchQuery(ordersQuery(1)),
  component: lazily(() => import("./pages/account.tsx")),
});
const reset = createRoute({
  ...under,
  path: pages.reset,
  validateSearch: (raw: Readonly<Record<string, unknown>> & SearchSchemaInput): { readonly token?: string } => {
    const token = text(raw["token"]);
    return token === undefined ? {} : { token };
  },
  component: lazily(() => import("./pages/reset.tsx")),
});
const addresses = createRoute({
  ...under,
  path: pages.accountAddresses,
  component: lazily(() => import("./pages/account-addresses.tsx")),
});
const privacy = createRoute({
  ...under,
  path: pages.accountPrivacy,
  component: lazily(() => import("./pages/account-privacy.tsx")),
});
const security = createRoute({
  ...under,
  path: pages.accountSecurity,
  component: lazily(() => import("./pages/account-security.tsx")),
});

export const createShopRouter = (client: QueryClient) =>
  createRouter({
    routeTree: root.addChildren([
      home,
      search,
      category,
      product,
      cart,
      checkout,
      order,
      signIn,
      register,
      reset,
      account,
      addresses,
      security,
      privacy,
    ]),
    context: { client },
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
  });

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createShopRouter>;
  }
}
