import { isDeepStrictEqual } from "node:util";
import type { CallOptions, Client, Contract, Endpoint, Input, Output, TSchema } from "@souk/contract";
import { type FieldError, validator } from "@souk/contract/validation";
import { type Clock, ServiceError } from "@souk/kernel";
import { errors } from "@souk/mesh/errors";
import { currentContext, withContext } from "@souk/telemetry/context";

type Contracts = Readonly<Record<string, Contract>>;
type Endpoints<C extends Contract> = C["endpoints"];
type Name<C extends Contract> = keyof Endpoints<C> & string;
type SpecOf<C extends Contract, K extends Name<C>> = Endpoints<C>[K]["spec"];

/** What the fake does instead of the service: one function per endpoint that the test needs. */
export type Fakes<C extends Contract> = {
  readonly [K in Name<C>]?: (
    input: Input<SpecOf<C, K>>,
    call: { readonly idempotencyKey: string | undefined },
  ) => Output<SpecOf<C, K>> | Promise<Output<SpecOf<C, K>>>;
};

/** A call as the neighbour saw it. */
export type FakeCall<C extends Contract> = {
  readonly endpoint: Name<C>;
  /** `{ params, query, headers, body }`, as much of it as was sent, after its way through JSON. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string | undefined;
};

export type FakeNeighbour<C extends Contract> = {
  /** Every call, in order; those that the script below answered too. */
  readonly calls: readonly FakeCall<C>[];
  readonly callsOf: (endpoint: Name<C>) => readonly FakeCall<C>[];
  /** Refuses the next `times` calls with an error, without acting. */
  readonly fail: (endpoint: Name<C>) => { readonly with: (error: Error, times?: number) => void };
  /** Takes the next `times` calls and does neither act nor answer; the caller's time-out or signal ends them. */
  readonly hang: (endpoint: Name<C>, times?: number) => void;
  /** Acts on the next `times` calls, but the answer is lost: the caller cannot know. */
  readonly timeOutAfterActing: (endpoint: Name<C>, times?: number) => void;
  /** Forgets the script for this endpoint. */
  readonly recover: (endpoint: Name<C>) => void;
};

export type FakeNeighbours<D extends Contracts> = { readonly [K in keyof D]: FakeNeighbour<D[K]> } & {
  /** What the service under test calls. */
  readonly clients: { readonly [K in keyof D]: Client<D[K]> };
};

type Script = { readonly how: "fail" | "hang" | "lose"; readonly error?: Error; left: number };
type Fake = (input: unknown, call: { idempotencyKey: string | undefined }) => unknown;
type Parts = Readonly<Record<string, unknown>>;

const PARTS = ["params", "query", "headers", "body"] as const;
const DEFAULT_TIMEOUT_MS = 2_000;

const throughJson = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
const list = (found: readonly FieldError[]) => found.map(({ field, message }) => `${field} ${message}`).join("; ");

/**
 * Neighbours that keep their contracts, in this process: what is sent and what is answered passes through JSON and is checked
 * against the schemas, a missing idempotency key is refused, and so is one that came with another request; a repeated one replays the first
 * answer, as the real ones do.
 * @param clock ends calls that hang, by the call's own time-out; without it only their signal does
 */
export function fakeNeighbours<const D extends Contracts>(
  contracts: D,
  fakes: { readonly [K in keyof D]?: Fakes<D[K]> },
  { clock }: { readonly clock?: Clock } = {},
): FakeNeighbours<D> {
  const made = Object.entries(contracts).map(
    ([name, contract]) => [name, fakeNeighbour(contract, fakes[name] ?? {}, clock)] as const,
  );
  const clients = Object.fromEntries(made.map(([name, { client }]) => [name, client]));
  // as: the entries above are exactly those of D, which Object.fromEntries cannot say
  return {
    ...Object.fromEntries(made.map(([name, { neighbour }]) => [name, neighbour])),
    clients,
  } as unknown as FakeNeighbours<D>;
}

function fakeNeighbour(contract: Contract, fakes: Fakes<Contract>, clock: Clock | undefined) {
  const calls: FakeCall<Contract>[] = [];
  const scripts = new Map<string, Script[]>();
  const script = (endpoint: string, next: Script) =>
    void scripts.set(endpoint, [...(scripts.get(endpoint) ?? []), next]);

  const scripted = (endpoint: string): Script | undefined => {
    const next = scripts.get(endpoint)?.find(({ left }) => left > 0);
    if (next) next.left--;
    return next;
  };

  const client = Object.fromEntries(
    Object.entries(contract.endpoints).map(([name, endpoint]) => {
      const about = `${contract.name}.${name}`;
      // A fake takes what its endpoint's schemas allow, which is checked before it is called.
      const answer = answering(about, endpoint, fakes[name] as Fake | undefined);
      const read = reading(endpoint);
      const call = async (given: Parts = {}, options: CallOptions = {}) => {
        const { signal = currentContext().signal, idempotencyKey = currentContext().idempotencyKey } = options;
        if (signal?.aborted) throw errors.Cancelled({ service: contract.name }, { cause: signal.reason });
        const input = read(given, idempotencyKey);
        calls.push({ endpoint: name, input, idempotencyKey });
        const next = scripted(name);
        if (next?.how === "fail") throw next.error;
        if (next?.how === "hang") {
          const timeoutMs = options.timeoutMs ?? endpoint.spec.timeoutMs ?? DEFAULT_TIMEOUT_MS;
          await hanging(contract.name, timeoutMs, clock, signal);
        }
        // The neighbour is another process: it knows nothing of the caller's context.
        const output = await withContext({}, () => answer(input, idempotencyKey));
        if (next?.how === "lose") throw errors.Timeout({ service: contract.name });
        return output;
      };
      return [name, call];
    }),
  );

  const neighbour: FakeNeighbour<Contract> = {
    calls,
    callsOf: (endpoint) => calls.filter((call) => call.endpoint === endpoint),
    fail: (endpoint) => ({ with: (error, times = Infinity) => script(endpoint, { how: "fail", error, left: times }) }),
    hang: (endpoint, times = Infinity) => script(endpoint, { how: "hang", left: times }),
    timeOutAfterActing: (endpoint, times = Infinity) => script(endpoint, { how: "lose", left: times }),
    recover: (endpoint) => void scripts.delete(endpoint),
  };
  return { client, neighbour };
}

/** Reads a call as the neighbour's server would. @throws ServiceError `validation_failed`, `idempotency_key_required` */
function reading({ spec }: Endpoint): (given: Parts, idempotencyKey: string | undefined) => Parts {
  const checks = PARTS.flatMap((part) => {
    const schema: TSchema | undefined = spec[part];
    return schema ? [[part, validator(schema)] as const] : [];
  });
  return (given, idempotencyKey) => {
    if (spec.idempotency === "required" && idempotencyKey === undefined)
      throw new ServiceError("idempotency_key_required", "invalid_argument", "this call needs an idempotency key");
    const parts = checks.map(([part, check]) => {
      const value = throughJson(given[part] ?? (part === "body" ? undefined : {}));
      return { part, value, found: check(value) };
    });
    const found = parts.flatMap((one) => one.found);
    if (found.length > 0) throw new ServiceError("validation_failed", "invalid_argument", list(found), found);
    return Object.fromEntries(parts.map(({ part, value }) => [part, value]));
  };
}

/** Acts once per idempotency key, and never answers what the contract does not promise. */
function answering(about: string, { spec }: Endpoint, fake: Fake | undefined) {
  const promised = [spec.returns, ...Object.values(spec.also ?? {})].map((schema) => validator(schema));
  const answered = new Map<string, { readonly input: Parts; readonly output: Promise<unknown> }>();

  const act = async (input: Parts, idempotencyKey: string | undefined): Promise<unknown> => {
    if (!fake) throw new Error(`${about} was called, but this test does not say what it does`);
    const output = throughJson(await fake(input, { idempotencyKey }));
    const found = promised.map((check) => check(output));
    if (found.every((errors) => errors.length > 0))
      throw new Error(`the fake ${about} answers what its contract does not promise: ${list(found[0] ?? [])}`);
    return output;
  };

  return async (input: Parts, idempotencyKey: string | undefined): Promise<unknown> => {
    if (spec.idempotency !== "required" || idempotencyKey === undefined) return act(input, idempotencyKey);
    const before = answered.get(idempotencyKey);
    if (before && !isDeepStrictEqual(before.input, input))
      throw new ServiceError("idempotency_key_reused", "invalid_argument", `${about} was called with this key before`);
    if (before) return before.output.then(structuredClone);
    const output = act(input, idempotencyKey);
    answered.set(idempotencyKey, { input, output });
    // Only answers are replayed: what failed is tried again.
    output.catch(() => answered.delete(idempotencyKey));
    return output;
  };
}

/** Never resolves. @throws ServiceError `mesh.timeout` when the time is over, `mesh.cancelled` when the caller gives up */
const hanging = (service: string, timeoutMs: number, clock: Clock | undefined, signal: AbortSignal | undefined) =>
  new Promise<never>((_, reject) => {
    const cancel = clock?.after(timeoutMs, () => reject(errors.Timeout({ service })));
    const giveUp = () => {
      cancel?.();
      reject(errors.Cancelled({ service }, { cause: signal?.reason }));
    };
    signal?.addEventListener("abort", giveUp, { once: true });
  });
