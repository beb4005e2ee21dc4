import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { deedsOf } from "./demo/deeds.ts";
import { homeAt, makeHome } from "./state/home.ts";
import { spansOf, traceLines, traceOf } from "./trace.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const span = (
  service: string,
  spanId: string,
  parentId: string | undefined,
  kind: string,
  name: string,
  at: number,
) => ({
  traceId,
  spanId,
  ...(parentId && { parentId }),
  service,
  instance: `${service}-1`,
  name,
  kind,
  startMs: at,
  durationMs: 10 + at,
  attributes: {},
  ...(service === "shipping" && { error: { type: "Error", message: "no parcels left" } }),
});
const written = {
  "gateway-1": [span("gateway", "a", undefined, "server", "POST /v1/carts/:cartId/checkout", 0)],
  "orders-1": [
    span("orders", "b", "a", "server", "POST /v1/carts/:cartId/checkout", 1),
    span("orders", "c", "b", "internal", "checkout: pay", 2),
  ],
  "shipping-1": [span("shipping", "d", "b", "consumer", "process orders.confirmed.v1", 3)],
};

async function homeWithTraces(t: { after: (end: () => Promise<void>) => void }) {
  const dir = await mkdtemp(join(tmpdir(), "souk-trace-"));
  t.after(() => rm(dir, { recursive: true }));
  const home = homeAt(dir);
  await makeHome(home);
  for (const [instance, spans] of Object.entries(written))
    await writeFile(join(home.traces, `${instance}.jsonl`), spans.map((one) => `${JSON.stringify(one)}\n`).join(""));
  return home;
}

test("a trace is put together from every service's file and drawn as a tree", async (t) => {
  const roots = await traceOf(await homeWithTraces(t), traceId);
  assert.equal(spansOf(roots).length, 4);
  assert.deepEqual(traceLines(roots, { paint: (_, text) => text }), [
    "POST /v1/carts/:cartId/checkout     gateway   10.0 ms",
    "└─ POST /v1/carts/:cartId/checkout  orders    11.0 ms",
    "   ├─ checkout: pay                 orders    12.0 ms",
    "   └─ process orders.confirmed.v1   shipping  13.0 ms  no parcels left",
  ]);
});

test("each service's part is told in its contract's words, failures counted", async (t) => {
  const deeds = await deedsOf(await traceOf(await homeWithTraces(t), traceId));
  assert.deepEqual(deeds, [
    { service: "gateway", spans: 1, failed: 0, did: ["passed on POST /v1/carts/:cartId/checkout"] },
    { service: "orders", spans: 2, failed: 0, did: ["Order what is in a cart", "checkout: pay"] },
    { service: "shipping", spans: 1, failed: 1, did: ["heard of orders.confirmed.v1"] },
  ]);
});

test("a trace that nobody recorded has no spans, also where nothing ever ran", async (t) => {
  assert.deepEqual(await traceOf(await homeWithTraces(t), "f".repeat(32)), []);
  assert.deepEqual(await traceOf(homeAt(join(tmpdir(), "souk-that-never-was")), traceId), []);
});
