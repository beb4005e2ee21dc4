import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, test } from "node:test";
import { instant, ServiceError } from "@souk/kernel";
import { migrationSets } from "@souk/service";
import { addressDigest, personKeys } from "@souk/service/personal-data";
import { fakeClock, sequentialIds, testDatabase } from "@souk/testing";
import PostalMime from "postal-mime";
import { SMTPServer } from "smtp-server";
import { links as linksTo } from "./links.ts";
import { outgoing } from "./outgoing.ts";
import { recipients as recipientsOf } from "./recipients.ts";
import { messageSender } from "./sender.ts";
import definition from "./service.ts";
import type { SmsPort } from "./sms.ts";
import { unsubscribing } from "./unsubscribe.ts";

const { db, sql } = await testDatabase({ sets: migrationSets(definition, new URL("./", import.meta.url)) });
const newId = sequentialIds();
const log = { info() {}, warn() {}, error() {} };
const clock = fakeClock();
const secret = { current: "secret", accepted: ["secret"] as [string] };
const recipients = recipientsOf(personKeys(secret), addressDigest(secret));
const links = linksTo({
  publicUrl: "https://shop.example",
  contact: "shop@souk.example",
  unsubscribing: unsubscribing(secret),
});

/** A mail server that answers each recipient as told, and keeps what it took, with the sender's time. */
const answers = new Map<string, number>();
type Taken = { to: string; atMs: number; headers: Record<string, string>; subject: string; text: string; html: string };
let took: Taken[] = [];
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ["AUTH", "STARTTLS"],
  logger: false,
  onRcptTo({ address }, _session, done) {
    const responseCode = answers.get(address);
    done(responseCode ? Object.assign(new Error("refused"), { responseCode }) : null);
  },
  async onData(stream, session, done) {
    const atMs = clock.monotonic();
    const {
      subject = "",
      text = "",
      html = "",
      headers,
    } = await PostalMime.parse(Buffer.concat(await stream.toArray()));
    const named = Object.fromEntries(headers.map(({ key, value }) => [key, value]));
    for (const { address } of session.envelope.rcptTo)
      took.push({ to: address, atMs, headers: named, subject, text, html });
    done();
  },
});
const { promise: listening, resolve: listens } = Promise.withResolvers<void>();
const socket = server.listen(0, "127.0.0.1", listens);
await listening;
const url = `smtp://127.0.0.1:${(socket.address() as AddressInfo).port}`; // as: it listens on TCP

/** What users would answer for each letter. */
type OpenLetter = Parameters<typeof messageSender>[0]["users"]["openLetter"];
let openLetter: OpenLetter = () => Promise.reject(new Error("no letter was expected"));
/** What users would say of where an account is written to. */
let contact: Parameters<typeof messageSender>[0]["users"]["contact"] = () =>
  Promise.reject(new Error("nobody was to be asked for"));
let texts: Parameters<SmsPort>[0][] = [];
const make = (perSecond = 10_000) =>
  messageSender({
    ...{ db, clock, log, perSecond, recipients, links },
    from: "Souk <shop@souk.example>",
    users: { openLetter: (...given) => openLetter(...given), contact: (...given) => contact(...given) },
    sms: async (message) => void texts.push(message),
  });
let sending: { close(): Promise<void> } | undefined;
function start(perSecond?: number) {
  sending = make(perSecond).start(url);
}
beforeEach(async () => {
  await sql`truncate deliveries`;
  answers.clear();
  took = [];
  texts = [];
});
afterEach(async () => {
  const closed = sending?.close();
  sending = undefined;
  await closed;
});
test.after(() => new Promise<void>((resolve) => server.close(resolve)));

const messages = outgoing({ clock, newId, recipients, wake() {} });
const event = () => ({ id: newId(), time: instant(clock.now()) });
const cancelled = { template: "order-cancelled", facts: { number: "N-1" } } as const;
const write = (
  address: string,
  content: Parameters<typeof messages.write>[2] = cancelled,
  channel: "email" | "sms" = "email",
) =>
  db.tx(async (tx) => {
    const about = event();
    const recipient = await recipients.at(tx, address, null, about.time);
    await messages.write(tx, about, content, { recipient, address, locale: "en", channel });
  });
const delivery = async (address: string) => {
  const [row] = await sql<{ status: string; attempts: number }>`
    select status, attempts from deliveries where recipient_key = ${recipients.keyOf(address)}`;
  return row;
};
/** Only a test that fails waits so long. */
const patienceMs = 60_000;
/** Lets time pass, a step per look, until `done`. */
async function until(done: () => boolean | Promise<boolean>, stepMs = 50) {
  for (const givenUpAt = performance.now() + patienceMs; !(await done()); await clock.advance(stepMs))
    assert.ok(performance.now() < givenUpAt, "it never happened");
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
  const other = make().start(url);
  await until(async () => (await sql`select 1 from deliveries where status <> 'sent'`).length === 0);
  await other.close();
  assert.equal(new Set(took.map(({ to }) => to)).size, 40);
  assert.equal(took.length, 40);
});

test("what people may do without says how to do without it, by one click", async () => {
  const lines = [{ title: "Cup", quantity: 1 }];
  await write("reminded@example.com", {
    template: "abandoned-cart",
    facts: { shopUrl: "https://shop.example/", lines },
  });
  await write("ordered@example.com");
  start();
  await until(() => took.length === 2);
  const of = (to: string) => took.find((mail) => mail.to === to);
  const { headers, html } = of("reminded@example.com") ?? assert.fail("not sent");
  assert.equal(headers["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
  const [, link = ""] =
    /^<(https:\/\/shop\.example\/v1\/unsubscribe\/\S+)>$/.exec(headers["list-unsubscribe"] ?? "") ?? [];
  assert.ok(link !== "" && html.includes(link));
  assert.equal(of("ordered@example.com")?.headers["list-unsubscribe"], undefined);
});

test("a letter is asked for when it is sent, and only then is it known whom it is for", async () => {
  const letterId = newId();
  openLetter = async () => ({ userId: newId(), email: "late@example.com", name: "Lea", locale: "de", token: "t&1" });
  await db.tx((tx) => messages.writeLetter(tx, event(), "reset-password", letterId));
  start();
  await until(() => took.length === 1);
  const [{ to, subject, text } = assert.fail("not sent")] = took;
  assert.deepEqual([to, subject], ["late@example.com", "Setzen Sie ein neues Passwort"]);
  assert.match(text, /Hallo Lea,[\s\S]*https:\/\/shop\.example\/letters\/reset-password\?token=t%261\n/);
  await until(async () => (await delivery("late@example.com"))?.status === "sent");
  assert.equal(JSON.stringify(await sql`select d::text as text from deliveries d`).includes("late@"), false);
});

test("a letter that is over is not sent; one that cannot be asked for is tried again", async () => {
  const [over, away] = [newId(), newId()];
  let asked = 0;
  openLetter = async ({ params: { letterId } }) => {
    if (letterId === over) throw new ServiceError("users.letter_over", "failed_precondition", "over");
    if (++asked === 1) throw new ServiceError("mesh.unavailable", "unavailable", "away");
    return { userId: newId(), email: "patient@example.com", name: "P", locale: "en" };
  };
  for (const id of [over, away]) await db.tx((tx) => messages.writeLetter(tx, event(), "password-changed", id));
  start();
  await until(() => took.length === 1, 1_000);
  assert.deepEqual([took[0]?.to, asked], ["patient@example.com", 2]);
  const [row] = await sql<{ status: string }>`select status from deliveries where letter_id = ${over}`;
  assert.equal(row?.status, "suppressed");
});

test("where an account is written to is asked when it is; whoever is gone, or wants none, is written nothing", async () => {
  const about = event();
  const writeTo = (userId: string) =>
    db.tx(async (tx) => {
      const recipient = await recipients.account(tx, userId, about.time);
      const lines = [{ title: "Cup", quantity: 1 }];
      const content = { template: "abandoned-cart", facts: { shopUrl: "https://shop.example/", lines } } as const;
      await messages.write(tx, about, content, { recipient, address: undefined, locale: "en" });
    });
  const [there, gone, unwilling] = [newId(), newId(), newId()];
  await sql`insert into preferences (subject, category, wanted, changed_at) values (${`user:${unwilling}`}, 'reminders', false, now())`;
  contact = async ({ params: { userId } }) => {
    if (userId === gone) throw new ServiceError("users.not_found", "not_found", "gone");
    return { email: "here@example.com", name: "H", locale: "de" };
  };
  for (const userId of [gone, unwilling, there]) await writeTo(userId);
  start();
  await until(() => took.length === 1);
  assert.deepEqual([took[0]?.to, took[0]?.subject], ["here@example.com", "Sie haben etwas liegen lassen"]);
  await until(async () => (await delivery("here@example.com"))?.status === "sent");
  const statuses = await sql<{ status: string }>`select status from deliveries order by status`;
  assert.deepEqual(
    statuses.map(({ status }) => status),
    ["sent", "suppressed", "suppressed"],
  );
});

test("text messages go to their own port, short and under the message's id", async () => {
  await write("+491701234567", cancelled, "sms");
  start();
  await until(() => texts.length === 1);
  const [{ to, text } = assert.fail("none")] = texts;
  assert.deepEqual([to, text, took.length], ["+491701234567", "Your order N-1 is cancelled", 0]);
});

test("an address cannot smuggle another recipient into a mail", async () => {
  await write("a@example.com,eve@example.com");
  start();
  await until(async () => (await delivery("a@example.com,eve@example.com"))?.attempts === 1);
  await clock.advance(1_000);
  assert.equal(
    took.some(({ to }) => to === "eve@example.com" || to === "a@example.com"),
    false,
  );
});
