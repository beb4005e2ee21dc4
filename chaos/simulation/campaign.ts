import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Limits } from "./plans.ts";
import type { Done, Told, Work } from "./worker.ts";

/** Most of a run's objects die with it: fewer collections when there is room for several runs. */
const resourceLimits = { maxYoungGenerationSizeMb: 64 };

/** Does a piece of work in a thread of its own. @param told hears how many more runs are done */
export function inThread(work: Work, told: (runs: number) => void = () => {}): Promise<Done> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: work, resourceLimits });
    worker.on("message", (message: Done | Told) => ("told" in message ? told(message.told) : resolve(message)));
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`a simulating thread ended with ${code}`)));
  });
}

export type Campaign = Omit<Work, "step" | "tells" | "within"> & {
  /** Default: all cores. */
  readonly threads?: number;
  readonly told?: (runs: number) => void;
};

/** Runs seeds `from` … `to` − 1, on several threads. */
export function campaign({ threads: most = availableParallelism(), told, ...work }: Campaign): Promise<Done> {
  const threads = Math.max(1, Math.min(most, work.to - work.from));
  return together(threads, told, (n) => ({ ...work, from: work.from + n, step: threads }));
}

/** Runs every plan within limits, on several threads: see `enumerate`. */
export async function enumeration({
  threads = availableParallelism(),
  told,
  ...work
}: Pick<Campaign, "scenario" | "threads" | "told"> & { readonly within: Limits }): Promise<Done> {
  const { runs, bad } = await together(threads, told, (from) => ({ ...work, from, step: threads, to: 0 }));
  return { runs: runs - (threads - 1), bad }; // each of them has run the empty plan
}

async function together(
  threads: number,
  told: Campaign["told"],
  share: (n: number) => Omit<Work, "tells">,
): Promise<Done> {
  const done = await Promise.all(
    Array.from({ length: threads }, (_, n) => inThread({ ...share(n), tells: told !== undefined }, told)),
  );
  return {
    runs: done.reduce((sum, { runs }) => sum + runs, 0),
    bad: done.flatMap(({ bad }) => bad).sort((a, b) => a.seed - b.seed),
  };
}
