import { ServiceError, type Status } from "@souk/kernel";
import { errors } from "./errors.ts";
import type { Answer, Headers } from "./exchange.ts";

const MAX_RETRY_AFTER_MS = 60_000;

/** What a status means when the problem itself does not say; several of gRPC's words share one. */
const meanings: Readonly<Record<number, Status>> = {
  400: "invalid_argument",
  401: "unauthenticated",
  403: "permission_denied",
  404: "not_found",
  408: "deadline_exceeded",
  409: "failed_precondition",
  412: "failed_precondition",
  422: "invalid_argument",
  429: "resource_exhausted",
  503: "unavailable",
  504: "deadline_exceeded",
};
const statuses: ReadonlySet<unknown> = new Set<Status>([
  ...([
    "invalid_argument",
    "unauthenticated",
    "permission_denied",
    "not_found",
    "already_exists",
    "failed_precondition",
  ] as const),
  ...(["aborted", "resource_exhausted", "unavailable", "deadline_exceeded", "internal"] as const),
]);
const isStatus = (word: unknown): word is Status => statuses.has(word);

/** The wait that an answer asks for, in ms, at most a minute; undefined when it asks for none. Seconds only, as we send them. */
export function retryAfterMs(headers: Headers): number | undefined {
  const value = headers["retry-after"];
  return typeof value === "string" && /^\d{1,6}$/.test(value)
    ? Math.min(Number(value) * 1000, MAX_RETRY_AFTER_MS)
    : undefined;
}

/** The instance, or a proxy before it, could not take the request or lost it: another may answer. */
export const isGatewayFailure = (status: number): boolean => status === 502 || status === 503 || status === 504;

/**
 * The body of a successful answer. Not validated: the neighbour's own serialiser made it from the same contract, released contracts
 * are compared, and tests with fake neighbours check both directions.
 * @throws ServiceError `mesh.bad_answer`
 */
export function outputOf(service: string, { headers, body }: Answer): unknown {
  const text = body.toString();
  if (text === "") return undefined;
  if (!String(headers["content-type"] ?? "").includes("json")) return text;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw errors.BadAnswer({ service, reason: "malformed JSON" }, { cause: error });
  }
}

/** The error that a neighbour told of (RFC 9457 with the member `error`), as it threw it. */
export function errorOf(service: string, { status, headers, body }: Answer): ServiceError {
  const problem = problemIn(headers, body.toString());
  const meaning = meanings[status] ?? (status >= 500 ? "internal" : "invalid_argument");
  if (!problem || status < 400)
    return errors.BadAnswer({ service, reason: `status ${status} without a problem document` });
  const { code, message, data, details } = problem;
  return new ServiceError(
    code,
    isStatus(problem.status) ? problem.status : meaning,
    typeof message === "string" ? message : code,
    // Fields to mend, or what else the error carries for programs.
    data ?? (Array.isArray(details) && details.length > 0 ? details : undefined),
  );
}

type Problem = { code: string; status?: unknown; message?: unknown; data?: unknown; details?: unknown };

function problemIn(headers: Headers, text: string): Problem | undefined {
  if (!String(headers["content-type"] ?? "").includes("json")) return undefined;
  try {
    const error: unknown = JSON.parse(text)?.error;
    return typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
      ? { ...error, code: error.code }
      : undefined;
  } catch {
    return undefined; // A proxy's own page, most likely: the status says enough.
  }
}
