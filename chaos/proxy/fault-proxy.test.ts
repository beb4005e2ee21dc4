import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Agent, request } from "undici";
import { type EdgeFault, openFaultProxy } from "./fault-proxy.ts";

/** A server that counts what it is asked, behind a proxy. */
async function setUp() {
  const bodies: string[] = [];
  const server: Server = createServer(async (incoming, response) => {
    let body = "";
    for await (const chunk of incoming) body += String(chunk);
    bodies.push(body);
    response.end(`you said ${body}`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const struck: EdgeFault[] = [];
  const { promise: first, resolve: strike } = Promise.withResolvers<void>();
  const proxy = await openFaultProxy(
    () => port,
    (fault) => {
      struck.push(fault);
      strike();
    },
  );
  const dispatcher = new Agent();
  return {
    bodies,
    struck,
    proxy,
    async ask(body: string, signal?: AbortSignal): Promise<string> {
      const ask = { method: "POST", body, dispatcher, ...(signal && { signal }) } as const;
      return (await request(`http://127.0.0.1:${proxy.port}/`, ask)).body.text();
    },
    /** Asks where nobody will ever answer, until the fault has struck. */
    async askInVain(body: string): Promise<void> {
      const patience = new AbortController();
      const asked = this.ask(body, patience.signal);
      asked.catch(() => {}); // said below
      await first;
      patience.abort();
      await assert.rejects(asked);
    },
    async [Symbol.asyncDispose]() {
      await dispatcher.destroy();
      proxy.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

test("without a fault everything passes", async () => {
  await using edge = await setUp();
  assert.equal(await edge.ask("a"), "you said a");
  assert.equal(await edge.ask("b".repeat(300_000)), `you said ${"b".repeat(300_000)}`);
  assert.deepEqual(edge.struck, []);
});

for (const kind of ["drop", "reset"] as const)
  test(`${kind}: the request never arrives, and the caller is not answered`, async () => {
    await using edge = await setUp();
    const fault = { kind };
    edge.proxy.set(fault);
    await (kind === "drop" ? edge.askInVain("a") : assert.rejects(edge.ask("a")));
    assert.deepEqual(edge.bodies, []);
    assert.ok(edge.struck.length > 0);
    assert.ok(edge.struck.every((one) => one === fault));
    edge.proxy.set(undefined);
    assert.equal(await edge.ask("b"), "you said b");
  });

for (const kind of ["one-way", "truncate"] as const)
  test(`${kind}: the request is acted on, and the caller does not learn of it`, async () => {
    await using edge = await setUp();
    edge.proxy.set({ kind });
    await (kind === "one-way" ? edge.askInVain("a") : assert.rejects(edge.ask("a")));
    assert.deepEqual(edge.bodies, ["a"]);
    edge.proxy.set(undefined);
    assert.equal(await edge.ask("b"), "you said b");
  });

test("duplicate: the server acts twice, the caller is answered once", async () => {
  await using edge = await setUp();
  await edge.ask("before");
  edge.proxy.set({ kind: "duplicate" });
  assert.equal(await edge.ask("a"), "you said a");
  while (edge.bodies.length < 3) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(edge.bodies, ["before", "a", "a"]);
});

test("hold and delay: it arrives later, and whole", async () => {
  await using edge = await setUp();
  const faults: EdgeFault[] = [{ kind: "hold" }, { kind: "delay", ms: 30 }];
  for (const fault of faults) {
    edge.proxy.set(fault);
    const answer = edge.ask("a");
    while (!edge.struck.includes(fault)) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(edge.bodies.length, faults.indexOf(fault));
    if (fault.kind === "hold") edge.proxy.set(undefined);
    assert.equal(await answer, "you said a");
  }
});
