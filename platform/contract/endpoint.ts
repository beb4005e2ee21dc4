import type { Static, TSchema } from "typebox";
import type { Access } from "./access.ts";
import type { Contract } from "./index.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export type Spec = {
  /** One line for the reference page, in the imperative: "Check out a cart". */
  readonly summary: string;
  /** More for the reference page, in Markdown. */
  readonly description?: string;
  /** Any of them lets a caller in. There is no default, and none at all is no rule. */
  readonly access: Access | readonly [Access, ...Access[]];
  readonly params?: TSchema;
  readonly query?: TSchema;
  /** Lower-case names. Standard and chassis headers need no mention. */
  readonly headers?: TSchema;
  readonly body?: TSchema;
  /** A body that is streamed to the route unparsed; the media types it may have. Excludes `body`. */
  readonly upload?: readonly string[];
  readonly returns: TSchema;
  /** The status of `returns`. Default 200. */
  readonly status?: number;
  /** Other successful statuses and their bodies; the route answers them with `answer(status, body)`. */
  readonly also?: Readonly<Record<number, TSchema>>;
  /** The answer is a stream of server-sent events, each with data of `returns`. */
  readonly stream?: true;
  /** The answer is sent as it is, with this media type, instead of JSON; `returns` is then a string, or bytes. */
  readonly produces?: string;
  /**
   * `required`: the call must carry an `Idempotency-Key`, has one effect per key and may therefore be retried.
   * `natural`: the call names what it acts on (an order's reservation), so that repeating it changes nothing for ever: it may
   * be retried, needs no key, and none is recorded.
   */
  readonly idempotency?: "required" | "natural";
  /**
   * Time the caller is prepared to wait, in ms, when it does not say. Default 2,000, at most 10,000. An upload has no default: it may
   * take as long as its sender keeps sending, unless a time stands here.
   */
  readonly timeoutMs?: number;
  /** What goes first when the service is overloaded. Default "normal". */
  readonly criticality?: "critical" | "normal" | "sheddable";
  /**
   * Another service answers this address; this one does in its place while that is away. For reading only; both answers must have the
   * same shape, and this one must say that it is `degraded`.
   */
  readonly standIn?: true;
  /** Overrides the 256 KiB limit of a body, in bytes. */
  readonly bodyLimit?: number;
  /** Only there when SOUK_ENV is "development". */
  readonly developmentOnly?: true;
};

export type Endpoint<S extends Spec = Spec> = { readonly method: Method; readonly path: string; readonly spec: S };

const endpoint =
  (method: Method) =>
  /** @param path starts with "/"; parameters as ":name". Paths below "/internal/" never leave the cluster. */
  <const S extends Spec>(path: string, spec: S): Endpoint<S> => ({ method, path, spec });

export const get = endpoint("GET");
export const post = endpoint("POST");
export const put = endpoint("PUT");
export const patch = endpoint("PATCH");
export const del = endpoint("DELETE");

export const rulesOf = ({ spec }: Endpoint): readonly Access[] => ("who" in spec.access ? [spec.access] : spec.access);

/** Reachable from outside, through the gateway. */
export const isPublic = (endpoint: Endpoint): boolean =>
  !endpoint.path.startsWith("/internal/") && rulesOf(endpoint).some((rule) => rule.who !== "service");

/** What a caller sends and a route receives. */
export type Input<S extends Spec> = (S["params"] extends TSchema ? { params: Static<S["params"]> } : {}) &
  (S["query"] extends TSchema ? { query: Static<S["query"]> } : {}) &
  (S["headers"] extends TSchema ? { headers: Static<S["headers"]> } : {}) &
  (S["body"] extends TSchema ? { body: Static<S["body"]> } : {});

type Alternatives<S extends Spec> =
  S["also"] extends Readonly<Record<number, infer A extends TSchema>> ? Static<A> : never;

/** What a caller gets: the body of any successful status. */
export type Output<S extends Spec> = Static<S["returns"]> | Alternatives<S>;

/** What holds for one call only; everything else is the mesh's policy. */
export type CallOptions = {
  /** Defaults to the key of the work in progress (a saga's id and step). */
  readonly idempotencyKey?: string;
  /** Defaults to what is left of the caller's own deadline. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

/** @throws ServiceError with the callee's code; `mesh.unavailable`, `mesh.timeout` when there was no answer to trust. */
export type Call<S extends Spec> = (
  ...args: {} extends Input<S> ? [input?: Input<S>, options?: CallOptions] : [input: Input<S>, options?: CallOptions]
) => Promise<Output<S>>;

/** A neighbour, as its contract promises it. The mesh adds discovery, deadline, retries, breaker, identity and trace. */
export type Client<C extends Contract> = { readonly [K in keyof C["endpoints"]]: Call<C["endpoints"][K]["spec"]> };
