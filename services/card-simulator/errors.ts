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
  NotOpen: {
    status: "failed_precondition",
    message: (d: { key: string; status: string }) => `The charge ${d.key} is ${d.status}; nothing of it is reserved.`,
  },
  CaptureTooLarge: {
    status: "failed_precondition",
    message: (d: { requested: number; reserved: number }) =>
      `Cannot take ${d.requested}: only ${d.reserved} are reserved.`,
  },
  NotDisputable: {
    status: "failed_precondition",
    message: (d: { key: string }) => `Nothing of the charge ${d.key} can be disputed, or its dispute is decided.`,
  },
});
