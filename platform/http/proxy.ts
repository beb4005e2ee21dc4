import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Contract, type Endpoint, type Principal, rulesOf } from "@souk/contract";
import { IDLE_TIMEOUT_MS, MAX_TIMEOUT_MS } from "@souk/resilience";
import { withContext } from "@souk/telemetry";
import { admit, identityHeader, type Verifiers } from "./access.ts";
import { defaultBodyLimit, HungUp, hasBody, readBody, streamBody, tooSlow } from "./body.ts";
import { callerHeaders, callerOf } from "./caller.ts";
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
    /** Instead of `timeoutMs`. */
    readonly idleMs?: number;
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

/** An upload larger than this flows through; like any other body, a smaller one is read whole, and can be sent again. */
const bufferedBytes = 64 * 1024;
/** Longer than the service takes to notice a sender who pauses, and to do what is left to do after the last piece. */
const idleMs = 2 * IDLE_TIMEOUT_MS;
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
  const unhurried = spec.upload !== undefined && spec.timeoutMs === undefined;
  const repeatable = safeMethods.has(method) || spec.idempotency !== undefined;

  /** The token of an ended session proves nothing, whatever it would be good for. */
  const verifiers: Verifiers = {
    ...deps,
    async verifyUser(token) {
      const principal = await deps.verifyUser(token);
      if (guard.isRevoked(principal)) throw revoked();
      return principal;
    },
  };

  async function pass(exchange: Exchange): Promise<void> {
    const { req } = exchange;
    assertHead(req, unrepeated);
    const waitSeconds = await guard.limit(req, route);
    if (waitSeconds !== undefined) throw tooMany(waitSeconds);
    const headers: IncomingHttpHeaders = {
      ...endToEnd(session?.open(req) ?? req.headers),
      ...callerHeaders(callerOf(req, true)),
      "x-request-id": exchange.requestId,
    };
    delete headers[identityHeader]; // a service proves itself to us by calling from inside, never through the public door
    await admit(rules, headers, verifiers, ownAuthorization, req.method);

    const body = hasBody(req) ? await take(exchange) : null;
    const { traceparent, correlationId, signal } = exchange;
    const request = {
      method: req.method ?? method,
      path: req.url ?? "/",
      route,
      headers,
      body,
      signal,
      timeoutMs,
      ...(unhurried && { idleMs }),
      idempotent: repeatable,
    };
    try {
      const answer = await withContext({ traceparent, correlationId }, () => forward(service, request));
      await reply(exchange, headers, answer);
    } catch (error) {
      // The service behind was told no more than that the body broke off.
      throw body && "errored" in body && body.errored instanceof RequestProblem ? body.errored : error;
    }
  }

  /**
   * A body is read whole before it is passed on, so that a sender who takes his time occupies no service, and is not mistaken for
   * a service that does.
   */
  async function take(exchange: Exchange): Promise<Readable | Buffer> {
    const { req, res } = exchange;
    const length = Number(req.headers["content-length"] ?? Number.POSITIVE_INFINITY);
    if (unhurried && length > bufferedBytes) return streamBody(req, res, bodyLimit, deps.clock);
    let late = false;
    const givenUp = () => {
      late = true;
      exchange.sendProblem(tooSlow());
    };
    // Mostly it has come with the head.
    const cancel = req.complete ? () => {} : deps.clock.after(MAX_TIMEOUT_MS, givenUp);
    try {
      const whole = await readBody(req, res, bodyLimit);
      if (late) throw new HungUp();
      return whole;
    } finally {
      cancel();
    }
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
    // Of nothing only the service knows whether it has a length: none has 204, and HEAD that of what GET would bring.
    if (Buffer.isBuffer(answer.body))
      return exchange.send(answer.status, headers, answer.body.length > 0 ? answer.body : undefined);
    const end = () => exchange.abort();
    deps.streams.add(end);
    exchange.onceOver(() => deps.streams.delete(end));
    exchange.sendHead(answer.status, headers);
    await pipeline(answer.body, exchange.res, { signal: exchange.signal });
  }
}

/** Without what its sender says is for this connection only (RFC 9110 §7.6.1): said of what we add, it would take that out again. */
function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { connection } = headers;
  if (connection === undefined || connection === "keep-alive" || connection === "close") return headers;
  const named = new Set([
    "connection",
    ...connection
      .toLowerCase()
      .split(",")
      .map((name) => name.trim()),
  ]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !named.has(name)));
}

/** One value a name: no service answers with a repeated header. The trace and the request's id are the exchange's to say. */
function single(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name === "traceparent" || name === "x-request-id") continue;
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
