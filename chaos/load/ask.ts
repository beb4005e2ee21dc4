import { setTimeout as delay } from "node:timers/promises";
import type { Answer, Ask, Client, Method } from "../../e2e/shop/client.ts";

/** An answer that stands, after how many repetitions; or none within the time that a shopper has. */
export type Asked<T> = { readonly answer: Answer<T> | undefined; readonly retries: number };

/** Answers that mean "not now"; an idempotency key that is still being worked on is one of them. */
function isPassing({ status, text }: Answer<unknown>): boolean {
  if (status === 409) return text.includes("idempotency_in_progress");
  return status === 429 || status >= 500;
}

const pauseMs = 150;
const oneMs = 6_000;

/** Asks, as any good client does, until there is an answer that stands, and always with the same key. Gives up after `patienceMs`. */
export async function ask<T>(
  http: Client,
  method: Method,
  path: string,
  request: Ask,
  patienceMs: number,
): Promise<Asked<T>> {
  const until = performance.now() + patienceMs;
  for (let retries = 0; ; retries++) {
    const left = until - performance.now();
    if (left <= 0) return { answer: undefined, retries };
    const cut = delay(Math.min(oneMs, left), undefined, { ref: false });
    try {
      const answer = await Promise.race([http.once<T>(method, path, request), cut]);
      if (answer && !isPassing(answer)) return { answer, retries };
    } catch {
      // the connection was refused or cut: asked again
    }
    await delay(pauseMs);
  }
}
