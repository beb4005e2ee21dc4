import { hostname } from "node:os";
import type { Contract, EventType } from "@souk/contract";
import { createServer, type Handlers } from "@souk/http";
import { instant, shiftedClock, systemClock } from "@souk/kernel";
import type { Transport } from "@souk/messaging";
import { createEventLoopLag, createLoadShedder } from "@souk/resilience";
import { createTelemetry, type Telemetry } from "@souk/telemetry";
import { absent } from "./absent.ts";
import { chassisMistakes, chassisVars, ownsDatabase } from "./chassis-config.ts";
import { type Environment, isDevelopment, parseConfigs, type Vars } from "./config.ts";
import { obeyCrashFiles } from "./crash-points.ts";
import { registerLoadGauges } from "./gauges.ts";
import { lateSagas } from "./late-sagas.ts";
import { migrationSets } from "./migration-sets.ts";
import { createNeighbours, type Neighbours } from "./neighbours.ts";
import { operatorEndpoints } from "./operator-contract.ts";
import { operatorRoutes } from "./operator-routes.ts";
import { serveProbes } from "./probes.ts";
import { createReadiness } from "./readiness.ts";
import { shutDown } from "./shutdown.ts";
import { openState } from "./state.ts";
import type { Clients, Contracts, ServiceDefinition } from "./types.ts";
import { untilUsable } from "./until-usable.ts";
import { createWork } from "./work.ts";
import { systemWorld, type World } from "./world.ts";

export { ConfigError } from "./config.ts";
export { systemWorld } from "./world.ts";
export type { Environment, Neighbours, World };

export type StartOptions = {
  /** As in `process.env`; nothing else is read. */
  readonly env: Environment;
  /** The service's folder. */
  readonly directory: URL;
  /** What tests and simulations put in the place of the real thing. */
  readonly overrides?: {
    readonly world?: World;
    readonly transport?: Transport;
    readonly neighbours?: Neighbours;
    /** Takes the log's lines instead of standard output. */
    readonly write?: (line: string) => void;
    /** How late the event loop is, which decides what is shed: a test on a busy machine, or whose clock leaps, is no load. */
    readonly lagMs?: () => number;
  };
};

export type RunningService = {
  readonly name: string;
  readonly port: number;
  /** Where probes and metrics are: `port`, unless that is reached from outside. */
  readonly managementPort: number;
  readonly telemetry: Telemetry;
  /**
   * Unready → goes on serving until balancers know → takes no more events and tasks → ends what is under way, for at most
   * `SOUK_DRAIN_MS` → frees leases and closes. Never rejects; called again, it is the same stop.
   */
  stop(): Promise<void>;
};

const lingerInProductionMs = 5_000;
const worldClock = (offsetMs: number) => (offsetMs === 0 ? systemClock : shiftedClock(systemClock, offsetMs));

/**
 * Turns a declaration into a running service. Resolves when it is ready; it listens before that, so that probes see it wait for
 * its database.
 * @throws ConfigError before anything is opened
 */
export async function startService<
  C extends Contract,
  V extends Vars,
  D extends Contracts,
  E extends readonly EventType[],
>(
  definition: ServiceDefinition<C, V, D, E>,
  { env, directory, overrides = {} }: StartOptions,
): Promise<RunningService> {
  const { chassis, own } = parseConfigs(
    { chassis: chassisVars(definition), own: definition.config },
    env,
    chassisMistakes(definition, env),
  );
  const { name } = definition.contract;
  const { version } = chassis;
  const world = overrides.world ?? systemWorld(worldClock(chassis.clockOffsetMs));
  if (chassis.crashPoints !== undefined)
    obeyCrashFiles(chassis.crashPoints, name, () => process.kill(process.pid, "SIGKILL"));
  const { clock, chance, newId, newSecret } = world;
  const development = isDevelopment(env);
  const instance = chassis.instance ?? `${name}-${hostname()}-${process.pid}`;
  /** A process that took this one's name after its death must not be taken for it. */
  const holder = `${instance} ${newId()}`;

  const telemetry = createTelemetry({
    service: name,
    version,
    instance,
    environment: chassis.environment,
    env: {
      otlpEndpoint: chassis.otlpEndpoint,
      sampleRatio: chassis.traceSampleRatio,
      logLevel: chassis.logLevel,
      traceFile: chassis.traceFile,
    },
    clock,
    ...(overrides.write && { write: overrides.write }),
  });
  const { log, metrics, registry } = telemetry;
  const neighbours = overrides.neighbours ?? createNeighbours({ name, config: chassis, world, telemetry });
  const { mesh, verifyUser, verifyService } = neighbours;
  const { databaseUrl, busUrl } = chassis;
  const state =
    ownsDatabase(definition) && databaseUrl !== undefined
      ? openState({
          name,
          instance,
          holder,
          databaseUrl,
          busUrl,
          migrations: migrationSets(definition, directory),
          world,
          telemetry,
          transport: overrides.transport,
        })
      : undefined;
  const readiness = createReadiness({ clock, database: state?.readiness });

  const sagas = lateSagas();
  const wiring = definition.wire({
    config: own,
    // as: made key by key from the declaration itself
    clients: Object.fromEntries(
      Object.entries(definition.calls).map(([key, contract]) => [key, mesh.client(contract)]),
    ) as Clients<D>,
    db: state?.db ?? absent("database"),
    events: state?.events ?? absent("event store"),
    publish: state?.outbox.publish ?? absent("outbox"),
    sagas: state ? sagas : absent("saga runner"),
    now: () => instant(clock.now()),
    clock,
    newId,
    newSecret,
    log,
    metrics,
    development,
    version,
    neighbours: mesh.state,
  });

  const work = createWork({ definition, wiring, state, instance, holder, drainMs: chassis.drainMs, world, telemetry });
  if (work.sagas) sagas.join(work.sagas);
  const operators =
    state && work.sagas && work.consumer
      ? {
          endpoints: operatorEndpoints,
          routes: operatorRoutes({ sagas: work.sagas.operators, consumer: work.consumer, outbox: state.outbox }),
        }
      : { endpoints: {}, routes: {} };
  const shedder = createLoadShedder({ clock, chance, lagMs: overrides.lagMs ?? createEventLoopLag(clock) });
  registerLoadGauges(metrics, shedder);
  const common = {
    service: name,
    version,
    verifyUser,
    verifyService,
    clock,
    newId,
    log,
    development,
    logLevel: chassis.logLevel,
  };
  const server = createServer({
    ...common,
    contract: {
      ...definition.contract,
      endpoints: { ...definition.contract.endpoints, ...operators.endpoints },
    } as Contract,
    // as: both tables implement their own half of that contract, which is checked where they are made
    handlers: { ...wiring.routes, ...operators.routes } as Handlers<Contract>,
    ...(state && { idempotency: state.idempotency }),
    ...(wiring.forwards && { forwarding: { ...wiring.forwards, forward: mesh.forward } }),
    ...(wiring.pages && { pages: wiring.pages }),
    shedder,
    telemetry,
  });
  // What passes requests on stands open to the world; its numbers and neighbours are nobody's business out there.
  const management =
    wiring.forwards || chassis.managementPort !== undefined
      ? createServer({ ...common, contract: { name, endpoints: {}, events: {} }, handlers: {} })
      : undefined;
  const { app } = management ?? server;
  serveProbes({ app, about: { service: name, version, instance }, readiness, mesh, registry });

  const { host } = chassis;
  const { port } = await server.listen({ port: chassis.port, host });
  const managed = await management?.listen({ port: chassis.managementPort ?? 0, host });
  if (state) await untilUsable(state.readiness, clock, log);
  const opened = await wiring.start?.();
  await work.start();
  readiness.markStarted();
  log.info("ready", { port });

  let stopping: Promise<void> | undefined;
  return {
    name,
    port,
    managementPort: managed?.port ?? port,
    telemetry,
    stop: () =>
      (stopping ??= shutDown({
        clock,
        log,
        lingerMs: chassis.lingerMs ?? (development ? 0 : lingerInProductionMs),
        drainMs: chassis.drainMs,
        markDraining: readiness.markDraining,
        drain: [
          { events: work.stopTaking },
          { requests: server.close, "sagas and tasks": work.finish },
          { outbox: work.flush },
        ],
        close: [
          { opened: async () => opened?.close(), probes: async () => management?.close() },
          { neighbours: neighbours.close, state: async () => state?.close() },
          { telemetry: telemetry.shutdown },
        ],
      })),
  };
}
