import type { BrowserOptions } from "./client.ts";
import { noAnswer, type Problem, problemOf } from "./problem.ts";
import { freshen, isSignedIn } from "./session.ts";

type Asked = {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
};

const defaultTimeoutMs = 8_000;
/** Longer than the shop lets anybody wait. */
const graceMs = 5_000;

/** One request to this origin. @throws Problem when it is refused, or nobody answers in time */
export async function send(
  method: string,
  path: string,
  { params = {}, query = {}, body }: Asked = {},
  { idempotencyKey, wait, timeoutMs, signal }: BrowserOptions = {},
): Promise<unknown> {
  await freshen().catch((cause: unknown) => {
    throw noAnswer(cause);
  });
  const url = fill(path, params) + queryOf(query);
  const patience = AbortSignal.timeout(timeoutMs ?? (wait === undefined ? defaultTimeoutMs : wait * 1_000 + graceMs));
  const init: RequestInit = {
    method,
    headers: {
      accept: "application/json",
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(idempotencyKey && { "idempotency-key": idempotencyKey }),
      ...(wait !== undefined && { prefer: `wait=${wait}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    // What was meant is done, also when the page is left meanwhile.
    keepalive: method !== "GET",
    signal: signal ? AbortSignal.any([signal, patience]) : patience,
  };
  const response = await attempt(url, init, signal);
  if (response.ok) return response.status === 204 ? {} : read(response);
  const problem = await problemOf(response);
  if (!isAboutTheSession(problem) || !isSignedIn()) throw problem;
  // Ended elsewhere, or this machine's clock is off: ask once more with what the shop says now.
  await freshen(true).catch(() => {});
  const again = await attempt(url, init, signal);
  if (!again.ok) throw await problemOf(again);
  return read(again);
}

async function attempt(url: string, init: RequestInit, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw noAnswer(cause);
  }
}

async function read(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw noAnswer(cause);
  }
}

const isAboutTheSession = ({ code }: Problem) => code === "unauthenticated" || code === "token_invalid";

const fill = (path: string, params: Readonly<Record<string, string>>) =>
  path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));

function queryOf(query: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().flatMap((one) => (one === undefined || one === "" ? [] : [[name, String(one)]])),
  );
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs)}`;
}
