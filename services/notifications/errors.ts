import { defineErrors } from "@souk/kernel";

export const errors = defineErrors("notifications", {
  ContactUnknown: {
    status: "unavailable",
    message: (d: { orderId: string }) =>
      `Nobody is known yet to write to about order ${d.orderId}; its own events have not arrived.`,
  },
});
