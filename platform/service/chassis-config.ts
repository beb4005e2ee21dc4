import { createPrivateKey, type JsonWebKey } from "node:crypto";
import { isIP } from "node:net";
import { parseDnsTemplate, parseInstances } from "@souk/mesh";
import type { Config, Environment, Var } from "./config.ts";
import { env } from "./env.ts";
import type { ServiceDefinition } from "./types.ts";

/** What of a declaration decides which of the chassis' settings it needs. */
type Declared = Pick<ServiceDefinition, "contract" | "calls" | "consumes" | "database">;

export const ownsDatabase = ({ database }: Declared): boolean => database !== false;
/** Whether it publishes or consumes anything. */
const usesBus = (definition: Declared): boolean =>
  ownsDatabase(definition) && Object.keys(definition.contract.events).length + definition.consumes.length > 0;
const callsOthers = ({ calls }: Declared): boolean => Object.keys(calls).length > 0;

/**
 * The settings that every service has. What `definition` needs is required, what it does not need may be absent or given all
 * the same, so that one environment can serve several services.
 */
export const chassisVars = (definition: Declared) => ({
  environment: env.oneOf("ENV", ["development", "production", "test"], {
    default: "production",
    describe: "What kind of place this is; anything but production is lenient with secrets and plaintext",
  }),
  host: env.string("HOST", { default: "127.0.0.1", describe: "The address to listen on" }),
  port: env.integer("PORT", {
    default: 0,
    min: 0,
    max: 65_535,
    describe: "The port to listen on; 0 for any that is free",
  }),
  managementPort: env.integer("MANAGEMENT_PORT", {
    optional: true,
    min: 0,
    max: 65_535,
    describe:
      "A port of its own for probes and metrics, never to be reached from outside; by default the service's own, and any free one for a service that is reached from outside",
  }),
  instance: env.string("INSTANCE", {
    optional: true,
    describe: "The name of this replica in logs and metrics; by default host and process",
  }),
  version: env.string("VERSION", {
    default: "unreleased",
    describe: "The version in logs, metrics and the OpenAPI document",
  }),
  databaseUrl: postgresUrl(
    "DATABASE_URL",
    ownsDatabase(definition),
    "The service's own database, as a role without DDL",
  ),
  busUrl: postgresUrl("BUS_URL", usesBus(definition), "The database of the postgres transport"),
  registryFile: env.string("REGISTRY_FILE", {
    optional: true,
    describe: "Discovery from a file: JSON of service name to instances, watched",
  }),
  instances: instanceList("INSTANCES", "Discovery fixed: orders=http://10.0.0.1:80,orders=http://10.0.0.2:80"),
  dnsTemplate: dnsTemplate("DNS_TEMPLATE", "Discovery by DNS: http://{service}.souk.svc.cluster.local:8080"),
  identityKey: privateKey(
    "IDENTITY_KEY",
    "The private JWK with which this service proves itself to others; by file, please",
  ),
  trustBundleFile: env.string("TRUST_BUNDLE_FILE", {
    optional: true,
    describe: "A public JWKS of all services, kid = the service's name; read again when it is replaced",
  }),
  tokenIssuerService: env.string("TOKEN_ISSUER_SERVICE", {
    optional: true,
    describe: "The service whose /.well-known/jwks.json verifies people's tokens",
  }),
  tokenIssuer: env.string("TOKEN_ISSUER", { optional: true, describe: "The `iss` that people's tokens must have" }),
  tokenAudience: env.string("TOKEN_AUDIENCE", {
    default: "souk",
    describe: "The `aud` that people's tokens must have",
  }),
  logLevel: env.oneOf("LOG_LEVEL", ["debug", "info", "warn", "error", "silent"], {
    default: "info",
    describe: "The least important lines to write",
  }),
  traceFile: env.string("TRACE_FILE", { optional: true, describe: "Where spans are kept when there is no collector" }),
  traceSampleRatio: env.number("TRACE_SAMPLE_RATIO", {
    optional: true,
    min: 0,
    max: 1,
    describe: "Share of traces recorded whole; by default 1 in development, 0.1 elsewhere",
  }),
  otlpEndpoint: {
    ...env.url("OTLP", { optional: true, describe: "The collector's base address for OTLP/HTTP" }),
    name: "OTEL_EXPORTER_OTLP_ENDPOINT",
  },
  drainMs: env.integer("DRAIN_MS", {
    default: 20_000,
    min: 0,
    max: 600_000,
    describe: "How long to wait at the end for what is under way",
  }),
  clockOffsetMs: clockOffset("CLOCK_OFFSET", "How wrong this process' clock is, for experiments: 3s, -500ms"),
  crashPoints: experiment("CRASH_POINTS", "The folder whose files say where this process dies, for experiments"),
  lingerMs: env.integer("LINGER_MS", {
    optional: true,
    min: 0,
    max: 600_000,
    describe: "How long to keep serving after SIGTERM, until balancers know; by default 5000, 0 in development",
  }),
});
export type ChassisConfig = Config<ReturnType<typeof chassisVars>>;

/** Mistakes that no single setting can see. */
export function chassisMistakes(definition: Declared, environment: Environment): string[] {
  const mistakes: string[] = [];
  const drivers = ["SOUK_REGISTRY_FILE", "SOUK_INSTANCES", "SOUK_DNS_TEMPLATE"];
  const chosen = drivers.filter((name) => environment[name]);
  if (chosen.length > 1) mistakes.push(`${chosen.join(" and ")}: choose one way to find other services.`);
  if (callsOthers(definition) && chosen.length === 0) {
    mistakes.push(
      `one of ${drivers.join(", ")} is needed: this service calls ${Object.keys(definition.calls).join(", ")}.`,
    );
  }
  if (environment["SOUK_TOKEN_ISSUER_SERVICE"] && !environment["SOUK_TOKEN_ISSUER"]) {
    mistakes.push(
      "SOUK_TOKEN_ISSUER: is not set, so no token of SOUK_TOKEN_ISSUER_SERVICE could be told from a forged one.",
    );
  }
  return mistakes;
}

/** @throws Error a sentence that never contains the URL: it holds a password */
function postgresUrl(name: string, required: boolean, describe: string): Var<string | undefined> {
  return {
    name: `SOUK_${name}`,
    secret: true,
    describe,
    parse(raw, { development }) {
      if (raw === undefined) {
        if (required) throw new Error(`is not set: ${describe}`);
        return undefined;
      }
      const url = URL.canParse(raw) ? new URL(raw) : undefined;
      if (!url || !["postgres:", "postgresql:"].includes(url.protocol))
        throw new Error("is not a URL that begins with postgres://.");
      if (!development && !isEncrypted(url) && !isThisMachine(url.hostname)) {
        throw new Error("goes in plaintext to another machine; add ?sslmode=verify-full.");
      }
      return raw;
    },
  };
}

/** For chaos experiments, and nowhere else. @throws Error in production */
function experiment(name: string, describe: string): Var<string | undefined> {
  return {
    name: `SOUK_${name}`,
    describe,
    parse(raw, { development }) {
      if (raw !== undefined && !development) throw new Error("is for experiments, and this is production.");
      return raw;
    },
  };
}

function clockOffset(name: string, describe: string): Var<number> {
  const { parse, ...rest } = experiment(name, describe);
  return {
    ...rest,
    parse(raw, environment) {
      const text = parse(raw, environment);
      if (text === undefined) return 0;
      const [, sign, count, unit] = /^([+-]?)(\d{1,9})(ms|s)$/.exec(text) ?? [];
      if (count === undefined) throw new Error(`"${text}" is no offset; write 3s or -500ms.`);
      return (sign === "-" ? -1 : 1) * Number(count) * (unit === "s" ? 1_000 : 1);
    },
  };
}

const isEncrypted = (url: URL) =>
  ["require", "verify-ca", "verify-full"].includes(url.searchParams.get("sslmode") ?? "");
/** A socket, or a proxy beside this process that does the encryption. */
const isThisMachine = (host: string) =>
  host === "" || host === "localhost" || host === "[::1]" || (isIP(host) === 4 && host.startsWith("127."));

function instanceList(name: string, describe: string): Var<ReturnType<typeof parseInstances> | undefined> {
  return { name: `SOUK_${name}`, describe, parse: (raw) => (raw === undefined ? undefined : parseInstances(raw)) };
}

function dnsTemplate(name: string, describe: string): Var<string | undefined> {
  return {
    name: `SOUK_${name}`,
    describe,
    parse(raw) {
      if (raw !== undefined) parseDnsTemplate(raw);
      return raw;
    },
  };
}

/** @throws Error a sentence that never contains the key */
function privateKey(name: string, describe: string): Var<JsonWebKey | undefined> {
  return {
    name: `SOUK_${name}`,
    secret: true,
    describe,
    parse(raw) {
      if (raw === undefined) return undefined;
      try {
        const key: JsonWebKey = JSON.parse(raw);
        if (createPrivateKey({ key, format: "jwk" }).asymmetricKeyType === "ed25519") return key;
      } catch (error) {
        throw new Error("is not a private key as JWK.", { cause: error });
      }
      throw new Error("is not an Ed25519 key.");
    },
  };
}
