import {
  Body,
  Currency,
  defineContract,
  Email,
  event,
  get,
  holder,
  Id,
  OneOf,
  Page,
  Paging,
  Price,
  post,
  role,
  Sku,
  service,
  signedIn,
  Text,
  Timestamp,
  Type,
} from "@souk/contract";

import { personalDataEvents } from "@souk/contract/personal-data";

import { afterSale, afterSaleEvents, Claim, Refund, Return, returnedParts } from "./contract/after-sale.ts";
import { CartId, CartToken, carts, Quantity, ShippingMethod } from "./contract/carts.ts";
import { AbandonedCart, FactTotals, lineParts, ShippingPart, Totals } from "./contract/pricing.ts";

export { errors } from "./errors.ts";

const OrderId = Body({ orderId: Id });

const Address = Body({
  name: Text(120),
  line1: Text(200),
  line2: Type.Optional(Text(200)),
  city: Text(120),
  region: Type.Optional(Text(120)),
  postalCode: Text(20),
  country: Type.String({ pattern: "^[A-Z]{2}$", description: "ISO 3166-1 alpha-2" }),
});
export const Lifecycle = OneOf("pending", "confirmed", "completed", "rejected", "cancel_pending", "cancelled");
const Payment = OneOf(
  "none",
  "awaiting_provider",
  "requires_action",
  "authorized",
  "partially_captured",
  "captured",
  "partially_refunded",
  "refunded",
  "voided",
  "declined",
);
const Reason = OneOf(
  "out_of_stock",
  "stock_unanswered",
  "payment_declined",
  "payment_expired",
  "customer",
  "operator",
  "invalid",
);

/** What the shopper has to do before the order can go on. */
const NextAction = Type.Object(
  {
    type: OneOf("authenticate"),
    paymentId: Id,
    url: Type.String({ description: "POST here once the shopper has met the challenge; completes the simulator's" }),
    redirectUrl: Type.Optional(Type.String({ description: "the provider's own page for it, when it has one" })),
    expiresAt: Timestamp,
  },
  { description: "only while `payment` is `requires_action`" },
);

const OrderLine = Type.Object({
  sku: Sku,
  title: Type.String(),
  quantity: Quantity,
  unitPrice: Price,
  total: Price,
  ...lineParts,
  shipped: Type.Integer({ minimum: 0 }),
  delivered: Type.Integer({ minimum: 0 }),
  backordered: Type.Optional(
    Type.Integer({ minimum: 1, description: "of those not shipped, what has to come into stock first" }),
  ),
  cancelled: Type.Optional(
    Type.Integer({ minimum: 1, description: "of those not shipped, what is never sent, and was not paid" }),
  ),
  ...returnedParts,
});
const Order = Type.Object({
  id: Id,
  number: Type.String(),
  lifecycle: Lifecycle,
  payment: Payment,
  paymentId: Type.Optional(Id),
  nextAction: Type.Optional(NextAction),
  dispute: Type.Optional(OneOf("open", "won", "lost")),
  fulfilment: OneOf("none", "partial", "shipped", "delivered"),
  returns: OneOf("none", "requested", "partial", "returned"),
  reason: Type.Optional(Reason),
  email: Type.String(),
  shippingAddress: Address,
  billingAddress: Type.Optional(Address),
  shippingMethod: ShippingMethod,
  lines: Type.Array(OrderLine),
  shipping: ShippingPart,
  totals: Totals,
  refunded: Price,
  refunds: Type.Array(Refund),
  returnRequests: Type.Optional(Type.Array(Return, { description: "what was asked to be sent back, oldest first" })),
  exchangeOf: Type.Optional(
    Type.Object({ orderId: Id, returnId: Id }, { description: "the return that this order is sent for" }),
  ),
  claim: Type.Optional(Claim),
  timeline: Type.Array(Type.Object({ at: Timestamp, what: Type.String(), detail: Type.Optional(Type.String()) })),
  placedAt: Timestamp,
});
const OrderAnswer = Type.Object({ order: Order });

/** What others need of an order once it is theirs to act on. */
const OrderFact = Type.Object({
  orderId: Id,
  number: Type.String(),
  customerId: Type.Union([Id, Type.Null()]),
  email: Type.String(),
  currency: Currency,
  lines: Type.Array(
    Type.Object({
      sku: Type.String(),
      title: Type.String(),
      quantity: Type.Integer(),
      unitAmount: Type.Integer(),
      weightGrams: Type.Integer(),
    }),
  ),
  totals: FactTotals,
  shippingMethod: ShippingMethod,
  shippingAddress: Address,
  backordered: Type.Optional(
    Type.Array(Type.Object({ sku: Type.String(), quantity: Type.Integer() }), {
      description:
        "what of it is not in stock yet, and is not to be sent before `orders.backorder_filled.v1` tells that it has come",
    }),
  ),
});
/** What of an order has come into stock, for those who send it. */
const BackorderFact = Type.Object({
  orderId: Id,
  number: Type.String(),
  shippingMethod: ShippingMethod,
  lines: Type.Array(
    Type.Object({ sku: Type.String(), title: Type.String(), quantity: Type.Integer(), weightGrams: Type.Integer() }),
  ),
  outstanding: Type.Integer({ description: "units that it still waits for" }),
});
const OrderEnd = Type.Object({ orderId: Id, number: Type.String(), email: Type.String(), reason: Reason });

const difference = OneOf(
  "money_in_flight",
  "payment_without_order",
  "order_without_payment",
  "refund_owed",
  "amount_differs",
  "reservation_without_order",
  "order_without_stock",
  "claim_open",
);

export const orders = defineContract({
  name: "orders",
  endpoints: {
    ...carts,
    checkout: post("/v1/carts/:cartId/checkout", {
      summary: "Order what is in a cart",
      description:
        "Answers 202 as soon as the order is durable. With `Prefer: wait=10` it answers 201 when the order is confirmed, 422 when it is " +
        "rejected, and 202 when it is still being worked on, or at once when the shopper has to do something (`nextAction`).",
      access: holder,
      idempotency: "required",
      timeoutMs: 10_000,
      criticality: "critical",
      params: CartId,
      headers: Body(
        {
          "x-cart-token": Type.Optional(Type.String({ maxLength: 100 })),
          prefer: Type.Optional(Type.String({ maxLength: 200 })),
        },
        { additionalProperties: true },
      ),
      body: Body({
        email: Email,
        shippingAddress: Address,
        billingAddress: Type.Optional(Address),
        shippingMethod: ShippingMethod,
        paymentToken: Text(255),
        expectedTotal: Type.Optional(Price),
      }),
      returns: OrderAnswer,
      status: 202,
      also: { 201: OrderAnswer },
    }),
    authenticate: post("/v1/payments/:paymentId/authenticate", {
      summary: "Complete the challenge that a payment waits for (3-D Secure)",
      description:
        "For the shopper, with the same right as to the order. Once it has ended, asking again answers how it ended; after the time for " +
        "it, or when the order was given up, 409. At the simulator `outcome` is the shopper's answer to the bank; with another provider the " +
        "shopper answers there, and this asks how it went.",
      access: holder,
      idempotency: "natural",
      timeoutMs: 10_000,
      criticality: "critical",
      params: Body({ paymentId: Id }),
      headers: CartToken,
      body: Type.Optional(Body({ outcome: Type.Optional(OneOf("succeed", "fail")) })),
      returns: Type.Object({
        paymentId: Id,
        orderId: Id,
        status: OneOf("requires_action", "authorized", "captured", "declined"),
      }),
    }),
    list: get("/v1/orders", {
      summary: "List one's own orders, newest first",
      description: "Support, operators and administrators see everybody's.",
      access: [signedIn, role("support", "operator", "admin")],
      query: Body({
        ...Paging,
        lifecycle: Type.Optional(Lifecycle),
        number: Type.Optional(
          Type.String({ pattern: "^[0-9A-Za-z]{5}-?[0-9A-Za-z]{5}$", description: "as it is in letters, in any case" }),
        ),
      }),
      returns: Page(Order),
    }),
    byId: get("/v1/orders/:orderId", {
      summary: "Show an order",
      access: [holder, role("support", "operator", "admin")],
      params: OrderId,
      headers: CartToken,
      returns: Order,
    }),
    timeline: get("/v1/orders/:orderId/events", {
      summary: "Follow an order live",
      access: [holder, role("support", "operator", "admin")],
      params: OrderId,
      headers: CartToken,
      returns: Order,
      stream: true,
    }),
    cancel: post("/v1/orders/:orderId/cancel", {
      summary: "Cancel an order that has not been dispatched",
      access: [holder, role("support", "operator", "admin")],
      idempotency: "required",
      params: OrderId,
      headers: CartToken,
      body: Type.Optional(Body({ reason: Type.Optional(Text(200)) })),
      returns: OrderAnswer,
      status: 202,
    }),
    ...afterSale,
    reconciliation: get("/v1/orders/reconciliation", {
      summary: "List the orders whose payment or stock is not as it must be, until it is",
      description:
        "As last compared. Most are settled by themselves at the next comparison; those of orders that are not known here, and those " +
        "that nobody but a person can judge, stay. `money_in_flight`: taken, and its order neither confirmed nor given up yet. " +
        "`claim_open`: has left, and its money was let go of; it is gone when it is written off.",
      access: [role("operator", "admin"), service("operator")],
      query: Body(Paging),
      returns: Page(
        Type.Object({ orderId: Id, kind: difference, ours: Type.String(), theirs: Type.String(), foundAt: Timestamp }),
      ),
    }),
    settle: post("/v1/orders/:orderId/settle", {
      summary: "Settle what was listed of an order: give its money back, put its stock back, or sell it",
      description: "By the steps of the checkout and of the cancellation, which may be taken again and again.",
      access: [role("operator", "admin"), service("operator")],
      idempotency: "natural",
      timeoutMs: 10_000,
      params: OrderId,
      returns: Type.Object({
        settled: Type.Integer({ description: "differences that were listed and are settled now" }),
      }),
    }),
    inFlight: get("/internal/orders/in-flight", {
      summary:
        "Say how long money has been taken for an order that is not confirmed, or been owed, and how much differs",
      access: service("operator"),
      returns: Type.Object({
        oldestSeconds: Type.Number(),
        objectiveSeconds: Type.Number(),
        open: Type.Array(Type.Object({ kind: difference, count: Type.Integer() })),
      }),
    }),
    sales: get("/internal/sales", {
      summary: "Tell again what was sold, order by order, in the order of ids",
      description:
        "For projections that are built anew: every order that was confirmed and not cancelled since, with what was ordered and what of it was " +
        "cancelled as the rest. Orders that are confirmed or cancelled meanwhile are told by events.",
      access: service("search", "recommendations"),
      criticality: "sheddable",
      timeoutMs: 10_000,
      query: Body({
        after: Type.Optional(Id),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 1_000 })),
      }),
      returns: Type.Object({
        data: Type.Array(
          Type.Object({
            orderId: Id,
            at: Timestamp,
            lines: Type.Array(Type.Object({ sku: Type.String(), quantity: Type.Integer() })),
            cancelled: Type.Optional(Type.Array(Type.Object({ sku: Type.String(), quantity: Type.Integer() }))),
          }),
        ),
        next: Type.Union([Id, Type.Null()], { description: "where to go on; null at the end" }),
      }),
    }),
  },
  events: {
    placed: event(
      "orders.placed.v1",
      "A shopper ordered; nothing is reserved or paid yet.",
      Type.Object({ orderId: Id, number: Type.String(), currency: Currency, total: Type.Integer() }),
    ),
    confirmed: event("orders.confirmed.v1", "An order is reserved and paid: send it.", OrderFact),
    backorderFilled: event(
      "orders.backorder_filled.v1",
      "Some of what a confirmed order waited for has come into stock: send it.",
      BackorderFact,
    ),
    rejected: event("orders.rejected.v1", "An order could not be filled; whatever was taken was given back.", OrderEnd),
    cancelled: event(
      "orders.cancelled.v1",
      "An order was cancelled before dispatch; the money was given back.",
      OrderEnd,
    ),
    cartAbandoned: event(
      "orders.cart_abandoned.v1",
      "Nobody has touched a cart with something in it for too long; it cannot be ordered any more.",
      AbandonedCart,
    ),
    completed: event(
      "orders.completed.v1",
      "Everything of an order was delivered.",
      Type.Object({ orderId: Id, number: Type.String() }),
    ),
    ...afterSaleEvents,
    ...personalDataEvents("orders"),
  },
});
