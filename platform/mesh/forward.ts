import type { Readable } from "node:stream";
import type { RecordCall } from "@souk/telemetry";
import type { Dependency } from "./dependency.ts";
import type { Answer, Headers } from "./exchange.ts";

/** A request that is passed on as it came: no JSON is parsed on the way. */
export type ForwardRequest = {
  readonly method: string;
  /** Path and query as the callee knows them. */
  readonly path: string;
  /** The route's template, for metrics and spans: never with an id. */
  readonly route: string;
  /** Lower-case names. What holds for one connection only is left out, and so is what the mesh says itself. */
  readonly headers: Headers;
  readonly body: Readable | Buffer | null;
  readonly signal?: AbortSignal;
  /** Until the whole answer is there; until it begins for a stream of events. Default 2,000, at most 10,000. */
  readonly timeoutMs?: number;
  /** Instead of `timeoutMs`, for a body that takes as long as it takes: how long nothing may move in either direction. */
  readonly idleMs?: number;
  /** Whether it may be sent twice: a safe method, or one with an idempotency key. A streamed body is never sent twice. */
  readonly idempotent: boolean;
};

/** `body` is a Buffer when it is small and its length is known, which is most of the time. Read or destroy a stream. */
export type ForwardAnswer = Answer;

// RFC 9110 §7.6.1, and what is about this hop's own connection, deadline, trace or identity.
const ownToHop: ReadonlySet<string> = new Set([
  ...["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer"],
  ...["transfer-encoding", "upgrade", "expect", "host", "content-length", "user-agent"],
  ...["x-souk-timeout-ms", "x-souk-identity", "traceparent", "tracestate", "x-correlation-id"],
]);

function listed(headers: Headers): ReadonlySet<string> {
  const { connection } = headers;
  if (typeof connection !== "string" || connection === "keep-alive" || connection === "close") return ownToHop;
  // Trimmed afterwards: a pattern for both would take quadratic time for a header of spaces.
  return new Set([
    ...ownToHop,
    ...connection
      .toLowerCase()
      .split(",")
      .map((name) => name.trim()),
  ]);
}

function passedOn(headers: Headers): string[] {
  const hop = listed(headers);
  const list: string[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || hop.has(name)) continue;
    for (const one of Array.isArray(value) ? value : [value]) list.push(name, one);
  }
  return list;
}

/** The answer's headers that are the caller's business; its length stays true because the bytes stay the same. */
function passedBack(headers: Headers): Headers {
  const hop = listed(headers);
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name === "content-length" || name === "traceparent" || !hop.has(name)),
  );
}

/**
 * Sends a request on under the same policies as a call. Any answer of the callee is returned, whatever its status.
 * @throws ServiceError `mesh.*` when there was no answer
 */
export async function forwardTo(
  service: string,
  dependency: Dependency,
  record: RecordCall,
  request: ForwardRequest,
): Promise<ForwardAnswer> {
  const { method, path, route, body, signal, timeoutMs, idleMs, idempotent } = request;
  const answer = await dependency.send({
    method,
    path,
    headers: passedOn(request.headers),
    body,
    name: `${service} ${method} ${route}`,
    route,
    record,
    repeatable: idempotent,
    streaming: true,
    timeoutMs,
    idleMs,
    signal,
  });
  return { status: answer.status, headers: passedBack(answer.headers), body: answer.body };
}
