import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Contract, type Endpoint, type Principal, rulesOf } from "@souk/contract";
import { withContext } from "@souk/telemetry";
import { admit, identityHeader } from "./access.ts";
import { defaultBodyLimit, hasBody, readBody, streamBody } from "./body.ts";
import { Exchange, type Operation } from "./exchange.ts";
import { assertHead, propertiesOf, singleHeaders } from "./inputs.ts";
import { RequestProblem } from "./problems.ts";
import type { RouteDeps, Serve } from "./route.ts";
import type { AnswerHeaders } from "./types.ts";

/** Passes a request on to the service that answers it; the mesh's `forward`. */
export type Forward = (
  service: string,
  request: {
    readonly method: string;
    readonly path: string;
    readonly route: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: Readable | Buffer | null;
    readonly signal: AbortSignal;
    readonly timeoutMs: number;
    readonly idempotent: boolean;
  },
) => Promise<{
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Readable | Buffer;
}>;

/** What is decided about every request before it is passed on. */
export type Guard = {
  /**
   * How many whole seconds the caller has to wait; undefined when it may go on.
   * @param route the endpoint's path as its contract writes it: one address can be written in many ways
   */
  readonly limit: (request: IncomingMessage, route: string) => Promise<number | undefined>;
  /** Whether a token that is valid by itself is refused all the same. */
  readonly isRevoked: (principal: Principal) => boolean;
};

/** Turns cookies into what they stand for, on the way in and on the way out. */
export type BrowserSession = {
  /** The headers of the request without its cookies, and with the tokens that were in them. */
  readonly open: (request: IncomingMessage) => IncomingHttpHeaders;
  /** Headers to add to the answer. @param opened what `open` returned */
  readonly close: (
    route: string,
    opened: IncomingHttpHeaders,
    answer: Readonly<Record<string, string>>,
  ) => AnswerHeaders | undefined;
};

export type Forwarding = {
  readonly contracts: readonly Contract[];
  readonly forward: Forward;
  readonly guard: Guard;
  readonly session?: BrowserSession;
};

/** A body up to this size is read whole, so that it can be sent again when an instance fails. Larger ones flow through. */
const bufferedBytes = 64 * 1024;
const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/**
 * Serves another service's endpoint by passing it on. Who is calling is proved here, so that what may not pass costs the service nothing;
 * the service proves it again, and checks everything else: no body is parsed on the way.
 */
export function createProxyRoute(
  operation: Operation,
  service: string,
  endpoint: Endpoint,
  { forward, guard, session }: Omit<Forwarding, "contracts">,
  deps: RouteDeps,
): Serve {
  const { spec, method, path: route } = endpoint;
  const rules = rulesOf(endpoint);
  const unrepeated = singleHeaders(spec.headers);
  const ownAuthorization = spec.headers !== undefined && "authorization" in propertiesOf(spec.headers);
  const bodyLimit = spec.bodyLimit ?? (spec.upload ? Number.POSITIVE_INFINITY : defaultBodyLimit);
  const timeoutMs = spec.timeoutMs ?? 2_000;
  const repeatable = safeMethods.has(method) || spec.idempotency !== undefined;

  async function pass(exchange: Exchange): Promise<void> {
    const { req, res } = exchange;
    assertHead(req, unrepeated);
    const waitSeconds = await guard.limit(req, route);
    if (waitSeconds !== undefined) throw tooMany(waitSeconds);
    const headers: IncomingHttpHeaders = {
      ...(session?.open(req) ?? req.headers),
      "x-request-id": exchange.requestId,
    };
    delete headers[identityHeader]; // a service proves itself to us by calling from inside, never through the public door
    const principal = await admit(rules, headers, deps, ownAuthorization);
    if (guard.isRevoked(principal)) throw revoked();

    const buffered = Number(req.headers["content-length"] ?? Number.POSITIVE_INFINITY) <= bufferedBytes;
    const body = !hasBody(req)
      ? null
      : buffered
        ? await readBody(req, res, bodyLimit)
        : streamBody(req, res, bodyLimit);
    const { traceparent, correlationId, signal } = exchange;
    const request = {
      method: req.method ?? method,
      path: req.url ?? "/",
      route,
      headers,
      body,
      signal,
      timeoutMs,
      idempotent: repeatable,
    };
    await reply(exchange, headers, await withContext({ traceparent, correlationId }, () => forward(service, request)));
  }

  return async (req, res) => {
    const exchange = new Exchange(deps, operation, req, res);
    try {
      await pass(exchange);
    } catch (error) {
      if (exchange.answered) exchange.lateFailure(error);
      exchange.sendProblem(error);
    }
  };

  async function reply(
    exchange: Exchange,
    opened: IncomingHttpHeaders,
    answer: Awaited<ReturnType<Forward>>,
  ): Promise<void> {
    const one = single(answer.headers);
    const headers = session ? { ...one, ...session.close(route, opened, one) } : one;
    if (Buffer.isBuffer(answer.body)) return exchange.send(answer.status, headers, answer.body);
    const end = () => exchange.abort();
    deps.streams.add(end);
    exchange.onceOver(() => deps.streams.delete(end));
    exchange.sendHead(answer.status, headers);
    await pipeline(answer.body, exchange.res, { signal: exchange.signal });
  }
}

/** One value a name: no service answers with a repeated header. The trace and the request's id are the exchange's to say. */
function single(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name === "traceparent" || name === "x-request-id" || name === "content-length") continue;
    result[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return result;
}

const tooMany = (seconds: number) =>
  new RequestProblem("rate_limited", `Too many requests from your address. Wait ${seconds} s before the next.`, {
    headers: { "retry-after": String(seconds) },
  });
const revoked = () =>
  new RequestProblem("token_invalid", "The session of this token was ended; sign in again.", {
    headers: { "www-authenticate": 'Bearer error="invalid_token"' },
  });
