import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "@souk/kernel";
import { withContext } from "./context.ts";
import { createLog, type Fields } from "./log.ts";

function logged(write: (log: ReturnType<typeof createLog>) => void): Record<string, unknown> {
  const lines: string[] = [];
  write(createLog({ service: "orders", version: "1.2.3", instance: "orders-1", write: (line) => lines.push(line) }));
  assert.equal(lines.length, 1);
  return JSON.parse(lines[0] ?? "");
}

const infoOf = (fields: Fields) => logged((log) => log.info("something happened", fields));

test("a line says which process wrote it and for which request", () => {
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const line = withContext({ traceparent, correlationId: "req-1" }, () => infoOf({ orderId: "o-1", durationMs: 12 }));
  const { time, ...rest } = line;
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(rest, {
    level: "info",
    service: "orders",
    version: "1.2.3",
    instance: "orders-1",
    trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
    span_id: "00f067aa0ba902b7",
    correlation_id: "req-1",
    orderId: "o-1",
    durationMs: 12,
    message: "something happened",
  });
});

test("a field that is not on the allow-list is dropped and named", () => {
  const line = infoOf({
    body: { a: 1 },
    authorization: "x",
    shippingAddress: "Main Street 1",
    cardId: "4",
    customerName: "Ann",
    reason: {},
  });
  assert.deepEqual(line["dropped"], ["body", "authorization", "shippingAddress", "cardId", "customerName", "reason"]);
  assert.ok(!JSON.stringify(line).includes("Main Street") && !JSON.stringify(line).includes("Ann"));
});

test("secrets inside an allowed field, a message or an error are redacted", () => {
  const secrets = [
    "4242424242424242",
    "4000 0025 0000 3155",
    "ann@example.com",
    "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "hunter2hunter2",
  ];
  const text = `card ${secrets[0]} or ${secrets[1]} of ${secrets[2]}, Bearer ${secrets[3]}, postgres://souk:${secrets[4]}@localhost/db`;
  const line = logged((log) => log.error(text, { reason: text, error: new Error(text, { cause: text }) }));
  for (const secret of secrets) assert.ok(!JSON.stringify(line).includes(secret), secret);
});

test("a card number is one at the end of a sentence too", () => {
  for (const reason of ["no such card: 4242424242424242.", "is it 4242 4242 4242 4242?", "(4242-4242-4242-4242). No."])
    assert.doesNotMatch(String(infoOf({ reason })["reason"]), /4242/, reason);
});

test("ids, amounts and timestamps are not mistaken for cards", () => {
  const reason =
    "order 0192d1c7-5bb0-7cc3-98c4-4242424242424242 at 1762000000000, total 1234567, rate 0.4242424242424242";
  assert.equal(infoOf({ reason })["reason"], reason);
});

test("an error is written with its code, its stack and every cause", () => {
  const cause = Object.assign(new Error("connection refused"), { code: "ECONNREFUSED" });
  const error = new ServiceError(
    "mesh.unavailable",
    "unavailable",
    "inventory does not answer",
    { sku: "A" },
    { cause },
  );
  const line = logged((log) => log.error("step failed", { error }))["error"];
  assert.partialDeepStrictEqual(line, {
    type: "ServiceError",
    code: "mesh.unavailable",
    message: "inventory does not answer",
    cause: { type: "Error", code: "ECONNREFUSED", message: "connection refused" },
  });
  assert.match(JSON.stringify(line), /log\.test\.ts/);
});

test("what is thrown need not be an error, and causes may be circular", () => {
  const loop = new Error("loop");
  loop.cause = loop;
  assert.ok(logged((log) => log.error("failed", { error: loop })));
  assert.deepEqual(logged((log) => log.error("failed", { error: "just text" }))["error"], { message: "just text" });
});

test("lines below the level are not written", () => {
  const lines: string[] = [];
  const log = createLog({
    service: "s",
    version: "1",
    instance: "i",
    level: "warn",
    write: (line) => lines.push(line),
  });
  log.info("no");
  log.warn("yes");
  assert.equal(lines.length, 1);
});
