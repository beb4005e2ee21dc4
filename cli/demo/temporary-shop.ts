import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandClock } from "../clock.ts";
import { Failure } from "../failure.ts";
import type { Io } from "../io.ts";
import { type Home, homeAt } from "../state/home.ts";
import { showProgress } from "../supervisor/progress.ts";
import { runSupervisor } from "../supervisor/run.ts";

/**
 * Starts a whole shop in a temporary folder on a free port, for as long as `work` takes, and leaves nothing.
 * Ctrl-C stops it in order; twice: at once.
 */
export async function withTemporaryShop<T>(io: Io, work: (home: Home, address: string) => Promise<T>): Promise<T> {
  const home = homeAt(await mkdtemp(join(tmpdir(), "souk-demo-")));
  const stop = new AbortController();
  const kill = new AbortController();
  const end = () => (stop.signal.aborted ? kill : stop).abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  // `souk demo | head`: a reader who has seen enough ends the program elsewhere; here the shop would stay behind.
  process.stdout.removeAllListeners("error").on("error", () => stop.abort());
  const up = Promise.withResolvers<string>();
  const supervisor = runSupervisor({
    home,
    up: {
      port: 0,
      only: [],
      replicas: {},
      singleProcess: false,
      productionLike: false,
      ephemeral: true,
    },
    clock: commandClock,
    // What is temporary gets a PostgreSQL of its own: nothing may be left in one that somebody gave.
    env: { ...io.env, DATABASE_URL: undefined },
    stop: stop.signal,
    kill: kill.signal,
    report(progress) {
      if (progress.kind === "failed") showProgress(progress, io, { command: "./souk" });
      if (progress.kind === "up" && progress.up.address !== undefined) up.resolve(progress.up.address);
    },
  });
  const endedEarly = supervisor.then((): never => {
    throw new Failure("The shop ended before the demo did.", "See: souk doctor");
  });
  try {
    const address = await Promise.race([up.promise, endedEarly]);
    return await Promise.race([work(home, address), endedEarly]);
  } finally {
    stop.abort();
    await supervisor;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, end);
  }
}
