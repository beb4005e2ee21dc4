import { setTimeout as delay } from "node:timers/promises";
import type { EdgeFault } from "../proxy/fault-proxy.ts";
import { type Edge, nameOf } from "../shop/edges.ts";
import { type Experiment, type Lab, pick, shuffled, untilStruck } from "./experiment.ts";

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

/**
 * Puts a fault on some edges, and counts what it changed. @param atLeastOnce goes on until something has been
 * @returns the kinds of fault that have changed something
 */
async function during(
  { shop, struck }: Lab,
  faults: readonly (readonly [Edge, EdgeFault])[],
  ms: number,
  atLeastOnce: boolean,
): Promise<readonly EdgeFault["kind"][]> {
  const put = faults.map(([edge, fault]) => ({ edge, kind: fault.kind, ...shop.edges.put(edge, fault) }));
  try {
    await delay(ms);
    if (atLeastOnce)
      await untilStruck(put.map(({ edge, kind }) => `${kind} on ${nameOf(edge)}`).join(", "), () =>
        put.some((one) => one.struck() > 0),
      );
  } finally {
    for (const { takeBack } of put) takeBack();
    for (const one of put) struck(`${one.kind} on ${nameOf(one.edge)}`, one.struck());
  }
  return put.flatMap((one) => (one.struck() > 0 ? one.kind : []));
}

const atOnce = 4;
/** Something passes here at all times, and all of it is HTTP. */
const busy: Edge = { from: "gateway", to: "orders" };

export const everyEdge: Experiment = {
  name: "faults on every edge",
  hypothesis: "Delay, loss, cut, copied and half answers cost time and nothing else.",
  async run(lab, ms) {
    const { shop, chance } = lab;
    const left = shuffled(shop.edges.all(), chance);
    const slices = Math.ceil(left.length / atOnce);
    const each = Math.max(500, ms / slices);
    const unseen = new Set(kinds.map(({ kind }) => kind));
    for (let n = chance() * kinds.length; left.length > 0; ) {
      const faults = left.splice(0, atOnce).map((edge) => {
        const possible = kinds.filter((kind) => fits(edge, kind));
        return [edge, possible[Math.floor(n++) % possible.length] ?? { kind: "reset" }] as const;
      });
      for (const kind of await during(lab, faults, each, false)) unseen.delete(kind);
    }
    // What came to edges on which nothing passed then.
    for (const fault of kinds) if (unseen.has(fault.kind)) await during(lab, [[busy, fault]], 500, true);
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
        true,
      );
      if (performance.now() < until - 2_000) await delay(2_000);
    }
  },
};

export const lostAnswers: Experiment = {
  name: "the card provider takes the money and its answers are lost",
  hypothesis: "It is asked again with the same key, and nobody pays twice.",
  async run(lab, ms) {
    await during(lab, [[{ from: "payments", to: "card-simulator" }, { kind: "one-way" }]], ms, true);
  },
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
