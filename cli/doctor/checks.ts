import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { access, constants, mkdtemp, readFile, rm, stat, statfs } from "node:fs/promises";
import { freemem, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { openDatabase } from "@souk/postgres";
import { startEmbedded } from "@souk/postgres/embedded";
import { commandClock } from "../clock.ts";
import { guardTemporary } from "../guard.ts";
import { type Home, homeAt, repository } from "../state/home.ts";
import { errorCode, isMissing } from "../state/private-file.ts";
import { describeHolder, portHolder, portProblem } from "../supervisor/port-holder.ts";
import { livingProcesses } from "../supervisor/process-records.ts";
import { livingSupervisor } from "../supervisor/record.ts";

/** `next`: what to do, when something is wrong. */
export type Check = { readonly ok: boolean; readonly detail: string; readonly next?: string };

export type Place = {
  readonly home: Home;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly port: number;
};

const good = (detail: string): Check => ({ ok: true, detail });
const bad = (detail: string, next: string): Check => ({ ok: false, detail, next });

const run = promisify(execFile);
/** What a program prints; undefined when it is not there or fails. */
const output = (file: string, ...args: string[]) =>
  run(file, args, { cwd: repository }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );

async function node(): Promise<Check> {
  const installed = await output("node", "--version");
  const pinned = `the pinned one is ${process.version}`;
  if (installed === undefined) return bad(`not on the PATH; ${pinned}`, "Install Node 18 or newer: https://nodejs.org");
  const major = Number(/^v(\d+)/.exec(installed)?.[1]);
  return major >= 18
    ? good(`${installed}; ${pinned}`)
    : bad(`${installed} is too old to install with; ${pinned}`, "Install Node 18 or newer: https://nodejs.org");
}

async function npm(): Promise<Check> {
  const version = await output("npm", "--version");
  return version === undefined
    ? bad("not on the PATH", "Install npm; it comes with Node: https://nodejs.org")
    : good(version);
}

async function dependencies(): Promise<Check> {
  const matches = await output(process.execPath, join(repository, "cli", "installed.cjs"), repository);
  return matches === undefined
    ? bad("node_modules is not what package-lock.json says", "Run: npm ci")
    : good("as package-lock.json says");
}

async function givenPostgres(url: string): Promise<Check> {
  const next =
    "DATABASE_URL must name a PostgreSQL that runs, as an administrator that may create roles and databases.";
  const db = openDatabase({ url, poolSize: 1, clock: commandClock, chance: Math.random });
  try {
    const [role] = await db<{ name: string; may: boolean }>`
      select rolname as name, rolsuper or (rolcreaterole and rolcreatedb) as may from pg_roles where rolname = current_user`;
    return role?.may
      ? good(`that of DATABASE_URL, as ${role.name}`)
      : bad(`${role?.name} may not create databases`, next);
  } catch (error) {
    return bad(`DATABASE_URL: ${error instanceof Error ? error.message : error}`, next);
  } finally {
    await db.close();
  }
}

async function postgres({ home, env }: Place): Promise<Check> {
  if (env["DATABASE_URL"]) return givenPostgres(env["DATABASE_URL"]);
  if ((await livingProcesses(home)).some(({ name }) => name === "postgres")) return good("is running");
  const trial = homeAt(await mkdtemp(join(tmpdir(), "souk-doctor-")));
  const guard = guardTemporary(trial);
  const since = performance.now();
  try {
    const server = await startEmbedded({
      dataDir: trial.postgres,
      password: randomBytes(18).toString("base64url"),
    });
    await server.stop();
    return good(`makes a database, starts and stops (${((performance.now() - since) / 1_000).toFixed(1)} s)`);
  } catch (error) {
    return bad(
      error instanceof Error ? error.message : String(error),
      "Mend that, or give a PostgreSQL of yours: DATABASE_URL=postgres://… ./souk up",
    );
  } finally {
    await rm(trial.dir, { recursive: true, force: true });
    guard.release();
  }
}

async function port({ home, port }: Place): Promise<Check> {
  const supervisor = await livingSupervisor(home);
  if (supervisor?.address?.endsWith(`:${port}`)) return good(`${port} is the running shop's`);
  const problem = await portProblem(port);
  if (problem === undefined) return good(`${port} is free`);
  if (problem === "not allowed") return bad(`${port} needs more rights`, "Choose one above 1023: souk up --port 8080");
  const holder = describeHolder(await portHolder(port));
  return bad(`${port} is taken by ${holder}`, "Stop it, or take any that is free: souk up --port 0");
}

/** The folder, or what there is of the way to it. */
async function existing(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (error) {
    if (!isMissing(error) && errorCode(error) !== "EACCES") throw error;
    return existing(dirname(path));
  }
}

const neededDiskMb = 1_000;
async function disk({ home }: Place): Promise<Check> {
  const place = await existing(home.dir);
  const { bavail, bsize } = await statfs(place);
  const freeMb = Math.floor((bavail * bsize) / 2 ** 20);
  return freeMb >= neededDiskMb
    ? good(`${freeMb.toLocaleString("en")} MB free`)
    : bad(`${freeMb} MB free at ${place}`, `Free at least ${neededDiskMb} MB, or set SOUK_HOME to another disk.`);
}

const neededMemoryMb = 1_200;
async function memory({ home }: Place): Promise<Check> {
  const meminfo = await readFile("/proc/meminfo", "utf8").catch(() => "");
  const kilobytes = /^MemAvailable:\s+(\d+)/m.exec(meminfo)?.[1];
  const freeMb = Math.floor(kilobytes === undefined ? freemem() / 2 ** 20 : Number(kilobytes) / 1_024);
  const detail = `${freeMb.toLocaleString("en")} MB available`;
  return freeMb >= neededMemoryMb || (await livingSupervisor(home)) !== undefined
    ? good(detail)
    : bad(detail, `All services take about ${neededMemoryMb} MB: close something, or use souk up --single-process.`);
}

async function state({ home }: Place): Promise<Check> {
  const place = await existing(home.dir);
  if (!(await stat(place)).isDirectory())
    return bad(`${place} is a file`, "Move it away, or name a folder: SOUK_HOME=FOLDER");
  for (const [path, wanted] of [
    [home.dir, 0o700],
    [home.secrets, 0o600],
    [home.secretFiles, 0o700],
    [home.identities, 0o700],
  ] as const) {
    const found = await stat(path).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (found === undefined) continue;
    if (process.getuid !== undefined && found.uid !== process.getuid())
      return bad(
        `${path} belongs to user ${found.uid}`,
        `Run souk as that user, or name another folder: SOUK_HOME=FOLDER`,
      );
    if ((found.mode & 0o777 & ~wanted) !== 0)
      return bad(`${path} can be read by others`, `Run: chmod ${wanted.toString(8)} '${path}'`);
  }
  if (
    await access(place, constants.W_OK).then(
      () => false,
      () => true,
    )
  )
    return bad(`${place} cannot be written to`, "Run souk as its owner, or name another folder: SOUK_HOME=FOLDER");
  return good(home.dir);
}

async function processes({ home }: Place): Promise<Check> {
  const supervisor = await livingSupervisor(home);
  if (supervisor !== undefined) return good(`running (supervisor: process ${supervisor.pid})`);
  const left = await livingProcesses(home);
  return left.length === 0
    ? good("none running")
    : bad(
        `a killed run left ${left.map(({ instance, pid }) => `${instance} (${pid})`).join(", ")}`,
        "Take over with souk up, or end them with souk down.",
      );
}

/** What the shop needs of a machine, in the order in which it needs it. */
export const checks: Readonly<Record<string, (place: Place) => Promise<Check>>> = {
  "Node.js": node,
  npm,
  dependencies,
  disk,
  memory,
  "state directory": state,
  processes,
  port,
  PostgreSQL: postgres,
};
