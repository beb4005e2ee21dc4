import endpoints from "virtual:endpoints";
import type { CallOptions, Contract, Endpoint, Input, Output } from "@souk/contract";
import type { gateway } from "@souk/gateway/contract";
import type { orders } from "@souk/orders/contract";
import type { payments } from "@souk/payments/contract";
import type { products } from "@souk/products/contract";
import type { recommendations } from "@souk/recommendations/contract";
import type { search } from "@souk/search/contract";
import type { shipping } from "@souk/shipping/contract";
import type { users } from "@souk/users/contract";
import { send } from "./send.ts";

type Services = {
  gateway: typeof gateway;
  users: typeof users;
  products: typeof products;
  search: typeof search;
  recommendations: typeof recommendations;
  orders: typeof orders;
  payments: typeof payments;
  shipping: typeof shipping;
};

/** A browser's headers are its own business, and tokens come from cookies. */
type BrowserInput<E extends Endpoint> = Omit<Input<E["spec"]>, "headers">;
export type BrowserOptions = Pick<CallOptions, "idempotencyKey" | "timeoutMs" | "signal"> & {
  /** Seconds to wait for the outcome. */
  readonly wait?: number;
};
type BrowserCall<E extends Endpoint> = (
  ...args: {} extends BrowserInput<E>
    ? [input?: BrowserInput<E>, options?: BrowserOptions]
    : [input: BrowserInput<E>, options?: BrowserOptions]
) => Promise<Output<E["spec"]>>;
type BrowserClient<C extends Contract> = { readonly [K in keyof C["endpoints"]]: BrowserCall<C["endpoints"][K]> };

/** Every service of the shop, as its contract promises it. @throws Problem */
export const api = Object.fromEntries(
  Object.entries(endpoints).map(([service, named]) => [
    service,
    Object.fromEntries(
      Object.entries(named).map(([name, [method, path]]) => [
        name,
        (input?: object, options?: BrowserOptions) => send(method, path, input, options),
      ]),
    ),
  ]),
) as unknown as { readonly [S in keyof Services]: BrowserClient<Services[S]> }; // as: the table is made of these contracts

const unnamed = (path: string) => path.replace(/:\w+/g, ":");
const known = new Map(
  Object.values(endpoints).flatMap((named) =>
    Object.values(named).map(([method, path]) => [`${method} ${unnamed(path)}`, path]),
  ),
);

/** Whether the shop that this page was built with has an endpoint: what it has not is not shown. */
export const offers = (method: string, path: string): boolean => known.has(`${method} ${unnamed(path)}`);
