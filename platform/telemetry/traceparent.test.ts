import assert from "node:assert/strict";
import { test } from "node:test";
import { createTraceIds, formatTraceparent, isSampled, parseTraceparent, spanIdOf, traceIdOf } from "./index.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const spanId = "00f067aa0ba902b7";

test("a traceparent is read and written as W3C Trace Context says", () => {
  const header = `00-${traceId}-${spanId}-01`;
  assert.equal(parseTraceparent(header), header);
  assert.equal(traceIdOf(header), traceId);
  assert.equal(spanIdOf(header), spanId);
  assert.equal(formatTraceparent(traceId, spanId, true), header);
});

test("the sampled flag is the last bit whatever the other flags say", () => {
  for (const [flags, sampled] of [
    ["00", false],
    ["01", true],
    ["03", true],
    ["fe", false],
    ["ff", true],
    ["0b", true],
    ["0a", false],
  ] as const)
    assert.equal(isSampled(`00-${traceId}-${spanId}-${flags}`), sampled, flags);
});

test("a later version is read as far as it is known", () => {
  assert.equal(parseTraceparent(`cc-${traceId}-${spanId}-01-what-the-future-holds`), `00-${traceId}-${spanId}-01`);
});

test("a malformed traceparent begins a new trace instead of spoiling one", () => {
  const bad = [
    undefined,
    "",
    "00",
    `ff-${traceId}-${spanId}-01`,
    `00-${"0".repeat(32)}-${spanId}-01`,
    `00-${traceId}-${"0".repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${traceId}-${spanId}-01-more`,
    `00-${traceId}-${spanId}-0`,
    `00-${traceId}-${spanId}-01\r\nx: y`,
  ];
  for (const header of bad) assert.equal(parseTraceparent(header), undefined, String(header));
});

test("ids are well formed, distinct, and not zero even when chance is", () => {
  const ids = createTraceIds();
  const many = new Set(Array.from({ length: 5_000 }, () => ids.spanId()));
  assert.equal(many.size, 5_000);
  const zero = createTraceIds((bytes) => bytes.fill(0));
  assert.ok(parseTraceparent(formatTraceparent(zero.traceId(), zero.spanId(), false)));
});
