import {
  anyone,
  Body,
  Currency,
  defineContract,
  Empty,
  event,
  get,
  Id,
  OneOf,
  Page,
  Paging,
  Price,
  post,
  role,
  service,
  Text,
  Timestamp,
  Type,
} from "@souk/contract";

export { errors } from "./errors.ts";

export const PaymentStatus = OneOf(
  "pending",
  "requires_action",
  "authorized",
  "partially_captured",
  "captured",
  "partially_refunded",
  "refunded",
  "declined",
  "voided",
  "expired",
);

const Payment = Type.Object({
  paymentId: Id,
  orderId: Id,
  status: PaymentStatus,
  amount: Price,
  captured: Price,
  refunded: Price,
});

/** What is kept for an order, for those who compare; amounts in minor units. */
const Kept = Type.Object({
  orderId: Id,
  status: PaymentStatus,
  captured: Type.Integer(),
  refunded: Type.Integer(),
  since: Timestamp,
});
const difference = OneOf("missing_here", "missing_at_provider", "amount_differs", "status_differs");

/** What every event of a payment says; `captured` and `refunded` are the running totals in minor units. */
const PaymentFact = Type.Object({
  paymentId: Id,
  orderId: Id,
  currency: Currency,
  amount: Type.Integer({ description: "of this very fact, in minor units" }),
  captured: Type.Integer(),
  refunded: Type.Integer(),
});

export const payments = defineContract({
  name: "payments",
  endpoints: {
    tokenize: post("/v1/payment-tokens", {
      summary: "Exchange a test card for a token at the simulator provider",
      description: "In production the browser asks the provider itself: card numbers never reach Souk.",
      access: anyone,
      developmentOnly: true,
      body: Body({
        number: Type.String({ pattern: "^[0-9 ]{12,23}$" }),
        expMonth: Type.Integer({ minimum: 1, maximum: 12 }),
        expYear: Type.Integer({ minimum: 2000, maximum: 2100 }),
        cvc: Type.String({ pattern: "^[0-9]{3,4}$" }),
      }),
      returns: Type.Object({ token: Type.String(), last4: Type.String(), brand: Type.String() }),
      status: 201,
    }),
    webhook: post("/v1/webhooks/payments/:provider", {
      summary: "Take a provider's signed notification",
      access: anyone,
      params: Body({ provider: Text(32) }),
      upload: ["application/json"],
      bodyLimit: 65_536,
      timeoutMs: 5_000,
      returns: Empty,
      criticality: "critical",
    }),
    pay: post("/internal/payments", {
      summary: "Authorize and capture what an order costs, in one conversation with the provider",
      access: service("orders"),
      idempotency: "natural",
      timeoutMs: 10_000,
      criticality: "critical",
      body: Body({ orderId: Id, amount: Price, token: Text(255) }),
      returns: Payment,
    }),
    reverse: post("/internal/payments/:orderId/reverse", {
      summary: "Give back whatever was taken for an order, or make sure that nothing ever will be",
      access: service("orders"),
      idempotency: "natural",
      timeoutMs: 10_000,
      params: Body({ orderId: Id }),
      body: Body({ reason: Text(200) }),
      returns: Type.Object({ status: PaymentStatus, refunded: Price }),
    }),
    refund: post("/internal/payments/:orderId/refunds", {
      summary: "Refund a part of what was captured for an order",
      access: service("orders"),
      idempotency: "natural",
      timeoutMs: 10_000,
      params: Body({ orderId: Id }),
      body: Body({ refundId: Id, amount: Price, reason: Text(200) }),
      returns: Payment,
    }),
    reconciliation: get("/v1/payments/reconciliation", {
      summary: "List the differences between the ledger and the provider's book, as last compared",
      access: [role("operator", "admin"), service("operator")],
      query: Body(Paging),
      returns: Page(
        Type.Object({
          paymentId: Type.Union([Id, Type.Null()]),
          orderId: Type.Union([Id, Type.Null()]),
          kind: difference,
          ours: Type.String(),
          theirs: Type.String(),
          foundAt: Timestamp,
        }),
      ),
    }),
    kept: get("/internal/payments", {
      summary: "Page through what is kept for each order, in the order of their ids",
      description: "For comparing orders with payments. Orders that were barred are in it too, with nothing kept.",
      access: service("orders"),
      criticality: "sheddable",
      timeoutMs: 10_000,
      query: Body({
        after: Type.Optional(Id),
        upTo: Type.Optional(Id),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 500 })),
      }),
      returns: Type.Object({
        data: Type.Array(Kept),
        next: Type.Union([Id, Type.Null()], { description: "where to go on; null at the end" }),
      }),
    }),
    keptFor: post("/internal/payments/of-orders", {
      summary: "Say what is kept for some orders; one that was never paid is left out",
      access: service("orders"),
      idempotency: "natural",
      criticality: "sheddable",
      timeoutMs: 10_000,
      body: Body({ orderIds: Type.Array(Id, { maxItems: 1_000 }) }),
      returns: Type.Object({ data: Type.Array(Kept) }),
    }),
    inFlight: get("/internal/payments/in-flight", {
      summary: "Say how long money has been at the provider without being in our books, and how much differs",
      access: service("operator"),
      returns: Type.Object({
        oldestSeconds: Type.Number(),
        objectiveSeconds: Type.Number(),
        open: Type.Array(Type.Object({ kind: difference, count: Type.Integer() })),
      }),
    }),
  },
  events: {
    captured: event("payments.captured.v1", "Money for an order was captured.", PaymentFact),
    declined: event(
      "payments.declined.v1",
      "The provider refused to take money for an order.",
      Type.Object({ paymentId: Id, orderId: Id, reason: Type.String() }),
    ),
    refunded: event("payments.refunded.v1", "Captured money was given back, wholly or in part.", PaymentFact),
    voided: event(
      "payments.voided.v1",
      "An authorization was let go, or a payment that never was is now barred.",
      PaymentFact,
    ),
  },
});
