import { chmod, mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";

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
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await chmod(dir, 0o700);
  }
}
