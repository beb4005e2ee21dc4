import { spawn } from "node:child_process";
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
  const log = openSync(logFile(home.logs, supervisorName), "a", 0o600);
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts")], {
    detached: true,
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  stop.addEventListener("abort", () => void child.kill("SIGTERM"));

  const { promise, resolve } = Promise.withResolvers<number>();
  child.on("message", (message) => {
    const progress = message as Progress;
    report(progress);
    if (progress.kind === "up" || progress.kind === "already") resolve(0);
  });
  child.once("exit", (code, signal) => {
    if (code === null || code > 1) void explain(code ?? signal).then(() => resolve(1));
    else resolve(stop.aborted ? 130 : code);
  });
  child.send({ home: home.dir, up } satisfies Orders);
  try {
    return await promise;
  } finally {
    if (child.connected) child.disconnect();
    child.unref();
  }

  async function explain(how: number | string | null): Promise<void> {
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
