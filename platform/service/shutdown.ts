import { type Clock, crashPoint, sleep } from "@souk/kernel";
import type { Log } from "./types.ts";

/** What may happen at once, by name. */
type Stage = Readonly<Record<string, () => Promise<unknown>>>;

export type Shutdown = {
  readonly clock: Clock;
  readonly log: Log;
  /** From being unready until nobody sends anything any more. */
  readonly lingerMs: number;
  /** For all of `drain` together. */
  readonly drainMs: number;
  readonly markDraining: () => void;
  /** In order; given up together when the time is over. */
  readonly drain: readonly Stage[];
  /** In order, whatever became of the drain. */
  readonly close: readonly Stage[];
};

/** Closing only gives back what nobody uses any more. */
const closeMs = 3_000;

/** Ends a service in the order in which nothing is lost. Never rejects: what fails is logged, and the rest still ends. */
export async function shutDown({ clock, log, lingerMs, drainMs, markDraining, drain, close }: Shutdown): Promise<void> {
  const begun = clock.monotonic();
  log.info("stopping");
  markDraining();
  if (lingerMs > 0) await sleep(clock, lingerMs);
  crashPoint("process.draining");
  if (!(await inTime(clock, drainMs, inOrder(drain, log)))) {
    log.warn("what was under way did not end in time; others take it up again", { drainMs });
  }
  if (!(await inTime(clock, closeMs, inOrder(close, log))))
    log.warn("not everything could be closed in time", { closeMs });
  log.info("stopped", { durationMs: Math.round(clock.monotonic() - begun) });
}

async function inOrder(stages: readonly Stage[], log: Log): Promise<void> {
  for (const stage of stages) {
    await Promise.all(
      Object.entries(stage).map(async ([what, run]) => {
        try {
          await run();
        } catch (error) {
          log.error(`stopping ${what} failed`, { error });
        }
      }),
    );
  }
}

async function inTime(clock: Clock, limitMs: number, work: Promise<void>): Promise<boolean> {
  const done = new AbortController();
  const ended = await Promise.race([work.then(() => true), sleep(clock, limitMs, done.signal).then(() => false)]);
  done.abort();
  return ended;
}
