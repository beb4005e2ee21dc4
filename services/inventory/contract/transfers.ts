import { Body, get, Id, OneOf, Page, Paging, post, Sku, type Static, Text, Timestamp, Type } from "@souk/contract";
import { Count, Location, operators, Quantity } from "./stock.ts";

export const Transfer = Type.Object({
  id: Id,
  from: Location,
  to: Location,
  status: OneOf("in_transit", "received"),
  lines: Type.Array(
    Type.Object({
      sku: Sku,
      quantity: Quantity,
      received: Count,
      lost: Count,
      inTransit: Type.Integer({ minimum: 0, description: "quantity − received − lost" }),
    }),
  ),
  note: Type.Optional(Type.String()),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type Transfer = Static<typeof Transfer>;

const Lines = Type.Array(Body({ sku: Sku, quantity: Quantity }), { minItems: 1, maxItems: 500 });
const ById = Body({ transferId: Id });

/** Goods on their way from one place to another. */
export const transfers = {
  transfers: get("/v1/inventory-transfers", {
    summary: "List transfers between places, the latest first",
    access: operators,
    query: Body({ ...Paging, status: Type.Optional(OneOf("in_transit", "received")) }),
    returns: Page(Transfer),
  }),
  transfer: get("/v1/inventory-transfers/:transferId", {
    summary: "Show a transfer",
    access: operators,
    params: ById,
    returns: Transfer,
  }),
  send: post("/v1/inventory-transfers", {
    summary: "Send goods from one place to another",
    description:
      "They leave the first place now, and are nowhere for sale until they are received. Never takes what is reserved.",
    access: operators,
    idempotency: "required",
    body: Body({ from: Location, to: Location, lines: Lines, note: Type.Optional(Text(200)) }),
    returns: Transfer,
    status: 201,
  }),
  arrive: post("/v1/inventory-transfers/:transferId/receipts", {
    summary: "Book what arrived of a transfer: all that is still on its way, or the lines that are named",
    access: operators,
    idempotency: "required",
    params: ById,
    body: Body({ lines: Type.Optional(Lines) }),
    returns: Transfer,
    status: 201,
  }),
  writeOff: post("/v1/inventory-transfers/:transferId/losses", {
    summary: "Write off what is still on its way of a transfer: it will not arrive",
    access: operators,
    idempotency: "required",
    params: ById,
    body: Body({ reason: Text(200) }),
    returns: Transfer,
    status: 201,
  }),
};
