import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { type EdgeFault, type FaultProxy, openFaultProxy } from "../proxy/fault-proxy.ts";

/** Who speaks to whom; `postgres` is the database and the bus, which are one server here. */
export type Edge = { readonly from: string; readonly to: string };
export const nameOf = ({ from, to }: Edge) => `${from} → ${to}`;

type Registry = Readonly<Record<string, readonly { readonly instance: string; readonly url: string }[]>>;

/** The proxies between all processes: one for each caller and each instance that it calls. */
export type Edges = {
  readonly all: () => readonly Edge[];
  readonly set: (edge: Edge, fault: EdgeFault | undefined) => void;
  readonly heal: () => void;
  readonly portOf: (edge: Edge) => number;
  /** How often a fault changed what passed, by edge. */
  readonly struck: () => ReadonlyMap<string, number>;
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
  const faults = new Map<string, EdgeFault>();
  const edges = new Map<string, { readonly edge: Edge; readonly proxies: FaultProxy[] }>();
  /** Where an instance is now. */
  const ports = new Map<string, number>();
  const proxyOf = new Map<string, FaultProxy>();
  const written = new Map<string, string>();
  let known = "";

  function entryOf(edge: Edge) {
    const entry = edges.get(nameOf(edge)) ?? { edge, proxies: [] };
    edges.set(nameOf(edge), entry);
    return entry;
  }

  async function open(edge: Edge, port: () => number | undefined): Promise<FaultProxy> {
    const proxy = await openFaultProxy(port);
    proxy.set(faults.get(nameOf(edge)));
    entryOf(edge).proxies.push(proxy);
    return proxy;
  }

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
    set(edge, fault) {
      if (fault) faults.set(nameOf(edge), fault);
      else faults.delete(nameOf(edge));
      for (const proxy of edges.get(nameOf(edge))?.proxies ?? []) proxy.set(fault);
    },
    heal() {
      faults.clear();
      for (const { proxies } of edges.values()) for (const proxy of proxies) proxy.set(undefined);
    },
    portOf(edge) {
      const port = edges.get(nameOf(edge))?.proxies[0]?.port;
      if (port === undefined) throw new Error(`there is no proxy on ${nameOf(edge)}`);
      return port;
    },
    struck: () =>
      new Map([...edges].map(([name, { proxies }]) => [name, proxies.reduce((sum, proxy) => sum + proxy.struck(), 0)])),
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
