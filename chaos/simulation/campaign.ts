import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Done, Work } from "./worker.ts";

/** Does a piece of work in a thread of its own. */
export function inThread(work: Work): Promise<Done> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: work });
    worker.once("message", resolve).once("error", reject);
    worker.once("exit", (code) => reject(new Error(`a simulating thread ended with ${code}`)));
  });
}

/** Runs seeds `from` … `to` − 1 on all cores. */
export async function campaign({ from, to }: { readonly from: number; readonly to: number }): Promise<Done> {
  const threads = Math.min(availableParallelism(), to - from);
  const done = await Promise.all(
    Array.from({ length: threads }, (_, n) => inThread({ from: from + n, step: threads, to })),
  );
  return {
    runs: done.reduce((sum, { runs }) => sum + runs, 0),
    bad: done.flatMap(({ bad }) => bad).sort((a, b) => a.seed - b.seed),
  };
}
