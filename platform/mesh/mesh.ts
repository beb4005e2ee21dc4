import type { Client, Contract } from "@souk/contract";
import type { RecordCall } from "@souk/telemetry";
import { createClient } from "./client.ts";
import { createDependency, type Dependency, type DependencySnapshot } from "./dependency.ts";
import { type ForwardAnswer, type ForwardRequest, forwardTo } from "./forward.ts";
import type { MeshOptions } from "./mesh-options.ts";

export type Mesh = {
  /** The neighbour that keeps this contract. The same one for the same contract. */
  readonly client: <C extends Contract>(contract: C) => Client<C>;
  readonly forward: (service: string, request: ForwardRequest) => Promise<ForwardAnswer>;
  /** What every policy knows, by dependency. */
  readonly state: () => Readonly<Record<string, DependencySnapshot>>;
  /** Lets calls under way finish and closes the connections. */
  readonly close: () => Promise<void>;
};

const breakerStates = { closed: 0, "half-open": 1, open: 2 } as const;

/** All of a process's calls to other services. One per process: policies only work on what they see. */
export function createMesh(options: MeshOptions): Mesh {
  const { discovery, telemetry } = options;
  const { metrics } = telemetry;
  const dependencies = new Map<string, Dependency>();
  const clients = new Map<Contract, unknown>();
  const records = new Map<string, RecordCall>();

  const dependencyOn = (service: string): Dependency => {
    let dependency = dependencies.get(service);
    if (!dependency) {
      dependency = createDependency(service, options);
      dependencies.set(service, dependency);
    }
    return dependency;
  };

  const recordOf = (service: string, method: string, route: string): RecordCall => {
    const key = `${service} ${method} ${route}`;
    let record = records.get(key);
    if (!record) {
      record = metrics.clientCalls(service, method, route);
      records.set(key, record);
    }
    return record;
  };

  const state = () => Object.fromEntries([...dependencies].map(([name, dependency]) => [name, dependency.snapshot()]));
  const gauge = (name: string, help: string, value: (snapshot: DependencySnapshot) => number) =>
    metrics.gauge(name, help, () =>
      Object.entries(state()).map(([service, snapshot]) => ({
        labels: { peer_service: service },
        value: value(snapshot),
      })),
    );
  gauge("souk_circuit_breaker_state", "0 closed, 1 half-open, 2 open", ({ breaker }) => breakerStates[breaker.state]);
  gauge("souk_bulkhead_inside", "Calls under way", ({ bulkhead }) => bulkhead.inside);
  gauge("souk_bulkhead_waiting", "Calls that wait for a place", ({ bulkhead }) => bulkhead.waiting);
  gauge("souk_mesh_instances", "Instances known", ({ instances }) => instances.length);
  gauge(
    "souk_mesh_instances_ejected",
    "Instances that get no calls because they failed",
    ({ instances }) => instances.filter(({ ejectedForMs }) => ejectedForMs > 0).length,
  );

  return {
    client<C extends Contract>(contract: C): Client<C> {
      const known = clients.get(contract);
      // What is kept under a contract was made from it.
      if (known) return known as Client<C>;
      const client = createClient(contract, dependencyOn(contract.name), metrics);
      clients.set(contract, client);
      return client;
    },
    forward: (service, request) =>
      forwardTo(service, dependencyOn(service), recordOf(service, request.method, request.route), request),
    state,
    async close() {
      discovery.close();
      await Promise.all([...dependencies.values()].map((dependency) => dependency.close()));
    },
  };
}
