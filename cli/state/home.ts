import { chmod, mkdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Failure } from "../failure.ts";
import { errorCode, isMissing } from "./private-file.ts";

/** The repository that this command belongs to. */
export const repository = resolve(import.meta.dirname, "../..");

/** Where one running Souk keeps everything: delete the folder, and it never was. */
export type Home = {
  readonly dir: string;
  readonly secrets: string;
  /** One file per secret that a service reads, because secrets never stand on a command line or in an environment. */
  readonly secretFiles: string;
  readonly identities: string;
  readonly trustBundle: string;
  readonly run: string;
  readonly supervisor: string;
  readonly processes: string;
  readonly registry: string;
  readonly logs: string;
  readonly traces: string;
  readonly postgres: string;
};

export const homeAt = (dir: string): Home => ({
  dir,
  secrets: join(dir, "secrets.json"),
  secretFiles: join(dir, "secrets"),
  identities: join(dir, "identities"),
  trustBundle: join(dir, "trust-bundle.json"),
  run: join(dir, "run"),
  supervisor: join(dir, "run", "supervisor.json"),
  processes: join(dir, "run", "processes.json"),
  registry: join(dir, "run", "registry.json"),
  logs: join(dir, "logs"),
  traces: join(dir, "traces"),
  postgres: join(dir, "postgres"),
});

/** `SOUK_HOME`, or `.souk` in the repository. */
export const homeOf = (env: Readonly<Record<string, string | undefined>>): Home =>
  homeAt(resolve(env["SOUK_HOME"] || join(repository, ".souk")));

/** Nobody else may look in, also when the folder was there before with wider rights. */
export async function makeHome(home: Home): Promise<void> {
  for (const dir of [home.dir, home.secretFiles, home.identities, home.run, home.logs, home.traces]) {
    await makeFolder(dir);
    await chmod(dir, 0o700);
  }
}

/**
 * With those above it. Node's own way to do that never answers below /proc, which says of each new folder that the one above is missing.
 * @throws Failure where nothing can be made
 */
async function makeFolder(dir: string): Promise<void> {
  if (await isFolder(dir)) return;
  if (!(await isFolder(dirname(dir)))) await makeFolder(dirname(dir));
  try {
    await mkdir(dir, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) === "EEXIST" && (await isFolder(dir))) return; // another was quicker
    if (errorCode(error) !== "ENOENT") throw error;
    throw new Failure(`No folder can be made at ${dir}.`, "Name another folder: SOUK_HOME=FOLDER", { cause: error });
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );
