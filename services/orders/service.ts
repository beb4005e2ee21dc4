import { inventory } from "@souk/inventory/contract";
import { payments } from "@souk/payments/contract";
import type { Tx } from "@souk/postgres";
import { products } from "@souk/products/contract";
import { defineService, env } from "@souk/service";
import { addressDigest, personalData, personKeys } from "@souk/service/personal-data";
import { shipping } from "@souk/shipping/contract";
import { users } from "@souk/users/contract";
import { orders } from "./contract.ts";
import { pricingRules } from "./db/pricing-rules.ts";
import type { Snapshot } from "./domain/order-state.ts";
import { guests as guestsOf } from "./guests.ts";
import { keeper } from "./keeper.ts";
import { orderStream } from "./order-stream.ts";
import { orderWatch } from "./order-watch.ts";
import { registerReconciliationGauges } from "./reconciliation-routes.ts";
import { routes } from "./routes.ts";
import { cancellation } from "./sagas/cancellation.ts";
import { capture } from "./sagas/capture.ts";
import { checkout } from "./sagas/checkout.ts";
import { claimPaying } from "./sagas/claim-paying.ts";
import { exchangeUndone } from "./sagas/exchange-undone.ts";
import { holdingBack } from "./sagas/holding-back.ts";
import { labelling } from "./sagas/labelling.ts";
import { refunding } from "./sagas/refunding.ts";
import { takingBack } from "./sagas/taking-back.ts";
import { writingOff } from "./sagas/writing-off.ts";
import { parcelDelivered, parcelDispatched, parcelLost, paymentRefunded } from "./subscriptions/after-sale.ts";
import {
  productChanged,
  profileChanged,
  promotionChanged,
  ratesChanged,
  stockChanged,
  taxRateChanged,
} from "./subscriptions/catalogue.ts";
import {
  authorizationExpired,
  authorizationVoided,
  disputeClosed,
  disputeOpened,
  holdBackUnpaid,
  paymentAuthenticated,
  paymentCaptured,
  takeForParcel,
} from "./subscriptions/payment.ts";
import { backorderFilled } from "./subscriptions/stock.ts";
import { cartSweeper } from "./tasks/abandon-carts.ts";
import { reconciler } from "./tasks/reconcile.ts";

const hourMs = 3_600_000;

export default defineService({
  contract: orders,
  config: {
    personalDataKey: env.secret("PERSONAL_DATA_KEY", {
      describe: "Wraps the keys under which personal data is sealed",
    }),
    addressKey: env.secret("ADDRESS_KEY", {
      describe: "Makes the digests by which addresses are found: the same in every service, and never changed",
    }),
    paymentWindowMs: env.duration("PAYMENT_WINDOW", {
      default: "15m",
      describe:
        "How long an order waits for its stock, and then for its payment, when nobody answers, before it is rejected",
    }),
    authenticationWindowMs: env.duration("AUTHENTICATION_WINDOW", {
      default: "15m",
      describe: "How long a shopper may take to answer their bank (3-D Secure) before the order is rejected",
    }),
    cartMaxLines: env.integer("CART_MAX_LINES", {
      default: 200,
      min: 1,
      max: 1_000,
      describe: "How many different things a shopper's cart may hold",
    }),
    cartMaxUnits: env.integer("CART_MAX_UNITS", {
      default: 1_000,
      min: 1,
      max: 10_000,
      describe: "How many of one thing a shopper's cart may hold: against hoarding",
    }),
    guestCartTtlMs: env.duration("GUEST_CART_TTL", {
      default: "30d",
      describe: "How long a guest's cart may lie untouched before it is abandoned",
    }),
    customerCartTtlMs: env.duration("CUSTOMER_CART_TTL", {
      default: "90d",
      describe: "The same for a customer's cart",
    }),
    cartSweepEveryMs: env.duration("CART_SWEEP_EVERY", {
      default: "10m",
      describe: "How often abandoned carts are looked for",
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
    products.events.promotionChanged,
    products.events.taxRateChanged,
    users.events.profileChanged,
    users.events.erasureRequested,
    users.events.exportRequested,
    inventory.events.stockChanged,
    inventory.events.backorderFilled,
    shipping.events.ratesChanged,
    shipping.events.dispatched,
    shipping.events.delivered,
    shipping.events.lost,
    payments.events.refunded,
    payments.events.authenticated,
    payments.events.partCaptured,
    payments.events.expired,
    payments.events.voided,
    payments.events.disputeOpened,
    payments.events.disputeClosed,
  ],

  wire: ({ config, clients, db, events, publish, sagas, clock, now, newId, newSecret, log, metrics }) => {
    const watch = orderWatch(clock);
    const rules = pricingRules(db, clock);
    const { guestCartTtlMs: guestTtlMs, customerCartTtlMs: customerTtlMs } = config;
    const sweepCarts = cartSweeper({ db, publish, clock, guestTtlMs, customerTtlMs });
    const onExchangeUndone = async (tx: Tx, { orderId: replacement, exchangeOf }: Snapshot, why: string) => {
      if (!exchangeOf) return;
      const data = { ...exchangeOf, refundId: newId(), why };
      await sagas.start(tx, exchangeUndoneSaga, `exchange undone:${replacement}`, data);
    };
    const orderType = orderStream({ publish, watch, metrics, onExchangeUndone });
    const order = events.of(orderType);
    const checkoutSaga = checkout({ ...clients, ...config, order, clock });
    const holdingBackSaga = holdingBack({ ...clients, order });
    const holdBack = holdBackUnpaid(sagas, holdingBackSaga);
    const cancellationSaga = cancellation({ ...clients, order, holdBack });
    const lapsing = { order, sagas, cancellation: cancellationSaga, holdBack };
    const claimPayingSaga = claimPaying(clients);
    const writingOffSaga = writingOff(clients);
    const labellingSaga = labelling({ ...clients, order });
    const takingBackSaga = takingBack(clients);
    const refundingSaga = refunding({ ...clients, order });
    const captureSaga = capture(clients);
    const take = takeForParcel(sagas, captureSaga);
    const exchangeUndoneSaga = exchangeUndone({ order, sagas, refunding: refundingSaga });
    const { reconcileEveryMs, reconcileGraceMs: graceMs, inFlightSloMs } = config;
    const reconciling = reconciler({ ...clients, db, clock, log, metrics, graceMs });
    const guests = guestsOf({ db, order, digest: addressDigest(config.addressKey) });
    const personal = personalData({
      ...{ db, clock, publish, events: orders.events, keys: personKeys(config.personalDataKey) },
      keeper: keeper({ db, order, type: orderType, guests }),
    });
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
        takingBack: takingBackSaga,
        refunding: refundingSaga,
        labelling: labellingSaga,
        claimPaying: claimPayingSaga,
        writingOff: writingOffSaga,
        rules,
        cartLimits: { lines: config.cartMaxLines, unitsPerLine: config.cartMaxUnits },
        clock,
        now,
        newId,
        newSecret,
        payments: clients.payments,
      }),
      on: {
        "products.product_changed.v1": productChanged,
        "inventory.stock_changed.v1": stockChanged,
        "inventory.backorder_filled.v1": backorderFilled(order),
        "products.promotion_changed.v1": promotionChanged(rules),
        "products.tax_rate_changed.v1": taxRateChanged(rules),
        "users.profile_changed.v1": profileChanged,
        "users.erasure_requested.v1": personal.erasureRequested,
        "users.export_requested.v1": personal.exportRequested,
        "shipping.rates_changed.v1": ratesChanged(rules),
        "shipping.dispatched.v1": parcelDispatched(order, take),
        "shipping.delivered.v1": parcelDelivered(order, take),
        "shipping.lost.v1": parcelLost(order),
        "payments.refunded.v1": paymentRefunded(order),
        "payments.authenticated.v1": paymentAuthenticated(sagas),
        "payments.part_captured.v1": paymentCaptured(order),
        "payments.expired.v1": authorizationExpired(lapsing),
        "payments.voided.v1": authorizationVoided(lapsing),
        "payments.dispute_opened.v1": disputeOpened(order),
        "payments.dispute_closed.v1": disputeClosed(order),
      },
      sagas: [
        checkoutSaga,
        cancellationSaga,
        holdingBackSaga,
        labellingSaga,
        takingBackSaga,
        refundingSaga,
        exchangeUndoneSaga,
        captureSaga,
        claimPayingSaga,
        writingOffSaga,
      ],
      tasks: [
        { name: "abandon carts", everyMs: config.cartSweepEveryMs, run: sweepCarts },
        { name: "reconcile orders", everyMs: reconcileEveryMs, run: reconciling.run },
        { name: "know guests", everyMs: hourMs, run: guests.catchUp },
        personal.finishErasures,
      ],
    };
  },
});
