import { ServiceError, type Status } from "@souk/kernel";

/** What the chassis itself may answer; a service's own codes are in its `errors.ts`. Codes are stable: `docs/errors.md` lists them. */
export const requestProblems = {
  malformed_request: { http: 400, status: "invalid_argument", title: "Malformed request" },
  malformed_json: { http: 400, status: "invalid_argument", title: "Malformed JSON" },
  malformed_url: { http: 400, status: "invalid_argument", title: "Malformed URL" },
  body_missing: { http: 422, status: "invalid_argument", title: "Body missing" },
  idempotency_key_required: { http: 400, status: "invalid_argument", title: "Idempotency key required" },
  idempotency_key_invalid: { http: 400, status: "invalid_argument", title: "Idempotency key invalid" },
  unauthenticated: { http: 401, status: "unauthenticated", title: "Sign in first" },
  token_invalid: { http: 401, status: "unauthenticated", title: "Token invalid or expired" },
  permission_denied: { http: 403, status: "permission_denied", title: "Not allowed" },
  route_not_found: { http: 404, status: "not_found", title: "No such address" },
  method_not_allowed: { http: 405, status: "invalid_argument", title: "Method not allowed" },
  request_timeout: { http: 408, status: "deadline_exceeded", title: "Request took too long to arrive" },
  idempotency_in_progress: { http: 409, status: "aborted", title: "Still working on this request" },
  body_too_large: { http: 413, status: "invalid_argument", title: "Body too large" },
  url_too_long: { http: 414, status: "invalid_argument", title: "URL too long" },
  unsupported_media_type: { http: 415, status: "invalid_argument", title: "Unsupported media type" },
  expectation_failed: { http: 417, status: "invalid_argument", title: "Expectation failed" },
  validation_failed: { http: 422, status: "invalid_argument", title: "Validation failed" },
  idempotency_key_reused: { http: 422, status: "invalid_argument", title: "Idempotency key used for another request" },
  rate_limited: { http: 429, status: "resource_exhausted", title: "Too many requests" },
  headers_too_large: { http: 431, status: "invalid_argument", title: "Headers too large" },
  internal: { http: 500, status: "internal", title: "Something went wrong" },
  overloaded: { http: 503, status: "unavailable", title: "Too busy" },
  identity_unavailable: { http: 503, status: "unavailable", title: "Tokens cannot be checked right now" },
  deadline_exceeded: { http: 504, status: "deadline_exceeded", title: "Out of time" },
} as const satisfies Record<string, { http: number; status: Status; title: string }>;

export type RequestProblemCode = keyof typeof requestProblems;

/** What a stranger may do next, in HTTP's words. */
export const httpStatus: Readonly<Record<Status, number>> = {
  invalid_argument: 422,
  unauthenticated: 401,
  permission_denied: 403,
  not_found: 404,
  already_exists: 409,
  failed_precondition: 409,
  aborted: 409,
  resource_exhausted: 429,
  unavailable: 503,
  deadline_exceeded: 504,
  internal: 500,
};

export type ProblemDetail = { readonly field: string; readonly message: string; readonly in?: string };

/** A refusal by the chassis itself. */
export class RequestProblem extends ServiceError {
  declare readonly code: RequestProblemCode;
  readonly http: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: RequestProblemCode,
    detail: string,
    more: { details?: readonly ProblemDetail[]; headers?: Readonly<Record<string, string>> } & ErrorOptions = {},
  ) {
    super(code, requestProblems[code].status, detail, more.details, more);
    this.http = requestProblems[code].http;
    this.headers = more.headers ?? {};
  }
}

const headersFor = new WeakMap<ServiceError, Readonly<Record<string, string>>>();

/** The same refusal, answered with these headers: where what was refused is, say. */
export function withHeaders(error: ServiceError, headers: Readonly<Record<string, string>>): ServiceError {
  headersFor.set(error, headers);
  return error;
}

/** What a problem says about where and when it happened. */
export type Occurrence = { readonly requestId: string; readonly instance: string; readonly timestamp: string };

/** An answer that is a problem: the document is ready to be sent. */
export type Problem = {
  readonly http: number;
  readonly document: string;
  readonly headers: Readonly<Record<string, string>>;
};

/**
 * RFC 9457, plus the member `error`. An error that is not a ServiceError, or one of status `internal`, is shown as `internal`
 * and says nothing of its cause.
 */
export function problemOf(error: unknown, { requestId, instance, timestamp }: Occurrence): Problem {
  const shown =
    error instanceof ServiceError && error.status !== "internal"
      ? error
      : new RequestProblem(
          "internal",
          "Something went wrong on our side. It has been recorded; quote the request id when you report it.",
        );
  const http = shown instanceof RequestProblem ? shown.http : httpStatus[shown.status];
  const { code, status, message } = shown;
  const document = JSON.stringify({
    // Relative, so that it holds at every gateway (RFC 9457 §3.1.1); the page lists every code.
    type: `/docs/errors#${code}`,
    title: titleOf(code),
    status: http,
    detail: message,
    instance,
    error: { code, status, message, ...detailsOf(shown.details), timestamp, request_id: requestId },
    // What a caller sent may stand in it: also who takes it for HTML, in spite of its type and `nosniff`, finds no tag.
  }).replaceAll("<", "\\u003c");
  const headers = shown instanceof RequestProblem ? shown.headers : headersFor.get(shown);
  const retryAfter = http === 429 || http === 503 ? { "retry-after": jitteredSeconds(requestId) } : {};
  return { http, document, headers: { ...retryAfter, ...headers } };
}

/** Fields to mend as `details`; what else an error carries for programs as `data`, if it is JSON at all. */
function detailsOf(details: unknown): { details: readonly unknown[]; data?: object } {
  if (typeof details !== "object" || details === null || !isJson(details)) return { details: [] };
  return Array.isArray(details) ? { details } : { details: [], data: details };
}

function isJson(value: object): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false; // a bigint, or a circle
    throw error;
  }
}

/** The title of a chassis code, or `orders.already_paid` → "Already paid". */
function titleOf(code: string): string {
  if (Object.hasOwn(requestProblems, code)) return requestProblems[code as RequestProblemCode].title;
  const words = code.slice(code.lastIndexOf(".") + 1).replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** 1 to 3 s, spread by the request's own random id, so that those refused together do not come back together. */
const jitteredSeconds = (requestId: string) => String(1 + (requestId.charCodeAt(requestId.length - 1) % 3));
