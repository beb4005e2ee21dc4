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
      access: role("operator", "admin"),
      query: Body(Paging),
      returns: Page(
        Type.Object({
          paymentId: Type.Union([Id, Type.Null()]),
          orderId: Type.Union([Id, Type.Null()]),
          kind: OneOf("missing_here", "missing_at_provider", "amount_differs", "status_differs"),
          ours: Type.String(),
          theirs: Type.String(),
          foundAt: Timestamp,
        }),
      ),
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
