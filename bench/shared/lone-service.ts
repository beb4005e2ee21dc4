import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Contract, EventType } from "@souk/contract";
import type { Message, Subscription } from "@souk/messaging";
import { migrate, provisionDatabase } from "@souk/postgres";
import { migrationSets, type ServiceDefinition, type Vars } from "@souk/service";
import { startService } from "@souk/service/runtime";
import { nodeFlags } from "../../cli/supervisor/members.ts";
import { benchServer } from "./server.ts";

const databaseVariable = "SOUK_BENCH_DATABASE";

/** Whether this program runs as the service that it measures. */
export const isLoneService = process.env[databaseVariable] !== undefined;

/** A service in a process of its own, with a PostgreSQL beside it, and this program in place of its neighbours and its broker. */
export type LoneService = {
  readonly origin: string;
  /** Hands it events, as the broker would. */
  send(batch: readonly Message[]): void;
  /** What it has used until now, in milliseconds. */
  cpuMs(): Promise<number>;
  /** Its share of the machine's memory. */
  memoryMb(): Promise<number>;
  stop(): Promise<void>;
};

/** @param program forked: it must call `serveAlone` when `isLoneService`  @param directory the service's folder */
export async function loneService(
  program: string,
  definition: Pick<ServiceDefinition, "contract" | "calls" | "consumes">,
  directory: URL,
): Promise<LoneService> {
  const postgres = await benchServer();
  const { url, ownerUrl } = await provisionDatabase(postgres.url, {
    name: definition.contract.name,
    password: "bench",
  });
  await migrate(ownerUrl, migrationSets(definition, directory));
  const child: ChildProcess = fork(fileURLToPath(program), process.argv.slice(2), {
    env: { ...process.env, [databaseVariable]: url },
    execArgv: [...process.execArgv, ...nodeFlags], // as in a shop
  });
  const [port] = await once(child, "message");
  return {
    origin: `http://127.0.0.1:${port}`,
    send: (batch) => void (child.connected && child.send(batch as Message[])),
    async cpuMs() {
      child.send("cpu");
      const [{ user, system }] = await once(child, "message");
      return (user + system) / 1_000;
    },
    async memoryMb() {
      const text = await readFile(`/proc/${child.pid}/smaps_rollup`, "utf8");
      return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1]) / 1_024;
    },
    async stop() {
      child.disconnect();
      await once(child, "exit");
      await postgres.stop();
    },
  };
}

/** Runs the service as it is until `loneService` stops it. @param neighbours by their names: what they answer */
export async function serveAlone<
  C extends Contract,
  V extends Vars,
  D extends Readonly<Record<string, Contract>>,
  E extends readonly EventType[],
>(
  definition: ServiceDefinition<C, V, D, E>,
  directory: URL,
  neighbours: Readonly<Record<string, unknown>>,
): Promise<void> {
  const subscriptions = new Set<Subscription>();
  const service = await startService(definition, {
    env: {
      SOUK_ENV: "test",
      SOUK_DATABASE_URL: process.env[databaseVariable],
      SOUK_BUS_URL: "postgres://unused",
      SOUK_INSTANCES: "unused=http://127.0.0.1:1",
      SOUK_LOG_LEVEL: "warn",
      SOUK_TRACE_SAMPLE_RATIO: "0.1",
    },
    directory,
    overrides: {
      transport: {
        publish: async () => {},
        close: async () => {},
        async subscribe(subscription) {
          subscriptions.add(subscription);
          return { close: async () => void subscriptions.delete(subscription) };
        },
      },
      neighbours: {
        mesh: {
          // as: those that this service calls, and of them what it calls
          client: ({ name }) => neighbours[name] as never,
          forward: () => Promise.reject(new Error("nothing is forwarded")),
          state: () => ({}),
          close: async () => {},
        },
        verifyUser: () => Promise.reject(new Error("nobody signs in")),
        verifyService: () => Promise.reject(new Error("nobody calls")),
        close: async () => {},
      },
    },
  });
  process.on("message", (batch: Message[] | "cpu") => {
    if (batch === "cpu") return void process.send?.(process.cpuUsage());
    for (const { deliver } of subscriptions) void deliver(batch);
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.(service.port);
}
