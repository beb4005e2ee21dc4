import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Config, ConfigError, type Environment, parseConfig, parseConfigs, type Vars } from "./config.ts";
import { env } from "./env.ts";
import type { Secret } from "./secret.ts";

const development = { SOUK_ENV: "development" };
const chassis = { environment: env.string("ENV", { describe: "kind", default: "production" }) };
const random = "q7Jx2vKc9PzR4tYb8NwM1sLd6HfG3aEu";
const other = "Zk5QeW8rT1yU3iO6pA9sD2fG4hJ7lXcV";

const parse = <V extends Vars>(vars: V, environment: Environment): Config<V> =>
  parseConfigs({ chassis, vars }, environment).vars;
const mistakesOf = (vars: Vars, environment: Environment): readonly string[] => {
  try {
    parse(vars, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
};
const file = (t: TestContext, text: string) => {
  const folder = mkdtempSync(join(tmpdir(), "souk-config-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "value"), text);
  return join(folder, "value");
};

test("every kind of setting is parsed into its exact type", () => {
  const vars = {
    title: env.string("TITLE", { describe: "t" }),
    nickname: env.string("NICKNAME", { describe: "t", optional: true }),
    workers: env.integer("WORKERS", { describe: "t", min: 1, max: 8 }),
    ratio: env.number("RATIO", { describe: "t", default: 0.5 }),
    windowMs: env.duration("WINDOW", { describe: "t" }),
    enabled: env.boolean("ENABLED", { describe: "t", default: false }),
    provider: env.url("PROVIDER_URL", { describe: "t" }),
    mode: env.oneOf("MODE", ["automatic", "manual"], { describe: "t" }),
    hosts: env.list("HOSTS", { describe: "t", default: ["a", "b"] }),
    key: env.secret("KEY", { describe: "t" }),
  };
  const config = parse(vars, {
    SOUK_TITLE: " Bazaar ",
    SOUK_WORKERS: "3",
    SOUK_WINDOW: "15m",
    SOUK_ENABLED: "true",
    SOUK_PROVIDER_URL: "https://provider.example/",
    SOUK_MODE: "manual",
    SOUK_KEY: random,
  });
  const typed: {
    readonly title: string;
    readonly nickname: string | undefined;
    readonly workers: number;
    readonly ratio: number;
    readonly windowMs: number;
    readonly enabled: boolean;
    readonly provider: string;
    readonly mode: "automatic" | "manual";
    readonly hosts: readonly string[];
    readonly key: Secret;
  } = config;
  assert.deepEqual(typed, {
    title: "Bazaar",
    nickname: undefined,
    workers: 3,
    ratio: 0.5,
    windowMs: 900_000,
    enabled: true,
    provider: "https://provider.example",
    mode: "manual",
    hosts: ["a", "b"],
    key: { current: random, accepted: [random] },
  });
});

test("durations have a unit, from milliseconds to days", () => {
  const windowMs = (raw: string) =>
    parse({ windowMs: env.duration("WINDOW", { describe: "t", default: "1s" }) }, { SOUK_WINDOW: raw }).windowMs;
  assert.deepEqual(
    ["250ms", "5s", "15m", "2h", "30d", ""].map(windowMs),
    [250, 5_000, 900_000, 7_200_000, 2_592_000_000, 1_000],
  );
});

test("all mistakes are reported at once, each with what to mend", () => {
  const vars = {
    title: env.string("TITLE", { describe: "the shop's name" }),
    workers: env.integer("WORKERS", { describe: "t", min: 1, max: 8 }),
    ratio: env.number("RATIO", { describe: "t" }),
    windowMs: env.duration("WINDOW", { describe: "t" }),
    enabled: env.boolean("ENABLED", { describe: "t" }),
    provider: env.url("PROVIDER_URL", { describe: "t" }),
    mode: env.oneOf("MODE", ["automatic", "manual"], { describe: "t" }),
  };
  const wrong = {
    SOUK_WORKERS: "9",
    SOUK_RATIO: "half",
    SOUK_WINDOW: "15",
    SOUK_ENABLED: "yes",
    SOUK_PROVIDER_URL: "ftp://x",
    SOUK_MODE: "auto",
    SOUK_WINDOWS: "5s",
    SOUK_NOTHING_OF_THE_KIND: "1",
    PATH: "/bin",
  };
  assert.deepEqual(mistakesOf(vars, wrong), [
    "SOUK_WINDOWS: is not a setting of this service; did you mean SOUK_WINDOW?",
    "SOUK_NOTHING_OF_THE_KIND: is not a setting of this service.",
    "SOUK_TITLE: is not set: the shop's name",
    'SOUK_WORKERS: "9" is not a whole number from 1 to 8.',
    'SOUK_RATIO: "half" is not a number.',
    'SOUK_WINDOW: "15" is not a duration; write 250ms, 5s, 15m, 2h or 30d.',
    'SOUK_ENABLED: "yes" is neither true nor false.',
    "SOUK_PROVIDER_URL: is not a URL that begins with http:// or https://.",
    'SOUK_MODE: "auto" is none of automatic, manual.',
  ]);
});

test("a secret comes from a mounted file, trimmed", (t) => {
  const path = file(t, `${random}\n`);
  assert.equal(parse({ key: env.secret("KEY", { describe: "t" }) }, { SOUK_KEY_FILE: path }).key.current, random);
});

test("the first of two live versions signs, both verify, a third is refused", (t) => {
  const vars = { key: env.secret("KEY", { describe: "t" }) };
  const rotated = { current: random, accepted: [random, other] };
  assert.deepEqual(parse(vars, { SOUK_KEY: `${random}, ${other}` }).key, rotated);
  assert.deepEqual(parse(vars, { SOUK_KEY_FILE: file(t, `${random}\n${other}\n`) }).key, rotated);
  assert.deepEqual(mistakesOf(vars, { SOUK_KEY: `${random},${other},${random}x` }), [
    "SOUK_KEY: has 3 versions; two at most can be live.",
  ]);
});

test("a secret given twice, or in a file that is not there, is a mistake", (t) => {
  const vars = { key: env.secret("KEY", { describe: "t" }) };
  assert.deepEqual(mistakesOf(vars, { SOUK_KEY: random, SOUK_KEY_FILE: file(t, random) }), [
    "SOUK_KEY: is set together with SOUK_KEY_FILE; keep one of the two.",
  ]);
  assert.deepEqual(mistakesOf(vars, { SOUK_KEY_FILE: "/nowhere" }), [
    "SOUK_KEY: the file of SOUK_KEY_FILE cannot be read (ENOENT): /nowhere",
  ]);
});

test("outside development a weak secret or development's default is refused, and never printed", () => {
  const vars = { key: env.secret("KEY", { describe: "t", development: "only-for-development-on-this-machine" }) };
  assert.equal(parse(vars, development).key.current, "only-for-development-on-this-machine");
  assert.equal(parse(vars, { ...development, SOUK_KEY: "short" }).key.current, "short");
  for (const weak of [
    "short",
    "a".repeat(40),
    "please-change-me-please-change-me-please",
    "only-for-development-on-this-machine",
    undefined,
  ]) {
    const [mistake = "", ...more] = mistakesOf(vars, { SOUK_ENV: "production", SOUK_KEY: weak });
    assert.match(mistake, /^SOUK_KEY: is (weak|not set|the default of development)/);
    assert.deepEqual(more, []);
    if (weak) assert.doesNotMatch(mistake, new RegExp(weak));
  }
});

test("an environment that does not say what it is counts as production", () => {
  assert.throws(() => parseConfig({ key: env.secret("KEY", { describe: "t", development: "x" }) }, {}), ConfigError);
});
