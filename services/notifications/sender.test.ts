import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, test } from "node:test";
import { instant } from "@souk/kernel";
import { fakeClock, sequentialIds, testDatabase } from "@souk/testing";
import { SMTPServer } from "smtp-server";
import { insertDelivery } from "./db/deliveries.ts";
import { mailSender } from "./sender.ts";

const { db, sql } = await testDatabase({
  sets: [{ module: "notifications", directory: new URL("db/migrations/", import.meta.url) }],
});
const newId = sequentialIds();
const log = { info() {}, warn() {}, error() {} };
const clock = fakeClock();

/** A mail server that answers each recipient as told, and keeps what it took, with the sender's time. */
const answers = new Map<string, number>();
let took: { to: string; atMs: number }[] = [];
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ["AUTH", "STARTTLS"],
  logger: false,
  onRcptTo({ address }, _session, done) {
    const responseCode = answers.get(address);
    done(responseCode ? Object.assign(new Error("refused"), { responseCode }) : null);
  },
  onData(stream, session, done) {
    stream.resume().on("end", () => {
      for (const { address } of session.envelope.rcptTo) took.push({ to: address, atMs: clock.monotonic() });
      done();
    });
  },
});
const { promise: listening, resolve: listens } = Promise.withResolvers<void>();
const socket = server.listen(0, "127.0.0.1", listens);
await listening;
const url = `smtp://127.0.0.1:${(socket.address() as AddressInfo).port}`; // as: it listens on TCP

let sending: { close(): Promise<void> } | undefined;
function start(perSecond = 10_000, smtpUrl = url) {
  sending = mailSender({ db, clock, log, from: "Souk <shop@souk.example>", perSecond }).start(smtpUrl);
}
beforeEach(async () => {
  await sql`truncate deliveries`;
  answers.clear();
  took = [];
});
afterEach(async () => {
  const closed = sending?.close();
  sending = undefined;
  await closed;
});
test.after(() => new Promise<void>((resolve) => server.close(resolve)));

const write = (recipient: string) =>
  db.tx((tx) =>
    insertDelivery(tx, {
      deliveryId: newId(),
      eventId: newId(),
      template: "order-cancelled",
      recipient,
      facts: { number: "N-1" },
      now: instant(clock.now()),
    }),
  );
const delivery = async (recipient: string) => {
  const [row] = await sql<{ status: string; attempts: number }>`
    select status, attempts from deliveries where recipient = ${recipient}`;
  return row;
};
/** Lets time pass, a step per look, until `done`. */
async function until(done: () => boolean | Promise<boolean>, stepMs = 50) {
  for (let looks = 0; !(await done()); looks++) {
    assert.ok(looks < 2_000, "it never happened");
    await clock.advance(stepMs);
    await sql`select 1`;
  }
}

test("a refusal for good fails the message at once", async () => {
  answers.set("gone@example.com", 550);
  await write("gone@example.com");
  await write("there@example.com");
  start();
  await until(async () => (await delivery("gone@example.com"))?.status === "failed");
  await until(async () => (await delivery("there@example.com"))?.status === "sent");
  assert.equal((await delivery("gone@example.com"))?.attempts, 1);
  assert.deepEqual(
    took.map(({ to }) => to),
    ["there@example.com"],
  );
});

test("a refusal for now is tried again, later and later, until it is taken", async () => {
  answers.set("busy@example.com", 451);
  await write("busy@example.com");
  start();
  await until(async () => (await delivery("busy@example.com"))?.attempts === 1);
  const first = clock.monotonic();
  await until(async () => (await delivery("busy@example.com"))?.attempts === 3, 1_000);
  const waited = clock.monotonic() - first;
  assert.ok(waited >= 30_000, `${waited} ms for the second and third try`); // 10 s and 20 s
  answers.clear();
  await until(async () => (await delivery("busy@example.com"))?.status === "sent", 1_000);
  assert.equal(took.length, 1);
});

test("a message that nobody takes fails after ten tries", async () => {
  answers.set("never@example.com", 451);
  await write("never@example.com");
  start();
  await until(async () => (await delivery("never@example.com"))?.status === "failed", 10_000);
  assert.equal((await delivery("never@example.com"))?.attempts, 10);
});

test("no more are sent in a second than the mail server allows", async () => {
  for (let i = 0; i < 40; i++) await write(`r${i}@example.com`);
  start(10);
  await until(() => took.length === 40);
  for (const { atMs } of took) {
    const inThatSecond = took.filter((other) => other.atMs >= atMs && other.atMs < atMs + 1_000).length;
    assert.ok(inThatSecond <= 10, `${inThatSecond} within a second`);
  }
});

test("two senders share the work, and each message is sent once", async () => {
  for (let i = 0; i < 40; i++) await write(`r${i}@example.com`);
  start();
  const other = mailSender({ db, clock, log, from: "shop@souk.example", perSecond: 10_000 }).start(url);
  await until(async () => (await sql`select 1 from deliveries where status <> 'sent'`).length === 0);
  await other.close();
  assert.equal(new Set(took.map(({ to }) => to)).size, 40);
  assert.equal(took.length, 40);
});
