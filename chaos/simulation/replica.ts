import type { Contract } from "@souk/contract";
import { createEventStore } from "@souk/event-store";
import { createIdempotency } from "@souk/http";
import { type Chance, instant, uuidv7 } from "@souk/kernel";
import { createMesh, type Discovery } from "@souk/mesh";
import { createOutbox } from "@souk/messaging";
import { noticeOf, postgresLogStore } from "../../platform/messaging/transports/log/postgres-store.ts";
import { createLogTransport } from "../../platform/messaging/transports/log/transport.ts";
import type { Config, Vars } from "../../platform/service/config.ts";
import { lateSagas } from "../../platform/service/late-sagas.ts";
import type { Clients, Contracts, ServiceDefinition } from "../../platform/service/types.ts";
import { createWork } from "../../platform/service/work.ts";
import { seededChance } from "../../platform/testing/clock.ts";
import type { PostgresHost } from "../../platform/testing/simulation/postgres-host.ts";
import type { Process } from "../../platform/testing/simulation/process.ts";
import { hashOf } from "../../platform/testing/simulation/trace.ts";
import { httpHost } from "./http-host.ts";
import { meshTelemetry } from "./mesh-telemetry.ts";
import type { Network } from "./network.ts";

export const busDatabase = "bus";

export type ReplicaOptions = {
  readonly process: Process;
  readonly postgres: PostgresHost;
  readonly network: Network;
  readonly discovery: Discovery;
  /** Where it listens. */
  readonly url: string;
  readonly seed: number;
};

// biome-ignore lint/suspicious/noExplicitAny: any declaration; each is wired with what it has declared itself
type AnyDefinition = ServiceDefinition<any, any, any, any>;

/** What a service must be told and has no default for. */
const settings: Readonly<Record<string, string>> = {
  SOUK_PAYMENT_WEBHOOK_URL: "http://payments-1:1000/v1/webhooks/simulator",
};

/** Parsed once: the same for every process of a run, and for every run. */
const configs = new WeakMap<AnyDefinition, Config<Vars>>();

export function configOf(definition: AnyDefinition): Config<Vars> {
  const known = configs.get(definition);
  if (known) return known;
  const vars: Vars = definition.config;
  const config = Object.fromEntries(
    Object.entries(vars).map(([key, { name, secret, default: usual, parse }]) => {
      const raw = secret ? Buffer.alloc(32, name).toString("base64url") : (settings[name] ?? usual);
      return [key, parse(raw, { development: true })];
    }),
  );
  configs.set(definition, config);
  return config;
}

/** Tokens say plainly who they are for: that they are forged is another test's business. */
const servicePrincipal = async (token: string) => ({ kind: "service" as const, id: token });
const noUser = () => Promise.reject(new Error("nobody is signed in here"));

/**
 * Starts a service as `startService` does, over the simulated clock, chance, database, bus and network: everything else is the
 * production code.
 */
export function startReplica(definition: AnyDefinition, options: ReplicaOptions): { readonly started: Promise<void> } {
  const { process, postgres, network, discovery, url, seed } = options;
  const { clock } = process;
  const contract: Contract = definition.contract;
  const { name } = contract;
  const chance: Chance = seededChance(seed ^ hashOf(process.name));
  const random = () => Uint8Array.from({ length: 16 }, () => Math.floor(chance() * 256));
  const newId = () => uuidv7(clock.now(), random);
  const newSecret = (bytes: number) =>
    Buffer.from(Array.from({ length: bytes }, () => Math.floor(chance() * 256))).toString("base64url");
  const telemetry = meshTelemetry(process.scheduler.trace, process.name);
  const { log } = telemetry;
  const world = { clock, chance, newId, newSecret };
  const now = () => instant(clock.now());
  const holder = `${process.name} ${newId()}`;

  const db = postgres.open(process, name, chance);
  const bus = postgres.open(process, busDatabase, chance, 3);
  const store = postgresLogStore({ db: bus, url: "", clock, chance, onError() {} });
  const transport = createLogTransport({
    clock,
    chance,
    log,
    instance: holder,
    store: {
      ...store,
      listen: (notice) => postgres.listen(process, busDatabase, "souk_bus", (payload) => notice(noticeOf(payload))),
    },
  });
  const outbox = createOutbox({ db, source: name, transport, clock, chance, newId, log });
  const state = {
    db,
    transport,
    events: createEventStore({ db, now }),
    outbox,
    idempotency: createIdempotency(db, clock),
    readiness: { ping: db.ping, pendingMigrations: async () => [] },
    close: async () => {},
  };
  const mesh = createMesh({
    caller: name,
    discovery,
    identity: { service: name, tokenFor: () => name },
    clock,
    chance,
    log,
    telemetry,
    connect: (target) => network.connect(process, target),
  });
  const sagas = lateSagas();
  const calls: Contracts = definition.calls;
  const wiring = definition.wire({
    config: configOf(definition),
    // as: made key by key from the declaration itself
    clients: Object.fromEntries(
      Object.entries(calls).map(([key, callee]) => [key, mesh.client(callee)]),
    ) as Clients<Contracts>,
    db,
    events: state.events,
    publish: outbox.publish,
    sagas,
    now,
    clock,
    newId,
    newSecret,
    log,
    metrics: telemetry.metrics,
    development: true,
    version: "simulated",
    neighbours: mesh.state,
  });
  const work = createWork({
    definition,
    wiring,
    state,
    instance: process.name,
    holder,
    drainMs: 10_000,
    world,
    telemetry,
  });
  if (work.sagas) sagas.join(work.sagas);
  const host = httpHost(process, contract, wiring.routes, {
    clock,
    newId,
    log,
    logRequests: false,
    begin: undefined,
    isClosing: () => false,
    verifyUser: noUser,
    verifyService: servicePrincipal,
    idempotency: state.idempotency,
    shedder: undefined,
    edge: false,
    streams: new Set(),
  });
  network.listen(url, host);
  return { started: work.start() };
}
