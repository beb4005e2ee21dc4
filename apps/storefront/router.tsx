import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type SearchSchemaInput,
} from "@tanstack/react-router";
import { categoriesQuery, orderQuery, ordersQuery, productQuery, searchQuery } from "./api/queries.ts";
import { FailedPage } from "./components/failed.tsx";
import { Shell } from "./components/shell.tsx";
import { Home } from "./pages/home.tsx";
import { newQuery, presentsQuery } from "./pages/home-queries.ts";
import { NotFound } from "./pages/not-found.tsx";
import { pages } from "./pages.ts";
import { after, searchParams, text, toQuery } from "./search-params.ts";
import { part } from "./state/parts.ts";
import { currencyNow } from "./state/preferences.ts";

const root = createRootRouteWithContext<{ client: QueryClient }>()({
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: ({ error, reset }) => <FailedPage error={error} retry={reset} />,
});
const under = { getParentRoute: () => root };
const lazily = (load: () => Promise<{ readonly default: () => React.ReactNode }>) =>
  lazyRouteComponent(() => part(load));

/** As it stands in an address: a link need not say what is left out. */
type Raw = Readonly<Record<string, unknown>> & SearchSchemaInput;

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
  validateSearch: (raw: Raw) => searchParams(raw),
  loaderDeps: ({ search }) => search,
  loader: ({ context: { client }, deps }) => void client.prefetchQuery(searchQuery(toQuery(deps))),
  component: lazily(() => import("./pages/search.tsx")),
});
const category = createRoute({
  ...under,
  path: pages.category,
  validateSearch: (raw: Raw) => searchParams(raw),
  loaderDeps: ({ search }) => search,
  loader: ({ context: { client }, deps, params }) =>
    void client.prefetchQuery(searchQuery(toQuery({ ...deps, category: params.category }))),
  component: lazily(() => import("./pages/category.tsx")),
});
const product = createRoute({
  ...under,
  path: pages.product,
  validateSearch: (raw: Raw): { readonly v?: string } => {
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

const signIn = createRoute({
  ...under,
  path: pages.signIn,
  validateSearch: (raw: Raw) => after(raw),
  component: lazily(() => import("./pages/sign-in.tsx")),
});
const register = createRoute({
  ...under,
  path: pages.register,
  validateSearch: (raw: Raw) => after(raw),
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
  validateSearch: (raw: Raw): { readonly token?: string } => {
    const token = text(raw["token"]);
    return token === undefined ? {} : { token };
  },
  component: lazily(() => import("./pages/reset.tsx")),
});
const returns = createRoute({
  ...under,
  path: pages.accountReturns,
  component: lazily(() => import("./pages/account-returns.tsx")),
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
      returns,
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
