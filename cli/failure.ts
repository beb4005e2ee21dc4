import { ServiceError } from "@souk/kernel";

/** What a person can do something about: one clear sentence, and what to do next. Printed without a stack. */
export class Failure extends Error {
  override readonly name = "Failure";
  /** What to do, as a sentence or a command to type. */
  readonly next: string | undefined;
  readonly exitCode: number;

  constructor(message: string, next?: string, options: ErrorOptions & { readonly exitCode?: number } = {}) {
    super(message, options);
    this.next = next;
    this.exitCode = options.exitCode ?? 1;
  }
}

/** The command line itself is wrong: exits with 2, as shells and getopt do. */
export const usageFailure = (message: string, next: string) => new Failure(message, next, { exitCode: 2 });

/** Whether a part of the shop could not be asked, or did not answer: nothing is wrong with what was typed. */
export const isAway = (
  error: unknown,
): error is ServiceError & { readonly status: "unavailable" | "deadline_exceeded" } =>
  error instanceof ServiceError && (error.status === "unavailable" || error.status === "deadline_exceeded");
