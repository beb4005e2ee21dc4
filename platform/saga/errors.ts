import { defineErrors } from "@souk/kernel";

/** What an operator may be told. */
export const errors = defineErrors("saga", {
  NotFound: {
    status: "not_found",
    message: ({ id }: { id: string }) => `There is no saga ${id}. Finished ones are kept for 30 days.`,
  },
  Over: {
    status: "failed_precondition",
    message: ({ id, status }: { id: string; status: string }) => `Saga ${id} is ${status}: nothing is left to do.`,
  },
  AtWork: {
    status: "aborted",
    message: ({ id }: { id: string }) => `Saga ${id} is being worked on right now. Try again in a moment.`,
  },
  Irrevocable: {
    status: "failed_precondition",
    message: ({ id }: { id: string }) => `Saga ${id} cannot be undone: its pivot has happened, or may have.`,
  },
  NotSkippable: {
    status: "failed_precondition",
    message: ({ id, step, why }: { id: string; step: string; why: string }) =>
      `The step "${step}" of saga ${id} cannot be skipped: ${why}.`,
  },
  Unknown: {
    status: "failed_precondition",
    message: ({ name }: { name: string }) => `This service has no saga named "${name}".`,
  },
});
