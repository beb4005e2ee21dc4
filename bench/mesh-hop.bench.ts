/**
 * What a call through the mesh costs over a bare request with undici, in CPU of the calling process.
 * Usage: node bench/mesh-hop.bench.ts [calls per round]
 */
import { fork } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Body, defineContract, Id, post, service, Type } from "@souk/contract";
import { systemClock } from "@souk/kernel";
import { createIdentity, createMesh, staticInstances } from "@souk/mesh";
import { createTelemetry, withContext } from "@souk/telemetry";
import { Pool } from "undici";

const CONCURRENCY = 16;
const ROUNDS = 5;
const calls = Number(process.argv[2] ?? 10_000);
const reply = JSON.stringify({ reserved: true, lines: [{ sku: "ABC-1", quantity: 2 }] });
const body = { orderId: "0192d1c7-5bb0-7cc3-98c4-1a2b3c4d5e6f", lines: [{ sku: "ABC-1", quantity: 2 }] };

const inventory = defineContract({
  name: "inventory",
  endpoints: {
    reserve: post("/internal/reservations/:orderId", {
      summary: "Reserve",
      access: service("orders"),
      idempotency: "natural",
      params: Body({ orderId: Id }),
      body: Type.Unknown(),
      returns: Type.Unknown(),
    }),
  },
  events: {},
});

/** The neighbour, in a process of its own so that its CPU is not counted. */
async function serve(): Promise<void> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      response.setHeader("content-type", "application/json");
      response.end(reply);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  process.send?.((server.address() as AddressInfo).port);
  process.on("disconnect", () => process.exit(0));
}

async function cpuPerCall(call: () => Promise<unknown>): Promise<number> {
  let left = calls;
  const before = process.cpuUsage();
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      while (left-- > 0) await call();
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function measure(): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), ["serve"]);
  const [port] = await once(child, "message");
  const url = `http://127.0.0.1:${port}`;

  const pool = new Pool(url);
  const path = `/internal/reservations/${body.orderId}`;
  const bare = async () => {
    const response = await pool.request({
      method: "POST",
      path,
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(body),
    });
    return response.body.json();
  };

  const { privateKey } = generateKeyPairSync("ed25519");
  const who = { service: "orders", version: "0", instance: "orders-1" } as const;
  const telemetry = createTelemetry({
    ...who,
    environment: "production",
    env: { traceFile: join(mkdtempSync(join(tmpdir(), "souk-bench-")), "trace.jsonl") },
  });
  const mesh = createMesh({
    caller: "orders",
    discovery: staticInstances({ inventory: [{ instance: "inventory-1", url }] }),
    identity: createIdentity({
      service: "orders",
      privateKeyJwk: privateKey.export({ format: "jwk" }),
      clock: systemClock,
    }),
    clock: systemClock,
    chance: Math.random,
    log: telemetry.log,
    telemetry,
  });
  const client = mesh.client(inventory);
  const through = (flags: "00" | "01") => () =>
    withContext(
      {
        traceparent: `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-${flags}`,
        correlationId: "req-1",
        deadlineAt: systemClock.monotonic() + 2_000,
      },
      () => client.reserve({ params: { orderId: body.orderId }, body }),
    );

  const variants = { "bare undici": bare, "mesh, unsampled": through("00"), "mesh, sampled": through("01") };
  const results = Object.fromEntries(Object.keys(variants).map((name) => [name, [] as number[]]));
  for (let round = -1; round < ROUNDS; round++) {
    // Interleaved, and a first round that only warms up.
    for (const [name, call] of Object.entries(variants)) {
      const cpu = await cpuPerCall(call);
      if (round >= 0) results[name]?.push(cpu);
    }
  }
  for (const [name, values] of Object.entries(results))
    console.log(`${name.padEnd(16)} ${median(values).toFixed(1)} µs of CPU per call`);

  await mesh.close();
  await telemetry.shutdown();
  await pool.close();
  child.disconnect();
}

await (process.argv[2] === "serve" ? serve() : measure());
