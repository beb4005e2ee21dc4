import { inventory } from "@souk/inventory/contract";
import { payments } from "@souk/payments/contract";
import { products } from "@souk/products/contract";
import { defineService, env } from "@souk/service";
import { shipping } from "@souk/shipping/contract";
import { orders } from "./contract.ts";
import { orderStream } from "./order-stream.ts";
import { orderWatch } from "./order-watch.ts";
import { registerReconciliationGauges } from "./reconciliation-routes.ts";
import { routes } from "./routes.ts";
import { cancellation } from "./sagas/cancellation.ts";
import { checkout } from "./sagas/checkout.ts";
import { parcelDelivered, parcelDispatched, paymentRefunded } from "./subscriptions/after-sale.ts";
import { productChanged, ratesChanged, stockChanged } from "./subscriptions/catalogue.ts";
import { reconciler } from "./tasks/reconcile.ts";

export default defineService({
  contract: orders,
  config: {
    paymentWindowMs: env.duration("PAYMENT_WINDOW", {
      default: "15m",
      describe:
        "How long an order waits for its stock, and then for its payment, when nobody answers, before it is rejected",
    }),
    reconcileEveryMs: env.duration("RECONCILE_EVERY", {
      default: "10s",
      describe: "How often orders are compared with their payments and their stock",
    }),
    reconcileGraceMs: env.duration("RECONCILE_GRACE", {
      default: "30s",
      describe: "How long something may be on its way between two services' books before it is looked at",
    }),
    inFlightSloMs: env.duration("MONEY_IN_FLIGHT_SLO", {
      default: "5m",
      describe: "How long money may be taken before its order is confirmed, or be owed to somebody who gets it back",
    }),
  },
  calls: { inventory, payments, shipping },
  consumes: [
    products.events.changed,
    inventory.events.stockChanged,
    shipping.events.ratesChanged,
    shipping.events.dispatched,
    shipping.events.delivered,
    payments.events.refunded,
  ],

  wire: ({ config, clients, db, events, publish, sagas, clock, now, newId, newSecret, log, metrics }) => {
    const watch = orderWatch(clock);
    const order = events.of(orderStream({ publish, watch, metrics }));
    const checkoutSaga = checkout({ ...clients, ...config, order });
    const cancellationSaga = cancellation({ ...clients, order });
    const { reconcileEveryMs, reconcileGraceMs: graceMs, inFlightSloMs } = config;
    const reconciling = reconciler({ ...clients, db, clock, log, metrics, graceMs });
    registerReconciliationGauges(metrics, { db, clock, inFlightSloMs });
    return {
      routes: routes({
        db,
        reconciler: reconciling,
        inFlightSloMs,
        order,
        watch,
        sagas,
        checkout: checkoutSaga,
        cancellation: cancellationSaga,
        clock,
        now,
        newId,
        newSecret,
      }),
      on: {
        "products.product_changed.v1": productChanged,
        "inventory.stock_changed.v1": stockChanged,
        "shipping.rates_changed.v1": ratesChanged,
        "shipping.dispatched.v1": parcelDispatched(order),
        "shipping.delivered.v1": parcelDelivered(order),
        "payments.refunded.v1": paymentRefunded(order),
      },
      sagas: [checkoutSaga, cancellationSaga],
      tasks: [{ name: "reconcile orders", everyMs: reconcileEveryMs, run: reconciling.run }],
    };
  },
});
