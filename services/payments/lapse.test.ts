import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { sequentialIds, startForTest } from "@souk/testing";
import { fakeProvider } from "./provider.fixture.ts";
import definition from "./service.ts";

const provider = fakeProvider();
const secret = "shared-with-the-provider";
const { call, sql, published, origin } = await startForTest(definition, new URL("./", import.meta.url), {
  neighbours: provider,
  env: {
    SOUK_PAYMENT_CAPTURE: "manual",
    SOUK_PAYMENT_WEBHOOK_SECRET: secret,
    SOUK_RECONCILE_EVERY: "1h", // has a test of its own
  },
});
const orders: Principal = { kind: "service", id: "orders" };
const newId = sequentialIds();
const eur = (amount: number) => ({ amount, currency: "EUR" });

async function reserved(): Promise<string> {
  const orderId = newId();
  const { status } = await call("pay", { body: { orderId, amount: eur(1_000), token: "tok_1" } }, { as: orders });
  assert.equal(status, "authorized");
  return orderId;
}
const capture = (orderId: string, amount: number, captureId = newId()) =>
  call("capture", { params: { orderId }, body: { captureId, amount: eur(amount) } }, { as: orders });
const writeOff = (orderId: string, amount: number, writeOffId = newId()) =>
  call("writeOff", { params: { orderId }, body: { writeOffId, amount: eur(amount), reason: "lost" } }, { as: orders });
let webhooks = 0;
async function webhook(orderId: string, id = `evt_${++webhooks}`): Promise<number> {
  const body = JSON.stringify({ id, type: "charge.voided", key: `charge:${orderId}` });
  const time = Math.floor(Date.now() / 1_000);
  const signature = createHmac("sha256", secret).update(`${time}.${body}`).digest("hex");
  const headers = { "content-type": "application/json", "x-signature": `t=${time},v1=${signature}` };
  return (await fetch(`${origin}/v1/webhooks/payments/simulator`, { method: "POST", headers, body })).status;
}
/** The events of an order's payment, each with what it says was taken, and whether the shop had asked for it. */
const toldOf = async (orderId: string) =>
  // as: every event of payments names the order
  (await published())
    .map(({ type, data }) => ({ type, data: data as { orderId: string; captured?: number; asked?: true } }))
    .filter(({ data }) => data.orderId === orderId)
    .map(({ type, data }) => `${type.slice(9, -3)} ${data.captured}${data.asked ? " asked" : ""}`);
const booked = async (orderId: string) =>
  sql<{ account: string; amount: number }>`
    select account, sum(l.amount)::int as amount from ledger l join payments using (payment_id)
    where order_id = ${orderId} group by account order by account`;

test("what the provider lets go of by itself is told once, however often it says so, and not as asked for", async () => {
  const orderId = await reserved();
  provider.isVoided(orderId);
  for (const id of ["evt_a", "evt_a", "evt_b"]) assert.equal(await webhook(orderId, id), 200);
  assert.deepEqual(await toldOf(orderId), ["voided 0"]);
});

test("what the shop lets go of is told as asked for, and so is the bar of what was never paid", async () => {
  const [paid, never] = [await reserved(), newId()];
  for (const orderId of [paid, never, paid])
    await call("reverse", { params: { orderId }, body: { reason: "cancelled" } }, { as: orders });
  await webhook(paid);
  assert.deepEqual([await toldOf(paid), await toldOf(never)], [["voided 0 asked"], ["voided 0 asked"]]);
});

test("a part that is asked for after the provider has let go is not taken, and the end is told before any webhook", async () => {
  const orderId = await reserved();
  const first = newId();
  await capture(orderId, 300, first);
  provider.isVoided(orderId);
  const { captured } = await capture(orderId, 700);
  assert.equal(captured.amount, 300);
  await webhook(orderId);
  assert.deepEqual(await toldOf(orderId), ["captured 300", "part_captured 300", "expired 300"]);
  await assert.rejects(capture(orderId, 100), { code: "payments.not_authorized" });
  assert.equal((await capture(orderId, 300, first)).captured.amount, 300, "what was asked before is answered");
});

test("parts are taken once each, however often they are asked for, and never more than was reserved", async () => {
  const orderId = await reserved();
  const first = newId();
  for (let i = 0; i < 2; i++) assert.equal((await capture(orderId, 600, first)).captured.amount, 600);
  await assert.rejects(capture(orderId, 401), { code: "payments.capture_too_large" });
  assert.equal((await capture(orderId, 300)).captured.amount, 900);
  const last = await Promise.allSettled([capture(orderId, 100), capture(orderId, 100)]);
  assert.deepEqual(last.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
  assert.deepEqual(await booked(orderId), [
    { account: "customers", amount: -1_000 },
    { account: "provider", amount: 1_000 },
  ]);
});

test("a word of a void about what was taken whole is nonsense, and changes nothing", async () => {
  const orderId = await reserved();
  await capture(orderId, 1_000);
  await webhook(orderId);
  assert.deepEqual(await toldOf(orderId), ["captured 1000", "part_captured 1000"]);
});

test("a write-off is booked once, as a loss, and never beyond what was not taken", async () => {
  const orderId = await reserved();
  await capture(orderId, 300);
  await assert.rejects(writeOff(orderId, 700), { code: "payments.still_reserved" });
  provider.isVoided(orderId);
  await webhook(orderId);
  const writeOffId = newId();
  await Promise.all(Array.from({ length: 5 }, () => writeOff(orderId, 400, writeOffId)));
  await assert.rejects(writeOff(orderId, 301), { code: "payments.write_off_too_large" });
  assert.deepEqual(await booked(orderId), [
    { account: "customers", amount: -700 },
    { account: "losses", amount: 400 },
    { account: "provider", amount: 300 },
  ]);
  await writeOff(orderId, 300);
  await assert.rejects(writeOff(newId(), 1), { code: "payments.not_found" });
});

test("what is paid another way is booked once, into the bank, and with what is written off never beyond what was not taken", async () => {
  const orderId = await reserved();
  await capture(orderId, 300);
  const pay = (amount: number, claimPaymentId = newId()) =>
    call("bookClaimPayment", { params: { orderId }, body: { claimPaymentId, amount: eur(amount) } }, { as: orders });
  await assert.rejects(pay(700), { code: "payments.still_reserved" });
  provider.isVoided(orderId);
  await webhook(orderId);
  const claimPaymentId = newId();
  await Promise.all(Array.from({ length: 5 }, () => pay(500, claimPaymentId)));
  await writeOff(orderId, 150);
  await assert.rejects(pay(51), { code: "payments.write_off_too_large" });
  await assert.rejects(writeOff(orderId, 51), { code: "payments.write_off_too_large" });
  await pay(50);
  assert.deepEqual(await booked(orderId), [
    { account: "bank", amount: 550 },
    { account: "customers", amount: -1_000 },
    { account: "losses", amount: 150 },
    { account: "provider", amount: 300 },
  ]);
});
