import { setTimeout as delay } from "node:timers/promises";
import type { EdgeFault } from "../proxy/fault-proxy.ts";
import { type Edge, nameOf } from "../shop/edges.ts";
import { type Experiment, type Lab, pick, shuffled } from "./experiment.ts";

const kinds: readonly EdgeFault[] = [
  { kind: "delay", ms: 120 },
  { kind: "drop" },
  { kind: "reset" },
  { kind: "duplicate" },
  { kind: "truncate" },
  { kind: "one-way" },
  { kind: "hold" },
];
/** PostgreSQL's protocol has a state that a copied request would only break in ways that no network does. */
const fits = (edge: Edge, { kind }: EdgeFault) => kind !== "duplicate" || edge.to !== "postgres";

/** On an edge where little passes a fault may wait so much longer for something to change. */
const rareMs = 8_000;
const lookMs = 50;

/** Puts a fault on some edges for a while, and counts what it changed. @param atLeastOnce goes on until it has struck, within reason */
async function during(
  { shop, struck }: Lab,
  faults: readonly (readonly [Edge, EdgeFault])[],
  ms: number,
  atLeastOnce = false,
): Promise<void> {
  const before = shop.edges.struck();
  const nothingYet = () => {
    const now = shop.edges.struck();
    return faults.every(([edge]) => now.get(nameOf(edge)) === before.get(nameOf(edge)));
  };
  for (const [edge, fault] of faults) shop.edges.set(edge, fault);
  try {
    await delay(ms);
    for (let left = rareMs; atLeastOnce && left > 0 && nothingYet(); left -= lookMs) await delay(lookMs);
  } finally {
    for (const [edge] of faults) shop.edges.set(edge, undefined);
  }
  const after = shop.edges.struck();
  for (const [edge, { kind }] of faults) {
    const times = (after.get(nameOf(edge)) ?? 0) - (before.get(nameOf(edge)) ?? 0);
    if (times > 0) struck(`${kind} on ${nameOf(edge)}`, times);
  }
}

const atOnce = 4;

export const everyEdge: Experiment = {
  name: "faults on every edge",
  hypothesis: "Delay, loss, cut, copied and half answers cost time and nothing else.",
  async run(lab, ms) {
    const { shop, chance } = lab;
    const left = shuffled(shop.edges.all(), chance);
    const slices = Math.ceil(left.length / atOnce);
    const each = Math.max(500, ms / slices);
    for (let n = chance() * kinds.length; left.length > 0; ) {
      const faults = left.splice(0, atOnce).map((edge) => {
        const possible = kinds.filter((kind) => fits(edge, kind));
        return [edge, possible[Math.floor(n++) % possible.length] ?? { kind: "reset" }] as const;
      });
      await during(lab, faults, each);
    }
  },
};

export const partition: Experiment = {
  name: "a service is cut off",
  hypothesis: "Nobody waits for it longer than their deadline, and it catches up when it is back.",
  async run(lab, ms) {
    const { shop, chance } = lab;
    for (const until = performance.now() + ms; performance.now() < until; ) {
      const alone = pick(["payments", "inventory", "shipping", "notifications", "orders"], chance);
      const cut = shop.edges.all().filter(({ from, to }) => from === alone || to === alone);
      await during(
        lab,
        cut.map((edge) => [edge, { kind: "hold" }] as const),
        Math.min(4_000, ms),
      );
      if (performance.now() < until - 2_000) await delay(2_000);
    }
  },
};

export const lostAnswers: Experiment = {
  name: "the card provider takes the money and its answers are lost",
  hypothesis: "It is asked again with the same key, and nobody pays twice.",
  run: (lab, ms) => during(lab, [[{ from: "payments", to: "card-simulator" }, { kind: "one-way" }]], ms, true),
};

export const strangeWebhooks: Experiment = {
  name: "webhooks come twice and late",
  hypothesis: "A notification says what is known already: heard twice or late it changes nothing.",
  async run(lab, ms) {
    const edge: Edge = { from: "card-simulator", to: "gateway" };
    await during(lab, [[edge, { kind: "duplicate" }]], ms / 2, true);
    await during(lab, [[edge, { kind: "delay", ms: 1_500 }]], ms / 2, true);
  },
};
