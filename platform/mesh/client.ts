import type { CallOptions, Client, Contract, Endpoint } from "@souk/contract";
import { currentContext, type Metrics } from "@souk/telemetry";
import { errorOf, isGatewayFailure, outputOf } from "./answer.ts";
import type { Dependency } from "./dependency.ts";
import { errors } from "./errors.ts";
import type { Answer } from "./exchange.ts";
import { type CallInput, encodeQuery, isCallable, isRepeatable, pathEncoder } from "./request-encoding.ts";

const IDEMPOTENCY_HEADER = "idempotency-key";

type AnyCall = (input?: CallInput, options?: CallOptions) => Promise<unknown>;

/** A contract's endpoints as functions. What can be worked out beforehand is. */
export function createClient<C extends Contract>(contract: C, dependency: Dependency, metrics: Metrics): Client<C> {
  const calls = Object.entries(contract.endpoints).map(([name, endpoint]) => [
    name,
    isCallable(endpoint) ? callTo(contract.name, name, endpoint, dependency, metrics) : refuse(contract.name, name),
  ]);
  // The one `as`: the loop above makes exactly what Client<C> says, but TypeScript cannot follow it.
  return Object.fromEntries(calls) as Client<C>;
}

const refuse =
  (service: string, name: string): AnyCall =>
  () =>
    Promise.reject(new Error(`${service}.${name} streams: reach it with forward`));

function callTo(service: string, name: string, endpoint: Endpoint, dependency: Dependency, metrics: Metrics): AnyCall {
  const { method, path: route, spec } = endpoint;
  const pathOf = pathEncoder(route);
  const record = metrics.clientCalls(service, method, route);
  const repeatable = isRepeatable(endpoint);
  const spanName = `${service}.${name}`;

  return async (input = {}, { idempotencyKey = currentContext().idempotencyKey, timeoutMs, signal } = {}) => {
    const headers = ["accept", "application/json"];
    const hasBody = input.body !== undefined;
    if (hasBody) headers.push("content-type", "application/json");
    if (idempotencyKey !== undefined) headers.push(IDEMPOTENCY_HEADER, idempotencyKey);
    const { callHeaders } = currentContext();
    if (callHeaders) for (const [header, value] of Object.entries(callHeaders)) headers.push(header, value);
    if (input.headers) {
      for (const [header, value] of Object.entries(input.headers))
        if (value !== undefined) headers.push(header, String(value));
    }
    const answer = await dependency.send({
      method,
      path: pathOf(input) + encodeQuery(input.query),
      headers,
      body: hasBody ? JSON.stringify(input.body) : null,
      name: spanName,
      route,
      record,
      repeatable: repeatable || idempotencyKey !== undefined,
      streaming: false,
      timeoutMs: timeoutMs ?? spec.timeoutMs,
      signal,
    });
    if (answer.status >= 200 && answer.status < 300) return outputOf(service, answer);
    throw failureOf(service, answer);
  };
}

/** A neighbour that has no answer to give is like one that cannot be reached; anything else is its own word. */
function failureOf(service: string, answer: Answer): Error {
  const cause = errorOf(service, answer);
  if (!isGatewayFailure(answer.status)) return cause;
  return answer.status === 504
    ? errors.Timeout({ service }, { cause })
    : errors.Unavailable({ service, reason: cause.code }, { cause });
}
