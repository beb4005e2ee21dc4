import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandClock } from "../clock.ts";
import { Failure } from "../failure.ts";
import type { Io } from "../io.ts";
import { type Home, homeAt } from "../state/home.ts";
import { stopSignals } from "../stop-signals.ts";
import { showProgress } from "../supervisor/progress.ts";
import { runSupervisor } from "../supervisor/run.ts";

/**
 * Starts a whole shop in a temporary folder on a free port, for as long as `work` takes, and leaves nothing.
 * Ctrl-C stops it in order; twice: at once.
 */
export async function withTemporaryShop<T>(io: Io, work: (home: Home, address: string) => Promise<T>): Promise<T> {
  const home = homeAt(await mkdtemp(join(tmpdir(), "souk-demo-")));
  const asked = stopSignals(commandClock, { readerGone: "stops" });
  const over = new AbortController();
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
    env: io.env,
    stop: AbortSignal.any([asked.stop, over.signal]),
    kill: asked.kill,
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
    over.abort();
    await supervisor;
    asked.release();
  }
}
