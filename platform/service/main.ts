import { readFileSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * `node platform/service/main.ts services/orders/service.ts` runs one service in the environment of this process. Several in one
 * process: `SOUK_PROCESS_FILE` names a JSON file `{ "services": [{ "path", "env" }] }`, each with an environment of its own.
 *
 * Says `{ ready: true, name, port, managementPort }` to the process that started it, if there is one, and goes on when that one dies. SIGTERM
 * and SIGINT stop it gracefully, a second one at once. Exits with 78 when the configuration is wrong.
 */
const EX_FAILED = 1;
const EX_USAGE = 64;
const EX_CONFIG = 78;

// Before the imports that are worth keeping compiled. Measured on a service with a database: ready after 335 instead of 440 ms.
// Whoever starts us does better to set NODE_COMPILE_CACHE: see README.md.
enableCompileCache();
const [{ ConfigError }, { startService }] = await Promise.all([import("./config.ts"), import("./runtime.ts")]);
type Running = Awaited<ReturnType<typeof startService>>;

const running: Running[] = [];
let stopping = false;

// Whoever read our output may be gone: that is no reason to die too.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
process.on("uncaughtException", crash);
process.on("unhandledRejection", crash);
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop());

const programs = readPrograms();
if (programs.length === 0) {
  console.error("usage: node platform/service/main.ts <path/to/service.ts>, or SOUK_PROCESS_FILE=<file> for several");
  process.exit(EX_USAGE);
}
await Promise.all(programs.map(start));

type Program = { readonly path: string; readonly env: Readonly<Record<string, string | undefined>> };

function readPrograms(): Program[] {
  const file = process.env["SOUK_PROCESS_FILE"];
  // as: the launcher writes it, and each environment is checked like any other
  if (file) return (JSON.parse(readFileSync(file, "utf8")) as { services: Program[] }).services;
  const [path] = process.argv.slice(2);
  return path === undefined ? [] : [{ path, env: process.env }];
}

async function start({ path, env }: Program): Promise<void> {
  const url = pathToFileURL(resolve(path));
  try {
    const { default: definition } = await import(url.href);
    const service = await startService(definition, { env, directory: new URL("./", url) });
    if (stopping) return void (await service.stop());
    running.push(service);
    const { name, port, managementPort } = service;
    // The callback takes the error of a parent that died meanwhile.
    if (process.connected) process.send?.({ type: "ready", ready: true, name, port, managementPort }, () => {});
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(`${path}: ${error.message}`);
    process.exit(EX_CONFIG);
  }
}

async function stop(): Promise<void> {
  if (stopping) process.exit(EX_FAILED);
  stopping = true;
  await Promise.all(running.map((service) => service.stop()));
  process.exit(0);
}

/** After an error that nobody expected, nothing that is in memory can be trusted: the supervisor starts us anew. */
function crash(error: unknown): void {
  const log = running[0]?.telemetry.log;
  if (log) log.error("crashing on an error that nobody handled", { error });
  else console.error(error);
  process.exit(EX_FAILED);
}
