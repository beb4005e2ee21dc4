import type { IncomingMessage, ServerResponse } from "node:http";
import { type Endpoint, type Principal, rulesOf } from "@souk/contract";
import type { FieldError } from "@souk/contract/validation";
import { crashPoint } from "@souk/kernel";
import { type LoadShedder, MIN_TIMEOUT_MS, remainingMs, TIMEOUT_HEADER, timeoutFrom } from "@souk/resilience";
import { type Context, withContext } from "@souk/telemetry";
import { admit, type Verifiers } from "./access.ts";
import { defaultBodyLimit, hasBody, mediaTypeOf, readBody, streamBody, tooSlow } from "./body.ts";
import { callerHeaders, callerOf } from "./caller.ts";
import { sendEvents } from "./event-stream.ts";
import { Exchange, type ExchangeDeps, type Operation, replayedHeader } from "./exchange.ts";
import { fingerprintOf, keyId, type Meaning } from "./fingerprint.ts";
import type { Idempotency } from "./idempotency.ts";
import { assertHead, assertNoNul, inputReader, parseQuery, propertiesOf, refuseAll, singleHeaders } from "./inputs.ts";
import { bodyReader } from "./json-body.ts";
import { type ProblemDetail, RequestProblem } from "./problems.ts";
import { renderer } from "./render.ts";

export type RouteDeps = ExchangeDeps &
  Verifiers & {
    readonly idempotency: Idempotency | undefined;
    readonly shedder: LoadShedder | undefined;
    /** Whether callers come here themselves, and not through a server that says who they are. */
    readonly edge: boolean;
    /** Streams that only end when somebody ends them: the server does when it closes. */
    readonly streams: Set<() => void>;
  };

/** What a route is given; which members depends on its endpoint (`RouteRequest` says so to the compiler). */
export type AnyHandler = (request: never) => Promise<unknown>;

/** Answers one request whose path and method have been matched. Never rejects. */
export type Serve = (
  req: IncomingMessage,
  res: ServerResponse,
  params: Record<string, string>,
  query: string,
) => Promise<void>;

type Inputs = Pick<Meaning, "params" | "query" | "headers" | "body">;

const none: readonly never[] = [];

/** Everything that can be worked out before the first request: checks, serialisers, limits. */
export function createRoute(operation: Operation, endpoint: Endpoint, handler: AnyHandler, deps: RouteDeps): Serve {
  const { spec, method, path } = endpoint;
  const { clock } = deps;
  const rules = rulesOf(endpoint);
  const unrepeated = singleHeaders(spec.headers);
  const readParams = spec.params && inputReader(spec.params, false);
  const readQuery = spec.query && inputReader(spec.query, false);
  const readHeaders = spec.headers && inputReader(spec.headers, true);
  const ownAuthorization = spec.headers !== undefined && "authorization" in propertiesOf(spec.headers);
  const body = spec.body && bodyReader(spec.body, spec.bodyLimit ?? defaultBodyLimit);
  const hasDeadline = !spec.stream && (!spec.upload || spec.timeoutMs !== undefined);
  const keyed = spec.idempotency === "required";
  const render = renderer(endpoint);

  /** The parts of the request, checked; every error of every part is listed. */
  async function read({ req, res }: Exchange, params: Record<string, string>, query: string): Promise<Inputs> {
    for (const name in params) assertNoNul(params[name] ?? "");
    const members = parseQuery(query);
    const checkedParams = readParams?.(params);
    const checkedQuery = readQuery?.(members);
    const checkedHeaders = readHeaders?.(req.headers);
    const checkedBody = body && (await body(req, res));
    // Nobody looks at it, but a request whose body turns out to be none was none: it must not have been acted on.
    if (!body && !spec.upload && hasBody(req)) await readBody(req, res, defaultBodyLimit);
    const errors = [
      ...located("params", checkedParams?.errors),
      ...located("query", checkedQuery ? checkedQuery.errors : refuseAll(members)),
      ...located("headers", checkedHeaders?.errors),
      ...(checkedBody?.errors ?? none),
    ];
    if (errors.length > 0) throw invalid(errors);
    return {
      params: checkedParams?.value,
      query: checkedQuery?.value,
      headers: checkedHeaders?.value,
      body: checkedBody?.value,
    };
  }

  async function serve(exchange: Exchange, rawParams: Record<string, string>, rawQuery: string): Promise<void> {
    const { req, res, signal, traceparent, correlationId } = exchange;
    assertHead(req, unrepeated);
    const deadlineAt = hasDeadline ? startDeadline(exchange) : undefined;
    const principal = await admit(rules, req.headers, deps, ownAuthorization, req.method);
    const key = keyed ? keyOf(req) : undefined;
    const mediaType = spec.upload && mediaTypeOf(req, spec.upload);
    if (deps.shedder) await takePlace(exchange, deps.shedder);
    const { params, query, headers, body } = await read(exchange, rawParams, rawQuery);
    if (deadlineAt !== undefined) assertEnough(remainingMs(clock, deadlineAt));

    const once =
      key === undefined
        ? undefined
        : onceFor(exchange, principal, key, { method, route: path, params, query, headers, body });
    const stream = spec.upload && streamBody(req, res, spec.bodyLimit ?? Number.POSITIVE_INFINITY, clock);
    const caller = callerOf(req, deps.edge);
    // One shape for all routes, whatever their endpoint has. No getters: each object literal with one has a shape of its own,
    // which V8 keeps until the next full collection (measured: 5 µs a request in the garbage collector).
    const request = {
      params,
      query,
      headers,
      body,
      principal,
      rawHeaders: req.headers,
      address: caller.address,
      agent: caller.agent,
      signal,
      remainingMs: () => remainingMs(clock, deadlineAt),
      once: once?.once,
      stream,
      mediaType,
    };
    const context: Context = {
      traceparent,
      correlationId,
      signal,
      ...(deadlineAt !== undefined && { deadlineAt }),
      ...(once && { idempotencyKey: once.id }),
      ...(deps.edge && { callHeaders: callerHeaders(caller) }),
    };
    exchange.phase = "working";
    // as: each handler's own type is checked where the contract meets its handlers
    const result = await withContext(context, () => handler(request as never));
    crashPoint("request.handled");
    if (once && !once.used()) throw new Error(`${operation.name} promises one effect per key but did not call once()`);
    if (spec.stream) await follow(exchange, result as AsyncIterable<unknown>);
    else render(exchange, result, once?.replayed() ? replayedHeader : {});
  }

  /** Answers when time is up, whatever the route is doing; its work goes on without anybody waiting for it. */
  function startDeadline(exchange: Exchange): number {
    const timeoutMs = timeoutFrom(exchange.req.headers[TIMEOUT_HEADER]?.toString(), spec.timeoutMs);
    assertEnough(timeoutMs);
    const cancel = clock.after(timeoutMs, () => {
      const arriving = exchange.phase === "arriving" || (spec.upload !== undefined && !exchange.req.complete);
      const problem = arriving ? tooSlow() : outOfTime(endpoint);
      exchange.sendProblem(problem);
      exchange.abort(problem);
    });
    exchange.onceOver(cancel);
    return exchange.startedAt + timeoutMs;
  }

  async function takePlace(exchange: Exchange, shedder: LoadShedder): Promise<void> {
    if ((await shedder.admit(spec.criticality ?? "normal", exchange.signal)) === "refused") {
      const headers = { "retry-after": String(shedder.retryAfterSeconds()) };
      throw new RequestProblem("overloaded", "There is too much to do right now. Try again shortly.", { headers });
    }
    exchange.leave = () => {
      exchange.leave = () => {};
      shedder.release(exchange.status === 504);
    };
  }

  function onceFor(exchange: Exchange, principal: Principal, key: string, meaning: Meaning) {
    const { idempotency } = deps;
    const id = keyId(principal, meaning, key);
    if (!idempotency) throw new Error("a server with idempotent endpoints needs somewhere to record keys");
    let calls = 0;
    let replayed = false;
    const once = async (work: Parameters<Idempotency["once"]>[1]) => {
      if (++calls > 1) throw new Error(`${operation.name} called once() twice`);
      const fingerprint = fingerprintOf(meaning);
      const outcome = await idempotency.once(
        { id, fingerprint, requestId: exchange.requestId, render: (refusal) => exchange.problem(refusal).document },
        work,
      );
      replayed = outcome.replayed;
      exchange.repeats = outcome;
      return outcome.value;
    };
    return { id, once, used: () => calls > 0, replayed: () => replayed };
  }

  async function follow(exchange: Exchange, events: AsyncIterable<unknown>): Promise<void> {
    const end = () => {
      exchange.abort();
      exchange.res.end();
    };
    deps.streams.add(end);
    exchange.onceOver(() => deps.streams.delete(end));
    exchange.leave(); // open for hours, doing nothing: it must not take a place from those who work
    await sendEvents(exchange, events, render.json, clock);
  }

  return async (req, res, params, query) => {
    const exchange = new Exchange(deps, operation, req, res);
    try {
      await serve(exchange, params, query);
    } catch (error) {
      if (exchange.answered && !(error instanceof RequestProblem)) exchange.lateFailure(error);
      exchange.sendProblem(error);
    } finally {
      exchange.leave();
    }
  };
}

const keyShape = /^[\x21-\x7e]{16,255}$/;

function keyOf({ headers }: IncomingMessage): string {
  const key = headers["idempotency-key"];
  if (key === undefined || key === "") {
    throw new RequestProblem(
      "idempotency_key_required",
      "This needs an Idempotency-Key: a random one, 16 to 255 characters.",
    );
  }
  if (typeof key !== "string" || !keyShape.test(key)) {
    throw new RequestProblem(
      "idempotency_key_invalid",
      "The Idempotency-Key must be 16 to 255 printable ASCII characters without spaces.",
    );
  }
  return key;
}

const located = (place: string, errors: readonly FieldError[] = none): readonly ProblemDetail[] =>
  errors.length === 0 ? none : errors.map((error) => ({ ...error, in: place }));

const invalid = (details: readonly ProblemDetail[]) =>
  new RequestProblem(
    "validation_failed",
    `${count(details.length)} of the request must be mended; see error.details.`,
    { details },
  );
const count = (n: number) => (n === 1 ? "One part" : `${n} parts`);

function assertEnough(leftMs: number): void {
  if (leftMs < MIN_TIMEOUT_MS)
    throw new RequestProblem("deadline_exceeded", "Too little time was left to begin; nothing was done.");
}

function outOfTime({ method, spec }: Endpoint): RequestProblem {
  const advice =
    method === "GET"
      ? "Repeat the request, or allow it more time."
      : spec.idempotency === "required"
        ? "Whether it took effect is not known: repeat it with the same Idempotency-Key."
        : spec.idempotency === "natural"
          ? "Whether it took effect is not known; it is safe to repeat."
          : "Whether it took effect is not known: look before you repeat it.";
  return new RequestProblem("deadline_exceeded", `The time the caller allowed was not enough. ${advice}`);
}
