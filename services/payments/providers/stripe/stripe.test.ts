import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import type { Principal } from "@souk/contract";
import { fakeClock, passingTime, sequentialIds, startForTest } from "@souk/testing";
import { payments } from "../../contract.ts";
import { fakeProvider } from "../../provider.fixture.ts";
import definition from "../../service.ts";
import { signedByStripe, stripeServer } from "./stripe-server.fixture.ts";

const clock = fakeClock();
const nowSeconds = () => Math.floor(clock.now() / 1_000);
const apiKey = "sk_test_of_no_account_at_all_0123456789";
const secrets = { current: "whsec_the_one_that_signs", former: "whsec_the_one_before" };
const stripe = await stripeServer({ nowSeconds, apiKey });
after(() => stripe.close());
const start = (env: Record<string, string>) =>
  startForTest(definition, new URL("../../", import.meta.url), {
    neighbours: fakeProvider(),
    clock,
    env: {
      SOUK_PAYMENT_PROVIDER: "stripe",
      SOUK_STRIPE_SECRET_KEY: apiKey,
      SOUK_STRIPE_WEBHOOK_SECRET: `${secrets.current},${secrets.former}`,
      SOUK_STRIPE_RETURN_URL: "https://shop.example/orders",
      SOUK_STRIPE_API_URL: stripe.url,
      SOUK_RECONCILE_EVERY: "20s",
      SOUK_RECONCILE_GRACE: "1s",
      ...env,
    },
  });
const automatic = await start({});
const manual = await start({ SOUK_PAYMENT_CAPTURE: "manual" });
const shops = { automatic, manual };

const as: Principal = { kind: "service", id: "orders" };
const newId = sequentialIds();
const amount = { amount: 1_000, currency: "EUR" };
const eur = (part: number) => ({ amount: part, currency: "EUR" });
type Shop = typeof automatic;

const pay = (orderId: string, token = "pm_ok", { call }: Shop = automatic) =>
  call("pay", { body: { orderId, amount, token } }, { as });
const reverse = (orderId: string, { call }: Shop = automatic) =>
  call("reverse", { params: { orderId }, body: { reason: "not filled" } }, { as });
const refund = (orderId: string, refundId: string, part: number) =>
  automatic.call("refund", { params: { orderId }, body: { refundId, amount: eur(part), reason: "late" } }, { as });
const capture = (orderId: string, captureId: string, part: number) =>
  manual.call("capture", { params: { orderId }, body: { captureId, amount: eur(part) } }, { as });
const authenticate = (orderId: string) =>
  automatic.call("authenticate", { params: { orderId }, body: { outcome: "succeed" } }, { as });

/** The next call fails in this way. The SDK asks a second time, under the same key, when its connection is reset. */
function mishap(path: RegExp, what: Parameters<typeof stripe.next>[1]) {
  stripe.next(path, what);
  if (what.startsWith("reset")) stripe.next(path, what);
}

/** What our books say was taken and not given back; checks that they balance. */
async function booked(orderId: string, { sql }: Shop = automatic): Promise<number> {
  const lines = await sql<{ account: string; amount: number }>`
    select account, sum(l.amount)::int as amount from ledger l join payments using (payment_id) where order_id = ${orderId} group by account`;
  assert.equal(
    lines.reduce((sum, line) => sum + line.amount, 0),
    0,
    "the books balance",
  );
  return lines.find(({ account }) => account === "provider")?.amount ?? 0;
}
const books = async (orderId: string, shop?: Shop) => [stripe.kept(orderId), await booked(orderId, shop)];
const statusOf = async (orderId: string, { sql }: Shop = automatic) =>
  (await sql<{ status: string }>`select status from payments where order_id = ${orderId}`)[0]?.status;
const toldOf = async (orderId: string, { published }: Shop = automatic) =>
  (await published())
    // as: every event of payments names the order
    .filter(({ data }) => (data as { orderId: string }).orderId === orderId)
    .map(({ type, sequence }) => `${type.slice(9)} ${sequence}`);

async function notify(event: object, secret = secrets.current, seconds = nowSeconds()) {
  const { body, headers } = signedByStripe(event, secret, seconds);
  const response = await fetch(`${automatic.origin}/v1/webhooks/payments/stripe`, { method: "POST", headers, body });
  await response.body?.cancel();
  return response.status;
}
/** Stripe tells the shop what has happened since the last time, each of it twice. */
let toldUpTo = 0;
async function deliverNews() {
  const news = stripe.events.slice(toldUpTo);
  toldUpTo = stripe.events.length;
  for (const event of [...news, ...news]) assert.equal(await notify(event), 200);
}
beforeEach(() => {
  toldUpTo = stripe.events.length;
  stripe.multicapture = true;
});

test("an order is one payment intent, taken once however often it is asked for", async () => {
  const orderId = newId();
  const paid = await Promise.all(Array.from({ length: 5 }, () => pay(orderId)));
  assert.equal(new Set(paid.map(({ paymentId }) => paymentId)).size, 1);
  assert.deepEqual([paid[0]?.status, paid[0]?.captured], ["captured", amount]);
  assert.equal([...stripe.intents.values()].filter(({ metadata }) => metadata["order_id"] === orderId).length, 1);
  assert.deepEqual(await books(orderId), [1_000, 1_000]);
  assert.deepEqual(await toldOf(orderId), ["captured.v1 1"]);
});

test("a refused card takes nothing, says why, and closes the intent", async () => {
  for (const [token, reason] of [
    ["pm_declined", "card declined"],
    ["pm_poor", "insufficient funds"],
    ["pm_expired", "expired card"],
    ["pm_unknown", "invalid token"],
  ] as const) {
    const orderId = newId();
    for (let i = 0; i < 2; i++)
      await assert.rejects(pay(orderId, token), { code: "payments.declined", message: new RegExp(reason) });
    assert.equal(stripe.intentOfOrder(orderId).status, "canceled");
    assert.deepEqual(await books(orderId), [0, 0]);
  }
});

test("whatever goes wrong on the way is asked again, and nothing is taken twice", async () => {
  for (const path of [/payment_intents$/, /confirm$/])
    for (const what of ["reset before", "reset after", "rate limit", "server error"] as const)
      for (const forgets of what === "reset after" ? [false, true] : [false]) {
        const orderId = newId();
        mishap(path, what);
        await assert.rejects(pay(orderId), { code: "payments.provider_unavailable", status: 503 });
        // After a day Stripe does not know the keys any more; the intent that is kept says what happened.
        if (forgets) stripe.forgetKeys();
        assert.equal((await pay(orderId)).status, "captured", `${path} ${what}`);
        assert.deepEqual(await books(orderId), [1_000, 1_000]);
      }
});

test("a refused card whose answer was lost is refused when it is asked again", async () => {
  for (const forgets of [false, true]) {
    const orderId = newId();
    mishap(/confirm$/, "reset after");
    await assert.rejects(pay(orderId, "pm_declined"), { code: "payments.provider_unavailable" });
    if (forgets) stripe.forgetKeys();
    await assert.rejects(pay(orderId, "pm_declined"), { code: "payments.declined" });
    assert.deepEqual(await books(orderId), [0, 0]);
  }
});

test("a charge whose answer was lost is given back, and so is one whose order was given up before it was made", async () => {
  const lost = newId();
  mishap(/confirm$/, "reset after");
  await assert.rejects(pay(lost));
  assert.equal(stripe.kept(lost), 1_000);
  await reverse(lost);
  assert.deepEqual(await books(lost), [0, 0]);
  const never = newId();
  mishap(/confirm$/, "reset before");
  await assert.rejects(pay(never));
  assert.equal((await reverse(never)).status, "voided");
  await assert.rejects(pay(never), { code: "payments.reversed" });
  const unheard = newId();
  assert.equal((await reverse(unheard)).status, "voided");
  await assert.rejects(pay(unheard), { code: "payments.reversed" });
  for (const orderId of [never, unheard]) assert.deepEqual(await books(orderId), [0, 0]);
});

test("a shopper who answers their bank is heard of by a notification, or by asking", async () => {
  for (const heardBy of ["notification", "asking"] as const)
    for (const isMet of [true, false]) {
      const orderId = newId();
      const { status, action } = await pay(orderId, "pm_3ds");
      assert.deepEqual([status, await booked(orderId)], ["requires_action", 0]);
      assert.match(action?.redirectUrl ?? "", /^https:\/\/hooks\.stripe\.example\//);
      assert.equal((await authenticate(orderId)).status, "requires_action", "not answered yet");
      stripe.challenge(stripe.intentOfOrder(orderId), isMet);
      if (heardBy === "notification") await deliverNews();
      else await authenticate(orderId);
      assert.equal(await statusOf(orderId), isMet ? "captured" : "declined");
      assert.deepEqual(await books(orderId), isMet ? [1_000, 1_000] : [0, 0]);
      const told = isMet ? ["authenticated.v1 1", "captured.v1 2"] : ["authenticated.v1 1", "declined.v1 2"];
      assert.deepEqual(await toldOf(orderId), told);
    }
});

test("an intent that waits for its shopper is given up, and cannot be met afterwards", async () => {
  const orderId = newId();
  await pay(orderId, "pm_3ds");
  assert.equal((await reverse(orderId)).status, "voided");
  assert.equal(stripe.intentOfOrder(orderId).status, "canceled");
  await assert.rejects(authenticate(orderId), { code: "payments.challenge_over" });
});

test("parts are refunded once under their ids, also when the answer was lost and the keys are forgotten", async () => {
  const orderId = newId();
  await pay(orderId);
  for (const what of ["reset after", "reset before"] as const) {
    const refundId = newId();
    stripe.next(/refunds$/, "rate limit");
    await assert.rejects(refund(orderId, refundId, 300), { code: "payments.provider_unavailable" });
    mishap(/payment_intents/, what); // the look after it
    await assert.rejects(refund(orderId, refundId, 300), { code: "payments.provider_unavailable" });
    stripe.forgetKeys();
    await refund(orderId, refundId, 300);
    await refund(orderId, refundId, 300);
  }
  assert.deepEqual(await books(orderId), [400, 400]);
  await assert.rejects(refund(orderId, newId(), 401), { code: "payments.refund_too_large" });
  assert.equal((await reverse(orderId)).status, "refunded");
  assert.deepEqual(await books(orderId), [0, 0]);
});

test("what is reserved is taken parcel by parcel, and nothing stays reserved after the last", async () => {
  const orderId = newId();
  assert.equal((await pay(orderId, "pm_ok", manual)).status, "authorized");
  assert.deepEqual(await books(orderId, manual), [0, 0]);
  const [first, second] = [newId(), newId()];
  mishap(/capture$/, "reset after");
  await assert.rejects(capture(orderId, first, 300), { code: "payments.provider_unavailable" });
  assert.deepEqual([(await capture(orderId, first, 300)).status, stripe.kept(orderId)], ["partially_captured", 300]);
  await assert.rejects(capture(orderId, newId(), 701), { code: "payments.capture_too_large" });
  assert.equal((await capture(orderId, second, 700)).status, "captured");
  assert.equal((await capture(orderId, first, 300)).status, "captured");
  assert.equal(stripe.intentOfOrder(orderId).status, "succeeded");
  assert.deepEqual(await books(orderId, manual), [1_000, 1_000]);
});

test("a card that can be captured only once is, with the last parcel", async () => {
  stripe.multicapture = false;
  const orderId = newId();
  await pay(orderId, "pm_ok", manual);
  assert.equal((await capture(orderId, newId(), 300)).status, "authorized");
  assert.equal((await capture(orderId, newId(), 700)).status, "captured");
  assert.deepEqual(await books(orderId, manual), [1_000, 1_000]);
});

test("what was reserved is let go of, and what was taken of it is refunded", async () => {
  const orderId = newId();
  await pay(orderId, "pm_ok", manual);
  await capture(orderId, newId(), 300);
  await reverse(orderId, manual);
  assert.deepEqual(await books(orderId, manual), [0, 0]);
  const untouched = newId();
  await pay(untouched, "pm_ok", manual);
  assert.equal((await reverse(untouched, manual)).status, "voided");
});

test("a dispute takes the money out of our account until it is won", async () => {
  const operator: Principal = { kind: "user", id: newId(), roles: ["operator"], sessionId: "s" };
  const list = async () => (await automatic.call("disputes", { query: {} }, { as: operator })).data;
  for (const outcome of ["won", "lost"] as const) {
    const orderId = newId();
    await pay(orderId);
    const intent = stripe.intentOfOrder(orderId);
    stripe.dispute(intent, "warning_needs_response");
    await deliverNews();
    assert.equal(await booked(orderId), 1_000, "an inquiry takes nothing");
    stripe.dispute(intent, "needs_response");
    await deliverNews();
    assert.equal(await booked(orderId), 0);
    await assert.rejects(refund(orderId, newId(), 1), { code: "payments.refund_too_large" });
    assert.deepEqual(
      (await list()).filter((one) => one.orderId === orderId).map(({ status, amount }) => [status, amount.amount]),
      [["open", 1_000]],
    );
    stripe.dispute(intent, outcome);
    await deliverNews();
    assert.equal(await booked(orderId), outcome === "won" ? 1_000 : 0);
    assert.deepEqual(await toldOf(orderId), ["captured.v1 1", "dispute_opened.v1 2", "dispute_closed.v1 3"]);
  }
});

test("an authorization that lapses at Stripe lapses here", async () => {
  const orderId = newId();
  await pay(orderId, "pm_ok", manual);
  stripe.expire(stripe.intentOfOrder(orderId));
  const hasLapsed = async () => (await statusOf(orderId, manual)) === "expired";
  await passingTime(clock, hasLapsed, { what: "the comparison with Stripe's events", pauseMs: 20_000 });
  await assert.rejects(capture(orderId, newId(), 1), { code: "payments.not_authorized" });
});

test("only what Stripe signed, just now, with a live secret, is a notification", async () => {
  const event = { id: "evt_x", object: "event", type: "ping", created: nowSeconds(), data: { object: {} } };
  assert.equal(await notify(event), 200);
  assert.equal(await notify({ ...event, id: "evt_y" }, secrets.former), 200, "both are live while they are rotated");
  assert.equal(await notify(event, "whsec_another"), 401);
  assert.equal(await notify(event, secrets.current, nowSeconds() - 400), 401, "a replay");
  const unsigned = await fetch(`${automatic.origin}/v1/webhooks/payments/stripe`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(event),
  });
  assert.equal(unsigned.status, 401);
});

test("a key that Stripe does not take charges nobody, and is in no log", async () => {
  const shop = await start({ SOUK_STRIPE_SECRET_KEY: "sk_test_of_somebody_else_0123456789" });
  await assert.rejects(pay(newId(), "pm_ok", shop), { code: "payments.provider_unavailable" });
  const logs = JSON.stringify([...shop.logs, ...automatic.logs]);
  for (const secret of [apiKey, "sk_test_of_somebody_else", secrets.current, secrets.former])
    assert.ok(!logs.includes(secret));
});

test("Stripe without its settings does not start, and says what is missing", async () => {
  await assert.rejects(
    startForTest(definition, new URL("../../", import.meta.url), {
      neighbours: fakeProvider(),
      env: { SOUK_PAYMENT_PROVIDER: "stripe" },
    }),
    /SOUK_STRIPE_RETURN_URL: is needed when SOUK_PAYMENT_PROVIDER is stripe/,
  );
});

test("every payment told its story without a gap", async () => {
  for (const { published } of Object.values(shops)) {
    const told = Map.groupBy(await published(), ({ subject }) => subject);
    for (const [subject, events] of told)
      assert.deepEqual(
        events.map(({ sequence }) => sequence),
        events.map((_, i) => i + 1),
        subject,
      );
  }
  assert.ok((await automatic.published(payments.events.captured)).length > 10);
});
