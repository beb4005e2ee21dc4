import type { Readable } from "node:stream";
import { crashPoint } from "@souk/kernel";
import { TIMEOUT_HEADER } from "@souk/resilience";
import { CORRELATION_HEADER, currentContext, type RecordCall, type Span, TRACEPARENT_HEADER } from "@souk/telemetry";
import type { Target } from "./balancer.ts";
import { type Answer, exchange, NoAnswer } from "./exchange.ts";
import { IDENTITY_HEADER } from "./identity-token.ts";
import type { MeshOptions } from "./mesh-options.ts";

/** A time-out after less than this says that the caller was late, not that the neighbour is slow. */
export const FAIR_MS = 100;

/** One request to a dependency, however many attempts it takes. */
export type Request = {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** Alternating names and values; the mesh adds its own. */
  readonly headers: readonly string[];
  readonly body: string | Buffer | Readable | null;
  /** The span's name. */
  readonly name: string;
  readonly route: string;
  readonly record: RecordCall;
  /** Whether it may be sent again after it may have had an effect. */
  readonly repeatable: boolean;
  /** Whether the answer may be a stream. */
  readonly streaming: boolean;
  readonly timeoutMs?: number | undefined;
  /** Instead of `timeoutMs`: how long nothing may move in either direction, in ms. */
  readonly idleMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** Sends a request to one instance and tells span, metrics and the instance's record what came of it. @throws NoAnswer */
export type Attempt = (
  request: Request,
  target: Target,
  /** From 1. */
  number: number,
  timeoutMs: number,
  signal: AbortSignal | undefined,
) => Promise<Answer>;

export function createAttempt(service: string, { caller, identity, clock, telemetry }: MeshOptions): Attempt {
  const headersFor = (request: Request, traceparent: string | undefined, timeoutMs: number): string[] => {
    const headers = [...request.headers, "user-agent", caller];
    if (timeoutMs !== Number.POSITIVE_INFINITY) headers.push(TIMEOUT_HEADER, String(Math.floor(timeoutMs)));
    if (traceparent !== undefined) headers.push(TRACEPARENT_HEADER, traceparent);
    const { correlationId } = currentContext();
    if (correlationId !== undefined) headers.push(CORRELATION_HEADER, correlationId);
    if (identity) headers.push(IDENTITY_HEADER, identity.tokenFor(service));
    return headers;
  };

  const observe = (request: Request, target: Target, span: Span | undefined, startedAt: number) => ({
    answered({ status }: Answer): void {
      request.record(status, (clock.monotonic() - startedAt) / 1000);
      if (status >= 500) target.health.failed();
      else target.health.succeeded();
      if (!span) return;
      span.set("http.response.status_code", status);
      if (status >= 500) span.fail(new Error(`status ${status}`));
      span.end();
    },
    unanswered(failure: NoAnswer): void {
      const elapsedMs = clock.monotonic() - startedAt;
      request.record(failure.why, elapsedMs / 1000);
      if (failure.why !== "cancelled") {
        if (failure.why !== "timeout" || elapsedMs >= FAIR_MS) target.health.failed();
        span?.fail(failure);
      }
      span?.end();
    },
  });

  return async (request, target, number, timeoutMs, signal) => {
    const span = telemetry.begin(request.name, {
      kind: "client",
      attributes: {
        "http.request.method": request.method,
        "url.template": request.route,
        "peer.service": service,
        "souk.peer.instance": target.instance,
        ...(number > 1 && { "http.request.resend_count": number - 1 }),
      },
    });
    const { answered, unanswered } = observe(request, target, span, clock.monotonic());
    const { method, path, body, streaming, idleMs } = request;
    const headers = headersFor(request, span?.traceparent ?? currentContext().traceparent, timeoutMs);
    target.inFlight++;
    try {
      const answer = await exchange(
        target.pool,
        { method, path, headers, body },
        { clock, timeoutMs, idleMs, signal, streaming },
        () => target.inFlight--,
      );
      crashPoint("call.answered");
      answered(answer);
      return answer;
    } catch (error) {
      if (error instanceof NoAnswer) unanswered(error);
      throw error;
    }
  };
}
