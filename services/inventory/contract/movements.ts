import { Body, get, Id, OneOf, Page, Paging, Sku, Text, Timestamp, Type } from "@souk/contract";
import { Location, operators } from "./stock.ts";

const Movement = Type.Object({
  at: Timestamp,
  kind: OneOf("receipt", "adjustment", "reserve", "release", "sale", "return", "transfer_out", "transfer_in"),
  location: Location,
  onHand: Type.Integer({ description: "what it added to what is there; below 0: took" }),
  reserved: Type.Integer({ description: "what it added to what orders hold; below 0: gave free" }),
  orderId: Type.Optional(Id),
  reason: Type.Optional(Text(200)),
  actor: Type.Optional(Type.String({ description: "the person or client who booked it; left out for what orders do" })),
  cause: Type.Optional(Type.String({ format: "uuid", description: "the transfer or stock-take that it belongs to" })),
});

export const movements = {
  movements: get("/v1/inventory/:sku/movements", {
    summary: "List what changed the stock of a SKU, newest first",
    description: "All of them together are its stock: every change is one of these.",
    access: operators,
    params: Body({ sku: Sku }),
    query: Body({ ...Paging, location: Type.Optional(Location) }),
    returns: Page(Movement),
  }),
} as const;
