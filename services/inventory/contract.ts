import {
  Body,
  defineContract,
  Empty,
  event,
  get,
  Id,
  OneOf,
  Page,
  Paging,
  post,
  Sku,
  type Static,
  service,
  Text,
  Timestamp,
  Type,
} from "@souk/contract";

import { movements } from "./contract/movements.ts";
import { places } from "./contract/places.ts";
import { Count, Location, operators, Quantity, Stock, ToldCounters } from "./contract/stock.ts";
import { stockTakes } from "./contract/stock-takes.ts";
import { transfers } from "./contract/transfers.ts";

export type { Stock } from "./contract/stock.ts";
export { errors } from "./errors.ts";

const Reservation = Type.Object({
  reservationId: Type.String({ format: "uuid", description: "the order's id: an order has one reservation" }),
  status: OneOf("held", "committed"),
  expiresAt: Type.Union([Timestamp, Type.Null()], {
    description: "when it lapses by itself; null: never, because its payment has begun or it is committed",
  }),
  backordered: Type.Optional(
    Type.Array(Type.Object({ sku: Sku, quantity: Count }), {
      description: "what of it is promised and not there yet; `backorder_filled` tells when it is",
    }),
  ),
});
export type Reservation = Static<typeof Reservation>;

/** What an order holds or held, for those who compare. */
const Held = Type.Object({
  orderId: Id,
  status: OneOf("held", "committed", "released", "expired"),
  restocked: Type.Boolean({ description: "sold, and back on the shelf since" }),
});

const holdForMs = Type.Optional(
  Type.Integer({
    minimum: 1_000,
    maximum: 86_400_000,
    description: "from now on; by default what the service is set to",
  }),
);
const untilSettled = Type.Optional(
  Type.Boolean({ description: "the hold then never lapses by itself: the caller promises to commit or to release it" }),
);
const ForOrder = Body({ orderId: Id });

export const inventory = defineContract({
  name: "inventory",
  endpoints: {
    bySku: get("/v1/inventory/:sku", {
      summary: "Show the stock of a SKU, in all and by location",
      access: operators,
      params: Body({ sku: Sku }),
      returns: Stock,
    }),
    list: get("/v1/inventory", {
      summary: "List the stock of every SKU, in the order of SKUs",
      access: operators,
      query: Body({ ...Paging, low: Type.Optional(Type.Boolean({ description: "only what runs low" })) }),
      returns: Page(Stock),
    }),
    receive: post("/v1/inventory/:sku/receipts", {
      summary: "Book goods that came in",
      description: "A SKU is known to inventory from its first receipt on, whether or not the catalogue has it yet.",
      access: operators,
      idempotency: "required",
      params: Body({ sku: Sku }),
      body: Body({ quantity: Quantity, location: Type.Optional(Location) }),
      returns: Stock,
      status: 201,
    }),
    adjust: post("/v1/inventory/:sku/adjustments", {
      summary: "Correct the stock after a count, breakage or loss",
      description: "Never takes what is reserved: release those orders first.",
      access: operators,
      idempotency: "required",
      params: Body({ sku: Sku }),
      body: Body({
        quantity: Type.Integer({ minimum: -1_000_000, maximum: 1_000_000, description: "signed; not 0" }),
        reason: Text(200),
        location: Type.Optional(Location),
      }),
      returns: Stock,
      status: 201,
    }),
    ...movements,
    ...places,
    ...transfers,
    ...stockTakes,

    reserve: post("/internal/reservations", {
      summary: "Hold stock for an order: every line of it or none",
      description:
        "Asked again for the same order it answers the same, and holds anew what had lapsed. Refused for good once the order was " +
        "released, so that a reserve which comes late cannot undo its own undo.",
      access: service("orders"),
      idempotency: "natural",
      criticality: "critical",
      body: Body({
        orderId: Id,
        lines: Type.Array(Body({ sku: Sku, quantity: Quantity }), { minItems: 1, maxItems: 1_000 }),
        holdForMs,
        untilSettled,
      }),
      returns: Reservation,
    }),
    extend: post("/internal/reservations/:orderId/extend", {
      summary: "Let a hold last longer, or as long as its payment takes",
      description:
        "Never shortens a hold. Takes the stock again when the hold has lapsed; fails when it is gone by then.",
      access: service("orders"),
      idempotency: "natural",
      criticality: "critical",
      params: ForOrder,
      body: Body({ holdForMs, untilSettled }),
      returns: Reservation,
    }),
    commit: post("/internal/reservations/:orderId/commit", {
      summary: "Turn a hold into a sale",
      description: "Takes the stock again when the hold has lapsed; fails, to be repeated, when it is gone by then.",
      access: service("orders"),
      idempotency: "natural",
      criticality: "critical",
      params: ForOrder,
      returns: Reservation,
    }),
    release: post("/internal/reservations/:orderId/release", {
      summary: "Give a hold back, or make sure that there never will be one",
      access: service("orders"),
      idempotency: "natural",
      criticality: "critical",
      params: ForOrder,
      returns: Empty,
    }),
    history: get("/internal/stock", {
      summary: "Tell of every SKU's stock again, in the order of SKUs",
      description:
        "For projections that are built anew: each SKU with the sequence of the last `stock_changed`. What changes meanwhile is told by " +
        "events; whichever has the higher sequence is right.",
      access: service("search", "recommendations"),
      criticality: "sheddable",
      timeoutMs: 10_000,
      query: Body({
        after: Type.Optional(Sku),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 1_000 })),
      }),
      returns: Type.Object({
        data: Type.Array(Type.Object({ sku: Sku, ...ToldCounters, sequence: Count })),
        next: Type.Union([Sku, Type.Null()], { description: "where to go on; null at the end" }),
      }),
    }),
    reservations: get("/internal/reservations", {
      summary: "Page through what orders hold or held, in the order of their ids",
      access: service("orders"),
      criticality: "sheddable",
      timeoutMs: 10_000,
      query: Body({
        after: Type.Optional(Id),
        upTo: Type.Optional(Id),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 500 })),
      }),
      returns: Type.Object({
        data: Type.Array(Held),
        next: Type.Union([Id, Type.Null()], { description: "where to go on; null at the end" }),
      }),
    }),
    reservationsOf: post("/internal/reservations/of-orders", {
      summary: "Say what some orders hold or held; one that never reserved is left out",
      access: service("orders"),
      idempotency: "natural",
      criticality: "sheddable",
      timeoutMs: 10_000,
      body: Body({ orderIds: Type.Array(Id, { maxItems: 1_000 }) }),
      returns: Type.Object({ data: Type.Array(Held) }),
    }),
    takeBack: post("/internal/returns/:returnId", {
      summary: "Book what a customer sent back: on the shelf what can be sold again, written off what cannot",
      description: "Once for each return, however often it is told.",
      access: service("orders"),
      idempotency: "natural",
      params: Body({ returnId: Id }),
      body: Body({
        orderId: Id,
        lines: Type.Array(Body({ sku: Sku, quantity: Quantity, condition: OneOf("sellable", "damaged") }), {
          minItems: 1,
          maxItems: 1_000,
        }),
      }),
      returns: Empty,
    }),
    forgo: post("/internal/reservations/:orderId/forgo", {
      summary: "Let go of what an order was promised and has not come",
      description:
        "For an order of which some was sent and the rest never is. Answers what it waited for, also when it is asked again; from then on nothing " +
        "comes for it any more.",
      access: service("orders"),
      idempotency: "natural",
      criticality: "critical",
      params: ForOrder,
      returns: Type.Object({ lines: Type.Array(Type.Object({ sku: Sku, quantity: Quantity })) }),
    }),
    restock: post("/internal/reservations/:orderId/restock", {
      summary: "Put everything that a cancelled order bought back on the shelf",
      description:
        "For an order past its pivot. What is still held is booked as sold and returned, so that a commit which is under way finds " +
        "what it expects; what never was, or had lapsed, is barred as by release.",
      access: service("orders"),
      idempotency: "natural",
      criticality: "critical",
      params: ForOrder,
      returns: Empty,
    }),
  },
  events: {
    stockChanged: event(
      "inventory.stock_changed.v1",
      "The stock of a SKU is now this; changes within half a second are told together.",
      Type.Object({ sku: Sku, ...ToldCounters }),
    ),
    low: event(
      "inventory.low.v1",
      "What the shelves have for sale of a SKU fell to its threshold; told again only after it was above.",
      Type.Object({ sku: Sku, available: Count, threshold: Count }),
    ),
    backorderFilled: event(
      "inventory.backorder_filled.v1",
      "What an order was promised has come. The sequence counts how often that happened to the order.",
      Type.Object({
        orderId: Id,
        sku: Sku,
        quantity: Quantity,
        outstanding: Type.Integer({ minimum: 0, description: "what the order still waits for, of all its SKUs" }),
      }),
    ),
    reservationExpired: event(
      "inventory.reservation_expired.v1",
      "A hold lapsed before its payment began and its stock is for sale again.",
      Type.Object({ orderId: Id, expiredAt: Timestamp }),
    ),
  },
});
