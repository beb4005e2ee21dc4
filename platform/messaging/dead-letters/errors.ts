import { defineErrors } from "@souk/kernel";

export const errors = defineErrors("messaging", {
  DeadLetterNotFound: {
    status: "not_found",
    message: ({ eventId }: { eventId: string }) =>
      `There is no dead letter for event ${eventId}. It may have been redriven; list what is left.`,
  },
  PayloadDoesNotFit: {
    status: "invalid_argument",
    message: ({ problem }: { problem: string }) => `The payload ${problem}. Mend it and try again.`,
  },
});
