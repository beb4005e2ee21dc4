import { createHash } from "node:crypto";
import { after } from "node:test";
import type { Client, Contract, Delivery, EventType, Static } from "@souk/contract";
import { identityHeader } from "@souk/http";
import { type Clock, instant, systemClock } from "@souk/kernel";
import type { Sql } from "@souk/postgres";
import { migrationSets, type ServiceDefinition, type Vars } from "@souk/service";
import {
  type Environment,
  type Neighbours,
  type RunningService,
  startService,
  systemWorld,
} from "@souk/service/runtime";
import { capturedTransport } from "./captured-transport.ts";
import { testDatabase } from "./database.ts";
import { principalIn, type TestCalls, testCalls } from "./test-calls.ts";

type Contracts = Readonly<Record<string, Contract>>;

export type StartForTest<D extends Contracts> = {
  /** Stand in for the mesh: `fakeNeighbours(definition.calls, …)`. Without them every call fails. */
  readonly neighbours?: { readonly clients: { readonly [K in keyof D]: Client<D[K]> } };
  /** Settings of the service. Secrets that it needs and that are not here are made up. */
  readonly env?: Environment;
  /** Time that only moves when the test says so; by default the machine's. */
  readonly clock?: Clock;
};

export type TestService<C extends Contract> = TestCalls<C> & {
  readonly running: RunningService;
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  /** The service's own database, for asking what is in there. */
  readonly sql: Sql;
  /** The log's lines so far, parsed. */
  readonly logs: readonly Readonly<Record<string, unknown>>[];
  /** What the service has committed to telling the others, in order; of one type when `event` is given. */
  published<E extends EventType>(event?: E): Promise<Delivery<E>[]>;
  /**
   * Hands the service an event as if another had published it, and resolves when it has been handled.
   * @returns its id: delivered again under that id, it is a copy
   * @throws Error with what the handler threw
   */
  deliver<E extends EventType>(
    event: E,
    fact: {
      readonly subject: string;
      readonly data: Static<E["schema"]>;
      readonly sequence?: number;
      readonly id?: string;
    },
  ): Promise<string>;
  /** Stops it; happens by itself after the tests of this file. */
  stop(): Promise<void>;
};

/**
 * Runs a service as it is, over HTTP with a real PostgreSQL, and with tests around it in place of its neighbours and the
 * broker. Whoever calls it is whom the call says: `call("place", input, { as: principal })`.
 * @param directory the service's folder: `new URL("./", import.meta.url)`
 */
export async function startForTest<
  C extends Contract,
  V extends Vars,
  D extends Contracts,
  E extends readonly EventType[],
>(
  definition: ServiceDefinition<C, V, D, E>,
  directory: URL,
  { neighbours, env = {}, clock = systemClock }: StartForTest<D> = {},
): Promise<TestService<C>> {
  const sets = migrationSets(definition, directory);
  const database = definition.database === false ? undefined : await testDatabase({ sets });
  const transport = capturedTransport();
  const world = systemWorld(clock);
  const logs: Record<string, unknown>[] = [];

  const running = await startService(definition, {
    env: { ...environmentFor(definition, database?.url), ...env },
    directory,
    overrides: {
      lagMs: () => 0,
      world,
      transport,
      neighbours: neighboursFor(definition.calls, neighbours?.clients),
      write: (line) => logs.push(JSON.parse(line)),
    },
  });
  after(running.stop);

  const origin = `http://127.0.0.1:${running.port}`;
  const sql: Sql = database?.sql ?? (() => Promise.reject(new Error(`${running.name} has no database`)));
  return {
    ...testCalls(definition.contract, origin, identityHeader),
    running,
    origin,
    sql,
    logs,
    stop: running.stop,

    async published<P extends EventType>(event?: P): Promise<Delivery<P>[]> {
      const rows = await sql<Delivery<P> & { data: string }>`
        select id, type, subject, sequence::int as sequence, at as time, data from chassis.outbox
        where ${event?.type ?? null}::text is null or type = ${event?.type ?? null} order by position`;
      return rows.map((row) => ({ ...row, source: running.name, data: JSON.parse(row.data) }));
    },

    async deliver({ type }, { subject, data, sequence = 1, id = world.newId() }) {
      const source = type.split(".")[0] ?? "";
      // Through JSON, as every broker carries it.
      const message = {
        id,
        type,
        source,
        subject,
        sequence,
        time: instant(clock.now()),
        data: JSON.parse(JSON.stringify(data)),
      };
      await transport.deliver(message);
      const [failed] = await sql<{ error: string }>`
        select error from chassis.parked where event_id = ${id} union all select error from chassis.dead_letters where event_id = ${id}`;
      if (failed) throw new Error(`handling ${type} failed: ${failed.error}`);
      return id;
    },
  };
}

function environmentFor(
  { config, calls }: Pick<ServiceDefinition, "config" | "calls">,
  databaseUrl: string | undefined,
): Environment {
  const secrets = Object.values(config).filter(({ secret }) => secret);
  return {
    SOUK_ENV: "test",
    // 32 bytes as base64url: long and random enough for every use of a secret, and the same in every run.
    ...Object.fromEntries(secrets.map(({ name }) => [name, createHash("sha256").update(name).digest("base64url")])),
    ...(databaseUrl !== undefined && {
      SOUK_DATABASE_URL: databaseUrl,
      SOUK_BUS_URL: "postgres://replaced-by-the-test",
    }),
    ...(Object.keys(calls).length > 0 && { SOUK_INSTANCES: "replaced-by-the-test=http://127.0.0.1:1" }),
  };
}

/** The mesh's place, taken by fakes; tokens say plainly who they are for. */
function neighboursFor(calls: Contracts, clients: Readonly<Record<string, unknown>> | undefined): Neighbours {
  const byContract = new Map(Object.entries(calls).map(([key, contract]) => [contract, clients?.[key]]));
  const unexpected = (contract: Contract) =>
    new Proxy(
      {},
      {
        get: (_, endpoint) => () =>
          Promise.reject(new Error(`unexpected call of ${contract.name}.${String(endpoint)}`)),
      },
    );
  const verify = async (token: string) => principalIn(token);
  return {
    mesh: {
      // as: the caller's own fakes, typed by the declaration
      client: <T extends Contract>(contract: T) => (byContract.get(contract) ?? unexpected(contract)) as Client<T>,
      forward: (service) => Promise.reject(new Error(`unexpected request for ${service}`)),
      state: () => ({}),
      close: async () => {},
    },
    verifyUser: verify,
    verifyService: verify,
    close: async () => {},
  };
}
