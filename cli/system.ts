import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "./failure.ts";
import { nearest } from "./nearest.ts";
import { repository } from "./state/home.ts";
import { isMissing } from "./state/private-file.ts";

/** The public edge: the one process whose port people type. */
export const gateway = "gateway";
/** Whose keys prove a person's token. */
export const tokenIssuer = "users";
/** The database that carries the events. */
export const bus = "bus";
/** Every role that a person or a script can have. */
export const roles = ["customer", "support", "merchandiser", "operator", "admin"] as const;
export const developmentClient = (role: string) => `dev-${role}`;

export const serviceFile = (service: string) => join(repository, "services", service, "service.ts");

/** The services of this repository: the folders that have a declaration. */
export async function serviceNames(): Promise<string[]> {
  const folder = join(repository, "services");
  const entries = await readdir(folder, { withFileTypes: true });
  const present = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(async ({ name }) => ({ name, declared: await exists(serviceFile(name)) })),
  );
  return present.flatMap(({ name, declared }) => (declared ? [name] : [])).sort();
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** @throws Failure for a name that no service has */
export function checkService(name: string, known: readonly string[]): string {
  if (known.includes(name)) return name;
  const meant = nearest(name, known);
  throw new Failure(
    `There is no service "${name}".`,
    meant === undefined ? `There are: ${known.join(", ")}.` : `Did you mean ${meant}?`,
    { exitCode: 2 },
  );
}

/** The process that hosts all services under `--single-process`. */
export const allInOne = "all";
/** @param number counted from 1 */
export const instanceName = (service: string, number: number) => `${service}-${number}`;

/** A service's database and runtime role. */
export const databaseName = (service: string) => service.replaceAll("-", "_");

/**
 * Settings that depend on how this machine runs the shop, for whichever service declares them. All others keep their defaults
 * or come from the environment of `souk up`.
 */
export const localSettings = (shop: {
  /** As people and their browsers reach it. */
  readonly address: string;
  readonly gatewayPort: number;
  readonly adminEmail: string;
  readonly developmentClientsFile: string;
  /** The folder of the built storefront. */
  readonly storefront?: string;
}): Readonly<Record<string, string>> => ({
  SOUK_PUBLIC_URL: shop.address,
  SOUK_TOKEN_ISSUER: shop.address,
  SOUK_ADMIN_EMAIL: shop.adminEmail,
  SOUK_DEV_CLIENTS_FILE: shop.developmentClientsFile,
  ...(shop.storefront !== undefined && { SOUK_STOREFRONT_DIR: shop.storefront }),
  // Everybody here comes from one address: imports, load and tests too.
  SOUK_RATE_LIMIT_PER_SECOND: "100000",
  SOUK_RATE_LIMIT_CREDENTIALS_PER_MINUTE: "100000",
  SOUK_SIGN_IN_ATTEMPTS_PER_CALLER: "1000000",
  SOUK_CARRIER_WEBHOOK_URL: `http://127.0.0.1:${shop.gatewayPort}/v1/webhooks/carriers/simulator`,
  SOUK_PAYMENT_WEBHOOK_URL: `http://127.0.0.1:${shop.gatewayPort}/v1/webhooks/payments/simulator`,
});

/** Declared secrets whose value a person also needs. */
export const adminPasswordVariable = "SOUK_ADMIN_PASSWORD";
