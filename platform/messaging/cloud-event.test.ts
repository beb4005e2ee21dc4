import assert from "node:assert/strict";
import { test } from "node:test";
import { fromCloudEvent, InvalidCloudEvent, toCloudEvent } from "./cloud-event.ts";
import { messageOf } from "./message.ts";

const row = {
  id: "0190a8f0-0000-7000-8000-000000000001",
  type: "orders.placed.v1",
  source: "orders",
  subject: "0190a8f0-0000-7000-8000-0000000000aa",
  sequence: 3,
  time: "2030-01-01T12:00:00.000Z",
  data: '{"total": 1.50,\n"note":"„x“"}',
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  correlationId: "request-1",
};

test("a message survives the round trip through CloudEvents, with or without a trace", () => {
  const { data: _, ...attributes } = row;
  assert.deepEqual(fromCloudEvent(toCloudEvent(messageOf(row))), { ...attributes, data: { total: 1.5, note: "„x“" } });
  const bare = fromCloudEvent(toCloudEvent(messageOf({ ...row, traceparent: null, correlationId: null })));
  assert.ok(!("traceparent" in bare) && !("correlationId" in bare));
});

test("the payload's text is taken over as the publisher wrote it", () => {
  assert.ok(toCloudEvent(messageOf(row)).endsWith(`,"data":${row.data}}`));
});

test("sequences order as text, as the CloudEvents extension asks", () => {
  const [a, b] = [9, 10].map((sequence) => JSON.parse(toCloudEvent(messageOf({ ...row, sequence }))).sequence);
  assert.ok(a < b);
});

test("whatever is no event of ours is refused with the attribute's name and without its value", () => {
  const event = JSON.parse(toCloudEvent(messageOf(row)));
  const refused = (change: object, message: RegExp) =>
    assert.throws(() => fromCloudEvent(JSON.stringify({ ...event, ...change })), {
      name: "InvalidCloudEvent",
      message,
    });
  refused({ specversion: "0.3" }, /^specversion must be 1\.0$/);
  refused({ id: "secret" }, /^id is malformed$/);
  refused({ type: undefined }, /^type must be/);
  refused({ source: 1 }, /^source must be/);
  refused({ subject: "" }, /^subject must be/);
  refused({ sequence: "0" }, /^sequence must count from 1$/);
  refused({ sequence: "-1" }, /^sequence is malformed$/);
  refused({ sequence: 3 }, /^sequence must be/);
  refused({ time: "yesterday" }, /^time is malformed$/);
  refused({ time: "2030-13-01T00:00:00Z" }, /^time is malformed$/);
  refused({ data: undefined }, /^data is missing$/);
  refused({ datacontenttype: "text/plain" }, /^datacontenttype is malformed$/);
  refused({ traceparent: 7 }, /^traceparent must be/);
  for (const text of ["", "[]", "null", '"x"', "{"]) assert.throws(() => fromCloudEvent(text), InvalidCloudEvent);
});
