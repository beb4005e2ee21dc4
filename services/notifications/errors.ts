import { defineErrors } from "@souk/kernel";

export const errors = defineErrors("notifications", {
  ContactUnknown: {
    status: "unavailable",
    message: (d: { orderId: string }) =>
      `Nobody is known yet to write to about order ${d.orderId}; its own events have not arrived.`,
  },
  MailNotFound: { status: "not_found", message: (d: { mailId: string }) => `No mail ${d.mailId} is kept.` },
  FactsMissing: {
    status: "invalid_argument",
    message: (d: { template: string }) =>
      `These facts are not what ${d.template} has to be told; look at its sample and change that.`,
  },
  FactsUnknown: {
    status: "invalid_argument",
    message: (d: { template: string; unknown: readonly string[]; known: readonly string[] }) =>
      `Nothing in ${d.template} says ${d.unknown.join(", ")}; it is told ${d.known.join(", ")}.`,
  },
  UnsubscribeInvalid: {
    status: "not_found",
    message: () => "This link is not one of ours. Use the one in the newest message.",
  },
  WebhookNotFound: {
    status: "not_found",
    message: (d: { endpointId: string }) => `No webhook endpoint ${d.endpointId}.`,
  },
  WebhookDeliveryNotFound: {
    status: "not_found",
    message: (d: { deliveryId: string }) => `No webhook delivery ${d.deliveryId}; they are kept for 30 days.`,
  },
  WebhookTarget: { status: "invalid_argument", message: (d: { problem: string }) => `The address ${d.problem}.` },
  WebhookDisabled: {
    status: "failed_precondition",
    message: (_: { endpointId: string }) => "The webhook's endpoint is disabled; enable it first.",
  },
  TooManyWebhooks: {
    status: "failed_precondition",
    message: (d: { limit: number }) => `There are ${d.limit} endpoints already; remove one first.`,
  },
});
