import { randomBytes } from "node:crypto";
import type { Home } from "./home.ts";
import { readPrivateJson, writePrivate } from "./private-file.ts";

/** Everything that nobody may guess, made at random on the first start. `secrets.json` is the only copy. */
export type Secrets = {
  /** The account that may do everything in the shop. */
  readonly admin: { readonly email: string; readonly password: string };
  /** Passwords of PostgreSQL's roles. */
  readonly database: {
    readonly admin: string;
    readonly reader: string;
    readonly owners: Readonly<Record<string, string>>;
  };
  /** What services declare with `env.secret`, by the variable's whole name. One name means one value, whoever reads it. */
  readonly services: Readonly<Record<string, string>>;
  /** Clients for scripts in development, one per role: `dev-<role>`. */
  readonly developmentClients: Readonly<Record<string, string>>;
};

const newSecret = () => randomBytes(32).toString("base64url");

export const readSecrets = (home: Home): Promise<Secrets | undefined> => readPrivateJson<Secrets>(home.secrets);

/**
 * Reads the secrets and adds what is asked for and missing; what exists never changes.
 * @returns `created`: there were none at all, this is the first start
 */
export async function ensureSecrets(
  home: Home,
  wanted: {
    readonly owners: readonly string[];
    readonly services: readonly string[];
    readonly developmentClients: readonly string[];
  },
): Promise<{ secrets: Secrets; created: boolean }> {
  const before = await readSecrets(home);
  const complete = (names: readonly string[], present: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries([...new Set([...Object.keys(present), ...names])].map((n) => [n, present[n] ?? newSecret()]));
  const secrets: Secrets = {
    admin: before?.admin ?? { email: "admin@souk.example", password: newSecret() },
    database: {
      admin: before?.database.admin ?? newSecret(),
      reader: before?.database.reader ?? newSecret(),
      owners: complete(wanted.owners, before?.database.owners),
    },
    services: complete(wanted.services, before?.services),
    developmentClients: complete(wanted.developmentClients, before?.developmentClients),
  };
  if (JSON.stringify(before) !== JSON.stringify(secrets))
    await writePrivate(home.secrets, `${JSON.stringify(secrets, null, 2)}\n`, { lasting: true });
  return { secrets, created: before === undefined };
}
