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
  NoRate: {
    status: "failed_precondition",
    message: (d: { country: string; currency: string }) => `Nothing is shipped to ${d.country} in ${d.currency}.`,
  },
});
