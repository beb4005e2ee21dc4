import { type ChildProcess, spawn } from "node:child_process";
import { chown, mkdir, open, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort, isFreePort } from "@souk/kernel/free-port";
import { type Account, unprivilegedAccount } from "./account.ts";
import { type Binaries, findBinaries, isReachable } from "./binaries.ts";
import { withFileLock } from "./file-lock.ts";
import { identifierAt, isAlive, mayBeServer, readPidFile, systemIdentifier } from "./postmaster.ts";

export type EmbeddedOptions = {
  /** Made when missing. Holds `cluster/` (PostgreSQL's own), `server.log` and `lock`. */
  readonly dataDir: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Of the superuser `postgres`; fixed when the cluster is made. */
  readonly password: string;
  /** One line per thing worth telling a person. */
  readonly log?: (line: string) => void;
  /** Added to the server's, e.g. `{ fsync: "off" }` for tests. */
  readonly settings?: Readonly<Record<string, string>>;
};

export type Embedded = {
  /** Of the database `postgres`, as superuser. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** It was running already. */
  readonly adopted: boolean;
  /** Rolls back what is under way and disconnects everybody; resolves when the process is gone. */
  stop(): Promise<void>;
};

/** For two cores and a gigabyte, on one disk that keeps what it was told to keep. */
const settings: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  // TCP only: a socket's path may not exceed 107 bytes, and a clone's path does.
  unix_socket_directories: "",
  max_connections: "300", // a dozen services with ten each and four for the bus, when all are busy, and whoever looks on
  shared_buffers: "128MB",
  io_method: "sync", // no I/O worker processes: 3 × 4 MB for a data set that fits in memory
  max_wal_size: "1GB",
  // After a crash every file of every database is synced before recovery begins: 16 databases took 19 s one by one on a busy disk, during
  // which nothing was served. One call to the system does the same; other systems than Linux have none.
  ...(process.platform === "linux" && { recovery_init_sync_method: "syncfs" }),
  wal_level: "minimal",
  max_wal_senders: "0",
  checkpoint_timeout: "15min",
  random_page_cost: "1.1",
  jit: "off",
  max_parallel_workers_per_gather: "0", // the other core is busy with the services
  autovacuum_naptime: "60s", // each round costs CPU that orders could use: 20 s took 4 % of what 120 orders/s need
  timezone: "UTC",
  log_timezone: "UTC",
  // The log must not hold anybody's data: no details ("Key (email)=(…) exists"), no statements.
  log_error_verbosity: "terse",
  log_min_error_statement: "panic",
  log_checkpoints: "off",
  log_min_messages: "warning",
};

const startTimeoutMs = 60_000;
const stopTimeoutMs = 15_000;
// node:timers and not a Clock here: what is waited for is another process, which no simulation runs.
const pollMs = 10;

/**
 * PostgreSQL on `dataDir`, from npm's binaries: made first if need be, adopted when it runs already, started otherwise.
 * It outlives this process, whoever starts it next adopts it. As root it runs as another user.
 * @throws Error that says what to do: port taken, password refused, package missing, or the end of the server's own log
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  await mkdir(options.dataDir, { recursive: true });
  const dataDir = await realpath(options.dataDir);
  // Two starts at once would both find no cluster and make it over each other.
  return withFileLock(join(dataDir, "lock"), startTimeoutMs, () => adoptOrStart({ ...options, dataDir }));
}

/**
 * Stops the server that runs on `dataDir`, whoever started it.
 * @returns false when there is none
 */
export async function stopEmbedded(dataDir: string): Promise<boolean> {
  const cluster = join(await realpath(dataDir).catch(() => dataDir), "cluster");
  const found = await readPidFile(cluster);
  if (!found || !(await mayBeServer(found.pid, cluster))) return false;
  await stopServer(found.pid);
  return true;
}

async function adoptOrStart(options: EmbeddedOptions): Promise<Embedded> {
  const { dataDir, log = () => {} } = options;
  const cluster = join(dataDir, "cluster");
  const running = await adopt(cluster, options);
  if (running) {
    log(`PostgreSQL was running already (process ${running.pid}, port ${running.port})`);
    return running;
  }
  const account = await unprivilegedAccount(join(cluster, "PG_VERSION"));
  const binaries = await findBinaries(account);
  const place = await placeFor(cluster, account);
  const initialised = await stat(join(cluster, "global", "pg_control")).catch(() => undefined);
  if (!initialised) {
    log("Making a PostgreSQL data directory");
    await initialise(binaries, place, options);
  }
  const started = await start(binaries, place, options);
  log(`PostgreSQL is running (process ${started.pid}, port ${started.port})`);
  return started;
}

async function adopt(cluster: string, { password }: EmbeddedOptions): Promise<Embedded | undefined> {
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    const found = await readPidFile(cluster);
    if (!found) return undefined;
    if (!(await mayBeServer(found.pid, cluster))) {
      // Left by a crash. PostgreSQL would refuse to start if its process id now belongs to something else.
      await rm(join(cluster, "postmaster.pid"), { force: true });
      return undefined;
    }
    const url = urlOf(found.port, password);
    if (found.ready && (await identifierAt(url)) === (await systemIdentifier(cluster)))
      return { url, port: found.port, pid: found.pid, adopted: true, stop: () => stopServer(found.pid) };
    if (performance.now() > deadline)
      throw new Error(`process ${found.pid} holds the data directory ${cluster} but does not answer: stop it`);
    await delay(pollMs);
  }
}

/** Where the server runs, and the name it knows its data directory by. */
type Place = { readonly cluster: string; readonly pgdata: string; readonly account: Account | undefined };

/**
 * A directory below /root cannot be walked to by the user that root hands PostgreSQL to. Linux changes into the working
 * directory before it changes the user, and /proc/self/cwd leads there without walking: so that is the name given.
 */
async function placeFor(cluster: string, account: Account | undefined): Promise<Place> {
  await mkdir(cluster, { recursive: true, mode: 0o700 });
  if (!account) return { cluster, pgdata: cluster, account };
  await chown(cluster, account.uid, account.gid);
  if (await isReachable(join(cluster, ".."))) return { cluster, pgdata: cluster, account };
  if (process.platform !== "linux")
    throw new Error(
      `PostgreSQL does not run as root, and other users cannot reach ${cluster}: run as an ordinary user`,
    );
  return { cluster, pgdata: "/proc/self/cwd", account };
}

type Streams = { readonly input?: number; readonly output: number };

function run(file: string, args: readonly string[], { cluster, account }: Place, streams: Streams): ChildProcess {
  return spawn(file, args, {
    cwd: cluster,
    detached: true, // Ctrl-C in the terminal and the parent's death are not its business
    stdio: [streams.input ?? "ignore", streams.output, streams.output],
    env: { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC" },
    ...account,
  });
}

/**
 * The command that runs `file` under SCHED_BATCH, or as it is where a system has no `chrt` or forbids it; the process id stays the
 * shell's. Why: docs/adr/0017-the-database-does-not-interrupt-who-asks-it.md.
 */
function inBatch(file: string, args: readonly string[]): [file: string, args: readonly string[]] {
  if (process.platform !== "linux") return [file, args];
  return ["/bin/sh", ["-c", 'chrt -b -p 0 $$ >/dev/null 2>&1; exec "$0" "$@"', file, ...args]];
}

const locale = ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--lc-collate=C", "--lc-ctype=C"];
const safety = ["--auth=scram-sha-256", "--data-checksums"];

async function initialise(binaries: Binaries, place: Place, { dataDir, password }: EmbeddedOptions): Promise<void> {
  await rm(place.cluster, { recursive: true }); // a half-made one is worth nothing
  await placeFor(place.cluster, place.account);
  // Handed over open, because the account may be unable to walk to it.
  const passwordFile = join(dataDir, "password");
  await writeFile(passwordFile, password, { mode: 0o600 });
  const [input, log] = await Promise.all([open(passwordFile), openLog(dataDir)]);
  try {
    if (place.account) await input.chown(place.account.uid, place.account.gid);
    const what = ["-D", place.pgdata, "-U", "postgres", "--pwfile=/dev/stdin", "--no-instructions"];
    const child = run(binaries.initdb, [...what, ...safety, ...locale], place, { input: input.fd, output: log.fd });
    const code = await exitOf(child);
    if (code !== 0) throw new Error(`initdb failed (${code}):\n${await endOfLog(dataDir, 0)}`);
  } finally {
    await Promise.all([input.close(), log.close(), rm(passwordFile)]);
  }
}

/** Worth another try: the dead server's children may hold its memory for a second or two, a free port may be taken meanwhile. */
const passing = /shared memory block|lock file|could not bind|could not create any TCP/;

async function start(binaries: Binaries, place: Place, options: EmbeddedOptions): Promise<Embedded> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const port = options.port ?? (await freePort(Math.random));
    if (options.port !== undefined && !(await isFreePort(port)))
      throw new Error(`port ${port} is taken: stop what holds it, or choose another`);
    const logged = await logSize(options.dataDir);
    const started = await startOnce(binaries, place, port, options);
    if (started) return started;
    const said = await endOfLog(options.dataDir, logged);
    if (!passing.test(said) || performance.now() > deadline) throw new Error(`PostgreSQL does not start:\n${said}`);
    await delay(200);
  }
}

/** @returns undefined when the server gave up by itself */
async function startOnce(
  binaries: Binaries,
  place: Place,
  port: number,
  options: EmbeddedOptions,
): Promise<Embedded | undefined> {
  const all = { ...settings, ...options.settings, port: String(port) };
  const args = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const log = await openLog(options.dataDir);
  const child = run(...inBatch(binaries.postgres, ["-D", place.pgdata, ...args]), place, { output: log.fd });
  let exited = false;
  const exit = exitOf(child).then(() => {
    exited = true;
  });
  await log.close();
  const url = urlOf(port, options.password);
  const deadline = performance.now() + startTimeoutMs;
  while (!exited) {
    const found = await readPidFile(place.cluster);
    if (child.pid !== undefined && found?.pid === child.pid && found.ready && (await identifierAt(url)) !== undefined) {
      child.unref();
      const { pid } = child;
      return { url, port, pid, adopted: false, stop: () => stopServer(pid) };
    }
    if (performance.now() > deadline) {
      child.kill("SIGQUIT");
      throw new Error(`PostgreSQL was not ready within ${startTimeoutMs} ms:\n${await endOfLog(options.dataDir, 0)}`);
    }
    await Promise.race([delay(pollMs), exit]);
  }
  return undefined;
}

/** SIGINT is PostgreSQL's fast shutdown: roll back, disconnect, checkpoint. */
async function stopServer(pid: number): Promise<void> {
  for (const signal of ["SIGINT", "SIGQUIT", "SIGKILL"] as const) {
    if (!isAlive(pid)) return;
    process.kill(pid, signal);
    const deadline = performance.now() + stopTimeoutMs;
    while (isAlive(pid) && performance.now() < deadline) await delay(pollMs);
  }
}

const urlOf = (port: number, password: string) =>
  `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;

const exitOf = (child: ChildProcess): Promise<number | string> =>
  new Promise((resolve, reject) => {
    child.once("exit", (code, signal) => resolve(code ?? signal ?? "?"));
    child.once("error", (error) => reject(new Error(`cannot run ${child.spawnfile}`, { cause: error })));
  });

const maxLogBytes = 10 * 1024 * 1024;
const logOf = (dataDir: string) => join(dataDir, "server.log");
const logSize = (dataDir: string): Promise<number> =>
  stat(logOf(dataDir)).then(
    ({ size }) => size,
    () => 0,
  );

/** Appends; starts over when the log has grown past 10 MB. */
const openLog = async (dataDir: string) =>
  open(logOf(dataDir), (await logSize(dataDir)) > maxLogBytes ? "w" : "a", 0o600);

/** @param from a size that the log had */
async function endOfLog(dataDir: string, from: number): Promise<string> {
  const bytes = await readFile(logOf(dataDir));
  const text = bytes.subarray(bytes.length >= from ? from : 0).toString();
  return text.trimEnd().split("\n").slice(-15).join("\n");
}
