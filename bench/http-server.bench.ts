import { type ChildProcess, fork } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { anyone, Body, Country, defineContract, Email, Id, OneOf, Price, post, Sku, Text, Type } from "@souk/contract";
import { createServer } from "@souk/http";
import { systemClock, uuidv7 } from "@souk/kernel";
import { createTelemetry } from "@souk/telemetry";
import fastify, { type FastifyInstance } from "fastify";
import { Pool } from "undici";

/**
 * CPU that one POST costs the serving process: 600 bytes in, validated, 250 out. Against Fastify with its own validation and
 * serialisation, and Fastify with neither. Run: `node bench/http-server.bench.ts [requests]`
 */
const address = Body({ name: Text(200), line1: Text(200), city: Text(100), postalCode: Text(20), country: Country });
const body = Body({
  email: Email,
  shippingAddress: address,
  billingAddress: Type.Optional(address),
  shippingMethod: OneOf("standard", "express", "pickup"),
  lines: Type.Array(Body({ sku: Sku, quantity: Type.Integer({ minimum: 1, maximum: 999 }), id: Id })),
});
const returns = Type.Object({ id: Id, total: Price, lines: Type.Array(Type.Object({ sku: Sku, unitPrice: Price })) });
const made = {
  id: "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b",
  total: { amount: 5997, currency: "EUR" },
  lines: [1, 2].map((n) => ({ sku: `SKU-${n}`, unitPrice: { amount: 1999, currency: "EUR" } })),
};
const ada = { name: "Ada Lovelace", line1: "1 Some Street", city: "London", postalCode: "AB1 2CD", country: "GB" };
const sent = JSON.stringify({
  email: "ada@example.com",
  shippingAddress: ada,
  billingAddress: ada,
  shippingMethod: "express",
  lines: [1, 2, 3].map((n) => ({ sku: `SKU-${n}`, quantity: n, id: made.id })),
});
const contract = defineContract({
  name: "bench",
  endpoints: { make: post("/v1/things", { summary: "Make a thing", access: anyone, body, returns }) },
  events: {},
});

/** Asking the system for every id's bytes costs 3 µs; a page of them at once 0.1. */
const pool = Buffer.alloc(4096);
let used = pool.length;
function random(): Uint8Array {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += 16;
  return pool.subarray(used - 16, used);
}

// as: it listens on a port, not on a pipe
const portOf = ({ server }: FastifyInstance) => (server.address() as AddressInfo).port;

const servers: Record<string, () => Promise<number>> = {
  async souk() {
    const unused = () => Promise.reject(new Error("nobody signs in here"));
    const telemetry = createTelemetry({
      service: "bench",
      version: "0",
      instance: "0",
      environment: "production",
      env: {},
    });
    const server = createServer({
      contract,
      handlers: { make: async () => made },
      service: "bench",
      version: "0",
      verifyUser: unused,
      verifyService: unused,
      clock: systemClock,
      newId: () => uuidv7(systemClock.now(), random),
      log: telemetry.log,
      telemetry,
      development: false,
    });
    return (await server.listen({ port: 0, host: "127.0.0.1" })).port;
  },
  async "fastify, validating"() {
    const app = fastify();
    const schema = JSON.parse(JSON.stringify({ body, response: { 200: returns } }));
    app.post("/v1/things", { schema }, async () => made);
    await app.listen({ port: 0, host: "127.0.0.1" });
    return portOf(app);
  },
  async "fastify, bare"() {
    const app = fastify();
    app.post("/v1/things", async () => made);
    await app.listen({ port: 0, host: "127.0.0.1" });
    return portOf(app);
  },
};

async function serve(name: string) {
  const port = await servers[name]?.();
  process.on("message", () => process.send?.(process.cpuUsage()));
  process.send?.(port);
}

async function cpu(child: ChildProcess): Promise<NodeJS.CpuUsage> {
  child.send("cpu");
  const [usage] = await once(child, "message");
  return usage;
}

async function drive(name: string, requests: number): Promise<string> {
  const child = fork(import.meta.filename, [name]);
  const [port] = await once(child, "message");
  const connections = new Pool(`http://127.0.0.1:${port}`, { connections: 16 });
  const send = async (count: number) => {
    let left = count;
    const shopper = async () => {
      while (left-- > 0) {
        const { statusCode, body } = await connections.request({
          path: "/v1/things",
          method: "POST",
          headers: { "content-type": "application/json" },
          body: sent,
        });
        await body.dump();
        if (statusCode !== 200) throw new Error(`${name} answered ${statusCode}`);
      }
    };
    await Promise.all(Array.from({ length: 16 }, shopper));
  };
  await send(requests / 2);
  const before = await cpu(child);
  await send(requests);
  const after = await cpu(child);
  await connections.close();
  child.kill();
  const user = (after.user - before.user) / requests;
  const system = (after.system - before.system) / requests;
  return `${(user + system).toFixed(1)} µs CPU per request (${user.toFixed(1)} user, ${system.toFixed(1)} system)`;
}

const [, , argument = "20000"] = process.argv;
if (argument in servers) await serve(argument);
else {
  for (const round of [1, 2]) {
    for (const name of Object.keys(servers)) {
      console.log(`round ${round}  ${name.padEnd(20)} ${await drive(name, Number(argument))}`);
    }
  }
}
