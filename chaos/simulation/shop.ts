import { createHash } from "node:crypto";
import type { Chance } from "@souk/kernel";
import { createMesh, type Mesh } from "@souk/mesh";
import { seededChance } from "../../platform/testing/clock.ts";
import { type Delays, jittery, steady } from "../../platform/testing/simulation/delays.ts";
import { type FaultPlan, Faults } from "../../platform/testing/simulation/faults.ts";
import { PostgresHost } from "../../platform/testing/simulation/postgres-host.ts";
import { epochMs, Process } from "../../platform/testing/simulation/process.ts";
import { Scheduler } from "../../platform/testing/simulation/scheduler.ts";
import { Trace } from "../../platform/testing/simulation/trace.ts";
import { meshTelemetry } from "./mesh-telemetry.ts";
import { Network } from "./network.ts";
import { startReplica } from "./replica.ts";
import { execute, type ServiceName, services, templates } from "./templates.ts";

export type ShopOptions = {
  readonly seed: number;
  readonly faults: FaultPlan;
  /** With chance in how long things take, or always the same. */
  readonly weather: "jittery" | "steady";
  readonly replicas: Readonly<Partial<Record<ServiceName, number>>>;
  readonly readable?: boolean;
};

type Instance = { readonly instance: string; readonly url: string };

/** How soon a process that died is started again, as the supervisor does; the second time it waits longer. */
const restartMs = [100, 200, 400, 800, 1_600, 3_200];
/** Until the others know that an instance is gone or new. */
const registryMs = 50;

/** Services, databases, network and time of one run. */
export class Shop {
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly postgres: PostgresHost;
  readonly trace: Trace;
  readonly chance: Chance;
  readonly #network: Network;
  readonly #processes: Process[] = [];
  /** What went wrong where nobody was told. */
  readonly failures: string[] = [];
  readonly #options: ShopOptions;
  readonly #instances = new Map<string, readonly Instance[]>();
  readonly #discovery = {
    instances: (service: string) => this.#instances.get(service) ?? none,
    close() {},
  };

  constructor(options: ShopOptions) {
    this.#options = options;
    const { seed, weather } = options;
    this.chance = seededChance(seed);
    this.trace = new Trace({ readable: options.readable ?? false, now: () => this.scheduler.now });
    this.scheduler = new Scheduler(this.trace);
    this.faults = new Faults(options.faults, (name) => this.trace.say(() => `FAULT ${name}`));
    const delays: Delays = weather === "steady" ? steady : jittery(seededChance(seed ^ 0x5eed));
    const shared = { scheduler: this.scheduler, faults: this.faults, delays, chance: this.chance };
    this.postgres = new PostgresHost({ ...shared, databases: templates() });
    this.#network = new Network(this.scheduler, this.faults, delays);
    for (const [name, count = 1] of Object.entries(options.replicas))
      for (let n = 1; n <= count; n++) this.#start(name as ServiceName, n, 0); // as: the record's own keys
  }

  database(name: ServiceName | "bus") {
    return this.postgres.database(name);
  }

  /** A process that only calls: a customer behind the gateway. */
  caller(name: string): { readonly process: Process; readonly mesh: Mesh } {
    const process = this.#process(name, () => {});
    const mesh = createMesh({
      caller: name,
      discovery: this.#discovery,
      clock: process.clock,
      chance: this.chance,
      log: meshTelemetry(this.trace, name).log,
      telemetry: meshTelemetry(this.trace, name),
      connect: (url) => this.#network.connect(process, url),
    });
    return { process, mesh };
  }

  #process(name: string, killed: () => void): Process {
    const process = new Process({ name, scheduler: this.scheduler, faults: this.faults, killed }, this.chance);
    this.#processes.push(process);
    return process;
  }

  /** The run is over. */
  close(): void {
    for (const process of this.#processes) process.abandon();
  }

  #start(service: ServiceName, n: number, restarts: number): void {
    const name = `${service}-${n}`;
    const process = this.#process(name, () => {
      this.postgres.disconnect(process);
      this.#register(service, name, undefined);
      this.scheduler.after(restartMs[Math.min(restarts, restartMs.length - 1)] ?? 0, () =>
        this.#start(service, n, restarts + 1),
      );
    });
    const url = `http://${name}:${1_000 + restarts}`;
    if (restarts > 0) this.trace.say(() => `${name} starts again`);
    const replica = startReplica(services[service], {
      process,
      postgres: this.postgres,
      network: this.#network,
      discovery: this.#discovery,
      url,
      seed: this.#options.seed + restarts,
    });
    // A process that cannot start ends, and is started again.
    replica.started.catch(() => process.kill());
    this.#register(service, name, url, restarts === 0 ? 0 : registryMs);
  }

  #register(service: ServiceName, instance: string, url: string | undefined, delayMs = registryMs): void {
    const change = () => {
      const others = (this.#instances.get(service) ?? []).filter((one) => one.instance !== instance);
      this.#instances.set(service, url === undefined ? others : [...others, { instance, url }]);
    };
    if (delayMs === 0) change();
    else this.scheduler.after(delayMs, change);
  }

  /** PostgreSQL dies now and then, and comes back after a second or three. */
  breakPostgres(): void {
    const site = this.faults.site("postgres dies");
    const look = () => {
      if (this.faults.isHealed) return;
      if (site.happens()) this.postgres.crash(1_000 + this.chance() * 2_000);
      this.scheduler.after(500, look, true);
    };
    look();
  }

  /** What is still under way. */
  restless(): string[] {
    const found: string[] = [];
    const count = (name: ServiceName, table: string, column: string, is: (value: unknown) => boolean, what: string) => {
      if (!this.postgres.has(name)) return;
      const n = this.database(name).values(table, column).filter(is).length;
      if (n > 0) found.push(`${n} ${what} of ${name}`);
    };
    const isNull = (value: unknown) => value === null;
    const any = () => true;
    for (const name of Object.keys(this.#options.replicas) as ServiceName[]) {
      count(name, "chassis.outbox", "done_at", isNull, "events unsent");
      count(name, "chassis.parked", "event_id", any, "events parked");
      count(name, "chassis.dead_letters", "event_id", any, "dead letters");
    }
    count("orders", "chassis.sagas", "ended_at", isNull, "sagas under way");
    count("inventory", "unannounced", "sku", any, "changes of stock untold");
    const bus = this.database("bus");
    const log = bus.rows("bus.log", ["partition", "type", "position"]);
    const wanted = new Map(
      bus.rows("bus.subscription", ["subscriber", "types"]).map(([subscriber, types]) => [subscriber, types]),
    );
    for (const [subscriber, partition, read] of bus.rows("bus.cursor", ["subscriber", "partition", "position"])) {
      const types: readonly string[] = wanted.get(subscriber) ?? [];
      const unread = log.filter(([of, type, position]) => of === partition && position > read && types.includes(type));
      if (unread.length > 0) found.push(`${unread.length} events unread by ${String(subscriber)}`);
    }
    return found;
  }

  isQuiet(): boolean {
    return this.restless().length === 0;
  }

  /** What a customer has put into a cart; whoever has the token may order it. */
  cart(cartId: string, token: string, lines: readonly { sku: string; quantity: number; unitAmount: number }[]): void {
    execute(
      this.database("orders"),
      `insert into carts (cart_id, customer_id, token_hash, currency, status, lines, version, updated_at)
       values ($1, null, $2, 'EUR', 'open', $3, 1, $4)`,
      [cartId, createHash("sha256").update(token).digest(), JSON.stringify(lines), new Date(epochMs).toISOString()],
    );
  }
}

const none: readonly Instance[] = [];
