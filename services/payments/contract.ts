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
  action: Type.Optional(
    Type.Object(
      { redirectUrl: Type.Optional(Type.String({ description: "the provider's own page, when it has one" })) },
      { description: "while `requires_action`: what the shopper has to do" },
    ),
  ),
});

const Dispute = Type.Object({
  disputeId: Type.String({ description: "as the provider calls it" }),
  paymentId: Id,
  orderId: Id,
  status: OneOf("open", "won", "lost"),
  amount: Price,
  reason: Type.String({ description: "the provider's word, such as `fraudulent`" }),
  openedAt: Timestamp,
  closedAt: Type.Union([Timestamp, Type.Null()]),
});

/** What is kept for an order, for those who compare; amounts in minor units. */
const Kept = Type.Object({
  orderId: Id,
  status: PaymentStatus,
  captured: Type.Integer(),
  refunded: Type.Integer(),
  since: Timestamp,
});

/** Who may look into everybody's payments. */
const operators = [role("operator", "admin"), service("operator")] as const;
const difference = OneOf(
  "missing_here",
  "missing_at_provider",
  "amount_differs",
  "status_differs",
  "refund_differs",
  "dispute_differs",
);

/** What every event of a payment says; `captured` and `refunded` are the running totals in minor units. */
const PaymentFact = Type.Object({
  paymentId: Id,
  orderId: Id,
  currency: Currency,
  amount: Type.Integer({ description: "of this very fact, in minor units" }),
  captured: Type.Integer(),
  refunded: Type.Integer(),
});

const DisputeFact = Type.Object({
  paymentId: Id,
  orderId: Id,
  disputeId: Type.String(),
  amount: Type.Integer({ description: "in minor units" }),
  currency: Currency,
  reason: Type.String(),
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
    letGo: post("/v1/payments/:paymentId/let-go", {
      summary: "Have the simulator provider let go of what it reserves, as a bank may by itself",
      description: "It tells the shop by webhook, as any provider would. Refused when nothing is reserved.",
      access: role("operator", "admin"),
      idempotency: "natural",
      developmentOnly: true,
      params: Body({ paymentId: Id }),
      returns: Empty,
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
      summary: "Take what an order costs, in one conversation with the provider",
      description:
        "Ends `captured`; `authorized` where the shop captures parcel by parcel; or `requires_action` while the shopper's bank wants to " +
        "hear from the shopper, which `payments.authenticated.v1` ends.",
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
    byId: get("/internal/payments/by-id/:paymentId", {
      summary: "Show a payment",
      access: service("orders"),
      params: Body({ paymentId: Id }),
      returns: Payment,
    }),
    authenticate: post("/internal/payments/:orderId/authenticate", {
      summary: "Complete or fail the challenge that a payment waits for, or ask the provider how it went",
      description: "Once it has ended, asking again answers how: `captured`, `authorized` or `declined`.",
      access: service("orders"),
      idempotency: "natural",
      timeoutMs: 10_000,
      params: Body({ orderId: Id }),
      body: Body({ outcome: OneOf("succeed", "fail") }),
      returns: Payment,
    }),
    capture: post("/internal/payments/:orderId/captures", {
      summary: "Take a part of what was authorized for an order, for one parcel",
      description:
        "Once per `captureId`. When the parts add up to the whole, nothing is left reserved. Where a card allows a single capture, the " +
        "parts are taken together, with the last of them.",
      access: service("orders"),
      idempotency: "natural",
      timeoutMs: 10_000,
      params: Body({ orderId: Id }),
      body: Body({ captureId: Id, amount: Price }),
      returns: Payment,
    }),
    refund: post("/internal/payments/:orderId/refunds", {
      summary: "Refund a part of what was captured for an order",
      description:
        "Once per `refundId`, however often it is asked; as many parts as fit into what was captured. Answers with the running total " +
        "`refunded`. Refused for good with `payments.refund_too_large`; `payments.provider_unavailable` means: ask again with the same id.",
      access: service("orders"),
      idempotency: "natural",
      timeoutMs: 10_000,
      params: Body({ orderId: Id }),
      body: Body({ refundId: Id, amount: Price, reason: Text(200) }),
      returns: Payment,
    }),
    writeOff: post("/internal/payments/:orderId/write-offs", {
      summary: "Book as lost what was sent and can never be taken, because the card has let go of the money",
      description:
        "Once per `writeOffId`. Never more than was neither taken, paid another way, nor written off; refused while money is still reserved.",
      access: service("orders"),
      idempotency: "natural",
      params: Body({ orderId: Id }),
      body: Body({ writeOffId: Id, amount: Price, reason: Text(200) }),
      returns: Empty,
    }),
    bookClaimPayment: post("/internal/payments/:orderId/claim-payments", {
      summary: "Book what was paid another way of what was sent and can never be taken from the card",
      description:
        "Once per `claimPaymentId`. Never more than was neither taken, paid like this, nor written off; refused while money is still reserved.",
      access: service("orders"),
      idempotency: "natural",
      params: Body({ orderId: Id }),
      body: Body({ claimPaymentId: Id, amount: Price }),
      returns: Empty,
    }),
    reconciliation: get("/v1/payments/reconciliation", {
      summary: "List the differences between the ledger and the provider's book, as last compared",
      access: operators,
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
    disputes: get("/v1/payments/disputes", {
      summary: "List the payments that a cardholder disputes, newest first",
      access: operators,
      query: Body({ ...Paging, status: Type.Optional(OneOf("open", "won", "lost")) }),
      returns: Page(Dispute),
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
    refunded: event(
      "payments.refunded.v1",
      "Captured money was given back, wholly or in part.",
      Type.Object({
        ...PaymentFact.properties,
        refundId: Type.Optional(
          Type.String({
            format: "uuid",
            description: "the refund that orders asked for; none when it was a reversal or somebody else's",
          }),
        ),
      }),
    ),
    voided: event(
      "payments.voided.v1",
      "An authorization was let go, or a payment that never was is now barred.",
      Type.Object({
        ...PaymentFact.properties,
        asked: Type.Optional(
          Type.Literal(true, { description: "the shop let go of it; without it the provider did, by itself" }),
        ),
      }),
    ),
    authenticated: event(
      "payments.authenticated.v1",
      "A shopper's challenge has ended; `status` says how.",
      Type.Object({
        paymentId: Id,
        orderId: Id,
        status: OneOf("authorized", "captured", "declined"),
        reason: Type.Optional(Type.String()),
      }),
    ),
    partCaptured: event(
      "payments.part_captured.v1",
      "Money that was authorized for an order was taken, for a parcel. `payments.captured.v1` tells of it too.",
      PaymentFact,
    ),
    expired: event(
      "payments.expired.v1",
      "An authorization lapsed at the provider before all of it was captured.",
      PaymentFact,
    ),
    disputeOpened: event(
      "payments.dispute_opened.v1",
      "A cardholder disputes a payment; the provider has taken the money back for now.",
      DisputeFact,
    ),
    disputeClosed: event(
      "payments.dispute_closed.v1",
      "A dispute was won, and the money is back, or lost.",
      Type.Object({ ...DisputeFact.properties, outcome: OneOf("won", "lost") }),
    ),
  },
});
