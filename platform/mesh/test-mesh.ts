import type { TestContext } from "node:test";
import { Body, defineContract, get, post, service, Type } from "@souk/contract";
import { type Clock, ServiceError, systemClock } from "@souk/kernel";
import { createTelemetry } from "@souk/telemetry";
import { createMesh, type Identity, type Instance, type Mesh } from "./index.ts";

const access = service("orders");

/** A neighbour's contract with one endpoint of each kind. */
const stock = defineContract({
  name: "stock",
  endpoints: {
    find: get("/internal/things/:id", {
      summary: "Find",
      access,
      params: Body({ id: Type.String() }),
      query: Body({ tag: Type.Optional(Type.Array(Type.String())), page: Type.Optional(Type.Integer()) }),
      returns: Type.Object({ id: Type.String() }),
    }),
    reserve: post("/internal/reservations", {
      summary: "Reserve",
      access,
      idempotency: "natural",
      body: Body({ sku: Type.String() }),
      returns: Type.Object({ reserved: Type.Boolean() }),
    }),
    move: post("/internal/movements", {
      summary: "Move",
      access,
      body: Body({ sku: Type.String() }),
      returns: Type.Object({ moved: Type.Boolean() }),
    }),
    label: get("/internal/label", { summary: "Print", access, produces: "text/plain", returns: Type.String() }),
    watch: get("/internal/events", { summary: "Watch", access, stream: true, returns: Type.Object({}) }),
  },
  events: {},
});

type Options = {
  readonly instances: readonly Instance[] | (() => readonly Instance[]);
  readonly clock?: Clock;
  readonly chance?: () => number;
  readonly identity?: Identity;
};

/** A mesh whose neighbour `stock` has these instances. Chance 0 makes every retry immediate. */
export function testMesh(t: TestContext, { instances, clock = systemClock, chance = () => 0, identity }: Options) {
  const lines: string[] = [];
  const telemetry = createTelemetry({
    service: "orders",
    version: "1",
    instance: "orders-1",
    environment: "test",
    env: { sampleRatio: 0 },
    write: (line) => lines.push(line),
    clock,
  });
  const mesh: Mesh = createMesh({
    caller: "orders",
    discovery: { instances: () => (typeof instances === "function" ? instances() : instances), close() {} },
    identity,
    clock,
    chance,
    log: telemetry.log,
    telemetry,
  });
  // The system clock's timers keep no process alive; a service's listening socket does.
  const alive = setInterval(() => {}, 60_000);
  t.after(() => {
    clearInterval(alive);
    return mesh.close();
  });
  return { mesh, stock: mesh.client(stock), telemetry, lines };
}

export const failsWith = (code: string) => (error: unknown) => {
  if (!(error instanceof ServiceError)) throw error;
  if (error.code !== code) throw error;
  return true;
};
