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
  RefundDiffers: {
    status: "already_exists",
    message: (d: { refundId: string; amount: number }) =>
      `Refund ${d.refundId} was made before, of ${d.amount} minor units; give a new refund an id of its own.`,
  },
  NotAuthorized: {
    status: "failed_precondition",
    message: (d: { orderId: string; status: string }) =>
      `Nothing is reserved for order ${d.orderId} (its payment is ${d.status}), so no part of it can be taken.`,
  },
  CaptureTooLarge: {
    status: "failed_precondition",
    message: (d: { requested: number; reserved: number }) =>
      `Cannot take ${d.requested}: only ${d.reserved} minor units are reserved.`,
  },
  StillReserved: {
    status: "failed_precondition",
    message: (d: { orderId: string }) =>
      `Money is still reserved for order ${d.orderId}: take it instead of writing it off.`,
  },
  WriteOffTooLarge: {
    status: "failed_precondition",
    message: (d: { requested: number; left: number }) =>
      `Cannot close ${d.requested} of the claim: only ${d.left} minor units were neither taken, paid another way, nor written off.`,
  },
  ChallengeOver: {
    status: "failed_precondition",
    message: (d: { orderId: string }) =>
      `The payment of order ${d.orderId} was given up; nothing was taken. Order again to try once more.`,
  },
  PaymentNotFound: {
    status: "not_found",
    message: (d: { paymentId: string }) => `No payment ${d.paymentId}.`,
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
