import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { systemClock } from "@souk/kernel";
import { seededChance } from "@souk/testing";
import pg from "pg";
import { openDatabase } from "./database.ts";
import { type Embedded, startEmbedded } from "./embedded.ts";
import { isAlive } from "./postmaster.ts";

const root = await mkdtemp(join(tmpdir(), "souk embedded "));
const servers = new Set<Embedded>();
after(async () => {
  for (const server of servers) await server.stop();
  await rm(root, { recursive: true });
});

const password = "it's p@ss/word";
async function start(
  dataDir: string,
  more: { port?: number; settings?: Record<string, string> } = {},
): Promise<Embedded> {
  const server = await startEmbedded({
    dataDir,
    password,
    ...more,
    settings: { shared_buffers: "16MB", ...more.settings },
  });
  servers.add(server);
  return server;
}

async function ask(server: Embedded, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const dataDir = join(root, "with space", "pg");
let first: Embedded;

test("it makes a cluster and starts it: durable, checksummed, UTF-8, only on loopback", async () => {
  first = await start(dataDir);
  assert.equal(first.adopted, false);
  const [settings] = await ask(
    first,
    `select current_setting('server_version_num')::int / 10000 as version, current_setting('fsync') as fsync,
       current_setting('data_checksums') as checksums, current_setting('recovery_init_sync_method') as sync, current_setting('server_encoding') as encoding,
       current_setting('listen_addresses') as addresses, lower('É') as lower, 'a' < 'B' collate "default" as linguistic`,
  );
  assert.deepEqual(settings, {
    version: 18,
    fsync: "on",
    checksums: "on",
    sync: process.platform === "linux" ? "syncfs" : "fsync",
    encoding: "UTF8",
    addresses: "127.0.0.1",
    lower: "é",
    linguistic: false,
  });
  await ask(first, "create table kept (n int); insert into kept values (1)");
});

test("it does not interrupt who asks it, where the system knows how", {
  skip: process.platform !== "linux",
}, async () => {
  const knows = spawnSync("chrt", ["-b", "0", "true"]).status === 0;
  const stat = await readFile(`/proc/${first.pid}/stat`, "latin1");
  const policy = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[38]; // proc_pid_stat(5): the 41st field
  assert.equal(policy, knows ? "3" : "0"); // sched(7): 3 is SCHED_BATCH
});

test("a wrong password is refused", async () => {
  const wrong = new pg.Client({ connectionString: first.url.replace(/:[^:@]*@/, ":wrong@") });
  wrong.on("error", () => {});
  await assert.rejects(wrong.connect(), { code: "28P01" });
  await wrong.end();
});

test("a second start adopts the server that runs, and can stop it", async () => {
  const [second, third] = await Promise.all([start(dataDir), start(dataDir, { port: 1 })]);
  for (const adopted of [second, third])
    assert.deepEqual([adopted.adopted, adopted.pid, adopted.port], [true, first.pid, first.port]);
  await assert.rejects(startEmbedded({ dataDir, password: "other" }), /refuses the password/);
  await second.stop();
  assert.ok(!isAlive(first.pid));
});

test("after kill -9 it starts again with everything that was committed", async () => {
  const before = await start(dataDir);
  await ask(before, "insert into kept values (2)");
  const pool = Array.from({ length: 5 }, () => ask(before, "select pg_sleep(60)").catch(() => "lost"));
  process.kill(before.pid, "SIGKILL");
  const again = await start(dataDir, { port: before.port });
  assert.notEqual(again.pid, before.pid);
  assert.deepEqual(await ask(again, "select n from kept order by n"), [{ n: 1 }, { n: 2 }]);
  assert.deepEqual(new Set(await Promise.all(pool)), new Set(["lost"]));
  await again.stop();
});

test("a pool lives through kill -9 of PostgreSQL, and no insert it acknowledged is lost", async () => {
  const server = await start(dataDir);
  const onError = () => {}; // connections that died idle
  const db = openDatabase({ url: server.url, poolSize: 8, clock: systemClock, chance: seededChance(1), onError });
  await db`create table if not exists inserted (n integer primary key)`;
  const acknowledged: number[] = [];
  let attempted = 0;
  let crashed = false;
  const writer = async () => {
    while (!crashed) {
      const n = ++attempted;
      await db
        .tx(async (tx) => tx`insert into inserted values (${n})`)
        .then(
          () => acknowledged.push(n),
          (error) => assert.equal(error.status, "unavailable"),
        );
      if (acknowledged.length >= 200 && !crashed) {
        crashed = true;
        process.kill(server.pid, "SIGKILL");
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, writer));
  const again = await start(dataDir, { port: server.port });
  const kept = new Set((await db<{ n: number }>`select n from inserted`).map(({ n }) => n));
  assert.deepEqual(
    acknowledged.filter((n) => !kept.has(n)),
    [],
  );
  await db.close();
  await again.stop();
});

test("a stale process id, even one that now belongs to something else, does not keep it from starting", async () => {
  const pidFile = join(dataDir, "cluster", "postmaster.pid");
  await writeFile(pidFile, [process.pid, dataDir, 0, 5432, "", "127.0.0.1", "", "ready", ""].join("\n"));
  const server = await start(dataDir);
  assert.equal(server.adopted, false);
  assert.equal((await readFile(pidFile, "utf8")).split("\n")[0], String(server.pid));
  await server.stop();
});

test("two that start at once share one server", async () => {
  const racing = join(root, "race");
  const [a, b, c] = await Promise.all([start(racing), start(racing), start(racing)]);
  assert.equal(new Set([a.pid, b.pid, c.pid]).size, 1);
  assert.deepEqual([a, b, c].filter(({ adopted }) => !adopted).length, 1);
  await a.stop();
});

test("it outlives the process that started it", async () => {
  const script = `
    import { startEmbedded } from ${JSON.stringify(new URL("embedded.ts", import.meta.url).href)};
    const { pid } = await startEmbedded({ dataDir: ${JSON.stringify(dataDir)}, password: ${JSON.stringify(password)} });
    console.log(pid);`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  const server = await start(dataDir);
  assert.deepEqual([server.adopted, server.pid], [true, Number(stdout)]);
  await server.stop();
});

test("a taken port is named", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => holder.once("listening", resolve));
  const { port } = holder.address() as { port: number };
  await assert.rejects(start(dataDir, { port }), new RegExp(`port ${port} is taken`));
  await new Promise((resolve) => holder.close(resolve));
});

test("a setting that PostgreSQL refuses is reported with the end of its log", async () => {
  await assert.rejects(start(dataDir, { settings: { shared_buffers: "much" } }), /does not start:\s.*shared_buffers/);
});

test("a half-made cluster is made anew", async () => {
  const half = join(root, "half");
  await mkdir(join(half, "cluster", "base"), { recursive: true });
  const server = await start(half);
  assert.deepEqual(await ask(server, "select 1 as one"), [{ one: 1 }]);
  await server.stop();
});

test("as root, it runs as somebody else, also where others cannot walk to", {
  skip: process.getuid?.() !== 0,
}, async () => {
  const locked = join(root, "locked");
  await mkdir(join(locked, "pg"), { mode: 0o700, recursive: true });
  const server = await start(join(locked, "pg"));
  assert.notEqual((await stat(`/proc/${server.pid}`)).uid, 0);
  await ask(server, "create table t as select generate_series(1, 1000) as n; checkpoint");
  process.kill(server.pid, "SIGKILL");
  const again = await start(join(locked, "pg"));
  assert.deepEqual(await ask(again, "select count(*)::int as n from t"), [{ n: 1000 }]);
  assert.equal((await start(join(locked, "pg"))).adopted, true);
  await again.stop();
});
