import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { createTelemetry } from "./index.ts";

const identity = { service: "orders", version: "1.2.3", instance: "orders-1", environment: "production" } as const;

test("sampled spans reach a collector as OTLP over HTTP", async () => {
  const bodies: string[] = [];
  const collector = createServer(async (request, response) => {
    assert.equal(request.url, "/v1/traces");
    bodies.push(Buffer.concat(await request.toArray()).toString());
    response.end("{}");
  }).listen(0, "127.0.0.1");
  await once(collector, "listening");
  const { port } = collector.address() as AddressInfo;

  const telemetry = createTelemetry({
    ...identity,
    env: { otlpEndpoint: `http://127.0.0.1:${port}/`, sampleRatio: 1 },
  });
  await telemetry.span("place", { kind: "server", attributes: { "http.route": "/v1/x" } }, async () => {
    await telemetry.span("reserve", { kind: "client" }, async (span) => span.fail(new Error("no stock")));
  });
  await telemetry.shutdown();
  collector.close();
  collector.closeAllConnections();

  const [resource] = JSON.parse(bodies.join("")).resourceSpans;
  assert.ok(
    resource.resource.attributes.some(
      (a: { key: string; value: object }) => a.key === "service.name" && "stringValue" in a.value,
    ),
  );
  const [reserve, place] = resource.scopeSpans[0].spans;
  assert.deepEqual([reserve.name, place.name], ["reserve", "place"]);
  assert.equal(reserve.parentSpanId, place.spanId);
  assert.equal(reserve.traceId, place.traceId);
  assert.deepEqual([place.kind, reserve.kind, reserve.status.code], [2, 3, 2]);
});

const nowhere = [
  ["a collector that is away", { otlpEndpoint: "http://127.0.0.1:1" }, "sent to the collector"],
  ["a file that cannot be written", { traceFile: "/dev/null/spans" }, "written to their file"],
] as const;
for (const [what, where, told] of nowhere) {
  test(`${what} costs the service nothing but the spans, and is told of`, async () => {
    const lines: string[] = [];
    const env = { ...where, sampleRatio: 1 };
    const telemetry = createTelemetry({ ...identity, env, write: (line) => lines.push(line) });
    assert.equal(await telemetry.span("place", { kind: "server" }, async () => 42), 42);
    await telemetry.shutdown();
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", new RegExp(`"level":"warn".*spans could not be ${told}`));
  });
}

test("/metrics says what the process is and how it fares", async () => {
  const { registry } = createTelemetry({ ...identity, env: {} });
  const text = await registry.metrics();
  assert.match(
    text,
    /^target_info\{service_name="orders",service_version="1\.2\.3",service_instance_id="orders-1"\} 1$/m,
  );
  assert.match(text, /^process_resident_memory_bytes \d{7,}$/m);
});
