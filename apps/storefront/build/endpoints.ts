import type { Contract, Endpoint } from "@souk/contract";
import { rulesOf } from "@souk/contract";
import { gateway } from "@souk/gateway/contract";
import { orders } from "@souk/orders/contract";
import { payments } from "@souk/payments/contract";
import { products } from "@souk/products/contract";
import { recommendations } from "@souk/recommendations/contract";
import { search } from "@souk/search/contract";
import { shipping } from "@souk/shipping/contract";
import { users } from "@souk/users/contract";
import type { Plugin } from "vite";

const contracts: readonly Contract[] = [
  ...[gateway, users, products, search, recommendations, orders, payments, shipping],
];

/** What a shopper may call; the rest is for the people behind the counter. */
const isForShoppers = (endpoint: Endpoint) =>
  !endpoint.path.startsWith("/internal/") &&
  endpoint.spec.produces === undefined &&
  rulesOf(endpoint).some(({ who }) => who === "anyone" || who === "signed-in" || who === "holder");

/** By service and name: the method and the path. Of the contracts a browser needs no more: their types are checked here. */
const endpoints = () =>
  Object.fromEntries(
    contracts.map(({ name, endpoints }) => [
      name,
      Object.fromEntries(
        Object.entries(endpoints)
          .filter(([, endpoint]) => isForShoppers(endpoint))
          .map(([key, { method, path }]) => [key, [method, path]]),
      ),
    ]),
  );

const id = "virtual:endpoints";

/** Puts the table of endpoints into the bundle in the place of the contracts, whose schemas weigh more than the whole shop. */
export const endpointsPlugin = (): Plugin => ({
  name: "souk-endpoints",
  resolveId: (source) => (source === id ? `\0${id}` : undefined),
  load: (resolved) => (resolved === `\0${id}` ? `export default ${JSON.stringify(endpoints())}` : undefined),
});
