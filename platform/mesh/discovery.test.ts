import assert from "node:assert/strict";
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { createTelemetry } from "@souk/telemetry";
import { fakeClock } from "@souk/testing";
import { dns, fileRegistry, parseInstances, staticInstances } from "./index.ts";

const one = (port: number) => ({ instance: "orders-1", url: `http://127.0.0.1:${port}` });

async function setUp(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "souk-registry-"));
  t.after(() => rm(folder, { recursive: true }));
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const { log } = createTelemetry({ service: "s", version: "1", instance: "i", environment: "test", env: {}, write });
  const clock = fakeClock();
  const path = join(folder, "run", "registry.json");
  const replace = async (content: string) => {
    await mkdir(join(folder, "run"), { recursive: true });
    await writeFile(`${path}.draft`, content);
    await rename(`${path}.draft`, path);
  };
  const open = () => {
    const registry = fileRegistry({ path, clock, log });
    t.after(() => registry.close());
    return registry;
  };
  return { clock, log, lines, path, replace, open };
}

test("the registry's file says where services are", async (t) => {
  const { replace, open } = await setUp(t);
  await replace(JSON.stringify({ orders: [one(1), { instance: "orders-2", url: "http://127.0.0.1:2/" }] }));
  const registry = open();
  assert.deepEqual(registry.instances("orders"), [one(1), { instance: "orders-2", url: "http://127.0.0.1:2" }]);
  assert.deepEqual(registry.instances("users"), []);
  assert.equal(registry.instances("orders"), registry.instances("orders"));
});

test("a file that comes later, or is replaced, is seen at the next look", async (t) => {
  const { replace, open, clock } = await setUp(t);
  const registry = open();
  assert.deepEqual(registry.instances("orders"), []);
  await replace(JSON.stringify({ orders: [one(1)] }));
  await clock.advance(1_000);
  assert.deepEqual(registry.instances("orders"), [one(1)]);
  await replace(JSON.stringify({ orders: [one(2)] }));
  await clock.advance(1_000);
  assert.deepEqual(registry.instances("orders"), [one(2)]);
});

test("a replaced file is seen without waiting for the look", async (t) => {
  const { replace, open } = await setUp(t);
  await replace(JSON.stringify({ orders: [one(1)] }));
  const registry = open();
  await replace(JSON.stringify({ orders: [one(2)] }));
  while (registry.instances("orders")[0]?.url !== one(2).url) await new Promise(setImmediate); // the clock stands still
});

test("a file that is removed is an empty one", async (t) => {
  const { replace, open, clock, path } = await setUp(t);
  await replace(JSON.stringify({ orders: [one(1)] }));
  const registry = open();
  await rm(path);
  await clock.advance(1_000);
  assert.deepEqual(registry.instances("orders"), []);
});

test("a broken file changes nothing and is told of once", async (t) => {
  const { replace, open, clock, lines } = await setUp(t);
  await replace(JSON.stringify({ orders: [one(1)] }));
  const registry = open();
  for (const broken of ["{", '{"orders":{}}', '{"orders":[{"instance":"a","url":"file:///etc/passwd"}]}', "null"]) {
    lines.length = 0;
    await replace(broken);
    await clock.advance(5_000);
    assert.deepEqual(registry.instances("orders"), [one(1)], broken);
    assert.equal(lines.length, 1, broken);
  }
});

test("a file that cannot be reached is told of once, and found when it can", async (t) => {
  const { open, clock, lines, path, replace } = await setUp(t);
  await symlink("run", dirname(path)); // it leads to itself
  const registry = open();
  await clock.advance(5_000);
  assert.deepEqual(registry.instances("orders"), []);
  assert.equal(lines.length, 1);
  await rm(dirname(path));
  await replace(JSON.stringify({ orders: [one(1)] }));
  await clock.advance(1_000);
  assert.deepEqual(registry.instances("orders"), [one(1)]);
});

test("a closed registry looks no more", async (t) => {
  const { open, clock } = await setUp(t);
  open().close();
  assert.equal(clock.pending(), 0);
});

test("instances can be given in one line", () => {
  const map = parseInstances(
    "orders=http://10.0.0.1:80, orders=http://10.0.0.2:8080,\n inventory=https://inventory.example",
  );
  const instances = staticInstances(map);
  assert.deepEqual(instances.instances("orders"), [
    { instance: "orders-1", url: "http://10.0.0.1" },
    { instance: "orders-2", url: "http://10.0.0.2:8080" },
  ]);
  assert.deepEqual(instances.instances("inventory"), [{ instance: "inventory-1", url: "https://inventory.example" }]);
  assert.deepEqual(instances.instances("nobody"), []);
});

test("a line that cannot be understood says what to write instead", () => {
  for (const text of ["orders", "orders=", "=http://a", "orders=10.0.0.1:80", "orders=http://a/path", "orders=ftp://a"])
    assert.throws(() => parseInstances(text), /http:\/\/host:port/, text);
});

test("DNS is asked for A records, and again when they expire", async (t) => {
  const { clock, log } = await setUp(t);
  let addresses = ["10.0.0.2", "10.0.0.1"];
  const asked: string[] = [];
  const lookup = {
    resolve4: async (name: string) => {
      asked.push(name);
      return addresses.map((address) => ({ address, ttl: 10 }));
    },
    resolveSrv: () => assert.fail(),
  };
  const discovery = dns({ template: "http://{service}.souk.svc:8080", clock, log, lookup });
  assert.deepEqual(discovery.instances("orders"), []);
  await clock.advance(0);
  const found = discovery.instances("orders");
  assert.deepEqual(found, [
    { instance: "10.0.0.1", url: "http://10.0.0.1:8080" },
    { instance: "10.0.0.2", url: "http://10.0.0.2:8080" },
  ]);
  await clock.advance(9_999);
  discovery.instances("orders");
  assert.deepEqual(asked, ["orders.souk.svc"]);
  await clock.advance(1);
  discovery.instances("orders");
  await clock.advance(0);
  assert.equal(discovery.instances("orders"), found, "the same answer is the same array");
  addresses = ["10.0.0.3"];
  await clock.advance(10_000);
  discovery.instances("orders");
  await clock.advance(0);
  assert.deepEqual(discovery.instances("orders"), [{ instance: "10.0.0.3", url: "http://10.0.0.3:8080" }]);
  assert.equal(asked.length, 3);
});

test("DNS is asked for SRV records, of which the best priority counts", async (t) => {
  const { clock, log } = await setUp(t);
  const lookup = {
    resolve4: () => assert.fail(),
    resolveSrv: async () => [
      { name: "b.svc", port: 2, priority: 10 },
      { name: "a.svc", port: 1, priority: 10 },
      { name: "spare.svc", port: 3, priority: 20 },
    ],
  };
  const discovery = dns({ template: "srv+http://_http._tcp.{service}.svc", clock, log, lookup });
  discovery.instances("orders");
  await clock.advance(0);
  assert.deepEqual(discovery.instances("orders"), [
    { instance: "a.svc:1", url: "http://a.svc:1" },
    { instance: "b.svc:2", url: "http://b.svc:2" },
  ]);
});

test("while DNS does not answer, its last answer holds", async (t) => {
  const { clock, log, lines } = await setUp(t);
  let down = false;
  const lookup = {
    resolve4: async () => {
      if (down) throw new Error("SERVFAIL");
      return [{ address: "10.0.0.1", ttl: 0 }];
    },
    resolveSrv: () => assert.fail(),
  };
  const discovery = dns({ template: "http://{service}.svc", clock, log, lookup });
  discovery.instances("orders");
  await clock.advance(5_000);
  down = true;
  discovery.instances("orders");
  await clock.advance(0);
  assert.deepEqual(discovery.instances("orders"), [{ instance: "10.0.0.1", url: "http://10.0.0.1" }]);
  assert.equal(lines.length, 1);
});

test("a DNS template must say where the service's name stands", async (t) => {
  const { clock, log } = await setUp(t);
  assert.throws(() => dns({ template: "http://orders.svc", clock, log }), /\{service\}/);
});
