import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { type EdgeFault, type FaultProxy, openFaultProxy } from "../proxy/fault-proxy.ts";

/** Who speaks to whom; `postgres` is the database and the bus, which are one server here. */
export type Edge = { readonly from: string; readonly to: string };
export const nameOf = ({ from, to }: Edge) => `${from} → ${to}`;

type Registry = Readonly<Record<string, readonly { readonly instance: string; readonly url: string }[]>>;

/** A fault on an edge, from `put` until `takeBack`. */
export type PutFault = {
  /** How often it changed what passed. */
  readonly struck: () => number;
  readonly takeBack: () => void;
};

/** The proxies between all processes: one for each caller and each instance that it calls. */
export type Edges = {
  readonly all: () => readonly Edge[];
  /** Of several on one edge the last that was put there is at work, and after it the one before: no experiment takes back another's. */
  readonly put: (edge: Edge, fault: EdgeFault) => PutFault;
  readonly heal: () => void;
  readonly portOf: (edge: Edge) => number;
  /** Reads what runs anew and tells every caller where its proxies are. */
  readonly follow: () => Promise<void>;
  readonly close: () => void;
};

/**
 * @param calls whom each service calls
 * @param fixed edges that no registry knows (a database, a webhook), and where they lead
 * @param registry the supervisor's file of what runs
 * @param registryOf the file that a caller reads instead
 */
export async function openEdges(options: {
  readonly calls: ReadonlyMap<string, readonly string[]>;
  readonly fixed: readonly { readonly edge: Edge; readonly port: () => number | undefined }[];
  readonly registry: string;
  readonly registryOf: (caller: string) => string;
}): Promise<Edges> {
  const { calls, fixed, registry, registryOf } = options;
  type Entry = { readonly edge: Edge; readonly proxies: FaultProxy[]; readonly faults: EdgeFault[] };
  const edges = new Map<string, Entry>();
  const strikes = new WeakMap<EdgeFault, number>();
  const strike = (fault: EdgeFault) => strikes.set(fault, (strikes.get(fault) ?? 0) + 1);
  /** Where an instance is now. */
  const ports = new Map<string, number>();
  const proxyOf = new Map<string, FaultProxy>();
  const written = new Map<string, string>();
  let known = "";

  function entryOf(edge: Edge): Entry {
    const entry = edges.get(nameOf(edge)) ?? { edge, proxies: [], faults: [] };
    edges.set(nameOf(edge), entry);
    return entry;
  }

  async function open(edge: Edge, port: () => number | undefined): Promise<FaultProxy> {
    const proxy = await openFaultProxy(port, strike);
    const { proxies, faults } = entryOf(edge);
    proxy.set(faults.at(-1));
    proxies.push(proxy);
    return proxy;
  }

  const apply = ({ proxies, faults }: Entry) => {
    for (const proxy of proxies) proxy.set(faults.at(-1));
  };

  for (const { edge, port } of fixed) await open(edge, port);
  for (const [from, targets] of calls) for (const to of targets) entryOf({ from, to });

  async function proxyFor(from: string, to: string, instance: string): Promise<FaultProxy> {
    const key = `${from} ${instance}`;
    const there = proxyOf.get(key);
    if (there) return there;
    const proxy = await open({ from, to }, () => ports.get(instance));
    proxyOf.set(key, proxy);
    return proxy;
  }

  function read(): Registry | undefined {
    try {
      const text = readFileSync(registry, "utf8");
      if (text === known) return undefined;
      known = text;
      return JSON.parse(text);
    } catch {
      return undefined; // not written yet
    }
  }

  return {
    all: () => [...edges.values()].map(({ edge }) => edge),
    put(edge, kind) {
      const entry = entryOf(edge);
      const fault = { ...kind }; // its own, to be told from others of its kind
      entry.faults.push(fault);
      apply(entry);
      return {
        struck: () => strikes.get(fault) ?? 0,
        takeBack() {
          const at = entry.faults.indexOf(fault);
          if (at >= 0) entry.faults.splice(at, 1);
          apply(entry);
        },
      };
    },
    heal() {
      for (const entry of edges.values()) {
        entry.faults.length = 0;
        apply(entry);
      }
    },
    portOf(edge) {
      const port = edges.get(nameOf(edge))?.proxies[0]?.port;
      if (port === undefined) throw new Error(`there is no proxy on ${nameOf(edge)}`);
      return port;
    },
    async follow() {
      const now = read();
      if (!now) return;
      for (const { instance, url } of Object.values(now).flat()) ports.set(instance, Number(new URL(url).port));
      for (const [caller, targets] of calls) {
        const seen: Record<string, { instance: string; url: string }[]> = {};
        for (const to of targets) {
          const instances = now[to];
          if (!instances) continue;
          seen[to] = await Promise.all(
            instances.map(async ({ instance }) => ({
              instance,
              url: `http://127.0.0.1:${(await proxyFor(caller, to, instance)).port}`,
            })),
          );
        }
        const text = JSON.stringify(seen);
        if (written.get(caller) === text) continue;
        written.set(caller, text);
        const path = registryOf(caller);
        writeFileSync(`${path}.draft`, text, { mode: 0o600 });
        renameSync(`${path}.draft`, path);
      }
    },
    close() {
      for (const { proxies } of edges.values()) for (const proxy of proxies) proxy.close();
    },
  };
}
