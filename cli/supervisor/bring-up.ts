import { symlink } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Clock } from "@souk/kernel";
import { Failure, usageFailure } from "../failure.ts";
import { logFile } from "../logs/files.ts";
import type { Home } from "../state/home.ts";
import { ensureIdentities, operator } from "../state/identities.ts";
import { errorCode, writePrivate } from "../state/private-file.ts";
import { ensureSecrets, type Secrets } from "../state/secrets.ts";
import { builtStorefront } from "../storefront.ts";
import {
  adminPasswordVariable,
  bus,
  checkService,
  developmentClient,
  gateway,
  localSettings,
  roles,
  serviceNames,
} from "../system.ts";
import { endServices } from "./end.ts";
import { databaseUrlFile, developmentClientsFile, readerUrlFile, secretFile } from "./environment.ts";
import { stockEmptyShop } from "./first-stock.ts";
import type { Fleet } from "./fleet.ts";
import { gatewayPort } from "./gateway-port.ts";
import type { Journal } from "./journal.ts";
import { members } from "./members.ts";
import type { UpOptions } from "./options.ts";
import { launchPostgres, probePostgres } from "./postgres-process.ts";
import { type Declaration, type Preparation, startPreparation } from "./preparation.ts";
import { livingProcesses, postgresName } from "./process-records.ts";
import type { Progress, Up } from "./progress.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export type BringUp = {
  readonly home: Home;
  readonly up: UpOptions;
  readonly clock: Clock;
  readonly env: Environment;
  readonly fleet: Fleet;
  readonly journal: Journal;
  readonly report: (progress: Progress) => void;
};

/** What a killed supervisor left: its services end gracefully, PostgreSQL is adopted where it is started. */
export async function endLeftovers(home: Home, clock: Clock, report: (progress: Progress) => void): Promise<void> {
  const left = (await livingProcesses(home)).filter(({ name }) => name !== postgresName);
  if (left.length === 0) return;
  await endServices(clock, left);
  report({
    kind: "note",
    text: `A run that was killed had left ${left.map(({ instance }) => instance).join(", ")} behind: ended, now started anew`,
  });
}

/**
 * From nothing to a shop in which every process is ready: PostgreSQL while the declarations load, then secrets and
 * databases, then all services at once, for none needs another to start.
 * @throws Failure, StartFailed
 */
export async function bringUp(options: BringUp): Promise<Up> {
  const { home, up, clock, env, fleet, report } = options;
  const begun = clock.monotonic();
  const services = await chosenServices(up);
  const port = services.includes(gateway) ? await gatewayPort(up.port) : up.port;
  const preparation = startPreparation(services, env, (text) => report({ kind: "note", text }));
  const storefront = services.includes(gateway) ? storefrontFolder(options) : undefined;
  try {
    const { secrets, created } = await ensureSecrets(home, { owners: [], services: [], developmentClients: [] });
    const [adminUrl, declarations] = await Promise.all([
      postgresUrl(options, secrets.database.admin),
      preparation.declarations,
    ]);
    await provision(options, preparation, declarations, adminUrl);
    const address = `http://localhost:${port}`;
    const folder = await storefront;
    const settings = localSettings({
      address,
      gatewayPort: port,
      adminEmail: secrets.admin.email,
      developmentClientsFile: developmentClientsFile(home),
      ...(folder !== undefined && { storefront: folder }),
    });
    const plan = { home, up, env, gatewayPort: port, settings };
    await fleet.start(await members(plan, declarations));
    if (up.sample && up.only.length === 0) await openWithStock(options, address);
    return {
      ...(services.includes(gateway) && { address }),
      home: home.dir,
      secrets: home.secrets,
      adminEmail: secrets.admin.email,
      ms: Math.round(clock.monotonic() - begun),
      processes: fleet.processes().length,
      first: created,
    };
  } finally {
    preparation.close();
  }
}

/** Undefined when it cannot be built: the shop is then its API alone, and says so. */
async function storefrontFolder({ home, clock, report }: BringUp): Promise<string | undefined> {
  try {
    const { folder, ms } = await builtStorefront(home, clock);
    if (ms !== undefined) report({ kind: "step", what: "storefront", detail: "built: its sources changed", ms });
    return folder;
  } catch (error) {
    report({ kind: "note", text: `The storefront was not built: ${error instanceof Error ? error.message : error}` });
    return undefined;
  }
}

/** Whoever opens a new shop finds something on its shelves. Without it the shop is open all the same. */
async function openWithStock({ home, clock, report }: BringUp, address: string): Promise<void> {
  const since = clock.monotonic();
  try {
    const loaded = await stockEmptyShop(home, address, clock);
    const detail = loaded && `${loaded.products} products`;
    if (detail) report({ kind: "step", what: "sample catalogue", detail, ms: clock.monotonic() - since });
  } catch (error) {
    report({ kind: "note", text: `The sample catalogue was not loaded: ${String(error)}` });
  }
}

/** @throws Failure for what there is not, or cannot be more than once */
export async function chosenServices({ only, replicas }: Pick<UpOptions, "only" | "replicas">): Promise<string[]> {
  const known = await serviceNames();
  for (const name of [...only, ...Object.keys(replicas)]) checkService(name, known);
  const chosen = only.length === 0 ? known : known.filter((name) => only.includes(name));
  const idle = Object.keys(replicas).find((name) => !chosen.includes(name));
  if (idle !== undefined)
    throw usageFailure(
      `There are no replicas of ${idle}: it is not started.`,
      `Add it: --only ${only.join(",")},${idle}`,
    );
  if ((replicas[gateway] ?? 1) > 1)
    throw usageFailure("The gateway is one address, and so one process.", "Any other service may have replicas.");
  return chosen;
}

/** A PostgreSQL of our own, unless `DATABASE_URL` names one that the shop is to stay in. */
async function postgresUrl(options: BringUp, password: string): Promise<string> {
  const { home, up, clock, env, fleet, journal, report } = options;
  // What is temporary leaves nothing in what somebody gave.
  const given = up.ephemeral ? undefined : env["DATABASE_URL"];
  if (given) return given;
  const since = clock.monotonic();
  let url: string | undefined;
  let reason: unknown;
  const launch = launchPostgres({
    dataDir: home.postgres,
    password,
    clock,
    onStarted: (postgres) => {
      url = postgres.url;
      if (postgres.adopted)
        report({ kind: "note", text: `PostgreSQL of an earlier run goes on (process ${postgres.pid})` });
    },
    onFailed: (error) => {
      reason = error;
      journal("error", error instanceof Error ? error.message : String(error), { process: postgresName });
    },
  });
  try {
    await fleet.start([{ name: postgresName, instance: postgresName, launch, probe: probePostgres }]);
  } catch (error) {
    throw reason instanceof Error ? new Failure("PostgreSQL does not start.", reason.message, { cause: error }) : error;
  }
  if (url === undefined) throw new Error("PostgreSQL is ready and has no address");
  await showPostgresLog(home);
  report({ kind: "step", what: "PostgreSQL", detail: `port ${new URL(url).port}`, ms: clock.monotonic() - since });
  return url;
}

/** PostgreSQL keeps its log with its data; here it is among the others. */
async function showPostgresLog(home: Home): Promise<void> {
  const shown = logFile(home.logs, postgresName);
  await symlink(relative(home.logs, join(home.postgres, "server.log")), shown).catch((error: unknown) => {
    if (errorCode(error) !== "EEXIST") throw error;
  });
}

/** Secrets, identities, databases: made or completed, and put where the services read them. */
async function provision(
  { home, clock, report }: BringUp,
  preparation: Preparation,
  declarations: readonly Declaration[],
  adminUrl: string,
): Promise<void> {
  const since = clock.monotonic();
  const owners = declarations.filter(({ database }) => database).map(({ name }) => name);
  const { secrets } = await ensureSecrets(home, {
    owners: [...owners, bus],
    services: declarations
      .flatMap((declaration) => declaration.secrets)
      .filter((name) => name !== adminPasswordVariable),
    developmentClients: roles.map(developmentClient),
  });
  const passwordOf = (owner: string) => secrets.database.owners[owner] ?? "";
  const [provisioned] = await Promise.all([
    preparation.provision({
      adminUrl,
      readerPassword: secrets.database.reader,
      busPassword: passwordOf(bus),
      passwords: Object.fromEntries(owners.map((owner) => [owner, passwordOf(owner)])),
    }),
    ensureIdentities(home, [...declarations.map(({ name }) => name), operator]),
    writeSecretFiles(home, secrets),
  ]);
  await Promise.all(
    Object.entries({ ...provisioned.databases, [bus]: provisioned.bus }).flatMap(([name, { url, readerUrl }]) => [
      writePrivate(databaseUrlFile(home, name), url),
      writePrivate(readerUrlFile(home, name), readerUrl),
    ]),
  );
  const detail = provisioned.applied === 0 ? "up to date" : `${provisioned.applied} migrations applied`;
  report({ kind: "step", what: `${owners.length + 1} databases`, detail, ms: clock.monotonic() - since });
}

async function writeSecretFiles(home: Home, { admin, services, developmentClients }: Secrets): Promise<void> {
  const files = { ...services, [adminPasswordVariable]: admin.password };
  await Promise.all(Object.entries(files).map(([name, value]) => writePrivate(secretFile(home, name), value)));
  const clients = roles.flatMap((role) => {
    const secret = developmentClients[developmentClient(role)];
    return secret === undefined ? [] : [[developmentClient(role), { secret, roles: [role] }]];
  });
  await writePrivate(developmentClientsFile(home), JSON.stringify(Object.fromEntries(clients)));
}
