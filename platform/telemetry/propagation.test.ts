import assert from "node:assert/strict";
import { test } from "node:test";
import { extract, inject, withContext } from "./index.ts";

const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

test("what one process injects the next one extracts", () => {
  const sent = withContext({ traceparent, correlationId: "req-1" }, () => inject({ accept: "application/json" }));
  assert.deepEqual(sent, { accept: "application/json", traceparent, "x-correlation-id": "req-1" });
  assert.deepEqual(extract(sent), { traceparent, correlationId: "req-1" });
});

test("nothing is injected outside any trace", () => {
  assert.deepEqual(inject({}), {});
});

test("a stranger's malformed headers are as good as none", () => {
  assert.deepEqual(extract({ traceparent: "00-1-2-3", "x-correlation-id": 'a" onload="' }), {});
  assert.deepEqual(extract({ traceparent: [traceparent, traceparent], "x-correlation-id": "x".repeat(129) }), {});
});
