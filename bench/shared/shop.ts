import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { cpuMsOf } from "../../cli/bench/processes.ts";
import { homeAt } from "../../cli/state/home.ts";
import { databaseName } from "../../cli/system.ts";
import { souk } from "../../e2e/shop/command.ts";
import { undertaker } from "./undertaker.ts";

type Process = {
  readonly name: string;
  readonly instance: string;
  readonly pid: number | null;
  readonly port: number | null;
  readonly memoryMb: number;
};

/** A whole shop in a folder of its own, sampled as in production, for as long as a bench takes. */
export type BenchShop = {
  readonly address: string;
  readonly souk: (...args: string[]) => Promise<string>;
  readonly processes: () => Promise<readonly Process[]>;
  /** Of every process, PostgreSQL with its back ends included, in ms; the supervisor and this process are not in it. */
  readonly cpuMs: () => Promise<number>;
  /** As PostgreSQL's superuser. */
  readonly sql: (database: string, text: string) => Promise<pg.QueryResult>;
  readonly url: (database: string) => Promise<string>;
  readonly stop: () => Promise<void>;
};

export type BenchShopOptions = {
  /** With the sample catalogue in it. */
  readonly sample?: boolean;
  /** Of its services, as environment variables. */
  readonly settings?: Readonly<Record<string, string>>;
};

export async function benchShop({ sample = false, settings = {} }: BenchShopOptions = {}): Promise<BenchShop> {
  const home = homeAt(await mkdtemp(join(tmpdir(), "souk-bench-shop-")));
  const grave = undertaker(home.dir);
  const type = (...args: string[]) => typed(args);
  async function typed(args: readonly string[], started?: (pid: number) => void): Promise<string> {
    const { code, out, err } = await souk(home.dir, args, settings, started);
    if (code !== 0) throw new Error(`souk ${args.join(" ")} failed (${code}): ${err}${out}`);
    return out;
  }
  const empty = sample ? [] : ["--empty"];
  const wanted = ["--port", "0", "--env", "production-like", "--json", ...empty];
  const up = await typed(["up", "--detach", ...wanted], grave.starts);
  grave.hasStarted();
  const processes = async (): Promise<Process[]> => JSON.parse(await type("status", "--json"));
  const clients = new Map<string, pg.Client>();
  async function url(database: string): Promise<string> {
    const postgres = (await processes()).find(({ name }) => name === "postgres");
    const { database: passwords } = JSON.parse(await readFile(home.secrets, "utf8"));
    return `postgres://postgres:${encodeURIComponent(passwords.admin)}@127.0.0.1:${postgres?.port}/${databaseName(database)}`;
  }
  return {
    address: JSON.parse(up).address,
    souk: type,
    processes,
    url,
    async cpuMs() {
      const roots = (await processes()).filter(({ name }) => name !== "supervisor");
      const used = await cpuMsOf(
        new Map(roots.flatMap(({ pid, name }) => (pid === null ? [] : [[pid, name] as const]))),
      );
      return [...used.values()].reduce((a, b) => a + b, 0);
    },
    async sql(database, text) {
      let client = clients.get(database);
      if (!client) {
        client = new pg.Client({ connectionString: await url(database) });
        await client.connect();
        clients.set(database, client);
      }
      return client.query(text);
    },
    async stop() {
      await Promise.all([...clients.values()].map((client) => client.end()));
      await souk(home.dir, ["down"]);
      grave.release();
      await rm(home.dir, { recursive: true, force: true });
    },
  };
}
