import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { addressDigest, newEnvelopeKeys, openEnvelope } from "@souk/service/personal-data";
import { users } from "@souk/users/contract";
import { notifications } from "./contract.ts";
import { newId, startNotifications } from "./test-notifications.ts";

const shop = await startNotifications();
const {
  call,
  sql,
  deliver,
  published,
  clock,
  letters,
  newOrder,
  confirm,
  dispatch,
  refund,
  mailTo,
  deliveriesTo,
  until,
  dump,
} = shop;
const key = createHash("sha256").update("SOUK_ADDRESS_KEY").digest("base64url"); // as the test kit makes it
const digest = addressDigest({ current: key, accepted: [key] });
const erase = (userId: string, addressDigests: string[] = []) => {
  const erasureId = newId();
  return deliver(users.events.erasureRequested, {
    subject: userId,
    sequence: 9,
    data: { erasureId, userId, addressDigests },
  });
};
const answers = async (userId: string) =>
  (await published(notifications.events.erased)).flatMap(({ data }) => (data.userId === userId ? [data] : []));

let people = 0;
/** Somebody who ordered, was written to and said what they want. */
async function somebody() {
  const userId = newId();
  const as: Principal = { kind: "user", id: userId, roles: ["customer"], sessionId: "s" };
  await deliver(users.events.registered, { subject: userId, sequence: 1, data: { userId, locale: "en" } });
  const phone = `+49170${String(++people).padStart(7, "0")}`;
  await call("setPreferences", { body: { reminders: false, phone } }, { as });
  const order = newOrder(userId);
  await confirm(order);
  await dispatch(order);
  await mailTo(order.email, 2);
  return { userId, as, order, phone };
}

test("an erased person's messages stay, without whom they were for; others' stay whole", async () => {
  const { userId, order, phone, as } = await somebody();
  const other = await somebody();
  await until("sent", async () => (await sql`select from deliveries where status = 'pending'`).length === 0);
  const before = await sql<{ n: number }>`select count(*)::int as n from deliveries`;
  await erase(userId);
  assert.deepEqual(await answers(userId), [
    {
      erasureId: (await answers(userId))[0]?.erasureId,
      userId,
      state: "done",
      erased: { deliveries: 3, contacts: 1, mails: 3, preferences: 2 },
    },
  ]);
  const everything = await dump();
  for (const secret of [order.email, phone]) assert.equal(everything.includes(secret), false, secret);
  assert.deepEqual(await sql`select count(*)::int as n from deliveries`, before);
  assert.deepEqual(await deliveriesTo(order.email), []);
  assert.equal((await deliveriesTo(other.order.email)).length, 2);
  assert.deepEqual(await call("preferences", {}, { as }), { reminders: true, phone: null });
});

test("what happens to an erased person's order later is told to nobody, and is no mistake", async () => {
  const { userId, order } = await somebody();
  await erase(userId);
  await refund(order, 100);
  const rows = await until("it is over", async () => {
    const found = await sql<{ status: string; template: string }>`
      select status, template from deliveries where template = 'payment-refunded' order by created_at desc limit 1`;
    return found[0]?.status !== "pending" && found;
  });
  assert.deepEqual(rows, [{ status: "suppressed", template: "payment-refunded" }]);
  assert.deepEqual(await shop.sinkOf(order.email), []);
});

test("what was on its way when somebody was erased is not sent, whichever comes first", async () => {
  const userId = newId();
  const order = newOrder(userId);
  await erase(userId);
  await confirm(order); // it was published before
  const letterId = newId();
  letters.set(letterId, { userId, email: order.email, name: "Late", locale: "en" });
  await deliver(users.events.letterDue, { subject: letterId, data: { letterId, kind: "password-changed" } });
  await until("all is over", async () => (await sql`select from deliveries where status = 'pending'`).length === 0);
  assert.deepEqual(await shop.sinkOf(order.email), []);
  await sql`delete from chassis.outbox`;
  assert.equal((await dump()).includes(order.email), false);
});

test("what a guest left under an address that is proved to be the person's goes too, and what they leave later stays", async () => {
  const guest = newOrder();
  await confirm(guest);
  await mailTo(guest.email, 1);
  await clock.advance(1_000);
  await erase(newId(), [digest(guest.email)]);
  assert.deepEqual(await deliveriesTo(guest.email), []);
  assert.equal((await dump()).includes(guest.email), false);
  await clock.advance(1_000);
  const again = { ...newOrder(), email: guest.email };
  await confirm(again);
  await mailTo(guest.email, 1);
  assert.equal((await deliveriesTo(guest.email)).length, 1);
});

test("somebody who was never heard of is erased at once", async () => {
  const userId = newId();
  await erase(userId, [digest("never@example.com")]);
  const [{ state, erased } = assert.fail("no answer")] = await answers(userId);
  assert.deepEqual([state, erased], ["done", { deliveries: 0, contacts: 0, mails: 0, preferences: 0 }]);
});

test("an export has all messages with whom they were for, and only whoever asked can read it", async () => {
  const { userId, order, phone } = await somebody();
  const pair = newEnvelopeKeys();
  const exportId = newId();
  const data = { exportId, userId, addressDigests: [], publicKey: pair.publicKey };
  await deliver(users.events.exportRequested, { subject: exportId, data });
  const parts = (await published(notifications.events.exported)).filter(({ subject }) => subject === exportId);
  assert.equal(JSON.stringify(parts).includes(order.email), false);
  const text = Buffer.concat(
    parts.map(({ data, sequence }) => openEnvelope(pair, `${exportId}/${sequence}`, data.sealed)),
  ).toString();
  const { messages, preferences, contacts, locale } = JSON.parse(text);
  assert.deepEqual(
    messages.map(({ template, recipient }: Record<string, string>) => [template, recipient]).toSorted(),
    [
      ["order-confirmed", order.email],
      ["order-shipped", order.email],
      ["order-shipped", phone],
    ].toSorted(),
  );
  assert.deepEqual([preferences, locale, contacts[0].number], [{ reminders: false, phone }, "en", order.number]);
});
