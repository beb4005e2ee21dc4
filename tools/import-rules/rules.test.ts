import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { check } from "./rules.ts";
import { readTree } from "./tree.ts";

const workspace = (name: string, exports: Record<string, string> = { ".": "./index.ts" }) =>
  JSON.stringify({ name: `@souk/${name}`, exports });

/** A small repository in which every import is as it should be. */
const sound: Readonly<Record<string, string>> = {
  "platform/kernel/package.json": workspace("kernel"),
  "platform/kernel/index.ts": "export * from './clock.ts';",
  "platform/kernel/clock.ts":
    "export const now = () => Date.now(); export const after = (ms: number, f: () => void) => setTimeout(f, ms);",
  "platform/contract/package.json": workspace("contract"),
  "platform/contract/index.ts": "export const defineContract = <C>(c: C) => c;",
  "platform/postgres/package.json": workspace("postgres"),
  "platform/postgres/index.ts":
    "import '@souk/kernel'; export const sql = (s: TemplateStringsArray) => s; export const one = sql`select 1`;",
  "platform/service/package.json": workspace("service"),
  "platform/service/index.ts":
    "import '@souk/postgres'; import '@souk/contract'; export const defineService = (d: object) => d;",
  "platform/service/index.test.ts": "import '@souk/testing'; const owner = 'payments.taken';",
  "platform/testing/package.json": workspace("testing"),
  "platform/testing/index.ts": "import '@souk/service'; export const given = () => new Date();",
  "services/orders/package.json": workspace("orders", { "./contract": "./contract.ts" }),
  "services/orders/contract.ts":
    "import { defineContract } from '@souk/contract'; export { errors } from './errors.ts';",
  "services/orders/errors.ts": "import '@souk/kernel'; export const errors = {};",
  "services/orders/service.ts":
    "import { payments } from '@souk/payments/contract'; import { orders } from './contract.ts'; import { decide } from './domain/order.ts'; import { find } from './db/orders.ts';",
  "services/orders/domain/order.ts":
    "import '@souk/kernel'; import { errors } from '../errors.ts'; export const decide = (at: string) => new Date(at);",
  "services/orders/domain/order.test.ts":
    "import { test } from 'node:test'; import { given } from '@souk/testing'; import './order.ts';",
  "services/orders/db/orders.ts":
    "import { sql } from '@souk/postgres'; export const find = () => sql`select * from orders`;",
  "services/payments/package.json": workspace("payments", { "./contract": "./contract.ts" }),
  "services/payments/contract.ts":
    "import '@souk/contract'; export const payments = { summary: 'Select a card from the wallet' };",
  "services/payments/service.ts": "import './contract.ts';",
  "apps/storefront/package.json": workspace("storefront"),
  "apps/storefront/index.ts": "import { payments } from '@souk/payments/contract';",
  "cli/package.json": workspace("cli"),
  "cli/main.ts": "import '../services/orders/service.ts'; const home = process.env.HOME;",
  "e2e/journey.test.ts": "import '@souk/testing'; setTimeout(() => {}, 1);",
};

/** The rules broken after `files` were planted among the sound ones: `path:line rule`. */
function broken(t: TestContext, files: Readonly<Record<string, string>>): string[] {
  const root = mkdtempSync(join(tmpdir(), "souk-import-rules-"));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries({ ...sound, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return check(readTree(root)).map(({ path, line, rule }) => `${path}:${line} ${rule}`);
}

test("a sound repository breaks no rule", (t) => {
  assert.deepEqual(broken(t, {}), []);
});

test("a service imports another service's contract and nothing else of it", (t) => {
  const files = {
    "services/orders/routes.ts":
      "import { payments } from '@souk/payments/contract';\nimport '@souk/payments/service.ts';\nimport type { X } from '@souk/payments/db/x.ts';",
    "e2e/reach.ts": "import '../services/orders/db/orders.ts';",
  };
  assert.deepEqual(broken(t, files), [
    "services/orders/routes.ts:2 one-door",
    "services/orders/routes.ts:3 one-door",
    "e2e/reach.ts:1 one-door",
  ]);
});

test("another workspace is imported by its name", (t) => {
  assert.deepEqual(broken(t, { "services/orders/routes.ts": "import '../payments/contract.ts';" }), [
    "services/orders/routes.ts:1 workspaces-by-name",
  ]);
});

test("contracts and errors import kernel and contract only", (t) => {
  const files = {
    "services/orders/contract.ts": "import './domain/order.ts';\nimport 'node:fs';\nimport '@souk/service';",
    "services/orders/errors.ts": "import 'fastify';",
  };
  assert.deepEqual(broken(t, files), [
    "services/orders/contract.ts:1 portable-contract",
    "services/orders/contract.ts:2 portable-contract",
    "services/orders/contract.ts:3 portable-contract",
    "services/orders/errors.ts:1 portable-contract",
  ]);
});

test("the domain imports kernel, itself and its errors only", (t) => {
  const text =
    "import 'node:crypto';\nimport '@souk/postgres';\nimport type { Row } from '../db/orders.ts';\nimport '../contract.ts';\nexport const x = import('pg');\nexport const y = import(`pg`);";
  assert.deepEqual(
    broken(t, { "services/orders/domain/price.ts": text }),
    [1, 2, 3, 4, 5, 6].map((line) => `services/orders/domain/price.ts:${line} pure-domain`),
  );
});

test("the chassis imports no service, and names none", (t) => {
  const text =
    "import '@souk/orders/contract';\nconst issuer = 'payments';\nconst type = `orders.placed.v1`;\nconst reordersAllowed = 'reorders';";
  assert.deepEqual(broken(t, { "platform/service/wiring.ts": text }), [
    "platform/service/wiring.ts:1 chassis-below-services",
    "platform/service/wiring.ts:2 chassis-names-no-service",
    "platform/service/wiring.ts:3 chassis-names-no-service",
  ]);
});

test("inside the chassis nothing imports what stands above or beside it", (t) => {
  const files = {
    "platform/kernel/id.ts": "import type { C } from '@souk/contract';",
    "platform/contract/trace.ts": "import '@souk/telemetry';",
    "platform/telemetry/package.json": workspace("telemetry"),
    "platform/telemetry/index.ts": "import '@souk/service';",
    "platform/surprise/index.ts": "import '@souk/kernel';",
  };
  assert.deepEqual(broken(t, files), [
    "platform/contract/trace.ts:1 chassis-layers",
    "platform/kernel/id.ts:1 chassis-layers",
    "platform/surprise/index.ts:1 chassis-layers",
    "platform/telemetry/index.ts:1 chassis-layers",
  ]);
});

test("the test kit, and what tests share, is imported from tests only", (t) => {
  const files = {
    "services/orders/routes.ts":
      "import { given } from '@souk/testing';\nimport './fixture.ts';\nimport './db/test-rows.ts';",
    "services/orders/fixture.ts": "import '@souk/testing';",
    "services/orders/db/test-rows.ts": "import '@souk/testing';",
    "platform/service/fake.ts": "import '@souk/testing';",
  };
  assert.deepEqual(broken(t, files), [
    "platform/service/fake.ts:1 test-kit-in-tests",
    "services/orders/routes.ts:1 test-kit-in-tests",
    "services/orders/routes.ts:2 test-kit-in-tests",
    "services/orders/routes.ts:3 test-kit-in-tests",
  ]);
});

test("apps import contracts only", (t) => {
  const files = {
    "apps/storefront/api.ts":
      "import '@souk/http';\nimport '@souk/postgres';\nimport '@souk/orders/db/orders.ts';\nimport 'react';",
  };
  assert.deepEqual(broken(t, files), [
    "apps/storefront/api.ts:2 apps-know-contracts",
    "apps/storefront/api.ts:3 one-door",
    "apps/storefront/api.ts:3 apps-know-contracts",
  ]);
});

test("no files import each other in a circle at run time; types may", (t) => {
  const files = {
    "services/orders/a.ts": "import './b.ts';",
    "services/orders/b.ts": "\nexport * from './c.ts';",
    "services/orders/c.ts": "import { a } from './a.ts';",
    "services/orders/d.ts": "import type { E } from './e.ts';",
    "services/orders/e.ts": "import './d.ts';",
  };
  assert.deepEqual(broken(t, files), ["services/orders/a.ts:1 no-cycles"]);
});

test("SQL stands under db/ only", (t) => {
  const text = [
    "const rows = tx`update stock set reserved = 1`;",
    'const text = "select id from orders where id = $1";',
    "const shouted = `DELETE FROM orders`;",
    'const title = "Delete from the cart"; const hint = "select one of these";',
  ].join("\n");
  const found = broken(t, { "services/orders/routes.ts": text, "services/orders/service.test.ts": "db`select 1`;" });
  assert.deepEqual(
    found,
    [1, 2, 3].map((line) => `services/orders/routes.ts:${line} sql-under-db`),
  );
});

test("services and the chassis are given time, chance and environment", (t) => {
  const lines = [
    "const at = Date.now();",
    "const today = new Date();",
    "const text = Date();",
    "const die = Math.random();",
    "setTimeout(() => {}, 1);",
    "globalThis.setInterval(() => {}, 1);",
    "const later = { setImmediate };",
    "const home = process.env['HOME'];",
    "const { env } = process;",
    "const t0 = performance.now();",
    "import { setTimeout as wait } from 'node:timers/promises';",
    "import { env as variables } from 'node:process';",
    "const soon = AbortSignal.timeout(5);",
  ];
  const innocent =
    "\nconst day = new Date(at); const { now } = clock; clock.setTimeout(1); type T = ReturnType<typeof setTimeout>; const o = { env: 1, setTimeout: 2 };";
  const text = lines.join("\n") + innocent;
  const paths = ["platform/http/server.ts", "services/orders/routes.ts"];
  const layer = { "platform/http/package.json": workspace("http") };
  const found = broken(t, {
    ...layer,
    ...Object.fromEntries(paths.map((path) => [path, text])),
    "services/orders/service.test.ts": "setTimeout(f, 1);",
  });
  assert.deepEqual(
    found,
    paths.flatMap((path) => lines.map((_, index) => `${path}:${index + 1} outside-world-is-given`)),
  );
});

test("a service draws its ids and secrets from the chassis", (t) => {
  const text = "import { createHash, randomUUID } from 'node:crypto';\nconst key = crypto.getRandomValues(bytes);";
  const found = broken(t, { "services/orders/routes.ts": text, "platform/service/identity.ts": text });
  assert.deepEqual(
    found,
    [1, 2].map((line) => `services/orders/routes.ts:${line} outside-world-is-given`),
  );
});

test("a file that does not parse is named", (t) => {
  assert.throws(() => broken(t, { "services/orders/routes.ts": "const = 1;" }), /services\/orders\/routes\.ts/);
});

test("no ending of a file's name hides it from the rules", (t) => {
  const files = ["cts", "js", "mjs", "mts", "ts", "tsx"].map((ending) => `services/orders/domain/hidden.${ending}`);
  const found = broken(t, Object.fromEntries(files.map((path) => [path, "import 'pg';"])));
  assert.deepEqual(
    found.sort(),
    files.map((path) => `${path}:1 pure-domain`),
  );
});
