import { defineErrors } from "@souk/kernel";

export const errors = defineErrors("payments", {
  Declined: {
    status: "failed_precondition",
    message: (d: {
      reason: "card_declined" | "insufficient_funds" | "authentication_required" | "invalid_token" | "expired_card";
    }) => `The card was refused (${d.reason.replaceAll("_", " ")}); try another card.`,
  },
  Reversed: {
    status: "failed_precondition",
    message: (d: { orderId: string }) => `The payment of order ${d.orderId} was reversed; it cannot be taken any more.`,
  },
  RefundTooLarge: {
    status: "failed_precondition",
    message: (d: { requested: number; refundable: number }) =>
      `Cannot refund ${d.requested}: only ${d.refundable} minor units are left to give back.`,
  },
  NotFound: { status: "not_found", message: (d: { orderId: string }) => `No payment for order ${d.orderId}.` },
  AmountDiffers: {
    status: "failed_precondition",
    message: (d: { orderId: string }) =>
      `Order ${d.orderId} was asked to pay a different amount before; start a new order.`,
  },
  UnknownProvider: {
    status: "not_found",
    message: (d: { provider: string }) => `No payment provider is called "${d.provider}".`,
  },
  BadSignature: {
    status: "unauthenticated",
    message: () => "The webhook's signature or time stamp is not valid; sign the raw body with the shared secret.",
  },
  ProviderUnavailable: {
    status: "unavailable",
    message: () => "The payment provider does not answer; the payment will be settled by asking it again.",
  },
});
