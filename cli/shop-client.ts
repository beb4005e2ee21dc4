import type { Readable } from "node:stream";
import { Pool } from "undici";
import { Failure } from "./failure.ts";

export type ShopRequest = {
  readonly body?: unknown;
  /** Sent as it is, with this media type. A stream is made anew for each attempt. */
  readonly upload?: { readonly mediaType: string; readonly content: string | (() => Readable) };
  readonly token?: string | undefined;
  readonly cartToken?: string | undefined;
  readonly idempotencyKey?: string;
  /** Seconds to wait for an order to be confirmed. */
  readonly waitSeconds?: number;
};
export type ShopAnswer = {
  readonly status: number;
  readonly body: unknown;
  /** Names the trace that shows what each service did for this answer. */
  readonly traceparent: string | undefined;
};

/** Answers that mean "not now": asked again after a pause. Everything this client sends is safe to repeat. */
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const attempts = 8;
const timeoutMs = 30_000;

/** The shop's public API, as any outside client uses it. */
export function shopClient(address: string, pause: (ms: number) => Promise<void>) {
  const pool = new Pool(address, { connections: 16, headersTimeout: timeoutMs, bodyTimeout: 0 });

  async function once(
    method: Method,
    path: string,
    request: ShopRequest,
  ): Promise<ShopAnswer & { retryAfterMs: number }> {
    const { body, upload, token, cartToken, idempotencyKey, waitSeconds } = request;
    const given = upload?.content ?? (body === undefined ? null : JSON.stringify(body));
    const content = typeof given === "function" ? given() : given;
    const answer = await pool.request({
      method,
      path,
      body: content,
      headers: {
        ...(content !== null && { "content-type": upload?.mediaType ?? "application/json" }),
        ...(token && { authorization: `Bearer ${token}` }),
        ...(cartToken && { "x-cart-token": cartToken }),
        ...(idempotencyKey && { "idempotency-key": idempotencyKey }),
        ...(waitSeconds && { prefer: `wait=${waitSeconds}` }),
      },
    });
    const text = await answer.body.text();
    const retryAfterMs = Number(answer.headers["retry-after"] ?? 0) * 1_000;
    const traceparent = answer.headers["traceparent"];
    return {
      status: answer.statusCode,
      body: text === "" ? undefined : parse(text),
      traceparent: typeof traceparent === "string" ? traceparent : undefined,
      retryAfterMs,
    };
  }

  return {
    /** @throws Failure when the shop does not answer for half a minute */
    async call(method: Method, path: string, request: ShopRequest = {}): Promise<ShopAnswer> {
      for (let attempt = 1; ; attempt++) {
        const last = attempt === attempts;
        let waitMs = 100 * 2 ** attempt;
        try {
          const answer = await once(method, path, request);
          if (last || !passing.has(answer.status)) return answer;
          waitMs = Math.max(waitMs, answer.retryAfterMs);
        } catch (cause) {
          if (last) throw new Failure(`The shop at ${address} does not answer.`, "See: souk status", { cause });
        }
        await pause(waitMs);
      }
    },
    /** The same, for an answer that must be a success. @throws Failure with what the shop said */
    async must<T>(method: Method, path: string, request: ShopRequest = {}): Promise<T> {
      const { status, body } = await this.call(method, path, request);
      if (status >= 300) throw new Failure(`${method} ${path} answered ${status}: ${detailOf(body)}`, "See: souk logs");
      return body as T;
    },
    close: () => pool.close(),
  };
}
export type ShopClient = ReturnType<typeof shopClient>;
type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // not ours: a proxy between us and the shop
  }
}

type Problem = { readonly detail?: string; readonly error?: { readonly code?: string; readonly message?: string } };
const isProblem = (body: unknown): body is Problem => typeof body === "object" && body !== null;
export const codeOf = (body: unknown): string => (isProblem(body) ? (body.error?.code ?? "unknown") : "unknown");
export const detailOf = (body: unknown): string =>
  isProblem(body) ? (body.error?.message ?? body.detail ?? "") : String(body);
