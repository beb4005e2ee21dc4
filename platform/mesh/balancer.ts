import { type Chance, type Clock, sleep } from "@souk/kernel";
import { createOutlierEjection, type InstanceHealth } from "@souk/resilience";
import UndiciPool from "undici/lib/dispatcher/pool.js";
import type { Discovery, Instance } from "./discovery.ts";
import type { Connect, Connections } from "./mesh-options.ts";

/** An instance as this caller sees it, with the connections to it. */
export type Target = Instance & {
  readonly pool: Connections;
  readonly health: InstanceHealth;
  inFlight: number;
};

export type TargetSnapshot = ReturnType<InstanceHealth["snapshot"]> & Instance & { readonly inFlight: number };

export type Balancer = {
  /** Where to send the next attempt, if anywhere. @param previous where the last one failed: avoided when there is another */
  readonly pick: (previous?: Target) => Target | undefined;
  /** Whether a call that `target` refused can go elsewhere. */
  readonly hasOther: (target: Target) => boolean;
  readonly snapshot: () => readonly TargetSnapshot[];
  readonly close: () => Promise<void>;
};

export type BalancerOptions = {
  readonly service: string;
  readonly discovery: Discovery;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly ejected: (instance: string, forMs: number) => void;
  readonly connect?: Connect | undefined;
};

const CONNECT_TIMEOUT_MS = 1_000;
/** Who closes has drained before; a stream of events would never end by itself. */
const CLOSE_MS = 1_000;

// Time-outs are the exchange's: one timer for all of a call instead of undici's per phase. The bulkhead bounds connections.
const overTcp: Connect = (url) =>
  new UndiciPool(url, { headersTimeout: 0, bodyTimeout: 0, connect: { timeout: CONNECT_TIMEOUT_MS }, allowH2: false });

/**
 * Sends each call to the less busy of two instances drawn at random (Mitzenmacher, "The Power of Two Choices in Randomized Load
 * Balancing", 2001): nearly as even as knowing every instance's load, and without the herd that runs to the idlest.
 */
export function createBalancer(options: BalancerOptions): Balancer {
  const { service, discovery, clock, chance, ejected, connect = overTcp } = options;
  const ejection = createOutlierEjection({ clock, ejected });
  let known: readonly Instance[] | undefined;
  let targets: readonly Target[] = [];

  const open = ({ instance, url }: Instance): Target => ({
    instance,
    url,
    inFlight: 0,
    health: ejection.track(instance),
    pool: connect(url),
  });

  const shut = async ({ health, pool }: Target): Promise<void> => {
    health.forget();
    await pool.close(); // lets what is under way finish
  };

  const reconcile = (instances: readonly Instance[]): void => {
    const kept = targets.filter(({ instance, url }) => instances.some((i) => i.instance === instance && i.url === url));
    for (const target of targets) if (!kept.includes(target)) void shut(target);
    targets = instances.map((i) => kept.find((t) => t.instance === i.instance && t.url === i.url) ?? open(i));
    known = instances;
  };

  const refresh = (): void => {
    const instances = discovery.instances(service);
    if (instances !== known) reconcile(instances);
  };

  const usable = (previous: Target | undefined): readonly Target[] => {
    const healthy = targets.filter((target) => !target.health.isEjected());
    const fresh = healthy.filter((target) => target !== previous);
    if (fresh.length > 0) return fresh;
    // When all are ejected (the good ones were stopped), a bad one is better than none.
    return healthy.length > 0 ? healthy : targets;
  };

  const any = (candidates: readonly Target[], except = -1): number => {
    const index = Math.floor(chance() * (candidates.length - (except < 0 ? 0 : 1)));
    return except >= 0 && index >= except ? index + 1 : index;
  };

  return {
    pick(previous) {
      refresh();
      if (targets.length < 2) return targets[0];
      const candidates = usable(previous);
      if (candidates.length < 2) return candidates[0];
      const first = any(candidates);
      const a = candidates[first];
      const b = candidates[any(candidates, first)];
      return a && b && b.inFlight < a.inFlight ? b : a;
    },
    hasOther: (target) => targets.some((other) => other !== target && !other.health.isEjected()),
    snapshot() {
      refresh();
      return targets.map(({ instance, url, inFlight, health }) => ({ instance, url, inFlight, ...health.snapshot() }));
    },
    async close() {
      const open = targets;
      targets = [];
      known = undefined;
      const closed = new AbortController();
      const late = sleep(clock, CLOSE_MS, closed.signal).then(() =>
        Promise.all(open.map(({ pool }) => pool.destroy())),
      );
      await Promise.race([Promise.all(open.map(shut)), late]);
      closed.abort();
    },
  };
}
