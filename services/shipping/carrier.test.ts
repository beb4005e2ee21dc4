import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { instant } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import { migrationSets } from "@souk/service";
import { addressDigest, personKeys } from "@souk/service/personal-data";
import { fakeClock, sequentialIds, testDatabase } from "@souk/testing";
import { cancelShipments } from "./cancel.ts";
import { carrierSimulator } from "./carrier/simulator.ts";
import { tracking } from "./carrier/tracking.ts";
import type { TrackingEvent } from "./db/carrier.ts";
import { shipmentTable } from "./db/shipments.ts";
import { forgetAddresses } from "./forget-addresses.ts";
import { parcelMaker } from "./parcels.ts";
import { rateTable } from "./rates.ts";
import definition from "./service.ts";
import { createShipment } from "./subscriptions/create-shipment.ts";

const { db, sql } = await testDatabase({ sets: migrationSets(definition, new URL("./", import.meta.url)) });
const clock = fakeClock();
const newId = sequentialIds();
const secret = { current: "secret", accepted: ["secret"] as [string] };
const keys = personKeys(secret);
const schedule = { dispatchAfterMs: 60_000, transitAfterMs: 30_000, deliverAfterMs: 90_000 };
let told: { type: string; subject: string; sequence: number }[] = [];
const publish: Publish = async (_tx, { type }, { subject, sequence }) => {
  told.push({ type, subject, sequence });
};
const track = tracking({ db, publish });
const log = { info() {}, warn() {}, error() {} };
/** What the carrier tells, which tests may hold back, change or repeat. */
let tell: (events: readonly TrackingEvent[]) => Promise<void> = track;
const carrier = carrierSimulator({ db, clock, newId, log, schedule, tell: (events) => tell(events) });
const move = () => carrier(new AbortController().signal);
const cancel = cancelShipments({ db, clock });
const makeParcels = parcelMaker({
  ...{ clock, newId, maxParcelGrams: 10_000, ...schedule },
  newTrackingNumber: () => `SK${newId().replaceAll("-", "").toUpperCase()}`,
});
const create = createShipment({ makeParcels, keys, digest: addressDigest(secret) });
const dispatchedAndDelivered = (subject: string) => [
  { type: "shipping.dispatched.v1", subject, sequence: 1 },
  { type: "shipping.delivered.v1", subject, sequence: 2 },
];

/** An order whose parcels leave when the schedule says. @returns its parcels */
async function order(
  orderId = newId(),
  quantity = 1,
  weightGrams = 1_000,
  shippingMethod: "standard" | "pickup" = "standard",
) {
  const data = {
    ...{ orderId, number: "N-1", customerId: null, email: "guest@example.com", currency: "EUR" },
    lines: [{ sku: "CUP", title: "Cup", quantity, unitAmount: 450, weightGrams }],
    totals: { subtotal: 450, discount: 0, shipping: 0, tax: 0, total: 450 },
    shippingMethod,
    shippingAddress: { name: "A Guest", line1: "1 Street", city: "Berlin", postalCode: "10115", country: "DE" },
  };
  const event = { id: newId(), type: "orders.confirmed.v1", source: "orders", subject: orderId, sequence: 2 } as const;
  await db.tx((tx) => create({ ...event, time: instant(clock.now()), data }, tx));
  return shipmentTable(db).ofOrder(orderId);
}
async function parcel() {
  const [one = assert.fail("no parcel")] = await order();
  return one;
}
const status = async (shipmentId: string) => {
  const [row] = await sql<{ status: string }>`select status from shipments where shipment_id = ${shipmentId}`;
  return row?.status;
};

beforeEach(async () => {
  await sql`truncate shipments, shipment_events, consignments, carrier_parcels, carrier_events`;
  told = [];
  tell = track;
});

test("a parcel moves when it is due and not before, and each move is told once", async () => {
  const { shipmentId: id } = await parcel();
  for (const [afterMs, next] of [
    [60_000, "dispatched"],
    [30_000, "in_transit"],
    [90_000, "delivered"],
  ] as const) {
    const before = await status(id);
    await clock.advance(afterMs - 1);
    await move();
    assert.equal(await status(id), before);
    await clock.advance(1);
    await move();
    await move();
    assert.equal(await status(id), next);
  }
  await clock.advance(86_400_000);
  await move();
  assert.deepEqual(told, dispatchedAndDelivered(id));
});

test("a cancelled order's parcels never leave, whichever is heard of first", async () => {
  const [one] = await order();
  await cancel(one?.orderId ?? "");
  await cancel(one?.orderId ?? "");
  const early = newId();
  await cancel(early);
  assert.deepEqual(await order(early), []);
  await clock.advance(86_400_000);
  await move();
  assert.equal(await status(one?.shipmentId ?? ""), "cancelled");
  assert.deepEqual(told, []);
});

test("the carrier leaves alone what is picked up, which is cancelled as long as nobody has come for it", async () => {
  const [waiting] = await order(newId(), 1, 1_000, "pickup");
  await clock.advance(30 * 86_400_000);
  await move();
  assert.equal(await status(waiting?.shipmentId ?? ""), "created");
  await cancel(waiting?.orderId ?? "");
  assert.equal(await status(waiting?.shipmentId ?? ""), "cancelled");
  assert.deepEqual(told, []);
});

test("an order of which one parcel has left is not cancelled, and its others go on", async () => {
  const parcels = await order(newId(), 3, 9_000);
  assert.equal(parcels.length, 3);
  const [first, second] = parcels;
  await track([
    { id: newId(), trackingNumber: second?.trackingNumber ?? "", status: "dispatched", at: instant(clock.now()) },
  ]);
  await assert.rejects(cancel(first?.orderId ?? ""), { code: "shipping.already_dispatched" });
  for (let leg = 0; leg < 3; leg++) {
    await clock.advance(90_000);
    await move();
  }
  for (const { shipmentId } of parcels) {
    assert.equal(await status(shipmentId), "delivered");
    assert.deepEqual(
      told.filter(({ subject }) => subject === shipmentId),
      dispatchedAndDelivered(shipmentId),
    );
  }
});

test("what the carrier has fetched and not told of yet cannot be cancelled", async () => {
  const { orderId, shipmentId } = await parcel();
  tell = () => Promise.reject(new Error("the merchant is away"));
  await clock.advance(schedule.dispatchAfterMs);
  await move();
  assert.equal(await status(shipmentId), "created", "nobody has heard of it");
  await assert.rejects(cancel(orderId), { code: "shipping.already_dispatched" });
  tell = track;
  await clock.advance(5_000);
  await move();
  assert.equal(await status(shipmentId), "dispatched", "and it is told again until it is taken");
});

test("of a cancellation and a parcel that leaves at the same time one wins", async () => {
  for (let i = 0; i < 10; i++) {
    const { orderId, shipmentId } = await parcel();
    await clock.advance(schedule.dispatchAfterMs);
    const [cancelled] = await Promise.allSettled([cancel(orderId), move()]);
    await clock.advance(30_000);
    await move();
    const left = told.some(({ subject }) => subject === shipmentId);
    const now = await status(shipmentId);
    assert.deepEqual([cancelled.status, now === "cancelled"], left ? ["rejected", false] : ["fulfilled", true]);
  }
});

test("two carriers share hundreds of due parcels, and each leaves once", async () => {
  const ids: string[] = [];
  for (let i = 0; i < 250; i++) ids.push((await parcel()).shipmentId);
  await clock.advance(schedule.dispatchAfterMs);
  await Promise.all([move(), move()]);
  await move(); // what one of them skipped because the other held it
  assert.deepEqual(told.map(({ subject }) => subject).toSorted(), ids.toSorted());
});

test("what a carrier tells twice, late, out of order or of strangers' parcels changes nothing twice", async () => {
  const { trackingNumber, shipmentId } = await parcel();
  const news = (
    status: "dispatched" | "in_transit" | "delivered" | "lost",
    number = trackingNumber,
  ): TrackingEvent => ({
    ...{ id: newId(), trackingNumber: number, status },
    at: instant(clock.now()),
  });
  await track([news("delivered"), news("dispatched"), news("in_transit"), news("delivered", "SKUNKNOWN0000")]);
  await Promise.all([track([news("lost")]), track([news("delivered")])]);
  assert.equal(await status(shipmentId), "delivered");
  assert.deepEqual(told, dispatchedAndDelivered(shipmentId));
});

test("a lost parcel is told as lost, after it was told to have left", async () => {
  const { trackingNumber, shipmentId } = await parcel();
  await track([{ id: newId(), trackingNumber, status: "lost", at: instant(clock.now()) }]);
  assert.equal(await status(shipmentId), "lost");
  assert.deepEqual(
    told.map(({ type }) => type),
    ["shipping.dispatched.v1", "shipping.lost.v1"],
  );
});

test("where an order went is forgotten a while after its last parcel arrived, and not before", async () => {
  const forget = () => forgetAddresses({ db, clock, keys, afterMs: 90 * 86_400_000 })(new AbortController().signal);
  const addresses = async () => (await sql`select from consignments where sealed is not null`).length;
  const { trackingNumber } = await parcel();
  await parcel(); // on its way for ever
  await track([{ id: newId(), trackingNumber, status: "delivered", at: instant(clock.now()) }]);
  await clock.advance(89 * 86_400_000);
  await forget();
  assert.equal(await addresses(), 2);
  await clock.advance(2 * 86_400_000);
  await forget();
  assert.equal(await addresses(), 1);
});

test("each version of the rates is told once, whoever looks", async () => {
  const look = () => rateTable({ db, publish }).publishNew();
  await Promise.all([look(), look()]);
  await look();
  assert.deepEqual(told, [{ type: "shipping.rates_changed.v1", subject: "rates", sequence: 1 }]);
  await sql`update rate_table set version = 2`;
  await look();
  assert.deepEqual(
    told.map(({ sequence }) => sequence),
    [1, 2],
  );
});
