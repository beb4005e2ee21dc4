import { readFileSync } from "node:fs";
import { enableCompileCache } from "node:module";
import type { Program } from "./programs.ts";

/**
 * `node platform/service/main.ts services/orders/service.ts` runs one service in the environment of this process. Several in one
 * process: `SOUK_PROCESS_FILE` names a JSON file `{ "services": [{ "path", "env" }] }`, each with an environment of its own.
 *
 * Says `{ ready: true, name, port, managementPort }` to the process that started it, if there is one, and goes on when that one dies. SIGTERM
 * and SIGINT stop it gracefully, a second one at once. Exits with 78 when the configuration is wrong.
 */

// Before the imports that are worth keeping compiled. Measured on a service with a database: ready after 335 instead of 440 ms.
// Whoever starts us does better to set NODE_COMPILE_CACHE: see README.md.
enableCompileCache();
const { runPrograms } = await import("./programs.ts");

// Who only imports this has it, and all that it needs, compiled and kept for those who run it.
if (import.meta.main) await runPrograms(named(process.argv[2], process.env["SOUK_PROCESS_FILE"]));

function named(path: string | undefined, file: string | undefined): readonly Program[] {
  // as: the launcher writes it, and each environment is checked like any other
  if (file) return (JSON.parse(readFileSync(file, "utf8")) as { services: Program[] }).services;
  return path === undefined ? [] : [{ path, env: process.env }];
}
