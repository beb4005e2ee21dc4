import { join } from "node:path";
import type { Home } from "../state/home.ts";
import { identityFile } from "../state/identities.ts";
import { tokenIssuer } from "../system.ts";
import type { UpOptions } from "./options.ts";
import type { Declaration } from "./preparation.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What any program may need of its surroundings. Everything else of ours stays ours: a service refuses an unknown SOUK_*. */
const inherited = /^(PATH|HOME|USER|LOGNAME|LANG|LC_.*|TZ|TMPDIR|OTEL_.*|NODE_EXTRA_CA_CERTS|NODE_COMPILE_CACHE)$/;

export const inheritedEnvironment = (env: Environment): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      inherited.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  );

/** Files whose content a service reads as a secret. */
export const secretFile = (home: Home, name: string) => join(home.secretFiles, name);
/** The machine clients of development, for the service that issues tokens. */
export const developmentClientsFile = (home: Home) => secretFile(home, "development-clients.json");
export const databaseUrlFile = (home: Home, service: string) => secretFile(home, `${service}.database-url`);
/** A role that reads everything and writes nothing: for looking in from outside (`souk verify`). */
export const readerUrlFile = (home: Home, service: string) => secretFile(home, `${service}.reader-url`);

/** The whole environment of one process of a service. */
export function serviceEnvironment(options: {
  readonly home: Home;
  readonly declaration: Declaration;
  readonly instance: string;
  readonly port: number;
  readonly up: UpOptions;
  /** By variable; the service gets those that it declares. */
  readonly localSettings: Readonly<Record<string, string>>;
  readonly outer: Environment;
}): Record<string, string> {
  const { home, declaration, instance, port, up, localSettings, outer } = options;
  const { name, database, secrets, optionalSecrets, settings } = declaration;
  const chosen = settings.flatMap((setting) => {
    const value = outer[setting] ?? localSettings[setting];
    return value === undefined ? [] : [[setting, value]];
  });
  return {
    ...inheritedEnvironment(outer),
    ...Object.fromEntries(chosen),
    SOUK_ENV: "development",
    SOUK_HOST: "127.0.0.1",
    SOUK_PORT: String(port),
    SOUK_INSTANCE: instance,
    ...(database && { SOUK_DATABASE_URL_FILE: databaseUrlFile(home, name) }),
    SOUK_BUS_URL_FILE: databaseUrlFile(home, "bus"),
    SOUK_REGISTRY_FILE: home.registry,
    SOUK_IDENTITY_KEY_FILE: identityFile(home, name),
    SOUK_TRUST_BUNDLE_FILE: home.trustBundle,
    SOUK_TOKEN_ISSUER_SERVICE: tokenIssuer,
    SOUK_TRACE_FILE: join(home.traces, `${instance}.jsonl`),
    ...(up.productionLike && { SOUK_TRACE_SAMPLE_RATIO: "0.1" }),
    ...Object.fromEntries(
      secrets.map((secret) => given(secret, outer) ?? [`${secret}_FILE`, secretFile(home, secret)]),
    ),
    ...Object.fromEntries(optionalSecrets.map((secret) => given(secret, outer)).filter((entry) => entry !== undefined)),
  };
}

/** A secret that the shop's owner has set, as a value or as a file: such as a key of their account at a provider. */
function given(secret: string, outer: Environment): [name: string, value: string] | undefined {
  for (const name of [secret, `${secret}_FILE`]) {
    const value = outer[name];
    if (value !== undefined && value !== "") return [name, value];
  }
  return undefined;
}
