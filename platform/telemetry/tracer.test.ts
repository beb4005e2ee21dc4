import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "@souk/kernel";
import {
  createTraceIds,
  currentContext,
  type FinishedSpan,
  isSampled,
  spanIdOf,
  traceIdOf,
  withContext,
} from "./index.ts";
import { createTracer } from "./tracer.ts";

const START = 1_762_000_000_000;
const UNSAMPLED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

function setUp(sampleRatio: number) {
  let elapsed = 0;
  const clock = { now: () => START + Math.floor(elapsed), monotonic: () => elapsed, after: () => () => {} };
  const spans: FinishedSpan[] = [];
  const { begin, span } = createTracer({
    service: "orders",
    instance: "orders-1",
    clock,
    ids: createTraceIds(),
    sampleRatio,
    slowMs: 1_000,
    record: (finished) => spans.push(finished),
  });
  return { begin, span, spans, pass: (ms: number) => (elapsed += ms) };
}

test("spans nest as the work does and share one trace", async () => {
  const { span, spans, pass } = setUp(1);
  await span("POST /v1/orders", { kind: "server" }, async () => {
    pass(1.5);
    await span("reserve", { kind: "client", attributes: { attempt: 1 } }, async (notes) => {
      pass(2.25);
      notes.set("peer.service", "inventory");
    });
  });
  const [inner, outer] = spans;
  assert.ok(inner && outer);
  assert.equal(inner.traceId, outer.traceId);
  assert.equal(inner.parentId, outer.spanId);
  assert.equal(outer.parentId, undefined);
  assert.deepEqual(inner.attributes, { attempt: 1, "peer.service": "inventory" });
  assert.deepEqual([outer.startMs, outer.durationMs], [START, 3.75]);
  assert.deepEqual([inner.startMs, inner.durationMs], [START + 1.5, 2.25]);
});

test("the work sees its own span in the context and what else travels stays", async () => {
  const { span, spans } = setUp(1);
  await withContext({ correlationId: "req-1" }, () =>
    span("work", { kind: "internal" }, async () => {
      const { traceparent, correlationId } = currentContext();
      assert.equal(correlationId, "req-1");
      assert.ok(traceparent && isSampled(traceparent));
      await span("inner", { kind: "internal" }, async () => {});
      assert.equal(spans[0]?.parentId, spanIdOf(traceparent));
    }),
  );
});

test("an unsampled trace leaves no spans, yet its ids travel on", async () => {
  const { span, spans } = setUp(0);
  await span("GET /", { kind: "server" }, async () => {
    const outer = currentContext().traceparent;
    assert.ok(outer && !isSampled(outer));
    await span("call", { kind: "client" }, async () => assert.equal(currentContext().traceparent, outer));
  });
  assert.deepEqual(spans, []);
});

test("nothing is begun for work inside an unsampled trace", () => {
  const { begin } = setUp(1);
  assert.equal(begin("call", { kind: "client", parent: UNSAMPLED }), undefined);
  assert.equal(begin("step", { kind: "internal", parent: UNSAMPLED }), undefined);
});

test("a failed or slow request of an unsampled trace is recorded after all", async () => {
  const { span, spans, pass } = setUp(0);
  const request = (work: () => Promise<void>) => span("GET /", { kind: "server", parent: UNSAMPLED }, work);
  await request(async () => void pass(999));
  assert.equal(spans.length, 0);
  await request(async () => void pass(1_000));
  await assert.rejects(
    request(() => Promise.reject(new TypeError("no such thing"))),
    TypeError,
  );
  const [slow, failed] = spans;
  assert.equal(slow?.durationMs, 1_000);
  assert.deepEqual(failed?.error, { type: "TypeError", message: "no such thing" });
  assert.equal(failed?.traceId, traceIdOf(UNSAMPLED));
  assert.equal(failed?.parentId, spanIdOf(UNSAMPLED));
});

test("a refusal is noted on the span but is not a failure", async () => {
  const { span, spans } = setUp(1);
  const refuse = (status: "not_found" | "unavailable") =>
    assert.rejects(span("x", { kind: "server" }, () => Promise.reject(new ServiceError("a.b", status, "no"))));
  await refuse("not_found");
  await refuse("unavailable");
  assert.equal(spans[0]?.error, undefined);
  assert.equal(spans[0]?.attributes["error.type"], "a.b");
  assert.deepEqual(spans[1]?.error, { type: "a.b", message: "no" });
});

test("a tenth of new traces is sampled at a ratio of a tenth, and their children follow", () => {
  const { begin } = setUp(0.1);
  const roots = Array.from({ length: 20_000 }, () => begin("root", { kind: "server" })?.traceparent ?? "");
  const sampled = roots.filter(isSampled);
  assert.ok(sampled.length > 1_700 && sampled.length < 2_300, String(sampled.length));
  for (const parent of sampled.slice(0, 100))
    assert.ok(isSampled(begin("child", { kind: "server", parent })?.traceparent ?? ""));
});

test("a span ends once", () => {
  const { begin, spans } = setUp(1);
  const span = begin("x", { kind: "internal" });
  span?.end();
  span?.end();
  assert.equal(spans.length, 1);
});

test("a long span starts before what began in it, to the millisecond", async () => {
  const { span, spans, pass } = setUp(1);
  await span("outer", { kind: "server" }, async () => {
    pass(500);
    await span("inner", { kind: "internal" }, async () => pass(200));
  });
  const startOf = (name: string) => (spans.find((one) => one.name === name)?.startMs ?? 0) - START;
  assert.deepEqual([startOf("outer"), startOf("inner")], [0, 500]);
});
