import type { IncomingMessage, ServerResponse } from "node:http";
import { type Clock, instant, ServiceError } from "@souk/kernel";
import { extract, formatTraceparent, type Log, type RecordCall, type Span, type Tracer } from "@souk/telemetry";
import { HungUp, hasBody } from "./body.ts";
import { type FirstRequest, isFinal, RecordedRefusal } from "./idempotency.ts";
import { type Occurrence, type Problem, problemOf, RequestProblem } from "./problems.ts";
import type { AnswerHeaders } from "./types.ts";

/** What every exchange needs of its server. */
export type ExchangeDeps = {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly log: Pick<Log, "info" | "warn" | "error">;
  /** Whether every request is worth a line. */
  readonly logRequests: boolean;
  readonly begin: Tracer["begin"] | undefined;
  /** Then every answer is the last one of its connection. */
  readonly isClosing: () => boolean;
};

/** What is known about a request from where it was sent to. */
export type Operation = {
  /** `GET /v1/orders/:id`; low cardinality. */
  readonly name: string;
  readonly method: string;
  readonly route: string;
  readonly record: RecordCall | undefined;
};

const requestIdShape = /^[A-Za-z0-9._-]{8,64}$/;
/** Nobody reads the answer; as nginx counts it. */
const hungUpStatus = 499;
/** How long a refused client may go on sending before it is cut off: long enough to read why. */
const lingerMs = 2_000;

/** The caller's, when it is fit for logs and headers. */
export function requestIdOf({ headers }: IncomingMessage, newId: () => string): string {
  const given = headers["x-request-id"];
  return typeof given === "string" && requestIdShape.test(given) ? given : newId();
}

export const securityHeaders = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
} as const;

export const replayedHeader = { "idempotent-replayed": "true" };

const nothing = () => {};

/** One request and its one answer: whatever would be sent after it is dropped. */
export class Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly requestId: string;
  /** Of this request's span: sent back, and carried by what the work calls. */
  readonly traceparent: string;
  readonly correlationId: string;
  readonly startedAt: number;
  answered = false;
  /** 0 before the answer. */
  status = 0;
  /** Until the request has arrived whole, being late is the caller's doing. */
  phase: "arriving" | "working" = "arriving";
  /** Gives back the place among the requests in progress, once. */
  leave: () => void = nothing;
  /** Set by a key: a final refusal, also one that only later becomes known, is the same document in every replay. */
  repeats: { readonly first: FirstRequest; readonly replayed: boolean } | undefined;
  readonly #deps: ExchangeDeps;
  readonly #operation: Operation;
  readonly #span: Span | undefined;
  readonly #controller = new AbortController();
  /** Runs when the exchange is over, answered or not. */
  readonly #over: (() => void)[] = [];

  constructor(deps: ExchangeDeps, operation: Operation, req: IncomingMessage, res: ServerResponse) {
    this.req = req;
    this.res = res;
    this.#deps = deps;
    this.#operation = operation;
    this.startedAt = deps.clock.monotonic();
    this.requestId = requestIdOf(req, deps.newId);
    const { traceparent, correlationId } = extract(req.headers);
    this.correlationId = correlationId ?? this.requestId;
    this.#span = deps.begin?.(operation.name, {
      kind: "server",
      parent: traceparent,
      attributes: { "http.request.method": operation.method, "http.route": operation.route },
    });
    this.traceparent = this.#span?.traceparent ?? traceparent ?? newTraceparent(deps.newId);
    // Comes last, also after a complete answer. Before one it means that the caller is gone.
    res.on("close", () => {
      if (!this.answered) this.#finish(hungUpStatus, undefined);
      for (const release of this.#over) release();
      if (!res.writableFinished) this.abort();
    });
  }

  /** Runs `release` when nobody can be answered any more, answered or not: at once when that is so already. */
  onceOver(release: () => void): void {
    if (this.res.closed) release();
    else this.#over.push(release);
  }

  /** Aborts when the caller hangs up or is no longer waiting. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Tells the work that nobody waits for it any more. */
  abort(reason?: unknown): void {
    this.#controller.abort(reason);
  }

  /**
   * Sends a whole answer. `body` undefined: none, as for 204 and 304.
   * @throws TypeError for a header that HTTP cannot carry; nothing has been sent then
   */
  send(status: number, headers: AnswerHeaders, body: string | Buffer | undefined): void {
    if (this.answered) return;
    this.#write(status, headers, body);
    this.#finish(status, undefined);
  }

  /** Sends the head of an answer whose body follows piece by piece. @throws TypeError as `send` does */
  sendHead(status: number, headers: AnswerHeaders): void {
    if (this.answered) return;
    this.res.writeHead(status, this.#headers(headers)).flushHeaders();
    this.#finish(status, undefined);
  }

  sendProblem(error: unknown): void {
    if (this.answered || error instanceof HungUp) return;
    const { http, document, headers } = this.problem(error);
    this.#write(http, { ...headers, "content-type": "application/problem+json; charset=utf-8" }, document);
    this.#finish(http, error);
    if (http === 500) this.logFailure("a request failed", error);
    else if (error instanceof RequestProblem && http > 500 && error.cause !== undefined) this.#warn(error);
  }

  /** The route failed when its answer had been given up: nobody hears of it but us. A refusal, or that it was given up, is no news. */
  lateFailure(error: unknown): void {
    if (error instanceof ServiceError || error instanceof RecordedRefusal || error instanceof HungUp) return;
    if (this.signal.aborted && isAbort(error, this.signal.reason)) return;
    this.logFailure("a request failed when nobody waited for it any more", error);
  }

  logFailure(message: string, error: unknown): void {
    const { name } = this.#operation;
    this.#deps.log.error(message, { route: name, requestId: this.requestId, error });
  }

  #warn({ code, cause }: RequestProblem): void {
    const { name } = this.#operation;
    this.#deps.log.warn("a request could not be served", {
      route: name,
      requestId: this.requestId,
      code,
      error: cause,
    });
  }

  /** The problem that an error is shown as. */
  problem(error: unknown): Problem {
    if (error instanceof RecordedRefusal) {
      const http = statusOf(error.document);
      return { http, document: error.document, headers: error.replayed ? replayedHeader : {} };
    }
    const { repeats } = this;
    if (!repeats || !isFinal(error)) return problemOf(error, this.#occurrence());
    const { requestId = this.requestId, timestamp } = repeats.first;
    const problem = problemOf(error, { ...this.#occurrence(), requestId, timestamp });
    return repeats.replayed ? { ...problem, headers: { ...problem.headers, ...replayedHeader } } : problem;
  }

  #occurrence(): Occurrence {
    const { url = "/" } = this.req;
    const query = url.indexOf("?"); // may hold what is nobody's business
    return {
      requestId: this.requestId,
      instance: query === -1 ? url : url.slice(0, query),
      timestamp: instant(this.#deps.clock.now()),
    };
  }

  #headers(headers: AnswerHeaders): Record<string, string | string[]> {
    return {
      "x-request-id": this.requestId,
      traceparent: this.traceparent,
      ...securityHeaders,
      "cache-control": "no-store",
      ...headers,
    };
  }

  #write(status: number, headers: AnswerHeaders, body: string | Buffer | undefined): void {
    const { req, res } = this;
    if (res.destroyed || res.headersSent) return;
    const all = this.#headers(headers);
    if (this.#deps.isClosing()) all["connection"] = "close";
    if (body !== undefined) all["content-length"] = String(Buffer.byteLength(body));
    res.writeHead(status, all).end(body);
    if (hasBody(req) && !req.complete) this.#linger();
  }

  /** Closing at once would destroy the answer on its way; waiting for ever would let a client hold the connection. */
  #linger(): void {
    const { req } = this;
    req.resume();
    const cancel = this.#deps.clock.after(lingerMs, () => {
      if (!req.complete) req.socket.destroy();
    });
    req.once("end", cancel).once("close", cancel);
  }

  #finish(status: number, error: unknown): void {
    this.answered = true;
    this.status = status;
    const { record, name } = this.#operation;
    const elapsedMs = this.#deps.clock.monotonic() - this.startedAt;
    record?.(status, elapsedMs / 1_000);
    this.#span?.set("http.response.status_code", status);
    const cause = error instanceof RecordedRefusal ? error.cause : error;
    if (cause !== undefined) this.#span?.fail(cause);
    this.#span?.end();
    if (this.#deps.logRequests) {
      this.#deps.log.info("request", {
        route: name,
        status,
        durationMs: Math.round(elapsedMs),
        requestId: this.requestId,
      });
    }
  }
}

/** What work ends with that heeds its signal, or writes to whom it has lost. */
const isAbort = (error: unknown, reason: unknown): boolean =>
  error === reason ||
  (error instanceof Error &&
    (error.cause === reason ||
      error.name === "AbortError" ||
      ("code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE")));

/** The status that a stored problem document says. */
function statusOf(document: string): number {
  const { status } = JSON.parse(document) as { status: number };
  return status;
}

/** For a server without a tracer: a trace that nobody records, so that callers can still name it. */
export function newTraceparent(newId: () => string): string {
  const hex = () => newId().replaceAll("-", "");
  return formatTraceparent(hex(), hex().slice(16), false);
}
