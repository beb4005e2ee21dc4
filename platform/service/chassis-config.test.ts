import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { defineContract, event, Type } from "@souk/contract";
import { chassisMistakes, chassisVars } from "./chassis-config.ts";
import { type Config, ConfigError, type Environment, parseConfigs } from "./config.ts";

const made = event("things.made.v1", "A thing was made.", Type.Object({}));
const things = defineContract({ name: "things", endpoints: {}, events: { made } });
const plain = {
  contract: defineContract({ name: "plain", endpoints: {}, events: {} }),
  calls: {},
  consumes: [],
  database: false,
};

type Declared = Parameters<typeof chassisVars>[0];
const parse = (definition: Declared, environment: Environment): Config<ReturnType<typeof chassisVars>> =>
  parseConfigs({ chassis: chassisVars(definition) }, environment, chassisMistakes(definition, environment)).chassis;
const mistakesOf = (definition: Declared, environment: Environment) => {
  try {
    parse(definition, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
};

test("a service without state needs no setting at all", () => {
  const config = parse(plain, {});
  assert.equal(config.environment, "production");
  assert.equal(config.port, 0);
  assert.equal(config.databaseUrl, undefined);
});

test("a declaration decides which settings are required", () => {
  assert.deepEqual(mistakesOf({ contract: things, calls: { plain: plain.contract }, consumes: [] }, {}), [
    "one of SOUK_REGISTRY_FILE, SOUK_INSTANCES, SOUK_DNS_TEMPLATE is needed: this service calls plain.",
    "SOUK_DATABASE_URL: is not set: The service's own database, as a role without DDL",
    "SOUK_BUS_URL: is not set: The database of the postgres transport",
  ]);
});

test("two ways to find other services are one too many", () => {
  assert.deepEqual(mistakesOf(plain, { SOUK_REGISTRY_FILE: "/r.json", SOUK_INSTANCES: "a=http://b" }), [
    "SOUK_REGISTRY_FILE and SOUK_INSTANCES: choose one way to find other services.",
  ]);
});

test("outside development a database on another machine is spoken to in cipher only", () => {
  const production = (url: string) => mistakesOf(plain, { SOUK_BUS_URL: url });
  assert.deepEqual(production("postgres://u:hidden@db.internal/x"), [
    "SOUK_BUS_URL: goes in plaintext to another machine; add ?sslmode=verify-full.",
  ]);
  assert.deepEqual(production("postgres://u:hidden@db.internal/x?sslmode=disable").length, 1);
  assert.deepEqual(production("postgres://u:hidden@db.internal/x?sslmode=verify-full"), []);
  assert.deepEqual(production("postgres://u:hidden@127.0.0.1:5432/x"), []);
  assert.deepEqual(mistakesOf(plain, { SOUK_ENV: "development", SOUK_BUS_URL: "postgres://u:p@db.internal/x" }), []);
  assert.deepEqual(production("mysql://u:hidden@db/x"), ["SOUK_BUS_URL: is not a URL that begins with postgres://."]);
});

test("what cannot prove who we are is told without being shown", () => {
  const mistakes = (key: object | string) =>
    mistakesOf(plain, { SOUK_IDENTITY_KEY: typeof key === "string" ? key : JSON.stringify(key) });
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  assert.deepEqual(mistakes(privateKey.export({ format: "jwk" })), []);
  for (const unusable of ["{hidden", "1", { kty: "hidden" }, publicKey.export({ format: "jwk" })])
    assert.deepEqual(mistakes(unusable), ["SOUK_IDENTITY_KEY: is not a private key as JWK."]);
  const another = generateKeyPairSync("x25519").privateKey.export({ format: "jwk" });
  assert.deepEqual(mistakes(another), ["SOUK_IDENTITY_KEY: is not an Ed25519 key."]);
});

test("a DNS template says where the service stands in the address", () => {
  const mistakes = (template: string) => mistakesOf(plain, { SOUK_DNS_TEMPLATE: template });
  assert.deepEqual(mistakes("http://{service}.souk.svc:8080"), []);
  assert.deepEqual(mistakes("srv+http://_http._tcp.{service}.souk.svc"), []);
  for (const wrong of ["http://souk.svc:8080", "{service}.souk.svc", "srv+{service}", "http://{service}.souk.svc:port"])
    assert.match(
      mistakes(wrong).join(),
      /^SOUK_DNS_TEMPLATE: ".*" does not say where a \{service\} is; write http:/,
      wrong,
    );
});
