import {
  Body,
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
  signedIn,
  Text,
  Timestamp,
  Type,
} from "@souk/contract";
import { CartToken, Quantity } from "./carts.ts";

const Count = Type.Integer({ minimum: 0 });
const OrderId = Body({ orderId: Id });
const ReturnId = Body({ returnId: Id });
const staff = role("support", "operator", "admin");
const holderOrStaff = [holder, staff] as const;

const ReturnStatus = OneOf("requested", "approved", "rejected", "received", "refunded");
const Condition = OneOf("sellable", "damaged");
const Units = Body({ sku: Sku, quantity: Quantity });
const linesOf = <T extends Parameters<typeof Type.Array>[0]>(line: T) =>
  Type.Array(line, { minItems: 1, maxItems: 500 });

/** What of a line came back, or is to. */
export const returnedParts = {
  returnRequested: Type.Integer({ minimum: 0, description: "units that came back or are asked to" }),
  returnReceived: Type.Integer({ minimum: 0, description: "of those, units that came back" }),
  writtenOff: Type.Integer({ minimum: 0, description: "of those, units that cannot be sold again" }),
};

export const Refund = Type.Object({
  id: Id,
  orderId: Id,
  returnId: Type.Optional(Id),
  status: OneOf("granted", "executed", "failed"),
  amount: Price,
  reason: Type.String(),
  lines: Type.Array(Units, { description: "goods that are paid back and need not come back" }),
  why: Type.Optional(Type.String({ description: "of a failed one" })),
  grantedAt: Timestamp,
  executedAt: Type.Optional(Timestamp),
});
const RefundAnswer = Type.Object({ refund: Refund });

export const Return = Type.Object({
  id: Id,
  number: Type.String({ description: "for people: it is on the label" }),
  orderId: Id,
  orderNumber: Type.String(),
  status: ReturnStatus,
  lines: Type.Array(
    Type.Object({
      sku: Sku,
      title: Type.String(),
      quantity: Quantity,
      reason: Type.String(),
      received: Count,
      writtenOff: Count,
    }),
  ),
  value: Type.Object(
    { ...Price.properties },
    { description: "what the units that came back cost; 0 before they have" },
  ),
  refund: Type.Optional(Refund),
  exchange: Type.Optional(
    Type.Object({
      status: OneOf("waiting", "ordered", "given_up"),
      lines: Type.Array(Type.Object({ sku: Sku, title: Type.String(), quantity: Quantity })),
      cost: Price,
      orderId: Type.Optional(Id),
    }),
  ),
  why: Type.Optional(Type.String({ description: "of a rejected one" })),
  label: Type.Optional(
    Type.String({ description: "where its label can be printed, below the shop's address: soon after it is approved" }),
  ),
  trackingNumber: Type.Optional(Type.String({ description: "on the label" })),
  requestedAt: Timestamp,
});
const ReturnAnswer = Type.Object({ return: Return });

/** What has left and can never be taken, because the card has let go of the money. */
export const Claim = Type.Object({
  open: Type.Object({ ...Price.properties }, { description: "neither paid nor written off" }),
  paid: Type.Object({ ...Price.properties }, { description: "another way than by the card" }),
  writtenOff: Price,
});

export const afterSale = {
  requestReturn: post("/v1/orders/:orderId/returns", {
    summary: "Ask to send something back",
    description:
      "Of what was delivered and is not on its way back yet. Support approves or rejects it; the money comes back when the goods have. With " +
      "`exchange` other goods are sent instead, at the price of the day that they are asked for: as an order of their own when the goods " +
      "have come back, paid by what those cost; the difference is given back. They must not cost more.",
    access: holderOrStaff,
    idempotency: "required",
    params: OrderId,
    headers: CartToken,
    body: Body({
      lines: linesOf(Body({ sku: Sku, quantity: Quantity, reason: Text(200) })),
      exchange: Type.Optional(linesOf(Units)),
    }),
    returns: ReturnAnswer,
    status: 201,
  }),
  returns: get("/v1/returns", {
    summary: "List one's own returns, newest first",
    description: "Support, operators and administrators see everybody's.",
    access: [signedIn, staff],
    query: Body({ ...Paging, status: Type.Optional(ReturnStatus), orderId: Type.Optional(Id) }),
    returns: Page(Return),
  }),
  returnById: get("/v1/returns/:returnId", {
    summary: "Show a return",
    access: holderOrStaff,
    params: ReturnId,
    headers: CartToken,
    returns: Return,
  }),
  approveReturn: post("/v1/returns/:returnId/approve", {
    summary: "Let a customer send something back, with a label",
    access: staff,
    idempotency: "natural",
    params: ReturnId,
    returns: ReturnAnswer,
  }),
  rejectReturn: post("/v1/returns/:returnId/reject", {
    summary: "Refuse a return, before anything of it has come back",
    access: staff,
    idempotency: "natural",
    params: ReturnId,
    body: Body({ reason: Text(200) }),
    returns: ReturnAnswer,
  }),
  receiveReturn: post("/v1/returns/:returnId/receive", {
    summary: "Book what came back, line by line and as it came",
    description:
      "Puts what is sellable back on the shelf, writes off the rest, and gives the money back. It ends the return: what did not come can " +
      "be asked for anew. Telling it again changes nothing.",
    access: staff,
    idempotency: "natural",
    params: ReturnId,
    body: Body({ lines: linesOf(Body({ sku: Sku, quantity: Quantity, condition: Condition })) }),
    returns: ReturnAnswer,
  }),
  grantRefund: post("/v1/orders/:orderId/refunds", {
    summary: "Give some of an order's money back",
    description:
      "Either an `amount`, or `lines`: what those units cost, and they need not come back. Granted at once, and then executed: see its `status`. " +
      "Never more than was taken and is neither given back nor promised yet.",
    access: staff,
    idempotency: "required",
    params: OrderId,
    body: Body({ amount: Type.Optional(Price), lines: Type.Optional(linesOf(Units)), reason: Text(200) }),
    returns: RefundAnswer,
    status: 202,
  }),
  refunds: get("/v1/orders/:orderId/refunds", {
    summary: "List an order's refunds, oldest first",
    access: holderOrStaff,
    params: OrderId,
    headers: CartToken,
    returns: Type.Object({ data: Type.Array(Refund) }),
  }),
  retryRefund: post("/v1/orders/:orderId/refunds/:refundId/retry", {
    summary: "Try a failed refund again",
    access: staff,
    idempotency: "natural",
    params: Body({ orderId: Id, refundId: Id }),
    returns: RefundAnswer,
    status: 202,
  }),
  writeOffClaim: post("/v1/orders/:orderId/claim/write-off", {
    summary: "Give up what has left and can never be paid",
    description:
      "All of the order's `claim` that is still open: the card let go of the money after parcels had left. It is booked as a loss, is not " +
      "listed as a difference any more, and stands in the timeline of those who work here with who decided it and why.",
    access: role("operator", "admin"),
    idempotency: "required",
    params: OrderId,
    body: Body({ reason: Text(200) }),
    returns: Type.Object({ claim: Claim }),
    status: 202,
  }),
  recordClaimPayment: post("/v1/orders/:orderId/claim/payments", {
    summary: "Record that a claim was paid another way than by the card",
    description:
      "All of the order's `claim` that is still open, or a part of it: by transfer, in cash. It is booked in the ledger and stands in the " +
      "timeline of those who work here with who recorded it and `how` it was paid; a claim of which nothing is open is not listed as a difference " +
      "any more. What is given back of it is given back the same way, and not by a refund.",
    access: role("operator", "admin"),
    idempotency: "required",
    params: OrderId,
    body: Body({ amount: Price, how: Text(200) }),
    returns: Type.Object({ claim: Claim }),
    status: 202,
  }),
  addNote: post("/v1/orders/:orderId/notes", {
    summary: "Write a note on an order, for colleagues",
    description: "It is in the timeline of those who work here, and in nobody else's.",
    access: staff,
    idempotency: "required",
    params: OrderId,
    body: Body({ text: Text(2_000) }),
    returns: Type.Object({ noteId: Id, text: Type.String(), at: Timestamp }),
    status: 201,
  }),
} as const;

const ReturnFact = {
  orderId: Id,
  number: Type.String(),
  email: Type.String(),
  returnId: Id,
  returnNumber: Type.String(),
};
const ReturnLines = Type.Array(
  Type.Object({ sku: Type.String(), title: Type.String(), quantity: Type.Integer(), reason: Type.String() }),
);

export const afterSaleEvents = {
  restCancelled: event(
    "orders.rest_cancelled.v1",
    "Of an order of which something has left the rest is never sent, because the money for it was let go of. Its stock is for sale again.",
    Type.Object({
      orderId: Id,
      number: Type.String(),
      email: Type.String(),
      currency: Type.String(),
      lines: Type.Array(
        Type.Object({
          sku: Type.String(),
          title: Type.String(),
          quantity: Type.Integer(),
          amount: Type.Integer({ description: "what these units would have cost, in minor units" }),
        }),
      ),
      notCharged: Type.Integer({ description: "for the lines, with their part of shipping" }),
      charged: Type.Integer({ description: "taken for what has left" }),
    }),
  ),
  returnRequested: event(
    "orders.return_requested.v1",
    "A customer wants to send something back.",
    Type.Object({ ...ReturnFact, lines: ReturnLines }),
  ),
  returnApproved: event(
    "orders.return_approved.v1",
    "Something may be sent back; shipping makes its label.",
    Type.Object({ ...ReturnFact, lines: ReturnLines }),
  ),
  returnRejected: event(
    "orders.return_rejected.v1",
    "A return was refused.",
    Type.Object({ ...ReturnFact, why: Type.String() }),
  ),
  returnReceived: event(
    "orders.return_received.v1",
    "Something came back; `value` is what it cost, in minor units.",
    Type.Object({
      ...ReturnFact,
      currency: Type.String(),
      value: Type.Integer(),
      lines: Type.Array(Type.Object({ sku: Type.String(), quantity: Type.Integer(), condition: Condition })),
    }),
  ),
} as const;
