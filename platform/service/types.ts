import type { Client, Contract, EventType } from "@souk/contract";
import type { EventStore } from "@souk/event-store";
import type { Forwarding, Handlers, Pages } from "@souk/http";
import type { Clock, Instant } from "@souk/kernel";
import type { DependencySnapshot } from "@souk/mesh";
import type { Handler, Publish } from "@souk/messaging";
import type { Db } from "@souk/postgres";
import type { Saga, Sagas } from "@souk/saga";
import type { Config, Vars } from "./config.ts";

export type Contracts = Readonly<Record<string, Contract>>;
export type Clients<D extends Contracts> = { readonly [K in keyof D]: Client<D[K]> };
export type On<E extends readonly EventType[]> = { readonly [X in E[number] as X["type"]]: Handler<X> };

/** Something done again and again by one replica at a time, `everyMs` after it last ended. Must be safe to run twice. */
export type Task = {
  readonly name: string;
  readonly everyMs: number;
  readonly run: (signal: AbortSignal) => Promise<void>;
};

/** One structured line. Only allow-listed fields are written; never a body, a token, an address or a card. */
export type Log = {
  readonly info: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly warn: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  /** `fields.error` is written with its stack and causes. */
  readonly error: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
};

export type Metrics = {
  /** A business counter, e.g. `count("souk_orders_total", { lifecycle: "confirmed" })`. Labels are words, never ids. */
  readonly count: (name: string, labels?: Readonly<Record<string, string>>, by?: number) => void;
  /** A value that is read when somebody looks, with each of its labels; register it once. In seconds, bytes or pieces. */
  readonly gauge: (name: string, help: string, collect: () => Promise<number | readonly Reading[]>) => void;
};
type Reading = { readonly labels: Readonly<Record<string, string>>; readonly value: number };

/** Everything a service gets from outside; it reads no clock, chance or environment of its own. */
export type Deps<V extends Vars, D extends Contracts> = {
  readonly config: Config<V>;
  readonly clients: Clients<D>;
  readonly db: Db;
  readonly events: EventStore;
  readonly publish: Publish;
  readonly sagas: Sagas;
  readonly now: () => Instant;
  readonly clock: Clock;
  /** A new UUIDv7. */
  readonly newId: () => string;
  /** Unguessable bytes as base64url, for tokens and secrets. */
  readonly newSecret: (bytes: number) => string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly development: boolean;
  /** Of what runs: the release's name. */
  readonly version: string;
  /** What the mesh knows of every service that this one calls or forwards to. */
  readonly neighbours: () => Readonly<Record<string, DependencySnapshot>>;
};

export type Wiring<C extends Contract, E extends readonly EventType[]> = {
  readonly routes: Handlers<C>;
  readonly on: On<E>;
  // biome-ignore lint/suspicious/noExplicitAny: each saga has data of its own, and is given back only its own
  readonly sagas?: readonly Saga<any>[];
  readonly tasks?: readonly Task[];
  /** Other contracts whose public endpoints this service passes on, and what is decided about each request before. */
  readonly forwards?: Omit<Forwarding, "forward">;
  /** Files and pages at addresses that no endpoint has. */
  readonly pages?: Pages;
  /** Opens what the service needs beside the chassis (an SMTP sink); closed again after the drain. */
  readonly start?: () => Promise<{ close(): Promise<void> }>;
};

export type ServiceDefinition<
  C extends Contract = Contract,
  V extends Vars = Vars,
  D extends Contracts = Contracts,
  E extends readonly EventType[] = readonly EventType[],
> = {
  /** Name, endpoints, published events. */
  readonly contract: C;
  readonly config: V;
  /** Synchronous dependencies, each behind its resilience policy. */
  readonly calls: D;
  readonly consumes: E;
  /** Whether it has a database of its own, with migrations in `db/migrations`. Default true. */
  readonly database?: boolean;
  readonly wire: (deps: Deps<V, D>) => NoInfer<Wiring<C, E>>;
};

/** What is not declared can be no part of it: nobody would ever call it. */
type Only<K extends string, Declared> = { readonly [X in K]: X extends Declared ? unknown : never };

/** An undeclared call, a missing or undeclared route, an unhandled or undeclared event does not compile. */
export const defineService = <
  C extends Contract,
  V extends Vars,
  D extends Contracts,
  const E extends readonly EventType[],
  R extends string,
  H extends string,
>(
  definition: Omit<ServiceDefinition<C, V, D, E>, "wire"> & {
    readonly wire: (deps: Deps<V, D>) => NoInfer<Wiring<C, E>> & {
      readonly routes: Only<R, keyof C["endpoints"]>;
      readonly on: Only<H, E[number]["type"]>;
    };
  },
): ServiceDefinition<C, V, D, E> => definition;
