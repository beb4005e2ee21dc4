import { Body, defineContract, get, OneOf, Price, post, service, Text, Timestamp, Type } from "@souk/contract";

export const DeclineReason = OneOf(
  "card_declined",
  "insufficient_funds",
  "authentication_required",
  "invalid_token",
  "expired_card",
);

const Key = Type.String({
  minLength: 8,
  maxLength: 255,
  description: "names the request for ever: asked again, it answers the same",
});
export const Charge = Type.Object({
  chargeId: Type.String(),
  key: Key,
  reference: Type.String(),
  /** `authorized` stays while a part is left to capture; `succeeded`: nothing is. */
  status: OneOf("requires_action", "authorized", "succeeded", "declined", "voided", "expired"),
  declineReason: Type.Optional(DeclineReason),
  amount: Type.Integer(),
  currency: Type.String(),
  captured: Type.Integer(),
  refunded: Type.Integer(),
  dispute: Type.Optional(
    Type.Object({
      disputeId: Type.String(),
      status: OneOf("open", "won", "lost"),
      amount: Type.Integer(),
      reason: Type.String(),
    }),
  ),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});

const caller = service("payments");

/** A card provider of the kind that shops use, at the edge of the world: it knows nothing of orders but a reference. */
export const cardSimulator = defineContract({
  name: "card-simulator",
  endpoints: {
    tokenize: post("/internal/tokens", {
      summary: "Exchange a card for a token",
      access: caller,
      body: Body({
        number: Type.String({ maxLength: 23 }),
        expMonth: Type.Integer({ minimum: 1, maximum: 12 }),
        expYear: Type.Integer({ minimum: 2000, maximum: 2100 }),
        cvc: Type.String({ maxLength: 4 }),
      }),
      returns: Type.Object({ token: Type.String(), last4: Type.String(), brand: Type.String() }),
    }),
    charge: post("/internal/charges", {
      summary: "Take money from a card, or reserve it",
      access: caller,
      idempotency: "natural",
      timeoutMs: 10_000,
      criticality: "critical",
      body: Body({ key: Key, reference: Text(64), amount: Price, token: Text(255), capture: Type.Boolean() }),
      returns: Charge,
    }),
    find: get("/internal/charges/:key", {
      summary: "Say what became of a charge",
      access: caller,
      params: Body({ key: Key }),
      returns: Type.Object({ charge: Type.Union([Charge, Type.Null()]) }),
    }),
    authenticate: post("/internal/charges/:key/authenticate", {
      summary: "Answer the challenge that a charge waits for, as the cardholder would to the bank",
      access: caller,
      idempotency: "natural",
      params: Body({ key: Key }),
      body: Body({ outcome: OneOf("succeed", "fail") }),
      returns: Type.Object({ charge: Type.Union([Charge, Type.Null()]) }),
    }),
    capture: post("/internal/charges/:key/captures", {
      summary: "Take a part of what was reserved",
      access: caller,
      idempotency: "natural",
      params: Body({ key: Key }),
      body: Body({ captureKey: Key, amount: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }) }),
      returns: Type.Object({ charge: Type.Union([Charge, Type.Null()]) }),
    }),
    dispute: post("/internal/charges/:key/dispute", {
      summary: "Dispute a charge, or decide its dispute, as a cardholder and a bank would",
      access: service("operator"),
      idempotency: "natural",
      params: Body({ key: Key }),
      body: Body({ status: OneOf("open", "won", "lost"), reason: Type.Optional(Text(60)) }),
      returns: Type.Object({ charge: Type.Union([Charge, Type.Null()]) }),
    }),
    void: post("/internal/charges/:key/void", {
      summary: "Let go of what is reserved and not taken, as a bank may by itself",
      description:
        "Tells the merchant by webhook. Refused when nothing is reserved: what was taken can only be refunded.",
      access: service("payments", "operator"),
      idempotency: "natural",
      params: Body({ key: Key }),
      returns: Type.Object({ charge: Type.Union([Charge, Type.Null()]) }),
    }),
    giveBack: post("/internal/charges/:key/give-back", {
      summary: "Void or refund what is left of a charge, or bar one that has not been made; `amount` refunds a part",
      access: caller,
      idempotency: "natural",
      params: Body({ key: Key }),
      body: Body({ refundKey: Key, amount: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000 })) }),
      returns: Type.Object({ charge: Type.Union([Charge, Type.Null()]) }),
    }),
    book: get("/internal/book", {
      summary: "Page through every charge in the order of its last change",
      access: service("payments", "operator"),
      query: Body({
        after: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: Number.MAX_SAFE_INTEGER,
            default: 0,
            description: "the last page's `next`",
          }),
        ),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 500 })),
      }),
      returns: Type.Object({ charges: Type.Array(Charge), next: Type.Integer() }),
    }),
  },
  events: {},
});
