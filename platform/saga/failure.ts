import { ServiceError, type Status } from "@souk/kernel";
import { storableText } from "@souk/postgres";
import type { Reason } from "./types.ts";

/** The callee has decided, and would decide so again. */
const final: ReadonlySet<Status> = new Set<Status>(["invalid_argument", "failed_precondition", "already_exists"]);
/**
 * Final when the callee's own rules say so (`inventory.not_found`). From its chassis (`route_not_found`, `permission_denied`) they tell of
 * a deployment under way: a release without the route, keys or rights that have not arrived.
 */
const finalByRule: ReadonlySet<Status> = new Set<Status>(["not_found", "permission_denied"]);
const isByRule = (code: string) => code.includes(".") && !code.startsWith("mesh.");

/**
 * False: nobody knows whether it has happened, or it is about to be otherwise, so the same question may be asked again. Who we are is never
 * for a callee to decide for good (`unauthenticated`): clocks and keys come right.
 */
export const isRefusal = (error: unknown): boolean =>
  error instanceof ServiceError && (final.has(error.status) || (finalByRule.has(error.status) && isByRule(error.code)));

/** As told to people. A bug's own words stay in the history, where only operators see them. */
export const reasonOf = (error: unknown, step: string): Reason =>
  error instanceof ServiceError
    ? { code: error.code, message: storableText(error.message) }
    : { code: "internal", message: `The step "${step}" failed.` };

/** As told to operators. */
export const detailOf = (error: unknown): string => {
  const named = error instanceof Error && !(error instanceof ServiceError) ? `${error.name}: ` : "";
  const text = error instanceof Error ? error.message : String(error);
  return storableText((named + text).slice(0, 500));
};
