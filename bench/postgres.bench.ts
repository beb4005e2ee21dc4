/**
 * What a statement costs: a transaction of six statements, and single reads, by `pg` in pipeline mode and by our own connection over
 * it, in turn on one server. CPU of this process and of PostgreSQL's, per unit.
 *
 *   node bench/postgres.bench.ts [--seconds 3] [--rounds 3] [--json]
 */
import { parseArgs } from "node:util";
import { systemClock } from "@souk/kernel";
import { openDatabase } from "@souk/postgres";
import pg from "pg";
import { cpuMsOf } from "../cli/bench/processes.ts";
import { benchServer } from "./shared/server.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
});
const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
const atOnce = 8;

const server = await benchServer();

/** CPU time of PostgreSQL's processes, in ms. Linux only: 0 elsewhere. */
const postgresCpuMs = async () => (await cpuMsOf(new Map([[server.pid, "postgres"]]))).get("postgres") ?? 0;

type Driver = {
  readonly name: string;
  readonly transaction: () => Promise<unknown>;
  readonly read: () => Promise<unknown>;
};

const db = openDatabase({ url: server.url, poolSize: atOnce, clock: systemClock, chance: Math.random });
await db`create table notes (id bigint generated always as identity primary key, text text not null, n integer not null)`;

const ours: Driver = {
  name: "souk",
  transaction: () =>
    db.tx(async (tx) => {
      for (let i = 0; i < 5; i++) void tx`insert into notes (text, n) values (${"a note"}, ${i})`;
      return tx`insert into notes (text, n) values (${"a note"}, ${5}) returning id`;
    }),
  read: () => db`select id, text, n from notes where id = ${1}`,
};

const pool = new pg.Pool({ connectionString: server.url, max: atOnce, pipeline: true } as pg.PoolConfig);
const insert = { name: "insert", text: "insert into notes (text, n) values ($1, $2)" };
const insertReturning = { name: "insert returning", text: "insert into notes (text, n) values ($1, $2) returning id" };
const plain: Driver = {
  name: "pg",
  async transaction() {
    const client = await pool.connect();
    const sent = [client.query("begin")];
    for (let i = 0; i < 5; i++) sent.push(client.query({ ...insert, values: ["a note", i] }));
    await client.query({ ...insertReturning, values: ["a note", 5] });
    await Promise.all([...sent, client.query("commit")]);
    client.release();
  },
  read: () => pool.query({ name: "read", text: "select id, text, n from notes where id = $1", values: [1] }),
};

type Figures = { perSecond: number; cpuUs: number; postgresCpuUs: number };

async function measure(work: () => Promise<unknown>): Promise<Figures> {
  const [cpu, postgres, startedAt] = [process.cpuUsage(), await postgresCpuMs(), performance.now()];
  let done = 0;
  const until = startedAt + seconds * 1_000;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (; performance.now() < until; done++) await work();
    }),
  );
  const elapsed = (performance.now() - startedAt) / 1_000;
  const used = process.cpuUsage(cpu);
  return {
    perSecond: Math.round(done / elapsed),
    cpuUs: Math.round((used.user + used.system) / done),
    postgresCpuUs: Math.round((((await postgresCpuMs()) - postgres) * 1_000) / done),
  };
}

const results: Record<string, Figures[]> = {};
try {
  for (let round = 0; round <= rounds; round++) {
    for (const what of ["transaction", "read"] as const) {
      for (const driver of [plain, ours]) {
        const figures = await measure(driver[what]);
        if (round === 0) continue; // warms up
        const name = `${what} ${driver.name}`;
        results[name] = [...(results[name] ?? []), figures];
      }
    }
  }
} finally {
  await Promise.all([db.close(), pool.end()]);
  await server.stop();
}

const median = (all: readonly number[]) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
const rows = Object.entries(results).map(([what, all]) => ({
  what,
  perSecond: median(all.map(({ perSecond }) => perSecond)),
  cpuUs: median(all.map(({ cpuUs }) => cpuUs)),
  postgresCpuUs: median(all.map(({ postgresCpuUs }) => postgresCpuUs)),
}));
if (values.json) console.log(JSON.stringify(rows));
else console.table(rows);
