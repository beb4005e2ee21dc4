import { Body, get, Id, OneOf, Page, Paging, post, Sku, type Static, Text, Timestamp, Type } from "@souk/contract";
import { Count, Location, operators } from "./stock.ts";

export const StockTake = Type.Object({
  id: Id,
  location: Location,
  status: OneOf("open", "closed", "cancelled"),
  note: Type.Optional(Type.String()),
  counted: Type.Integer({ description: "SKUs" }),
  differing: Type.Integer({ description: "SKUs of which there were more or fewer than the books say" }),
  openedAt: Timestamp,
  closedAt: Type.Union([Timestamp, Type.Null()]),
});
export type StockTake = Static<typeof StockTake>;

export const CountedSku = Type.Object({
  sku: Sku,
  counted: Count,
  countedAt: Timestamp,
  expected: Type.Integer({ description: "what the books said was there when it was counted" }),
  difference: Type.Integer({ description: "counted − expected" }),
  booked: Type.Boolean(),
  refused: Type.Optional(Type.String({ description: "why the difference could not be booked" })),
});
export type CountedSku = Static<typeof CountedSku>;

const CountReport = Type.Object({
  lines: Type.Integer({ description: "that held something; a CSV's header is none" }),
  counted: Type.Integer({ description: "lines that said something new" }),
  unchanged: Type.Integer({ description: "lines that said what was known already" }),
  rejected: Type.Integer({ description: "lines that could not be taken; the first of them stand in `failed`" }),
  failed: Type.Array(Type.Object({ line: Type.Integer({ description: "counted from 1" }), reason: Type.String() }), {
    maxItems: 1_000,
  }),
});
export type CountReport = Static<typeof CountReport>;

const SheetLine = Type.Object({
  sku: Sku,
  onHand: Type.Integer({ minimum: 0, description: "what the books say now" }),
  counted: Type.Union([Count, Type.Null()], { description: "null: not yet" }),
});

const ById = Body({ stockTakeId: Id });

/** Counting what is there, and booking the differences. */
export const stockTakes = {
  stockTakes: get("/v1/inventory-stock-takes", {
    summary: "List stock-takes, the latest first",
    access: operators,
    query: Body({ ...Paging, status: Type.Optional(OneOf("open", "closed", "cancelled")) }),
    returns: Page(StockTake),
  }),
  stockTake: get("/v1/inventory-stock-takes/:stockTakeId", {
    summary: "Show a stock-take",
    access: operators,
    params: ById,
    returns: StockTake,
  }),
  openStockTake: post("/v1/inventory-stock-takes", {
    summary: "Begin to count what a place holds",
    access: operators,
    idempotency: "required",
    body: Body({ location: Location, note: Type.Optional(Text(200)) }),
    returns: StockTake,
    status: 201,
  }),
  countSheet: get("/v1/inventory-stock-takes/:stockTakeId/sheet", {
    summary: "List what there is to count, in the order of SKUs",
    access: operators,
    params: ById,
    query: Body({ ...Paging, open: Type.Optional(Type.Boolean({ description: "only what was not counted yet" })) }),
    returns: Page(SheetLine),
  }),
  importCounts: post("/v1/inventory-stock-takes/:stockTakeId/counts", {
    summary: "Hand in counts as a CSV or NDJSON file",
    description:
      "CSV: `sku`, `quantity` and, if wanted, `countedAt` under a header. NDJSON: `{sku, quantity, countedAt?}` a line. `countedAt` (ISO 8601, " +
      "between the beginning of the stock-take and now; by default now) is compared with what the books said at that moment, so the shop " +
      "may go on selling. A SKU that is counted again counts as the last time. Safe to repeat; a bad line is reported and never stops the rest.",
    access: operators,
    upload: ["text/csv", "application/x-ndjson"],
    bodyLimit: 2 ** 30,
    params: ById,
    returns: CountReport,
  }),
  counts: get("/v1/inventory-stock-takes/:stockTakeId/counts", {
    summary: "List what was counted, in the order of SKUs",
    access: operators,
    params: ById,
    query: Body({
      ...Paging,
      differing: Type.Optional(Type.Boolean({ description: "only what differs from the books" })),
    }),
    returns: Page(CountedSku),
  }),
  closeStockTake: post("/v1/inventory-stock-takes/:stockTakeId/close", {
    summary: "Book every difference as an adjustment",
    description:
      "Books for some seconds; while the answer says `more`, ask again: it goes on where it ended and books nothing twice. A difference that would take what is reserved is refused and listed; then " +
      "the stock-take stays open until those orders are gone or the SKU is counted again.",
    access: operators,
    idempotency: "natural",
    timeoutMs: 10_000,
    params: ById,
    returns: Type.Object({
      stockTake: StockTake,
      booked: Type.Integer({ description: "adjustments that this call booked" }),
      more: Type.Boolean({ description: "there was no time for all: ask again" }),
      refused: Type.Array(CountedSku, { maxItems: 100, description: "the first of them" }),
    }),
  }),
  cancelStockTake: post("/v1/inventory-stock-takes/:stockTakeId/cancel", {
    summary: "End a stock-take without booking anything more",
    access: operators,
    idempotency: "natural",
    params: ById,
    returns: StockTake,
  }),
};
