import { setTimeout as delay } from "node:timers/promises";
import { type CrashPoint, crashPoints } from "@souk/kernel";
import {
  crashPlan,
  type Experiment,
  living,
  pick,
  restart,
  shuffled,
  signal,
  signalled,
  untilBack,
  untilStruck,
} from "./experiment.ts";

const hitLookMs = 25;

export const labelledCrashes: Experiment = {
  name: "kill -9 at every crash point",
  hypothesis: "A process may die between any two lines: whoever comes next sees how far it got.",
  async run({ shop, chance, struck }, ms) {
    const open = new Set<CrashPoint>();
    const look = () => {
      for (const at of open) {
        if (!shop.wasHit(crashPlan[at], at)) continue;
        open.delete(at);
        struck(`crash at ${at}`);
      }
    };
    /** Only a process that is asked to stop comes by there; it may have died of something else before it could. */
    let asked: number | undefined;
    const drain = () => {
      const process = living(shop, `${crashPlan["process.draining"]}-1`);
      if (!open.has("process.draining") || !process?.ready || process.pid === asked) return;
      if (signal(process, "SIGTERM")) asked = process.pid;
    };
    const every = ms / crashPoints.length;
    for (const at of shuffled(crashPoints, chance)) {
      open.add(at);
      shop.arm(crashPlan[at], at);
      for (const until = performance.now() + every; performance.now() < until; await delay(hitLookMs)) {
        drain();
        look();
      }
    }
    try {
      for (const at of open)
        await untilStruck(`a crash at ${at}`, () => {
          drain();
          look();
          return !open.has(at);
        });
    } finally {
      for (const at of open) shop.disarm(crashPlan[at], at);
    }
  },
};

export const randomKills: Experiment = {
  name: "kill -9 at random",
  hypothesis: "Whatever dies is started again, and what it was doing is taken up by somebody.",
  async run({ shop, chance, struck }, ms) {
    for (const until = performance.now() + ms; performance.now() < until; await delay(700)) {
      const victim = await signalled(
        () =>
          pick(
            shop.processes().filter(({ name }) => name !== "postgres"),
            chance,
          ),
        "SIGKILL",
      );
      struck(`kill -9 of ${victim.name}`);
    }
  },
};

/** Longer than any lease: sagas 10 s, the bus 5 s; shorter than what the supervisor takes for hanging, 15 s. */
const pausedMs = 11_500;

export const pausedProcess: Experiment = {
  name: "a process is paused beyond its lease",
  hypothesis: "Who wakes up after others took over its work writes nothing any more.",
  async run({ shop, chance, struck }, ms) {
    const others = shop.processes().filter(({ name }) => name === "inventory" || name === "shipping");
    const sagas = shop.processes().filter(({ name }) => name === "orders");
    // The longest lease is that of a saga: where there is time for one process only, it is one that works on them.
    const victims = [pick(sagas, chance), ...shuffled([...others, ...sagas], chance)];
    for (let rounds = Math.max(1, Math.floor(ms / (pausedMs + 2_000))); rounds > 0; rounds--) {
      const { instance } = victims.shift() ?? pick(others, chance);
      const victim = await signalled(() => living(shop, instance), "SIGSTOP");
      struck(`SIGSTOP of ${victim.name}`);
      try {
        await delay(pausedMs);
      } finally {
        signal(victim, "SIGCONT");
      }
      if (rounds > 1) await delay(2_000);
    }
  },
};

export const rollingRestart: Experiment = {
  name: "a rolling restart",
  hypothesis: "A process that is asked to stop ends what it is doing; nobody notices.",
  async run({ shop, struck }) {
    for (const before of shop.processes().filter(({ name }) => name !== "postgres")) {
      if (!signal(before, "SIGTERM")) continue;
      struck(`restart of ${before.name}`);
      await untilBack(shop, before);
    }
  },
};

const offsets = ["4s", "-4s"];

export const clockSkew: Experiment = {
  name: "clocks that are set wrong",
  hypothesis: "No order of events, lease or key depends on two machines agreeing on the time to the second.",
  async run({ shop, chance, struck }, ms) {
    const skewed = shuffled(
      shop.processes().filter(({ name }) => ["orders", "payments", "inventory", "shipping"].includes(name)),
      chance,
    ).slice(0, 2);
    const restartAll = (settings: (n: number) => Record<string, string>) =>
      Promise.all(
        skewed.map(async ({ instance }, n) => {
          shop.give(instance, { settings: settings(n) });
          await restart(shop, instance);
        }),
      );
    await restartAll((n) => ({ SOUK_CLOCK_OFFSET: offsets[n] ?? "4s" }));
    for (const [n, { name }] of skewed.entries()) struck(`clock of ${name} ${offsets[n]}`);
    await delay(ms);
    await restartAll(() => ({}));
  },
};
