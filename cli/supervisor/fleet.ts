import type { Clock } from "@souk/kernel";
import type { Home } from "../state/home.ts";
import { identify } from "./process-identity.ts";
import { type ProcessRecord, writeProcessRecords } from "./process-records.ts";
import { registryWriter } from "./registry.ts";
import { inStages } from "./stop-order.ts";
import {
  type Change,
  type Health,
  type Launch,
  type Policy,
  type ProcessStatus,
  type Supervised,
  supervise,
} from "./supervised.ts";

export type Member = {
  readonly name: string;
  readonly instance: string;
  readonly launch: Launch;
  readonly probe: (port: number) => Promise<Health>;
  /** When it stops among those that it was started with: the lowest first. Default 0. */
  readonly stopStage?: number;
};

/** A process of the first start that will not come up by itself. */
export class StartFailed extends Error {
  override readonly name = "StartFailed";
  readonly instance: string;
  constructor(instance: string, message: string) {
    super(message);
    this.instance = instance;
  }
}

export type Fleet = {
  /** Starts processes and resolves when all of them are ready. @throws StartFailed */
  readonly start: (members: readonly Member[]) => Promise<void>;
  readonly processes: () => readonly ProcessStatus[];
  /** Stops what was started last first, and what was started together stage by stage. */
  readonly stop: () => Promise<void>;
  /** Ends everything now. */
  readonly kill: () => void;
};

/** EX_CONFIG: the configuration is wrong, and starting again does not mend it. */
const configurationRefused = 78;
const deathsToGiveUp = 3;
const rewriteMs = 1_000;

/** The processes of one Souk: keeps them running, and keeps the records that others read up to date. */
export function createFleet(options: {
  readonly home: Home;
  readonly clock: Clock;
  readonly policy?: Policy;
  readonly onChange: (change: Change, status: ProcessStatus) => void;
}): Fleet {
  const groups: Supervised[][] = [];
  /** By instance. */
  const stopStages = new Map<string, number>();
  const stopStage = ({ instance }: ProcessStatus) => stopStages.get(instance) ?? 0;
  const watchers = new Set<(change: Change, status: ProcessStatus) => void>([options.onChange]);
  const writeRegistry = registryWriter(options.home.registry);
  let stopping = false;
  let toRewrite = false;
  const processes = () => groups.flat().map((member) => member.status());

  function changed(change: Change, status: ProcessStatus) {
    recordSoon();
    for (const watch of watchers) watch(change, status);
  }

  function record() {
    const now = processes();
    writeProcessRecords(
      options.home,
      now.flatMap((status) => recordOf(status, stopStage(status))),
    );
    writeRegistry(now);
  }
  /** A full disk is no reason to leave the processes alone: they find each other by what stands there, until it can be written again. */
  function recordSoon() {
    try {
      record();
    } catch {
      if (stopping || toRewrite) return;
      toRewrite = true;
      options.clock.after(rewriteMs, () => {
        toRewrite = false;
        recordSoon();
      });
    }
  }
  record();

  function start(members: readonly Member[]): Promise<void> {
    if (stopping) return Promise.reject(new StartFailed("", "It was stopped before everything was started."));
    const group = members.map((member) =>
      supervise({
        ...member,
        clock: options.clock,
        onChange: changed,
        ...(options.policy !== undefined && { policy: options.policy }),
      }),
    );
    groups.push(group);
    for (const { instance, stopStage = 0 } of members) stopStages.set(instance, stopStage);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const missing = new Set(members.map(({ instance }) => instance));
    const watch = (change: Change, { instance }: ProcessStatus) => {
      if (!missing.has(instance)) return;
      const hopeless = whyHopeless(change, instance);
      if (hopeless !== undefined) reject(new StartFailed(instance, hopeless));
      else if (change.kind === "ready" && missing.delete(instance) && missing.size === 0) resolve();
    };
    watchers.add(watch);
    for (const member of group) member.start();
    if (missing.size === 0) resolve();
    return promise.finally(() => watchers.delete(watch));
  }

  return {
    start,
    processes,
    async stop() {
      stopping = true;
      for (const group of groups.toReversed())
        for (const together of inStages(group, (member) => stopStage(member.status())))
          await Promise.all(together.map((member) => member.stop()));
    },
    kill() {
      stopping = true;
      for (const member of groups.toReversed().flat()) member.kill();
    },
  };
}

function recordOf({ name, instance, pid, port, restarts }: ProcessStatus, stopStage: number): ProcessRecord[] {
  const identity = pid === undefined ? undefined : identify(pid);
  if (identity === undefined) return [];
  return [{ ...identity, name, instance, restarts, stopStage, ...(port !== undefined && { port }) }];
}

function whyHopeless(change: Change, instance: string): string | undefined {
  if (change.kind === "killed") return `${instance} ${change.because}.`;
  if (change.kind === "stopped") return `${instance} was stopped before it was ready.`;
  if (change.kind !== "died") return undefined;
  if (change.exit.code === configurationRefused) return `${instance} refuses its configuration.`;
  if (change.deaths >= deathsToGiveUp) return `${instance} ended ${change.deaths} times before it was ready.`;
  return undefined;
}
