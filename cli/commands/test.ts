import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { glob, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbedded } from "@souk/postgres/embedded";
import type { Options, Run } from "../command.ts";
import { Failure } from "../failure.ts";
import { guardTemporary } from "../guard.ts";
import { homeAt, makeHome, repository } from "../state/home.ts";
import { identify } from "../supervisor/process-identity.ts";
import { writeProcessRecords } from "../supervisor/process-records.ts";

export const summary = "Run the tests: everything that a fresh machine can run";
export const usage = `souk test [pattern] [options] [-- options of node --test]
souk test orders
souk test orders -- --test-name-pattern=paid

A pattern is a part of a test file's path. The tests share a PostgreSQL of their own that is gone afterwards, unless
SOUK_TEST_POSTGRES_URL names one.`;
export const options = {} as const satisfies Options;
export const positionals = 1;

const folders = "{platform,services,apps,cli,e2e,bench,chaos,tools}";
/** What a test writes need not survive anything: 3 to 10 times as fast. */
const settings = { fsync: "off", full_page_writes: "off", synchronous_commit: "off", max_connections: "400" };

export const run: Run<typeof options> = async (args, io) => {
  const files = await testFiles(args.positionals[0] ?? "");
  const given = io.env["SOUK_TEST_POSTGRES_URL"];
  // Before there is anything to clean up. Ctrl-C reaches the tests by itself, other signals through us.
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
  const postgres = given ? undefined : await ownPostgres();
  try {
    if (stop.signal.aborted) return 130;
    const { SOUK_HOME: _, ...env } = io.env;
    const child = spawn(
      process.execPath,
      [
        "--test",
        // Node's default leaves one core to itself, which on two is half of the machine.
        `--test-concurrency=${availableParallelism()}`,
        ...(args.options.json ? [`--test-reporter=${join(repository, "cli/test-summary.ts")}`] : []),
        ...args.rest,
        ...files,
      ],
      { cwd: repository, stdio: "inherit", env: { ...env, SOUK_TEST_POSTGRES_URL: given ?? postgres?.url } },
    );
    stop.signal.addEventListener("abort", () => child.kill());
    postgres?.recordRunner(child.pid);
    const [code] = await once(child, "exit");
    return code ?? 130;
  } finally {
    await postgres?.end();
  }
};

async function testFiles(pattern: string): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob(`${folders}/**/*.test.ts`, {
    cwd: repository,
    exclude: (path) => path.split("/").includes("node_modules"),
  }))
    if (file.includes(pattern)) files.push(file);
  if (files.length === 0)
    throw new Failure(
      `No test file's path contains "${pattern}".`,
      "Give a part of one, such as the name of a service: souk test orders",
    );
  return files.sort();
}

/** A server for this run, which ends with it, also when this process is killed. */
async function ownPostgres() {
  const home = homeAt(await mkdtemp(join(tmpdir(), "souk-test-")));
  const guard = guardTemporary(home);
  await makeHome(home);
  const password = randomBytes(18).toString("base64url");
  const server = await startEmbedded({ dataDir: home.postgres, password, settings });
  return {
    url: server.url,
    /** Without us nobody would end the tests either. */
    recordRunner(pid: number | undefined) {
      const identity = pid === undefined ? undefined : identify(pid);
      if (identity) writeProcessRecords(home, [{ ...identity, name: "tests", instance: "tests", restarts: 0 }]);
    },
    async end() {
      await server.stop();
      await rm(home.dir, { recursive: true, force: true });
      guard.release();
    },
  };
}
