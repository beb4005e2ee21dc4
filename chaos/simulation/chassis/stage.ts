import { readdirSync } from "node:fs";
import { migrations as eventStore } from "@souk/event-store";
import type { Chance } from "@souk/kernel";
import { migrations as messaging, type Transport } from "@souk/messaging";
import { busMigrations } from "@souk/messaging/transports/postgres";
import type { MigrationSet } from "@souk/postgres";
import { migrations as sagas } from "@souk/saga";
import { noticeOf, postgresLogStore } from "../../../platform/messaging/transports/log/postgres-store.ts";
import { createLogTransport } from "../../../platform/messaging/transports/log/transport.ts";
import { seededChance } from "../../../platform/testing/clock.ts";
import { Bus, type BusOptions } from "../../../platform/testing/simulation/bus.ts";
import { type Delays, jittery, steady } from "../../../platform/testing/simulation/delays.ts";
import { Faults } from "../../../platform/testing/simulation/faults.ts";
import { Catalog, Database, define, Server } from "../../../platform/testing/simulation/postgres/index.ts";
import { PostgresHost } from "../../../platform/testing/simulation/postgres-host.ts";
import { Process } from "../../../platform/testing/simulation/process.ts";
import { Scheduler } from "../../../platform/testing/simulation/scheduler.ts";
import { Trace } from "../../../platform/testing/simulation/trace.ts";
import { meshTelemetry } from "../mesh-telemetry.ts";
import { Network } from "../network.ts";
import { migrationText } from "../plant.ts";
import type { RunOptions } from "../scenario.ts";

const restartMs = 200;

const idle = () => new Server({ now: () => 0, chance: () => 0.5, ended() {}, notify() {} });

/** An empty database of the chassis' tables and some of its own. */
export const template = (name: string, own: string): Database => migrated(name, [messaging, sagas, eventStore], own);

/** The database of the log transport. */
export const logTemplate = (): Database => migrated("bus", [busMigrations], "");

function migrated(name: string, sets: readonly MigrationSet[], own: string): Database {
  const db = new Database(name, new Catalog(), idle());
  for (const { directory } of sets)
    for (const file of readdirSync(directory).sort())
      if (file.endsWith(".sql")) define(db, migrationText(new URL(file, directory)));
  define(db, own);
  return db;
}

export type StageOptions = Pick<RunOptions, "seed" | "faults" | "weather" | "readable"> &
  Pick<BusOptions, "subscribers" | "unordered"> & {
    readonly databases: readonly Database[];
    /** Events travel over our own log in PostgreSQL instead of a modelled broker. */
    readonly hasLog: boolean;
  };

/** Processes, databases, bus, network and time of one run. */
export class Stage {
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly trace: Trace;
  readonly chance: Chance;
  readonly postgres: PostgresHost;
  readonly network: Network;
  readonly bus: Bus;
  readonly seed: number;
  readonly #processes: Process[] = [];
  readonly #hasLog: boolean;
  #ids = 0;

  constructor({ seed, faults, weather, readable = false, databases, hasLog, ...bus }: StageOptions) {
    this.seed = seed;
    this.#hasLog = hasLog;
    this.chance = seededChance(seed);
    this.trace = new Trace({ readable, now: () => this.scheduler.now });
    this.scheduler = new Scheduler(this.trace);
    this.faults = new Faults(faults, (name) => this.trace.say(() => `FAULT ${name}`));
    const delays: Delays = weather === "steady" ? steady : jittery(seededChance(seed ^ 0x5eed));
    const shared = { scheduler: this.scheduler, faults: this.faults, delays, chance: this.chance };
    this.postgres = new PostgresHost({ ...shared, databases });
    this.network = new Network(this.scheduler, this.faults, delays);
    this.bus = new Bus({ ...shared, ...bus });
  }

  /** Ordered by time, as UUIDv7 are, and never the same in two processes. */
  readonly newId = (): string => `00000000-0000-7000-8000-${(++this.#ids).toString(16).padStart(12, "0")}`;

  /** Starts a process, and starts it again whenever it has died. */
  keep(name: string, start: (process: Process, lives: number) => void, lives = 0): void {
    const process = new Process(
      {
        name,
        scheduler: this.scheduler,
        faults: this.faults,
        killed: () => {
          this.postgres.disconnect(process);
          this.scheduler.after(restartMs, () => this.keep(name, start, lives + 1));
        },
      },
      this.chance,
    );
    this.#processes.push(process);
    if (lives > 0) this.trace.say(() => `${name} starts again`);
    start(process, lives);
  }

  /** How a process reaches the others' events. */
  transport(process: Process): Transport {
    if (!this.#hasLog) return this.bus.connect(process);
    const { clock } = process;
    const { chance } = this;
    const db = this.postgres.open(process, "bus", chance, 3);
    const { log } = meshTelemetry(this.trace, process.name);
    const store = postgresLogStore({ db, url: "", clock, chance, onError() {} });
    return createLogTransport({
      ...{ clock, chance, log, instance: `${process.name} ${this.newId()}`, batch: 2 },
      store: {
        ...store,
        listen: (notice) => this.postgres.listen(process, "bus", "souk_bus", (payload) => notice(noticeOf(payload))),
      },
    });
  }

  close(): void {
    for (const process of this.#processes) process.abandon();
  }
}
