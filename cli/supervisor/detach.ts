import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { join } from "node:path";
import { lastLines, logFile } from "../logs/files.ts";
import { type Home, makeHome } from "../state/home.ts";
import { supervisorName } from "./journal.ts";
import type { Orders } from "./main.ts";
import type { UpOptions } from "./options.ts";
import type { Progress } from "./progress.ts";

/**
 * Starts a supervisor that outlives us and waits until everything is ready.
 * @param stop gives the start up: what was started goes down again
 * @returns the exit code of the command
 */
export async function detachSupervisor(options: {
  readonly home: Home;
  readonly up: UpOptions;
  readonly report: (progress: Progress) => void;
  readonly stop: AbortSignal;
}): Promise<number> {
  const { home, up, report, stop } = options;
  await makeHome(home);
  await compileAhead();
  if (stop.aborted) return 130;
  const log = openSync(logFile(home.logs, supervisorName), "a", 0o600);
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts")], {
    detached: true,
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  stop.addEventListener("abort", () => void child.kill("SIGTERM"));

  const ready = Promise.withResolvers<0>();
  let failed = false;
  child.on("message", (message) => {
    const progress = message as Progress;
    failed ||= progress.kind === "failed";
    report(progress);
    if (!stop.aborted && (progress.kind === "up" || progress.kind === "already")) ready.resolve(0);
  });
  // Disconnected, it has told all that it had to tell.
  const ended = Promise.all([once(child, "exit"), once(child, "disconnect")]).then(async ([[code, signal]]) => {
    if (stop.aborted) return 130;
    if (code !== 0 && !failed) await explain(code ?? signal);
    return code ?? 1;
  });
  child.send({ home: home.dir, up } satisfies Orders);
  try {
    return await Promise.race([ready.promise, ended]);
  } finally {
    if (child.connected) child.disconnect();
    child.unref();
  }

  async function explain(how: number | string): Promise<void> {
    const lines = await lastLines(home.logs, supervisorName, 15);
    report({
      kind: "failed",
      message: `The supervisor ended (${how}) before everything was ready.`,
      next: "Run the same again; it takes over what was started.",
      instance: supervisorName,
      log: lines.map(({ raw }) => raw),
    });
  }
}

/**
 * On the very first start, so that the supervisor finds itself compiled: it would keep the transpiler that it needs otherwise, 13 MB,
 * for as long as it runs.
 */
async function compileAhead(): Promise<void> {
  await import("./main.ts");
  flushCompileCache();
}
