import { inventory } from "@souk/inventory/contract";
import { payments } from "@souk/payments/contract";
import { products } from "@souk/products/contract";
import { defineService, env } from "@souk/service";
import { shipping } from "@souk/shipping/contract";
import { orders } from "./contract.ts";
import { orderStream } from "./order-stream.ts";
import { orderWatch } from "./order-watch.ts";
import { routes } from "./routes.ts";
import { cancellation } from "./sagas/cancellation.ts";
import { checkout } from "./sagas/checkout.ts";
import { parcelDelivered, parcelDispatched, paymentRefunded } from "./subscriptions/after-sale.ts";
import { productChanged, ratesChanged, stockChanged } from "./subscriptions/catalogue.ts";

export default defineService({
  contract: orders,
  config: {
    paymentWindowMs: env.duration("PAYMENT_WINDOW", {
      default: "15m",
      describe:
        "How long an order waits for its stock, and then for its payment, when nobody answers, before it is rejected",
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

  wire: ({ config, clients, db, events, publish, sagas, clock, now, newId, newSecret, metrics }) => {
    const watch = orderWatch(clock);
    const order = events.of(orderStream({ publish, watch, metrics }));
    const checkoutSaga = checkout({ ...clients, ...config, order });
    const cancellationSaga = cancellation({ ...clients, order });
    return {
      routes: routes({
        db,
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
    };
  },
});
