import { defineErrors } from "@souk/kernel";

export const errors = defineErrors("card-simulator", {
  Barred: {
    status: "failed_precondition",
    message: (d: { key: string }) =>
      `The charge ${d.key} was given back before it was made; it cannot be made any more.`,
  },
  RefundTooLarge: {
    status: "failed_precondition",
    message: (d: { requested: number; refundable: number }) =>
      `Cannot refund ${d.requested}: only ${d.refundable} are left to give back.`,
  },
});
