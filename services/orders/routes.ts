import type { Stream } from "@souk/event-store";
import type { Handlers } from "@souk/http";
import type { Clock, Instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import type { Saga, Sagas } from "@souk/saga";
import { cartRoutes } from "./cart-routes.ts";
import { checkoutRoute } from "./checkout-route.ts";
import type { orders } from "./contract.ts";
import type { Command, Event, State } from "./domain/order.ts";
import { orderRoutes } from "./order-routes.ts";
import type { OrderWatch } from "./order-watch.ts";
import { reconciliationRoutes } from "./reconciliation-routes.ts";
import type { Cancellation } from "./sagas/cancellation.ts";
import type { Checkout } from "./sagas/checkout.ts";
import type { Reconciler } from "./tasks/reconcile.ts";

export type RouteDeps = {
  readonly db: Db;
  readonly order: Stream<Command, State, Event>;
  readonly watch: OrderWatch;
  readonly sagas: Sagas;
  readonly checkout: Saga<Checkout>;
  readonly cancellation: Saga<Cancellation>;
  readonly clock: Clock;
  readonly now: () => Instant;
  readonly newId: () => string;
  readonly newSecret: (bytes: number) => string;
  readonly reconciler: Reconciler;
  readonly inFlightSloMs: number;
};

export const routes = (deps: RouteDeps): Handlers<typeof orders> => ({
  ...cartRoutes(deps),
  ...orderRoutes(deps),
  ...reconciliationRoutes(deps),
  checkout: checkoutRoute(deps),
});
