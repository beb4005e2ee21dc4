import { defineErrors } from "@souk/kernel";

type About = { readonly service: string };

/** What the mesh itself answers in a neighbour's place. `details.service` names the neighbour. */
export const errors = defineErrors("mesh", {
  Unavailable: {
    status: "unavailable",
    message: ({ service, reason }: About & { readonly reason: string; readonly retryAfterMs?: number }) =>
      `${service} cannot be reached (${reason}); try again shortly`,
  },
  Timeout: {
    status: "deadline_exceeded",
    message: ({ service }: About) => `${service} did not answer in time; whether it acted is unknown`,
  },
  CircuitOpen: {
    status: "unavailable",
    message: ({ service, retryAfterMs }: About & { readonly retryAfterMs: number }) =>
      `${service} is in trouble and is left alone for ${Math.ceil(retryAfterMs / 1000)} s`,
  },
  BulkheadFull: {
    status: "unavailable",
    message: ({ service }: About & { readonly retryAfterMs: number }) =>
      `too many calls to ${service} are under way; try again shortly`,
  },
  Cancelled: {
    status: "aborted",
    message: ({ service }: About) => `the call to ${service} was given up by its caller`,
  },
  BadAnswer: {
    status: "internal",
    message: ({ service, reason }: About & { readonly reason: string }) =>
      `${service} gave an answer that cannot be understood: ${reason}`,
  },
});

export const identityErrors = defineErrors("identity", {
  Invalid: {
    status: "unauthenticated",
    message: ({ why }: { readonly why: string }) => `the token is not accepted: ${why}`,
  },
});
