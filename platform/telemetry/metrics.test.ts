import assert from "node:assert/strict";
import { test } from "node:test";
import { Registry } from "prom-client";
import { createMetrics } from "./metrics.ts";

function setUp() {
  const registry = new Registry();
  return { metrics: createMetrics(registry), text: () => registry.metrics() };
}

test("calls are counted by method, route and status under the OpenTelemetry names", async () => {
  const { metrics, text } = setUp();
  const served = metrics.serverCalls("GET", "/v1/orders/:id");
  served(200, 0.004);
  served(200, 0.3);
  served(503, 1);
  metrics.clientCalls("inventory", "POST", "/internal/reservations")("mesh.timeout", 2);
  const lines = (await text()).split("\n");
  const ok = 'http_request_method="GET",http_route="/v1/orders/:id",http_response_status_code="200",error_type=""';
  assert.ok(lines.includes(`http_server_request_duration_seconds_count{${ok}} 2`));
  assert.ok(lines.includes(`http_server_request_duration_seconds_bucket{le="0.005",${ok}} 1`));
  assert.ok(lines.some((line) => line.includes('status_code="503",error_type="503"') && line.endsWith(" 1")));
  assert.ok(
    lines.some((line) => line.includes('peer_service="inventory"') && line.includes('error_type="mesh.timeout"')),
  );
});

test("a gauge shows what is true when it is read, and only that", async () => {
  const { metrics, text } = setUp();
  let open = ["payments"];
  metrics.gauge("souk_breaker_open", "Open breakers", () =>
    open.map((dependency) => ({ labels: { dependency }, value: 1 })),
  );
  assert.match(await text(), /^souk_breaker_open\{dependency="payments"\} 1$/m);
  open = [];
  assert.doesNotMatch(await text(), /^souk_breaker_open\{/m);
});

test("a gauge that cannot be read does not take the others with it", async () => {
  const { metrics, text } = setUp();
  metrics.gauge("souk_outbox_pending", "Pending", () => Promise.reject(new Error("database is down")));
  metrics.gauge("souk_up", "Up", () => 1);
  assert.match(await text(), /^souk_up 1$/m);
  assert.match(await text(), /^souk_metric_unreadable_total\{family="souk_outbox_pending"\} \d$/m);
});

test("business counters add up by label", async () => {
  const { metrics, text } = setUp();
  metrics.count("souk_orders_total", { lifecycle: "confirmed" });
  metrics.count("souk_orders_total", { lifecycle: "confirmed" }, 2);
  assert.match(await text(), /^souk_orders_total\{lifecycle="confirmed"\} 3$/m);
});

test("a label that turns out to be an id cannot fill the memory", async () => {
  const { metrics, text } = setUp();
  for (let i = 0; i < 1_500; i++) metrics.count("souk_orders_total", { order: String(i) });
  const lines = (await text()).split("\n");
  assert.equal(lines.filter((line) => line.startsWith("souk_orders_total{")).length, 1_000);
  assert.ok(lines.includes('souk_metric_series_refused_total{family="souk_orders_total"} 500'));
});
