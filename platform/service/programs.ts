import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { systemClock } from "@souk/kernel";
import { ConfigError } from "./config.ts";
import { ownHeap, shrinkWhenQuiet } from "./idle-memory.ts";
import { type RunningService, startService } from "./runtime.ts";

const EX_FAILED = 1;
const EX_USAGE = 64;
const EX_CONFIG = 78;

export type Program = { readonly path: string; readonly env: Readonly<Record<string, string | undefined>> };

/** Runs services in this process until a signal ends it: see main.ts. */
export async function runPrograms(programs: readonly Program[]): Promise<void> {
  /** By program; a place is empty until its service is ready. */
  const running: (RunningService | undefined)[] = [];
  let stopping = false;
  const log = () => running.find((service) => service !== undefined)?.telemetry.log;

  // Whoever read our output may be gone: that is no reason to die too.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop());

  if (programs.length === 0) {
    console.error("usage: node platform/service/main.ts <path/to/service.ts>, or SOUK_PROCESS_FILE=<file> for several");
    process.exit(EX_USAGE);
  }
  process.once("disconnect", () => {
    if (!stopping) log()?.warn("the process that started this one has died; serving on until another takes over");
  });
  await Promise.all(programs.map(start));
  shrinkWhenQuiet(systemClock, ownHeap());

  async function start({ path, env }: Program, place: number): Promise<void> {
    const url = pathToFileURL(resolve(path));
    try {
      const { default: definition } = await import(url.href);
      const service = await startService(definition, { env, directory: new URL("./", url) });
      if (stopping) return void (await service.stop());
      running[place] = service;
      const { name, port, managementPort } = service;
      // The callback takes the error of a parent that died meanwhile.
      if (process.connected) process.send?.({ type: "ready", ready: true, name, port, managementPort }, () => {});
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      console.error(`${path}: ${error.message}`);
      process.exit(EX_CONFIG);
    }
  }

  /** One after the other, so that each ends what it is doing while those that it calls are still there: they are listed later. */
  async function stop(): Promise<void> {
    if (stopping) process.exit(EX_FAILED);
    stopping = true;
    for (const service of running) await service?.stop();
    process.exit(0);
  }

  /** After an error that nobody expected, nothing that is in memory can be trusted: the supervisor starts us anew. */
  function crash(error: unknown): void {
    const to = log();
    if (to) to.error("crashing on an error that nobody handled", { error });
    else console.error(error);
    process.exit(EX_FAILED);
  }
}
