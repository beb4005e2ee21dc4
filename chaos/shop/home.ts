import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Home, homeAt, makeHome } from "../../cli/state/home.ts";
import { ensureSecrets } from "../../cli/state/secrets.ts";
import { bus, databaseName } from "../../cli/system.ts";

/** A state directory for an experiment, with what it puts between the processes. */
export type Stage = {
  readonly home: Home;
  readonly crashPoints: string;
  readonly registryOf: (service: string) => string;
  readonly databaseUrlOf: (service: string) => string;
  readonly instances: string;
};

export async function makeStage(): Promise<Stage> {
  const home = homeAt(await mkdtemp(join(tmpdir(), "souk-chaos-")));
  await makeHome(home);
  const folder = join(home.run, "chaos");
  const crashPoints = join(folder, "crash-points");
  await mkdir(crashPoints, { recursive: true });
  return {
    home,
    crashPoints,
    registryOf: (service) => join(folder, `registry-${service}.json`),
    databaseUrlOf: (service) => join(folder, `${service}.database-url`),
    instances: join(folder, "instances.json"),
  };
}

/**
 * The services' passwords are made before the first start, so that where a service looks for its database can lead through a proxy.
 * @param ports of the proxy between a service and PostgreSQL
 */
export async function writeDatabaseUrls(stage: Stage, ports: ReadonlyMap<string, number>): Promise<void> {
  const { secrets } = await ensureSecrets(stage.home, {
    owners: [bus, ...ports.keys()],
    services: [],
    developmentClients: [],
  });
  const url = (name: string, port: number) =>
    `postgres://${databaseName(name)}:${encodeURIComponent(secrets.database.owners[name] ?? "")}@127.0.0.1:${port}/${databaseName(name)}`;
  for (const [service, port] of ports) {
    await writeFile(stage.databaseUrlOf(service), url(service, port), { mode: 0o600 });
    await writeFile(stage.databaseUrlOf(`${service}.${bus}`), url(bus, port), { mode: 0o600 });
  }
}

/** Where PostgreSQL's superuser gets in, whatever is between it and the services. */
export async function adminUrl(home: Home, port: number, database: string): Promise<string> {
  const { database: passwords } = JSON.parse(await readFile(home.secrets, "utf8"));
  return `postgres://postgres:${encodeURIComponent(passwords.admin)}@127.0.0.1:${port}/${databaseName(database)}`;
}

/** Takes the shop down and its folder away also when we are killed: it waits for the end of a pipe that closes with us. */
export function watchOver({ dir }: Home): { dismiss: () => void } {
  const command = resolve(import.meta.dirname, "../../souk");
  const child = spawn("sh", ["-c", 'cat >/dev/null; "$1" down; rm -rf -- "$SOUK_HOME"', "undertaker", command], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env: { ...process.env, SOUK_HOME: dir },
    cwd: "/",
  });
  child.unref();
  return { dismiss: () => void (child.pid !== undefined && process.kill(-child.pid)) };
}
