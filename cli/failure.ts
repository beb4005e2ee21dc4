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

/** Rights, space, a file where a folder should be, or the other way round: Node's message says which. */
const refusals = [
  "EACCES",
  "EPERM",
  "EROFS",
  "ENOSPC",
  "EDQUOT",
  "ENOTDIR",
  "EISDIR",
  "EEXIST",
  "ELOOP",
  "EMFILE",
  "ENFILE",
];

/** What a person can make of any error: a service's answer, or the machine's; undefined for a mistake of our own. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error;
  if (error instanceof ServiceError) {
    const next = `See: souk ${isAway(error) ? "status" : "logs"}`;
    return new Failure(`${error.message}${toMend(error.details)} (${error.code})`, next, { cause: error });
  }
  if (error instanceof Error && "code" in error && refusals.includes(String(error.code)))
    return new Failure(error.message, "See: souk doctor. Another folder for all that it keeps: SOUK_HOME=FOLDER", {
      cause: error,
    });
  return undefined;
}

/** The fields that a service would not take, as `validation_failed` lists them. */
function toMend(details: unknown): string {
  if (!Array.isArray(details)) return "";
  return details.map(({ field, message }) => ` ${field} ${message}.`).join("");
}
