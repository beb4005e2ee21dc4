import { setTimeout as delay } from "node:timers/promises";
import type { CrashPoint } from "@souk/kernel";
import type { ChaosShop, Process } from "../shop/chaos-shop.ts";

/** What an experiment has at hand. */
export type Lab = {
  readonly shop: ChaosShop;
  /** Uniform in [0, 1), from the seed. */
  readonly chance: () => number;
  /** Says that one fault has struck, and of which kind; it is counted and drawn. */
  readonly struck: (what: string, times?: number) => void;
};

/** One hypothesis about the shop, and the fault that puts it to the test. */
export type Experiment = {
  readonly name: string;
  /** What should be so although the fault happens: a sentence. */
  readonly hypothesis: string;
  /** Makes the fault last for about `ms` and takes it back. @throws when it could not be made to happen */
  readonly run: (lab: Lab, ms: number) => Promise<void>;
};

/** The next of a list by chance. */
export function pick<T>(from: readonly T[], chance: () => number): T {
  const one = from[Math.floor(chance() * from.length)];
  if (one === undefined) throw new Error("there is nothing to pick from");
  return one;
}

/** Fisher and Yates' shuffle. */
export function shuffled<T>(items: readonly T[], chance: () => number): T[] {
  const mixed = [...items];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(chance() * (i + 1));
    [mixed[i], mixed[j]] = [mixed[j] as T, mixed[i] as T];
  }
  return mixed;
}

export const living = (shop: ChaosShop, instance: string): Process | undefined =>
  shop.processes().find((process) => process.instance === instance);

export function signal(process: Process | undefined, name: NodeJS.Signals): boolean {
  if (!process) return false; // it is away already
  try {
    globalThis.process.kill(process.pid, name);
    return true;
  } catch {
    return false; // it has just ended
  }
}

/** How long processes are waited for. Only a run that fails waits so long, or one on a machine that is busy with other things. */
const patienceMs = 120_000;
/**
 * How long a fault goes on beyond its time when nothing has come its way. Others of its wave may keep everybody from working for some ten
 * seconds (a process is paused for 11.5): they are over by then, and shoppers have asked again.
 */
const strikeWithinMs = patienceMs;
const strikeLookMs = 50;

/** @returns what `look` finds @throws when a fault does not strike: a run of it proves nothing */
export async function untilStruck<T>(
  what: string,
  look: () => T | false | undefined | Promise<T | false | undefined>,
): Promise<T> {
  for (const until = performance.now() + strikeWithinMs; ; await delay(strikeLookMs)) {
    const found = await look();
    if (found !== false && found !== undefined) return found;
    if (performance.now() > until)
      throw new Error(`${what} struck nothing for ${strikeWithinMs / 1_000} s after its time`);
  }
}

/** Signals a process that lives, or waits until one does. @returns it, as it was */
export const signalled = (choose: () => Process | undefined, name: NodeJS.Signals): Promise<Process> =>
  untilStruck(name, () => {
    const process = choose();
    return signal(process, name) && process;
  });

/** Asks a process to stop, so that it starts anew with what `shop.give` has given it. */
export async function restart(shop: ChaosShop, instance: string): Promise<void> {
  const before = await signalled(() => living(shop, instance), "SIGTERM");
  await untilBack(shop, before);
}

/** Until another process has taken its place and takes work. */
export async function untilBack(shop: ChaosShop, before: Process | undefined): Promise<void> {
  if (!before) return;
  for (const until = performance.now() + patienceMs; ; await delay(50)) {
    const now = living(shop, before.instance);
    if (now && now.pid !== before.pid && now.ready) return;
    if (performance.now() > until)
      throw new Error(`${before.instance} did not come back within ${patienceMs / 1_000} s`);
  }
}

/** Until everything that should run takes work. */
export async function untilAllReady(shop: ChaosShop): Promise<void> {
  for (const until = performance.now() + patienceMs; ; await delay(100)) {
    const ready = new Set(shop.processes().flatMap((one) => (one.ready ? [one.instance] : [])));
    const missing = shop.expected.filter((instance) => !ready.has(instance));
    if (missing.length === 0) return;
    if (performance.now() > until)
      throw new Error(`${missing.join(", ")} did not come back within ${patienceMs / 1_000} s`);
  }
}

/** Which service dies at which crash point: each at least once, where it is passed often. */
export const crashPlan: Readonly<Record<CrashPoint, string>> = {
  "transaction.before-commit": "inventory",
  "transaction.committed": "payments",
  "call.answered": "payments",
  "request.handled": "inventory",
  "stream.appended": "orders",
  "outbox.claimed": "inventory",
  "outbox.published": "orders",
  "inbox.handled": "shipping",
  "inbox.committed": "notifications",
  "saga.started": "orders",
  "saga.answered": "orders",
  "saga.recorded": "orders",
  "saga.undone": "orders",
  "saga.local": "orders",
  "saga.ended": "orders",
  "task.done": "card-simulator",
  "process.draining": "shipping",
};
