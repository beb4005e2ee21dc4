import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { instant, uuidv7 } from "@souk/kernel";
import { errors as meshErrors } from "@souk/mesh/errors";
import { fakeClock, testDatabase } from "@souk/testing";
import { differenceTable } from "./db/differences.ts";
import { keptTable, paymentTable } from "./db/payments.ts";
import { fakeProvider } from "./provider.fixture.ts";
import { simulatorProvider } from "./providers/simulator.ts";
import { reconcile } from "./reconciliation.ts";
import { secondsSince } from "./reconciliation-gauges.ts";
import { settlement } from "./settlement.ts";

const { db, sql } = await testDatabase({
  sets: [{ module: "payments", directory: new URL("db/migrations/", import.meta.url) }],
});
const clock = fakeClock();
const now = () => instant(clock.now());
/** In order, and with the clock's time in them: new payments are found by it. */
let made = 0;
function newId(): string {
  const random = Buffer.alloc(16);
  random.writeUInt32BE(++made, 12);
  return uuidv7(clock.now(), () => random);
}
const fake = fakeProvider(now);
const { simulator } = fake.clients;
const provider = simulatorProvider({ simulator, webhookSecrets: [], now: () => clock.now() });
const providers = { current: provider, of: () => provider };
const settle = settlement({ db, providers, publish: async () => {}, now, newId, captureMode: "automatic" });
const log = { info() {}, warn() {}, error() {} };
const { signal } = new AbortController();
const graceMs = 30_000;
const compareBooks = () => reconcile({ db, provider, settlement: settle, clock, log, graceMs })(signal);
const differences = async () =>
  (await differenceTable(db).page(1, 100)).items.map(({ orderId, kind, ours, theirs }) => ({
    orderId,
    kind,
    ours,
    theirs,
  }));
const oldestSeconds = async () => secondsSince(await differenceTable(db).oldestMoney(), clock.now());
function chargeOf(orderId: string) {
  const charge = fake.charges.get(`charge:${orderId}`);
  assert.ok(charge);
  return charge;
}
const amount = { amount: 1_000, currency: "EUR" };

/** The provider takes the money, and our books never hear of it. */
async function unknownCharge(): Promise<string> {
  const orderId = newId();
  fake.simulator.timeOutAfterActing("charge", 1);
  await assert.rejects(settle.pay(orderId, amount, "tok_1"));
  return orderId;
}
const unavailable = meshErrors.Unavailable({ service: "card-simulator", reason: "it is down" });

beforeEach(async () => {
  fake.simulator.recover("giveBack");
  await sql`delete from differences`;
});

test("a charge may take a while to reach our books; then it is booked without anybody asking", async () => {
  const orderId = await unknownCharge();
  await clock.advance(graceMs - 1);
  await compareBooks();
  assert.equal((await keptTable(db).ofOrders([orderId])).length, 0, "it may be on its way");
  await clock.advance(1);
  await compareBooks();
  const [kept] = await keptTable(db).ofOrders([orderId]);
  assert.deepEqual([kept?.status, kept?.captured], ["captured", 1_000]);
  assert.deepEqual(await differences(), []);
});

test("a charge under a key that is none of ours is for a person, and stops nobody else's comparison", async () => {
  const ours = await unknownCharge();
  const strange = { ...chargeOf(ours), key: "somebody-elses" };
  fake.charges.set(strange.key, strange);
  fake.changed.push(strange);
  await clock.advance(graceMs);
  await compareBooks();
  const expected = { orderId: null, kind: "missing_here", ours: "nothing", theirs: "captured 1000, refunded 0 EUR" };
  assert.deepEqual(await differences(), [expected]);
  assert.equal((await keptTable(db).ofOrders([ours]))[0]?.captured, 1_000);
  await clock.advance(graceMs);
  assert.equal(await oldestSeconds(), 60, "its money is in nobody's books");
  strange.refunded = strange.captured;
  await compareBooks();
  assert.deepEqual(await differences(), []);
  assert.equal(await oldestSeconds(), 0);
});

test("a payment that the provider does not know is listed until it does", async () => {
  const orderId = newId();
  await settle.pay(orderId, amount, "tok_1");
  const charge = chargeOf(orderId);
  fake.charges.delete(charge.key);
  fake.changed.splice(fake.changed.indexOf(charge), 1);
  await compareBooks();
  assert.deepEqual(await differences(), [], "it may be on its way");
  await clock.advance(graceMs);
  const expected = { orderId, kind: "missing_at_provider", ours: "captured 1000, refunded 0 EUR", theirs: "nothing" };
  for (let i = 0; i < 2; i++) {
    await compareBooks();
    assert.deepEqual(await differences(), [expected]);
  }
  fake.charges.set(charge.key, charge);
  await compareBooks();
  assert.deepEqual(await differences(), []);
});

test("a payment that the provider's book has shown is not asked for again", async () => {
  for (let i = 0; i < 20; i++) await settle.pay(newId(), amount, "tok_1");
  await clock.advance(graceMs);
  const asked = fake.simulator.callsOf("find").length;
  for (let i = 0; i < 3; i++) await compareBooks();
  assert.equal(fake.simulator.callsOf("find").length, asked);
});

test("what could not be settled is listed, and the rest is looked at all the same", async () => {
  const orderId = await unknownCharge();
  fake.simulator.fail("giveBack").with(unavailable, 2);
  await assert.rejects(settle.reverse(orderId));
  const other = await unknownCharge();
  await clock.advance(graceMs);
  await compareBooks();
  assert.deepEqual(
    (await differences()).map((one) => [one.orderId, one.kind]),
    [[orderId, "amount_differs"]],
  );
  assert.equal((await keptTable(db).ofOrders([other]))[0]?.captured, 1_000);
  await compareBooks();
  assert.equal(fake.kept(orderId), 0);
  assert.deepEqual(await differences(), []);
});

test("two replicas that compare at once find the same and settle it once", async () => {
  const orderId = await unknownCharge();
  await clock.advance(graceMs);
  await Promise.all([compareBooks(), compareBooks(), compareBooks()]);
  assert.equal((await keptTable(db).ofOrders([orderId]))[0]?.captured, 1_000);
  const lines = await sql`select 1 as one from ledger join payments using (payment_id) where order_id = ${orderId}`;
  assert.equal(lines.length, 2, "one entry: a debit and a credit");
  assert.deepEqual(await differences(), []);
});

test("a refund that only the provider knows of is booked, and its asker may ask again", async () => {
  const orderId = newId();
  await settle.pay(orderId, amount, "tok_1");
  fake.simulator.timeOutAfterActing("giveBack", 1);
  const refund = { refundId: newId(), amount: 300, reason: "broken" };
  await assert.rejects(settle.refund(orderId, refund));
  await clock.advance(graceMs);
  await compareBooks();
  assert.deepEqual(await differences(), []);
  assert.deepEqual(
    (await keptTable(sql).ofOrders([orderId])).map(({ refunded }) => refunded),
    [300],
  );
  assert.equal((await settle.refund(orderId, refund)).refunded, 300);
  await compareBooks();
  assert.deepEqual(await differences(), []);
});

test("money taken for an order that was barred is given back without anybody asking", async () => {
  const orderId = await unknownCharge();
  fake.simulator.fail("giveBack").with(unavailable, 1);
  await assert.rejects(settle.reverse(orderId));
  assert.equal(fake.kept(orderId), 1_000);
  await clock.advance(graceMs);
  await compareBooks();
  assert.equal(fake.kept(orderId), 0);
  assert.deepEqual(await differences(), []);
});

test("books that agree are compared once", async () => {
  await settle.pay(newId(), amount, "tok_1");
  await clock.advance(graceMs);
  await compareBooks();
  const [first] = await sql<{ position: number }>`select position::int as position from reconciliation`;
  assert.equal(first?.position, fake.changed.length);
  await compareBooks();
  assert.deepEqual(fake.simulator.calls.at(-1)?.input, { query: { after: first?.position } });
});

/** Somebody has changed the provider's book of a payment that both agreed on. @returns its order */
async function changedThere(change: (charge: ReturnType<typeof chargeOf>) => void): Promise<string> {
  const orderId = newId();
  await settle.pay(orderId, amount, "tok_1");
  const charge = chargeOf(orderId);
  change(charge);
  fake.changed.push(charge);
  await clock.advance(graceMs);
  return orderId;
}
const keptOf = async (orderId: string) => (await paymentTable(db).ofOrder(orderId)) ?? assert.fail("no payment");

test("a refund that only our books have is for a person, until the provider has it", async () => {
  const orderId = await changedThere(() => {});
  await settle.refund(orderId, { refundId: newId(), amount: 300, reason: "broken" });
  const charge = chargeOf(orderId);
  charge.refunded = 0;
  await clock.advance(graceMs);
  const ours = "captured 1000, refunded 300 EUR";
  for (let i = 0; i < 2; i++) {
    await compareBooks();
    assert.deepEqual(await differences(), [
      { orderId, kind: "refund_differs", ours, theirs: "captured 1000, refunded 0 EUR" },
    ]);
  }
  charge.refunded = 300;
  await compareBooks();
  assert.deepEqual(await differences(), []);
});

test("a dispute that nobody told us of is booked; one that is decided otherwise afterwards is for a person", async () => {
  const dispute = { disputeId: "dp_1", status: "open" as const, amount: 1_000, reason: "fraudulent" };
  const orderId = await changedThere((charge) => Object.assign(charge, { dispute }));
  await compareBooks();
  assert.deepEqual([(await keptOf(orderId)).disputed, await differences()], [1_000, []]);
  const decide = async (status: "won" | "lost") => {
    const charge = chargeOf(orderId);
    charge.dispute = { ...dispute, status };
    fake.changed.push(charge);
    await clock.advance(graceMs);
    await compareBooks();
    return [(await keptOf(orderId)).disputed, (await differences()).map(({ kind }) => kind)];
  };
  assert.deepEqual(await decide("won"), [0, []]);
  assert.deepEqual(await decide("lost"), [0, ["dispute_differs"]]);
  assert.deepEqual(await decide("won"), [0, []]);
});

test("an authorization that is open at the provider and closed here is for a person", async () => {
  const orderId = await changedThere((charge) => {
    charge.status = "authorized";
  });
  await compareBooks();
  assert.deepEqual(await differences(), [{ orderId, kind: "status_differs", ours: "captured", theirs: "authorized" }]);
});
