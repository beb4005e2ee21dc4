import { defineErrors } from "@souk/kernel";

export type Shortage = { readonly sku: string; readonly requested: number; readonly available: number };

export const errors = defineErrors("inventory", {
  OutOfStock: {
    status: "failed_precondition",
    message: (short: readonly Shortage[]) =>
      `Not enough stock: ${short.map((s) => `${s.sku} (${s.requested} wanted, ${s.available} available)`).join(", ")}.`,
  },
  ReservationNotFound: {
    status: "not_found",
    message: (d: { orderId: string }) => `Order ${d.orderId} has no reservation; reserve first.`,
  },
  ReservationReleased: {
    status: "failed_precondition",
    message: (d: { orderId: string }) =>
      `The reservation of order ${d.orderId} was released for good; place a new order.`,
  },
  ReservationCommitted: {
    status: "failed_precondition",
    message: (d: { orderId: string }) => `Order ${d.orderId} is sold already; restock it instead.`,
  },
  ReservationDiffers: {
    status: "failed_precondition",
    message: (d: { orderId: string }) =>
      `Order ${d.orderId} holds other lines than these; release it and place a new order.`,
  },
  StockNotFound: {
    status: "not_found",
    message: (d: { sku: string }) => `Nothing was ever received of SKU ${d.sku}.`,
  },
  LocationNotFound: {
    status: "failed_precondition",
    message: (d: { location: string }) => `No location ${d.location}; add it or name another.`,
  },
  AdjustmentTooLarge: {
    status: "failed_precondition",
    message: (d: { sku: string; location: string; quantity: number; available: number }) =>
      `Cannot adjust ${d.sku} at ${d.location} by ${d.quantity}: only ${d.available} of it are not reserved.`,
  },
  NoAdjustment: {
    status: "invalid_argument",
    message: () => "An adjustment of 0 changes nothing; give a quantity above or below 0.",
  },
  LocationFull: {
    status: "failed_precondition",
    message: (d: { sku: string; location: string; limit: number }) =>
      `${d.location} cannot hold more than ${d.limit} of ${d.sku}.`,
  },
  LocationInUse: {
    status: "failed_precondition",
    message: (d: { location: string }) =>
      `${d.location} holds or held something, or never was; make it inactive instead.`,
  },
  TransferNotFound: { status: "not_found", message: (d: { transferId: string }) => `No transfer ${d.transferId}.` },
  TransferToItself: {
    status: "invalid_argument",
    message: (d: { location: string }) => `A transfer from ${d.location} to itself moves nothing; name two places.`,
  },
  TransferReceived: {
    status: "failed_precondition",
    message: (d: { transferId: string }) => `Nothing of transfer ${d.transferId} is on its way any more.`,
  },
  TransferExceeded: {
    status: "failed_precondition",
    message: (d: { sku: string; quantity: number; left: number }) =>
      `${d.quantity} of ${d.sku} cannot arrive: ${d.left} are on their way. Book what is more as a receipt.`,
  },
  StockTakeNotFound: {
    status: "not_found",
    message: (d: { stockTakeId: string }) => `No stock-take ${d.stockTakeId}.`,
  },
  StockTakeOver: {
    status: "failed_precondition",
    message: (d: { stockTakeId: string; status: string }) =>
      `Stock-take ${d.stockTakeId} is ${d.status}; begin another to count again.`,
  },
  CountsHeader: {
    status: "invalid_argument",
    message: (d: { missing: readonly string[] }) =>
      `The first line of a CSV file must name its columns; ${d.missing.join(", ") || "a closing quote"} is missing.`,
  },
});
