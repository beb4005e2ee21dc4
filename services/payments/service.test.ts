import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { beforeEach, test } from "node:test";
import type { Principal } from "@souk/contract";
import { errors as meshErrors } from "@souk/mesh/errors";
import { eventually, sequentialIds, startForTest } from "@souk/testing";
import { payments } from "./contract.ts";
import { fakeProvider } from "./provider.fixture.ts";
import definition from "./service.ts";

const secrets = { current: "the-one-that-signs", former: "the-one-before" };
const provider = fakeProvider();
const { call, send, sql, published, origin } = await startForTest(definition, new URL("./", import.meta.url), {
  neighbours: provider,
  env: {
    SOUK_PAYMENT_WEBHOOK_SECRET: `${secrets.current},${secrets.former}`,
    SOUK_RECONCILE_EVERY: "1h", // has a test of its own
  },
});
const orders: Principal = { kind: "service", id: "orders" };
const newId = sequentialIds();
const amount = { amount: 1_000, currency: "EUR" };
const unavailable = meshErrors.Unavailable({ service: "card-simulator", reason: "it is down" });

const pay = (orderId: string, token = "tok_1", price = amount) =>
  call("pay", { body: { orderId, amount: price, token } }, { as: orders });
const reverse = (orderId: string) =>
  call("reverse", { params: { orderId }, body: { reason: "not filled" } }, { as: orders });
const refund = (orderId: string, refundId: string, part: number) =>
  call(
    "refund",
    { params: { orderId }, body: { refundId, amount: { amount: part, currency: "EUR" }, reason: "late" } },
    { as: orders },
  );
const chargesOf = (orderId: string) =>
  provider.simulator.callsOf("charge").filter(({ input }) => JSON.stringify(input).includes(orderId)).length;
/** What our books say was taken for an order and not given back; checks that they balance. */
async function booked(orderId: string): Promise<number> {
  const lines = await sql<{ account: string; amount: number }>`
    select account, sum(l.amount)::int as amount from ledger l join payments using (payment_id)
    where order_id = ${orderId} group by account`;
  const of = (name: string) => lines.find(({ account }) => account === name)?.amount ?? 0;
  assert.equal(of("provider") + of("customers"), 0, "the books balance");
  return of("provider");
}
const entries = async (orderId: string) =>
  (
    await sql<{ kind: string }>`
      select kind from ledger join payments using (payment_id) where order_id = ${orderId} and account = 'provider' order by at, kind`
  ).map(({ kind }) => kind);
const toldOf = async (orderId: string) =>
  // as: every event of payments names the order
  (await published())
    .filter(({ data }) => (data as { orderId: string }).orderId === orderId)
    .map(({ type, sequence }) => `${type} ${sequence}`);

beforeEach(() => {
  for (const endpoint of ["charge", "giveBack", "find"] as const) provider.simulator.recover(endpoint);
  delete provider.gate.open;
});

test("an order that is paid twice is charged once", async () => {
  const orderId = newId();
  const first = await pay(orderId);
  assert.deepEqual([first.status, first.captured, first.refunded.amount], ["captured", amount, 0]);
  assert.deepEqual(await pay(orderId), first);
  assert.equal(chargesOf(orderId), 1);
  assert.equal(await booked(orderId), 1_000);
  assert.deepEqual(await toldOf(orderId), ["payments.captured.v1 1"]);
});

test("twenty askers at once take the money once", async () => {
  const orderId = newId();
  const paid = await Promise.all(Array.from({ length: 20 }, () => pay(orderId)));
  assert.equal(new Set(paid.map(({ paymentId }) => paymentId)).size, 1);
  assert.deepEqual([provider.kept(orderId), await booked(orderId)], [1_000, 1_000]);
  assert.deepEqual(await entries(orderId), ["capture"]);
  assert.deepEqual(await toldOf(orderId), ["payments.captured.v1 1"]);
});

test("a declined card takes nothing, and asking again declines again without asking the provider", async () => {
  const orderId = newId();
  for (let i = 0; i < 2; i++)
    await assert.rejects(pay(orderId, "tok_declined"), {
      code: "payments.declined",
      status: 409,
      message: /card declined/,
    });
  assert.equal(chargesOf(orderId), 1);
  assert.equal(await booked(orderId), 0);
  assert.deepEqual(await toldOf(orderId), ["payments.declined.v1 1"]);
  assert.equal((await reverse(orderId)).status, "declined");
});

test("an order that costs nothing is paid without a provider", async () => {
  const orderId = newId();
  assert.equal((await pay(orderId, "tok_1", { amount: 0, currency: "EUR" })).status, "captured");
  assert.equal(chargesOf(orderId), 0);
  assert.equal(await booked(orderId), 0);
});

test("an order is not paid with another amount than before", async () => {
  const orderId = newId();
  await pay(orderId);
  await assert.rejects(pay(orderId, "tok_1", { amount: 999, currency: "EUR" }), { code: "payments.amount_differs" });
  await assert.rejects(pay(orderId, "tok_1", { amount: 1_000, currency: "USD" }), { code: "payments.amount_differs" });
});

test("a provider that took the money and never answered is asked again, and nothing is taken twice", async () => {
  const orderId = newId();
  provider.simulator.timeOutAfterActing("charge", 1);
  await assert.rejects(pay(orderId), { code: "payments.provider_unavailable", status: 503 });
  assert.deepEqual([provider.kept(orderId), await booked(orderId)], [1_000, 0], "a charge that we do not know");
  assert.equal((await pay(orderId)).status, "captured");
  assert.deepEqual([provider.kept(orderId), await booked(orderId)], [1_000, 1_000]);
  assert.deepEqual(await entries(orderId), ["capture"]);
});

test("a provider that is down takes nothing, and is asked again when it is back", async () => {
  const orderId = newId();
  provider.simulator.fail("charge").with(unavailable, 1);
  await assert.rejects(pay(orderId), { code: "payments.provider_unavailable" });
  assert.equal((await pay(orderId)).status, "captured");
});

test("a charge whose answer was lost is given back when the order is reversed", async () => {
  const orderId = newId();
  provider.simulator.timeOutAfterActing("charge", 1);
  await assert.rejects(pay(orderId));
  assert.equal((await reverse(orderId)).status, "voided");
  assert.deepEqual([provider.kept(orderId), await booked(orderId)], [0, 0]);
  await assert.rejects(pay(orderId), { code: "payments.reversed" });
  assert.equal(provider.kept(orderId), 0);
});

test("an order that was reversed before it was paid is never charged", async () => {
  const orderId = newId();
  for (let i = 0; i < 2; i++)
    assert.deepEqual(await reverse(orderId), { status: "voided", refunded: { amount: 0, currency: "XXX" } });
  await assert.rejects(pay(orderId), { code: "payments.reversed", status: 409 });
  assert.equal(chargesOf(orderId), 0);
  assert.deepEqual(await toldOf(orderId), ["payments.voided.v1 1"]);
});

test("a charge that is under way when its order is reversed is refused, or given back when it comes through", async () => {
  for (const barReachesProvider of [true, false]) {
    const orderId = newId();
    const { promise, resolve } = Promise.withResolvers<void>();
    provider.gate.open = promise;
    const paying = assert.rejects(pay(orderId), { code: "payments.reversed" });
    await eventually("that the provider is asked", async () => chargesOf(orderId) > 0);
    if (!barReachesProvider) provider.simulator.fail("giveBack").with(unavailable, 1);
    const reversing = reverse(orderId);
    if (barReachesProvider) await reversing;
    else await assert.rejects(reversing, { code: "payments.provider_unavailable" });
    resolve();
    await paying;
    assert.equal(provider.charges.has(`charge:${orderId}`), !barReachesProvider);
    assert.deepEqual([provider.kept(orderId), await booked(orderId)], [0, 0]);
    assert.equal((await reverse(orderId)).status, "voided");
  }
});

test("what was captured is given back once, however often it is asked", async () => {
  const orderId = newId();
  await pay(orderId);
  const reversed = await Promise.all(Array.from({ length: 5 }, () => reverse(orderId)));
  for (const one of [...reversed, await reverse(orderId)])
    assert.deepEqual(one, { status: "refunded", refunded: amount });
  assert.deepEqual([provider.kept(orderId), await booked(orderId)], [0, 0]);
  assert.deepEqual(await entries(orderId), ["capture", "refund"]);
  assert.deepEqual(await toldOf(orderId), ["payments.captured.v1 1", "payments.refunded.v1 2"]);
});

test("a reversal whose answer was lost after the provider refunded is finished by asking again", async () => {
  const orderId = newId();
  await pay(orderId);
  provider.simulator.timeOutAfterActing("giveBack", 1);
  await assert.rejects(reverse(orderId), { code: "payments.provider_unavailable" });
  assert.deepEqual([provider.kept(orderId), await booked(orderId)], [0, 1_000]);
  assert.equal((await reverse(orderId)).status, "refunded");
  assert.deepEqual([provider.kept(orderId), await booked(orderId)], [0, 0]);
});

test("a part is refunded once under one id, and never more than is left", async () => {
  const orderId = newId();
  await pay(orderId);
  const refundId = newId();
  for (let i = 0; i < 2; i++) {
    const { status, refunded } = await refund(orderId, refundId, 300);
    assert.deepEqual([status, refunded.amount], ["partially_refunded", 300]);
  }
  await assert.rejects(refund(orderId, newId(), 701), {
    code: "payments.refund_too_large",
    message: /only 700/,
  });
  assert.deepEqual(await reverse(orderId), { status: "refunded", refunded: amount });
  assert.deepEqual([provider.kept(orderId), await booked(orderId)], [0, 0]);
  assert.deepEqual(await entries(orderId), ["capture", "refund", "refund"]);
  await assert.rejects(refund(newId(), newId(), 1), { code: "payments.not_found" });
});

test("a refund whose answer was lost is booked by asking again", async () => {
  const orderId = newId();
  await pay(orderId);
  const refundId = newId();
  provider.simulator.timeOutAfterActing("giveBack", 1);
  await assert.rejects(refund(orderId, refundId, 300));
  await refund(orderId, refundId, 300);
  assert.deepEqual([provider.kept(orderId), await booked(orderId)], [700, 700]);
});

/** PostgreSQL's `check_violation`, which the ledger's triggers raise. */
const refusedByCheck = /23514/;

test("the ledger takes no entry that does not balance, and gives none up", async () => {
  const orderId = newId();
  const { paymentId } = await pay(orderId);
  const entry = (amount: number) => sql`
    insert into ledger (entry_id, account, payment_id, kind, amount, currency, at)
    values (${newId()}, 'provider', ${paymentId}, 'capture', ${amount}, 'EUR', now())`;
  await assert.rejects(entry(1), refusedByCheck);
  await assert.rejects(sql`update ledger set amount = 0 where payment_id = ${paymentId}`, refusedByCheck);
  await assert.rejects(sql`delete from ledger where payment_id = ${paymentId}`, refusedByCheck);
  assert.equal(await booked(orderId), 1_000);
});

const nowSeconds = () => Math.floor(Date.now() / 1_000);
async function notify(
  body: string,
  { secret = secrets.current, seconds = nowSeconds(), signed = body, to = "simulator" } = {},
) {
  const mac = createHmac("sha256", secret).update(`${seconds}.${signed}`).digest("hex");
  const response = await fetch(`${origin}/v1/webhooks/payments/${to}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-signature": `t=${seconds},v1=${mac}` },
    body,
  });
  await response.body?.cancel();
  return response.status;
}
const news = (orderId: string, id = `evt_${newId()}`) =>
  JSON.stringify({ id, type: "charge.succeeded", key: `charge:${orderId}` });

test("a notification brings a charge that we do not know into the books; its copy does nothing", async () => {
  const orderId = newId();
  provider.simulator.timeOutAfterActing("charge", 1);
  await assert.rejects(pay(orderId));
  const body = news(orderId);
  assert.equal(await notify(body), 200);
  assert.equal(await booked(orderId), 1_000);
  const asked = provider.simulator.callsOf("find").length;
  assert.equal(await notify(body), 200);
  assert.equal(provider.simulator.callsOf("find").length, asked);
  assert.equal((await pay(orderId)).status, "captured");
  assert.deepEqual(await entries(orderId), ["capture"]);
});

test("a notification is only a hint: of a charge that never was nothing is booked", async () => {
  const orderId = newId();
  assert.equal(await notify(news(orderId)), 200);
  assert.equal(await booked(orderId), 0);
});

test("a notification that could not be settled is taken again", async () => {
  const orderId = newId();
  provider.simulator.timeOutAfterActing("charge", 1);
  await assert.rejects(pay(orderId));
  provider.simulator.fail("find").with(unavailable, 1);
  const body = news(orderId);
  assert.ok((await notify(body)) >= 500, "so that the provider sends it again");
  assert.equal(await notify(body), 200);
  assert.equal(await booked(orderId), 1_000);
});

test("a charge of a barred order that is told of late is given back", async () => {
  const orderId = newId();
  provider.simulator.timeOutAfterActing("charge", 1);
  await assert.rejects(pay(orderId));
  provider.simulator.fail("giveBack").with(unavailable, 1);
  await assert.rejects(reverse(orderId));
  assert.equal(provider.kept(orderId), 1_000);
  assert.equal(await notify(news(orderId)), 200);
  assert.deepEqual([provider.kept(orderId), await booked(orderId)], [0, 0]);
});

test("only what the provider signed, just now, with a live secret, is a notification", async () => {
  const body = news(newId());
  assert.equal(await notify(body, { secret: secrets.former }), 200, "both are live while they are rotated");
  assert.equal(await notify(body, { secret: "another" }), 401);
  assert.equal(await notify(body, { seconds: nowSeconds() - 400 }), 401, "a replay");
  assert.equal(await notify(body, { signed: news(newId()) }), 401, "another body");
  assert.equal(await notify(body, { to: "stripe" }), 404);
  const unsigned = await fetch(`${origin}/v1/webhooks/payments/simulator`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  assert.equal(unsigned.status, 401);
});

test("what is signed and no notification is refused", async () => {
  for (const body of ["", "{", "7", "null", "{}", '{"id":1,"key":"x"}']) assert.equal(await notify(body), 401, body);
});

test("a card becomes a token at the provider", async () => {
  const card = { number: "4242 4242 4242 4242", expMonth: 12, expYear: 2_040, cvc: "123" };
  assert.deepEqual(await call("tokenize", { body: card }), { token: "tok_1", last4: "4242", brand: "visa" });
  assert.equal((await send("tokenize", { body: { ...card, number: "DROP TABLE" } })).status, 422);
});

test("only orders takes and gives money, only operators see what differs", async () => {
  const body = { orderId: newId(), amount, token: "tok_1" };
  const user: Principal = { kind: "user", id: newId(), roles: ["admin"], sessionId: "s" };
  assert.equal((await send("pay", { body })).status, 401);
  assert.equal((await send("pay", { body }, { as: user })).status, 403);
  assert.equal((await send("pay", { body }, { as: { kind: "service", id: "shipping" } })).status, 403);
  assert.equal((await send("reconciliation", { query: {} })).status, 401);
  assert.equal((await send("reconciliation", { query: {} }, { as: { ...user, roles: ["customer"] } })).status, 403);
  assert.equal((await send("reconciliation", { query: {} }, { as: user })).status, 200);
});

test("every payment told its story without a gap", async () => {
  const told = Map.groupBy(await published(), ({ subject }) => subject);
  for (const [subject, events] of told)
    assert.deepEqual(
      events.map(({ sequence }) => sequence),
      events.map((_, i) => i + 1),
      subject,
    );
  assert.ok((await published(payments.events.captured)).length > 5);
});
