import type { Client } from "@souk/contract";
import type { Stream } from "@souk/event-store";
import type { Handlers } from "@souk/http";
import type { Clock, Instant } from "@souk/kernel";
import type { payments } from "@souk/payments/contract";
import type { Db } from "@souk/postgres";
import type { Saga, Sagas } from "@souk/saga";
import { afterSaleRoutes } from "./after-sale-routes.ts";
import { authenticateRoute } from "./authenticate-route.ts";
import { cartRoutes } from "./cart-routes.ts";
import { checkoutRoute } from "./checkout-route.ts";
import { claimRoutes } from "./claim-routes.ts";
import type { orders } from "./contract.ts";
import type { KnownRules } from "./db/pricing-rules.ts";
import type { CartLimits } from "./domain/cart.ts";
import type { Command, Event, State } from "./domain/order-state.ts";
import { orderRoutes } from "./order-routes.ts";
import type { OrderWatch } from "./order-watch.ts";
import { promotionRoutes } from "./promotion-routes.ts";
import { reconciliationRoutes } from "./reconciliation-routes.ts";
import type { Cancellation } from "./sagas/cancellation.ts";
import type { Checkout } from "./sagas/checkout.ts";
import type { ClaimPaying } from "./sagas/claim-paying.ts";
import type { Labelling } from "./sagas/labelling.ts";
import type { Refunding } from "./sagas/refunding.ts";
import type { TakingBack } from "./sagas/taking-back.ts";
import type { WritingOff } from "./sagas/writing-off.ts";
import type { Reconciler } from "./tasks/reconcile.ts";

export type RouteDeps = {
  readonly db: Db;
  readonly order: Stream<Command, State, Event>;
  readonly watch: OrderWatch;
  readonly sagas: Sagas;
  readonly checkout: Saga<Checkout>;
  readonly cancellation: Saga<Cancellation>;
  readonly labelling: Saga<Labelling>;
  readonly takingBack: Saga<TakingBack>;
  readonly refunding: Saga<Refunding>;
  readonly claimPaying: Saga<ClaimPaying>;
  readonly writingOff: Saga<WritingOff>;
  readonly rules: KnownRules;
  readonly cartLimits: CartLimits;
  readonly clock: Clock;
  readonly now: () => Instant;
  readonly newId: () => string;
  readonly newSecret: (bytes: number) => string;
  readonly reconciler: Reconciler;
  readonly inFlightSloMs: number;
  readonly payments: Client<typeof payments>;
};

export const routes = (deps: RouteDeps): Handlers<typeof orders> => ({
  ...cartRoutes(deps),
  ...promotionRoutes(deps),
  ...orderRoutes(deps),
  ...afterSaleRoutes(deps),
  ...claimRoutes(deps),
  ...reconciliationRoutes(deps),
  checkout: checkoutRoute(deps),
  authenticate: authenticateRoute(deps),
});
