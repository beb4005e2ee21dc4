import { ServiceError, type Status } from "@souk/kernel";
import type { Reason } from "./types.ts";

/** The callee has decided, and would decide so again. */
const final: ReadonlySet<Status> = new Set<Status>([
  "invalid_argument",
  "not_found",
  "failed_precondition",
  "permission_denied",
  "already_exists",
  "unauthenticated",
]);

/** False: nobody knows whether it has happened, so the same question may be asked again. */
export const isRefusal = (error: unknown): boolean => error instanceof ServiceError && final.has(error.status);

/** As told to people. A bug's own words stay in the history, where only operators see them. */
export const reasonOf = (error: unknown, step: string): Reason =>
  error instanceof ServiceError
    ? { code: error.code, message: error.message }
    : { code: "internal", message: `The step "${step}" failed.` };

/** As told to operators. */
export const detailOf = (error: unknown): string =>
  (error instanceof Error
    ? error instanceof ServiceError
      ? error.message
      : `${error.name}: ${error.message}`
    : String(error)
  ).slice(0, 500);
