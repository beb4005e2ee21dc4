import { Readable } from "node:stream";
import { ServiceError } from "@souk/kernel";
import {
  type BreakerSnapshot,
  type Bulkhead,
  type CallOutcome,
  createBulkhead,
  createCircuitBreaker,
  createRetryBudget,
  DEFAULT_TIMEOUT_MS,
  MAX_TIMEOUT_MS,
  MIN_TIMEOUT_MS,
  type RetryBudget,
  remainingMs,
  retry,
} from "@souk/resilience";
import { currentContext } from "@souk/telemetry";
import { isGatewayFailure, retryAfterMs } from "./answer.ts";
import { createAttempt, FAIR_MS, type Request } from "./attempt.ts";
import { createBalancer, type Target, type TargetSnapshot } from "./balancer.ts";
import { errors } from "./errors.ts";
import { type Answer, NoAnswer } from "./exchange.ts";
import type { MeshOptions } from "./mesh-options.ts";

export type DependencySnapshot = {
  readonly breaker: BreakerSnapshot;
  readonly bulkhead: ReturnType<Bulkhead["snapshot"]>;
  readonly retryBudget: ReturnType<RetryBudget["snapshot"]>;
  readonly instances: readonly TargetSnapshot[];
};

export type Dependency = {
  /**
   * Any answer that came from an instance, also a refusal or, after the last attempt, its 5xx.
   * @throws ServiceError `mesh.*` when there was none
   */
  readonly send: (request: Request) => Promise<Answer>;
  readonly snapshot: () => DependencySnapshot;
  readonly close: () => Promise<void>;
};

/** Above what one process of ours can use (it sheds at 256), below what would let one hung neighbour take it all. */
const BULKHEAD_LIMIT = 128;
const BULKHEAD_QUEUE = 256;
/** A call is slow when it takes longer than this, or half of its own time-out. */
const SLOW_MS = 1_000;
const BUSY_RETRY_MS = 1_000;

/** An answer that calls for another attempt; kept, because after the last attempt it is the answer. */
class Poor extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(`status ${answer.status}`);
    this.answer = answer;
  }
}

/** A neighbour and what protects both sides: bulkhead → breaker → budgeted retry → balancing with ejection → deadline. */
export function createDependency(service: string, options: MeshOptions): Dependency {
  const { discovery, clock, chance, log } = options;
  const { metrics } = options.telemetry;
  const attempt = createAttempt(service, options);
  const bulkhead = createBulkhead({ clock, limit: BULKHEAD_LIMIT, queue: BULKHEAD_QUEUE });
  const budget = createRetryBudget({ clock });
  const breaker = createCircuitBreaker({
    clock,
    chance,
    changed: (to, from) => {
      metrics.count("souk_circuit_breaker_changes_total", { peer_service: service, to });
      log.warn(`the circuit to ${service} is ${to}`, { dependency: service, from, to });
    },
  });
  const balancer = createBalancer({
    service,
    discovery,
    clock,
    chance,
    ejected: (instance, forMs) =>
      log.warn(`${instance} failed repeatedly and gets no calls for now`, { dependency: service, instance, forMs }),
    connect: options.connect,
  });

  /** Who gave up may have said why in our own words: that the deadline has passed. */
  const cancelled = (signal: AbortSignal | undefined, cause: unknown = signal?.reason) =>
    signal?.reason instanceof ServiceError ? signal.reason : errors.Cancelled({ service }, { cause });
  const busy = () => errors.BulkheadFull({ service, retryAfterMs: BUSY_RETRY_MS });

  /** The least wait before another attempt, or undefined when this failure is the answer. */
  const again = (error: unknown, { repeatable, body }: Request, target: Target | undefined): number | undefined => {
    // A stream has been read by the first attempt.
    if (body instanceof Readable) return undefined;
    if (error instanceof Poor) {
      if (!repeatable) return undefined;
      const { status, headers } = error.answer;
      // "Later", said by one instance that is busy, does not speak for the others; a rate limit (429) does.
      const isOfAll = status === 429 || !target || !balancer.hasOther(target);
      return isOfAll ? (retryAfterMs(headers) ?? 0) : 0;
    }
    if (!(error instanceof NoAnswer)) return undefined;
    if (error.why === "absent") return 0; // somebody may come up while we wait
    if (error.why !== "broken") return undefined;
    // What never left cannot have had an effect: to send it elsewhere is not to repeat it.
    return repeatable || !error.sent ? 0 : undefined;
  };

  /** @param took told how long each attempt lasted, in ms */
  const attempts = (
    request: Request,
    deadlineAt: number,
    signal: AbortSignal | undefined,
    took: (ms: number) => void,
  ): Promise<Answer> => {
    let target: Target | undefined;
    let last: Answer | undefined;
    return retry(
      async (number) => {
        // Nobody will read it now; unread, it would hold its connection.
        if (last?.body instanceof Readable) last.body.destroy();
        target = balancer.pick(target);
        if (!target) throw new NoAnswer("absent", false);
        if (number > 1) metrics.count("souk_client_retries_total", { peer_service: service });
        const begun = clock.monotonic();
        let answer: Answer;
        try {
          answer = await attempt(request, target, number, remainingMs(clock, deadlineAt), signal);
        } finally {
          took(clock.monotonic() - begun);
        }
        last = answer;
        if (isGatewayFailure(answer.status) || answer.status === 429) throw new Poor(answer);
        return answer;
      },
      { clock, chance, budget, deadlineAt, signal, again: (error) => again(error, request, target) },
    );
  };

  /** What the outcome says of the dependency's health. */
  const judge = (error: unknown, elapsedMs: number): CallOutcome => {
    if (error instanceof Poor) return error.answer.status === 429 ? "success" : "failure";
    if (!(error instanceof NoAnswer)) return "ignored"; // a bug of ours
    // Where nobody is there is nobody to spare, and whoever comes up must be found at once.
    if (error.why === "cancelled" || error.why === "absent") return "ignored";
    return error.why === "timeout" && elapsedMs < FAIR_MS ? "ignored" : "failure";
  };

  const guarded = async (request: Request, deadlineAt: number, signal: AbortSignal | undefined): Promise<Answer> => {
    const ticket = breaker.admit();
    if (ticket === undefined) {
      throw errors.CircuitOpen({ service, retryAfterMs: breaker.snapshot().retryAfterMs });
    }
    const startedAt = clock.monotonic();
    // Of one attempt: what we wait between them, as it asked for or not, is not its time.
    let slowestMs = 0;
    // What takes as long as its sender takes says nothing of the dependency's speed.
    const slowMs =
      request.idleMs !== undefined
        ? Number.POSITIVE_INFINITY
        : Math.max(SLOW_MS, (request.timeoutMs ?? DEFAULT_TIMEOUT_MS) / 2);
    try {
      const answer = await attempts(request, deadlineAt, signal, (ms) => {
        slowestMs = Math.max(slowestMs, ms);
      });
      breaker.record(ticket, answer.status >= 500 ? "failure" : "success", slowestMs >= slowMs);
      return answer;
    } catch (error) {
      const elapsedMs = clock.monotonic() - startedAt;
      breaker.record(ticket, judge(error, elapsedMs), slowestMs >= slowMs);
      if (error instanceof Poor) return error.answer;
      if (!(error instanceof NoAnswer)) throw error;
      switch (error.why) {
        case "timeout":
          throw errors.Timeout({ service }, { cause: error });
        case "cancelled":
          throw cancelled(signal, error);
        case "too large":
          throw errors.BadAnswer({ service, reason: "larger than 8 MiB" }, { cause: error });
        case "absent":
          throw errors.Unavailable({ service, reason: "no instance is known" });
        case "broken":
          throw errors.Unavailable({ service, reason: reasonOf(error) }, { cause: error });
      }
    }
  };

  balancer.pick(); // DNS begins to look, so that the first call finds an answer
  return {
    async send(request) {
      const context = currentContext();
      const signal = eitherOf(request.signal, context.signal);
      const startedAt = clock.monotonic();
      const ownMs = Math.min(request.timeoutMs ?? DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS);
      const endsAt = request.idleMs === undefined ? startedAt + ownMs : Number.POSITIVE_INFINITY;
      const deadlineAt = Math.min(endsAt, context.deadlineAt ?? Number.POSITIVE_INFINITY);
      if (signal?.aborted) throw cancelled(signal);
      if (deadlineAt - startedAt < MIN_TIMEOUT_MS) throw errors.Timeout({ service });
      const waitMs = Math.min(deadlineAt - startedAt, MAX_TIMEOUT_MS) - MIN_TIMEOUT_MS;
      const entering = bulkhead.enter(waitMs, signal);
      if (entering !== "entered") {
        const how = await entering;
        if (how === "aborted") throw cancelled(signal);
        if (how !== "entered") throw busy();
      }
      try {
        return await guarded(request, deadlineAt, signal);
      } finally {
        bulkhead.leave();
      }
    },
    snapshot: () => ({
      breaker: breaker.snapshot(),
      bulkhead: bulkhead.snapshot(),
      retryBudget: budget.snapshot(),
      instances: balancer.snapshot(),
    }),
    close: balancer.close,
  };
}

function eitherOf(a: AbortSignal | undefined, b: AbortSignal | undefined): AbortSignal | undefined {
  return a && b && a !== b ? AbortSignal.any([a, b]) : (a ?? b);
}

/** "ECONNREFUSED" and the like: hosts and ports stay in the log. */
function reasonOf({ cause }: NoAnswer): string {
  if (!(cause instanceof Error)) return "connection failed";
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
}
