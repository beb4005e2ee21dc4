import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { instant } from "@souk/kernel";
import { errors as meshErrors } from "@souk/mesh/errors";
import { fakeClock, sequentialIds, testDatabase } from "@souk/testing";
import { reconciliationTable } from "./db/payments.ts";
import { fakeProvider } from "./provider.fixture.ts";
import { provider as cards } from "./provider.ts";
import { reconcile } from "./reconciliation.ts";
import { settlement } from "./settlement.ts";

const { db, sql } = await testDatabase({
  sets: [{ module: "payments", directory: new URL("db/migrations/", import.meta.url) }],
});
const clock = fakeClock();
const now = () => instant(clock.now());
const newId = sequentialIds();
const fake = fakeProvider();
const provider = cards(fake.clients.simulator);
const settle = settlement({ db, provider, publish: async () => {}, now, newId });
const log = { info() {}, warn() {}, error() {} };
const { signal } = new AbortController();
const graceMs = 30_000;
const compareBooks = () => reconcile({ db, provider, settlement: settle, now, log, graceMs })(signal);
const differences = async () =>
  (await reconciliationTable(db).page(1, 100)).items.map(({ orderId, kind, ours, theirs }) => ({
    orderId,
    kind,
    ours,
    theirs,
  }));
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

test("a charge may take a while to reach our books before it counts as a difference", async () => {
  const orderId = await unknownCharge();
  await clock.advance(graceMs - 1);
  await compareBooks();
  assert.deepEqual(await differences(), []);
  await clock.advance(1);
  await compareBooks();
  const expected = { orderId, kind: "missing_here", ours: "nothing", theirs: "captured 1000, refunded 0 EUR" };
  assert.deepEqual(await differences(), [expected]);
  await compareBooks();
  assert.deepEqual(await differences(), [expected], "it stays until it is gone");
});

test("a difference is gone once our books have caught up", async () => {
  const orderId = await unknownCharge();
  await compareBooks();
  assert.equal((await differences()).length, 1);
  await settle.settle(orderId);
  await compareBooks();
  assert.deepEqual(await differences(), []);
});

test("a refund that only the provider knows of is listed until its asker has asked again", async () => {
  const orderId = newId();
  await settle.pay(orderId, amount, "tok_1");
  fake.simulator.timeOutAfterActing("giveBack", 1);
  await assert.rejects(settle.reverse(orderId));
  await compareBooks();
  assert.deepEqual(await differences(), [
    {
      orderId,
      kind: "amount_differs",
      ours: "captured 1000, refunded 0 EUR",
      theirs: "captured 1000, refunded 1000 EUR",
    },
  ]);
  await settle.reverse(orderId);
  await compareBooks();
  assert.deepEqual(await differences(), []);
});

test("money taken for an order that was barred is given back without anybody asking", async () => {
  const orderId = await unknownCharge();
  fake.simulator.fail("giveBack").with(unavailable, 1);
  await assert.rejects(settle.reverse(orderId));
  assert.equal(fake.kept(orderId), 1_000);
  await compareBooks();
  assert.equal(fake.kept(orderId), 0);
  assert.deepEqual(await differences(), []);
});

test("books that agree are compared once", async () => {
  await settle.pay(newId(), amount, "tok_1");
  await compareBooks();
  const [first] = await sql<{ position: number }>`select position::int as position from reconciliation`;
  assert.equal(first?.position, fake.charges.size + 2, "every charge, and the two that were given back");
  await compareBooks();
  assert.deepEqual(fake.simulator.calls.at(-1)?.input, { query: { after: first?.position } });
});
