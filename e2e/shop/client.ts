import { setTimeout as delay } from "node:timers/promises";
import { Agent, request } from "undici";

export type Problem = {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details: readonly { readonly field: string; readonly message: string }[];
    readonly request_id: string;
  };
};

export type Answer<T> = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON, taken for what the caller says it is; the assertions that follow find out. */
  readonly body: T;
  /** The same for a refusal. @throws Error when the answer is none */
  readonly problem: Problem;
};

export type Ask = {
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly raw?: string | Buffer;
  readonly token?: string | undefined;
  readonly cartToken?: string | undefined;
  readonly key?: string;
  /** Seconds to wait for the outcome. */
  readonly wait?: number;
  readonly headers?: Readonly<Record<string, string>>;
};
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Answers that mean "not now": an outside client pauses and asks again, with the same key. */
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Nothing was begun, so anything may be asked again. Where the tests share two cores with others, a service sheds what it cannot do in time. */
export const isPutOff = ({ status, text }: { readonly status: number; readonly text: string }): boolean =>
  status === 503 && /"code":"(overloaded|mesh\.circuit_open)"/.test(text);

/** Only a test that fails waits so long, or one on a machine that is busy with other things. */
const patienceMs = 60_000;

/** HTTP as an outside client speaks it: no library of ours in between. */
export function client(address: string) {
  const dispatcher = new Agent({ headersTimeout: patienceMs, bodyTimeout: patienceMs });

  async function once<T = unknown>(method: Method, path: string, ask: Ask = {}): Promise<Answer<T>> {
    const content = ask.raw ?? (ask.body === undefined ? null : JSON.stringify(ask.body));
    const answer = await request(`${address}${path}`, {
      dispatcher,
      method,
      body: content,
      headers: {
        ...(content !== null && { "content-type": "application/json" }),
        ...(ask.token && { authorization: `Bearer ${ask.token}` }),
        ...(ask.cartToken && { "x-cart-token": ask.cartToken }),
        ...(ask.key && { "idempotency-key": ask.key }),
        ...(ask.wait && { prefer: `wait=${ask.wait}` }),
        ...ask.headers,
      },
    });
    const text = await answer.body.text();
    const parsed = () => JSON.parse(text);
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text,
      get body() {
        return parsed() as T;
      },
      get problem() {
        if (!String(answer.headers["content-type"]).startsWith("application/problem+json"))
          throw new Error(`${method} ${path} answered ${answer.statusCode} with no problem document: ${text}`);
        return parsed() as Problem;
      },
    };
  }

  /** The answer, whatever it says; but for those that only put off. */
  async function call<T = unknown>(method: Method, path: string, ask: Ask = {}): Promise<Answer<T>> {
    for (const until = performance.now() + patienceMs; ; await delay(100)) {
      const answer = await once<T>(method, path, ask);
      if (!isPutOff(answer) || performance.now() > until) return answer;
    }
  }

  /** Asks until there is an answer that stands, through overload, restarts and cut connections. */
  async function persist<T = unknown>(method: Method, path: string, ask: Ask = {}): Promise<Answer<T>> {
    for (const until = performance.now() + patienceMs; ; await delay(100)) {
      const last = performance.now() > until;
      try {
        const answer = await call<T>(method, path, ask);
        if (last || !passing.has(answer.status)) return answer;
      } catch (error) {
        if (last) throw error;
      }
    }
  }

  return {
    once,
    call,
    persist,

    /** The same, for an answer that must be a success. What may be asked twice is. */
    async must<T = unknown>(method: Method, path: string, ask: Ask = {}): Promise<T> {
      const mayRepeat = ask.key !== undefined || (method !== "POST" && method !== "PATCH");
      const answer = await (mayRepeat ? persist<T>(method, path, ask) : call<T>(method, path, ask));
      if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
      return answer.body;
    },

    /** The server-sent events of a path, parsed, until the server ends the stream. */
    async *events<T>(path: string, ask: Ask = {}): AsyncGenerator<T> {
      const { statusCode, body } = await request(`${address}${path}`, {
        dispatcher,
        headers: { accept: "text/event-stream", ...(ask.cartToken && { "x-cart-token": ask.cartToken }) },
      });
      if (statusCode !== 200) throw new Error(`GET ${path} answered ${statusCode}: ${await body.text()}`);
      let text = "";
      for await (const chunk of body.setEncoding("utf8")) {
        text += chunk;
        const blocks = text.split("\n\n");
        text = blocks.pop() ?? "";
        for (const block of blocks)
          for (const line of block.split("\n"))
            if (line.startsWith("data: ")) yield JSON.parse(line.slice("data: ".length)) as T;
      }
    },

    close: () => dispatcher.destroy(),
  };
}
export type Client = ReturnType<typeof client>;

/** Looks every 50 ms until there is something, for as long as `withinMs`. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  withinMs = patienceMs,
): Promise<T> {
  for (const until = performance.now() + withinMs; ; await delay(50)) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > until) throw new Error(`after ${withinMs / 1_000} s still not: ${what}`);
  }
}
