import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { ServiceError, systemClock } from "@souk/kernel";
import { createIdentity, createMesh, fileRegistry } from "@souk/mesh";
import { busMigrations } from "@souk/messaging/transports/postgres";
import { createTelemetry } from "@souk/telemetry";
import { testDatabase } from "@souk/testing";
import { migrationSets } from "./migration-sets.ts";
import { operatorContract } from "./operator-contract.ts";
import { type RunningService, startService } from "./runtime.ts";
import { sample } from "./testdata/sample/contract.ts";
import definition from "./testdata/sample/service.ts";

const directory = new URL("testdata/sample/", import.meta.url);
const database = await testDatabase({ sets: migrationSets(definition, directory) });
const bus = await testDatabase({ sets: [busMigrations] });
const folder = mkdtempSync(join(tmpdir(), "souk-runtime-"));
after(() => rmSync(folder, { recursive: true }));

const newKey = () => generateKeyPairSync("ed25519");
const keys = { sample: newKey(), operator: newKey(), stranger: newKey() };
const files = {
  registry: join(folder, "registry.json"),
  trust: join(folder, "trust.json"),
  identity: join(folder, "key.jwk"),
};
const jwks = Object.entries(keys).map(([kid, { publicKey }]) => ({ ...publicKey.export({ format: "jwk" }), kid }));
writeFileSync(files.trust, JSON.stringify({ keys: jwks }));
writeFileSync(files.identity, JSON.stringify(keys.sample.privateKey.export({ format: "jwk" })));

const env = {
  SOUK_ENV: "test",
  SOUK_DATABASE_URL: database.url,
  SOUK_BUS_URL: bus.url,
  SOUK_REGISTRY_FILE: files.registry,
  SOUK_TRUST_BUNDLE_FILE: files.trust,
  SOUK_IDENTITY_KEY_FILE: files.identity,
};
const lines: string[] = [];
const start = () => startService(definition, { env, directory, overrides: { write: (line) => lines.push(line) } });

const register = ({ port }: RunningService) =>
  writeFileSync(
    files.registry,
    JSON.stringify({ sample: [{ instance: `at ${port}`, url: `http://127.0.0.1:${port}` }] }),
  );

let service: RunningService;
before(async () => {
  service = await start();
  register(service);
});
after(() => service.stop());

/** The mesh of another process: with the identity of `name`, or with none. */
function meshOf(name: keyof typeof keys | "nobody") {
  const about = {
    service: name,
    version: "1",
    instance: name,
    environment: "test",
    env: { logLevel: "silent" },
  } as const;
  const telemetry = createTelemetry(about);
  const identity =
    name === "nobody"
      ? undefined
      : createIdentity({
          service: name,
          privateKeyJwk: keys[name].privateKey.export({ format: "jwk" }),
          clock: systemClock,
        });
  const { log } = telemetry;
  const discovery = fileRegistry({ path: files.registry, clock: systemClock, log });
  const mesh = createMesh({ caller: name, discovery, identity, clock: systemClock, chance: () => 0.5, log, telemetry });
  after(mesh.close);
  return mesh;
}
const notes = meshOf("nobody").client(sample);
const operator = meshOf("operator").client(operatorContract("sample"));

const at = (path: string) => fetch(`http://127.0.0.1:${service.port}${path}`);
const write = (text: string, idempotencyKey: string) => notes.write({ body: { text } }, { idempotencyKey });
const whole = (id: string) =>
  eventually(
    () => notes.read({ params: { id } }),
    ({ echoes, stamped }) => echoes > 0 && stamped,
  );
const code = (expected: string) => (error: unknown) => error instanceof ServiceError && error.code === expected;

/** Asks again until the answer is right, for half a minute: it takes milliseconds. @returns the last answer */
async function eventually<T>(ask: () => Promise<T>, right: (answer: T) => boolean): Promise<T> {
  for (const since = performance.now(); ; await turn()) {
    const answer = await ask();
    if (right(answer) || performance.now() - since > 30_000) return answer;
  }
}

test("a request is answered, told to the others, and what it began is done", async () => {
  const { id, text } = await write("world", "a-key-of-the-caller-1");
  assert.equal(text, "hello world");
  assert.deepEqual(await whole(id), { id, text: "hello world", echoes: 1, stamped: true });
});

test("a repeated request has one effect", async () => {
  const [first, second] = [await write("once", "a-key-of-the-caller-2"), await write("once", "a-key-of-the-caller-2")];
  assert.deepEqual(second, first);
  const [row] = await database.sql<{
    count: number;
  }>`select count(*)::int as count from notes where text = 'hello once'`;
  assert.equal(row?.count, 1);
});

test("periodic tasks run", async () => {
  await database.sql`insert into notes (id, text) values (gen_random_uuid(), '')`;
  const left = await eventually(
    () => database.sql`select id from notes where text = ''`,
    (rows) => rows.length === 0,
  );
  assert.deepEqual(left, []);
});

test("the machinery around it is told how it is", async () => {
  assert.deepEqual(
    [(await at("/livez")).status, (await at("/startupz")).status, (await at("/readyz")).status],
    [200, 200, 200],
  );
  const health = await (await at("/health")).text();
  assert.match(health, /"status":"ok"/);
  assert.match(health, /"dependencies":\{"sample":\{"breaker":"closed","instances":1\}\}/);
});

test("metrics name requests, calls, events, sagas and the pool", async () => {
  const names = [
    'http_server_request_duration_seconds_count{http_request_method="POST",http_route="/v1/notes"',
    'http_client_request_duration_seconds_count{peer_service="sample"',
    'messaging_process_duration_seconds_count{messaging_destination_name="sample.written.v1",outcome="done"',
    'souk_saga_duration_seconds_count{saga="stamp-note",status="completed"',
    'souk_db_connections{state="idle"}',
    "souk_outbox_pending 0",
    "souk_subscription_lag 0",
    "souk_subscription_oldest_age_seconds 0",
    "souk_dead_letters 0",
    "souk_event_loop_lag_seconds",
    'souk_circuit_breaker_state{peer_service="sample"} 0',
  ];
  // What was heard is acknowledged a little later than it has its effect.
  const missing = await eventually(
    async () => {
      const text = await (await at("/metrics")).text();
      return names.filter((name) => !text.includes(name));
    },
    ({ length }) => length === 0,
  );
  assert.deepEqual(missing, []);
});

test("the operator may look at sagas and dead letters, nobody else", async () => {
  for (const path of ["/internal/chassis/sagas", "/internal/chassis/dead-letters", "/internal/chassis/outbox"])
    assert.equal((await at(path)).status, 401);
  await assert.rejects(meshOf("stranger").client(operatorContract("sample")).showOutbox(), code("permission_denied"));
  assert.equal((await operator.showOutbox()).dead, 0);
  assert.deepEqual(await operator.listDeadLetters({ query: {} }), { letters: [], total: 0 });
});

test("the operator reads a saga's history and is told when there is nothing left to do", async () => {
  // That it is over is written down a little later than it has its effect.
  const { sagas } = await eventually(
    () => operator.listSagas({ query: { status: "completed", limit: 1 } }),
    (answer) => answer.sagas.length > 0,
  );
  const { id = "", name } = sagas[0] ?? {};
  assert.equal(name, "stamp-note");
  const saga = await operator.showSaga({ params: { id } });
  assert.deepEqual([saga.status, saga.data, saga.history[0]?.step], ["completed", { id }, "stamp"]);
  await assert.rejects(operator.retrySaga({ params: { id }, body: { actor: "ada" } }), code("saga.over"));
  await assert.rejects(operator.showSaga({ params: { id: "none" } }), code("saga.not_found"));
});

test("the operator tries, mends and redrives a dead letter, and each is written down", async () => {
  const { id } = await write("mended", "a-key-of-the-caller-3");
  const echoes = (await whole(id)).echoes;
  const params = { id: "00000000-0000-7000-8000-00000000dead" };
  await database.sql`
    insert into chassis.dead_letters (subscriber, event_id, type, source, subject, sequence, at, data, attempts, error, died_at)
    values ('sample', ${params.id}, 'sample.written.v1', 'sample', ${id}, 2, now(), '{"text":1}', 1, 'does not fit', now())`;
  assert.equal((await operator.listDeadLetters({ query: {} })).letters[0]?.error, "does not fit");
  assert.equal((await operator.tryDeadLetter({ params, body: { actor: "ada" } })).ok, false);
  await operator.editDeadLetter({ params, body: { actor: "ada", data: '{"text":"mended"}' } });
  assert.equal((await operator.showDeadLetter({ params })).data, '{"text":"mended"}');
  assert.deepEqual(await operator.redriveDeadLetter({ params, body: { actor: "ada" } }), { ok: true });
  assert.equal((await whole(id)).echoes, echoes + 1);
  const audit = await database.sql<{ action: string; actor: string }>`
    select action, actor from chassis.dead_letter_audit order by id`;
  const entries = audit.map(({ action, actor }) => `${actor}: ${action}`);
  assert.deepEqual(entries, ["ada: dry-run", "ada: edit", "ada: redrive"]);
});

test("a service that stops gives everything to the replica that goes on", async () => {
  const { id } = await write("handed over", "a-key-of-the-caller-4");
  const before = service;
  service = await start();
  register(service);
  await before.stop();
  await assert.rejects(fetch(`http://127.0.0.1:${before.port}/livez`), "it no longer listens");
  assert.equal((await whole(id)).echoes, 1);
});

test("nothing went wrong on the way", () => {
  const bad = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === "error");
  assert.deepEqual(bad, []);
});
