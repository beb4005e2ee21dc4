import { defineErrors } from "@souk/kernel";

export const errors = defineErrors("shipping", {
  AlreadyDispatched: {
    status: "failed_precondition",
    message: (d: { orderId: string }) => `Order ${d.orderId} has left the warehouse; ask for a return instead.`,
  },
  NotFound: {
    status: "not_found",
    message: (d: { trackingNumber: string }) => `No shipment has the tracking number ${d.trackingNumber}.`,
  },
  OrderNotFound: {
    status: "not_found",
    message: (d: { orderId: string }) => `Order ${d.orderId} has no parcels here.`,
  },
  LabelNotFound: { status: "not_found", message: () => "There is no such return label." },
  NotForPickup: {
    status: "failed_precondition",
    message: (d: { trackingNumber: string }) => `Parcel ${d.trackingNumber} goes to the customer; nobody picks it up.`,
  },
  NotToHandOver: {
    status: "failed_precondition",
    message: (d: { trackingNumber: string; status: string }) =>
      `Parcel ${d.trackingNumber} is ${d.status}: keep it here, and tell whoever came to look at their order.`,
  },
  RatesInvalid: {
    status: "invalid_argument",
    message: (d: { problems: readonly string[] }) =>
      `The table contradicts itself: ${d.problems.slice(0, 5).join(" ")}`,
  },
  RatesChanged: {
    status: "aborted",
    message: (d: { version: number }) => `The table is not at version ${d.version} any more; look at it again.`,
  },
  UnknownCarrier: { status: "not_found", message: (d: { carrier: string }) => `No carrier is called ${d.carrier}.` },
  BadSignature: {
    status: "unauthenticated",
    message: () => "The webhook's signature is missing, wrong, or over five minutes old.",
  },
  BadNews: { status: "invalid_argument", message: () => "The webhook's body is not what was agreed." },
  NoRate: {
    status: "failed_precondition",
    message: (d: { country: string; currency: string }) => `Nothing is shipped to ${d.country} in ${d.currency}.`,
  },
});
