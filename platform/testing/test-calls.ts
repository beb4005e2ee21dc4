import type { Contract, Endpoint, Input, Output, Principal, Spec } from "@souk/contract";
import { eventually } from "./eventually.ts";

export type TestCallOptions = {
  /** Who calls; nobody by default. A service proves itself with the header of services, everybody else with a bearer token. */
  readonly as?: Principal;
  /** The `Idempotency-Key`. */
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is sent instead of a JSON body. */
  readonly upload?: { readonly mediaType: string; readonly content: string | Uint8Array };
};

/** An answer as it came, whatever its status. */
export type Reply = { readonly status: number; readonly headers: Headers; readonly body: unknown };

/** A problem document, thrown: `assert.rejects(call(…), { code: "orders.not_found", status: 404 })`. */
export class CallRefused extends Error {
  override readonly name = "CallRefused";
  readonly code: string;
  readonly status: number;
  readonly details: unknown;
  readonly headers: Headers;
  constructor({ status, headers, body }: Reply, what: string) {
    const { error } = body as { error?: { code?: string; message?: string; details?: unknown } };
    super(`${what} was answered with ${status} ${error?.code}: ${error?.message}`);
    this.code = error?.code ?? "";
    this.status = status;
    this.details = error?.details;
    this.headers = headers;
  }
}

type SpecOf<C extends Contract, K extends keyof C["endpoints"]> = C["endpoints"][K]["spec"];
type Arguments<S extends Spec> =
  {} extends Input<S> ? [input?: Input<S>, options?: TestCallOptions] : [input: Input<S>, options?: TestCallOptions];

export type TestCalls<C extends Contract> = {
  /** The body of a successful answer. @throws CallRefused */
  call<K extends keyof C["endpoints"] & string>(
    name: K,
    ...args: Arguments<SpecOf<C, K>>
  ): Promise<Output<SpecOf<C, K>>>;
  /** The whole answer; refusals too. */
  send<K extends keyof C["endpoints"] & string>(name: K, ...args: Arguments<SpecOf<C, K>>): Promise<Reply>;
};

/** What a test's principal carries instead of a signed token; `principalIn` reads it on the other side. */
const tokenFor = (principal: Principal) => Buffer.from(JSON.stringify(principal)).toString("base64url");

/** @throws SyntaxError when it is no token of a test */
export const principalIn = (token: string): Principal => JSON.parse(Buffer.from(token, "base64url").toString());

type Parts = {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
};

/** The longest that a caller may wait: the two seconds of most operations are few on a busy machine. */
const patience = { "x-souk-timeout-ms": "10000" };
/** There was too much to do at once, which on a slow machine comes soon: nothing was done, and whoever asks again gets an answer. */
const passing: ReadonlySet<string> = new Set(["overloaded", "postgres.contention", "postgres.unavailable"]);

/**
 * Speaks HTTP to a service under test as its contract says, and as clients should: who is turned away because there is too much to do
 * comes again.
 * @param identityHeader where services prove themselves
 */
export function testCalls<C extends Contract>({ endpoints }: C, origin: string, identityHeader: string): TestCalls<C> {
  async function send(name: string, input: Parts = {}, options: TestCallOptions = {}): Promise<Reply> {
    const endpoint = endpoints[name];
    if (!endpoint) throw new Error(`the contract has no endpoint ${name}`);
    const request = {
      method: endpoint.method,
      headers: headersOf(input, options, identityHeader),
      ...(input.body !== undefined && { body: JSON.stringify(input.body) }),
      ...(options.upload && { body: options.upload.content }),
    };
    return eventually(`an answer of ${name}`, async () => {
      const response = await fetch(`${origin}${pathOf(endpoint, input)}`, request);
      const text = await response.text();
      const isJson = response.headers.get("content-type")?.includes("json") && text !== "";
      const body = isJson ? JSON.parse(text) : text;
      const isTurnedAway = response.status >= 400 && passing.has(body?.error?.code);
      return !isTurnedAway && { status: response.status, headers: response.headers, body };
    });
  }

  async function call(name: string, input?: Parts, options?: TestCallOptions): Promise<unknown> {
    const reply = await send(name, input, options);
    if (reply.status >= 400) throw new CallRefused(reply, name);
    return reply.body;
  }

  // as: the endpoint's own types, which the server has checked
  return { call, send } as TestCalls<C>;
}

function pathOf({ path }: Endpoint, { params = {}, query = {} }: Parts): string {
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) search.append(name, String(one));
  }
  return search.size === 0 ? filled : `${filled}?${search}`;
}

function headersOf(
  input: Parts,
  { as, key, headers, upload }: TestCallOptions,
  identityHeader: string,
): Record<string, string> {
  const given = Object.entries(input.headers ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return {
    ...patience,
    ...(input.body !== undefined && { "content-type": "application/json" }),
    ...(upload && { "content-type": upload.mediaType }),
    ...(as &&
      as.kind !== "anonymous" &&
      (as.kind === "service" ? { [identityHeader]: tokenFor(as) } : { authorization: `Bearer ${tokenFor(as)}` })),
    ...(key !== undefined && { "idempotency-key": key }),
    ...Object.fromEntries(given),
    ...headers,
  };
}
