import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Agent, request } from "undici";
import { openEdges } from "./edges.ts";

/** One edge to a server that says yes. */
async function setUp() {
  const server = createServer((_, response) => response.end("yes"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const edge = { from: "shoppers", to: "gateway" };
  const nowhere = new URL("nowhere", import.meta.url).pathname;
  const edges = await openEdges({
    calls: new Map(),
    fixed: [{ edge, port: () => port }],
    registry: nowhere,
    registryOf: () => nowhere,
  });
  const dispatcher = new Agent();
  return {
    edge,
    edges,
    ask: async () => (await request(`http://127.0.0.1:${edges.portOf(edge)}/`, { dispatcher })).body.text(),
    async [Symbol.asyncDispose]() {
      await dispatcher.destroy();
      edges.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

test("of two faults on an edge the later is at work, each has what it struck, and neither takes back the other", async () => {
  await using shop = await setUp();
  const { edge, edges, ask } = shop;
  const reset = edges.put(edge, { kind: "reset" });
  const late = edges.put(edge, { kind: "delay", ms: 1 });
  assert.equal(await ask(), "yes");
  assert.equal(reset.struck(), 0);
  const before = late.struck();
  assert.ok(before > 0);

  late.takeBack();
  await assert.rejects(ask());
  assert.ok(reset.struck() > 0);
  assert.equal(late.struck(), before);

  reset.takeBack();
  assert.equal(await ask(), "yes");
});

test("a fault that has been healed stays away when it is taken back", async () => {
  await using shop = await setUp();
  const { edge, edges, ask } = shop;
  const reset = edges.put(edge, { kind: "reset" });
  edges.heal();
  assert.equal(await ask(), "yes");
  reset.takeBack();
  assert.equal(await ask(), "yes");
});
