import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { instant } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import { fakeClock, sequentialIds, testDatabase } from "@souk/testing";
import { moveParcels, publishRates } from "./carrier.ts";
import { cancelShipment, insertShipment } from "./db/shipments.ts";

const { db, sql } = await testDatabase({
  sets: [{ module: "shipping", directory: new URL("db/migrations/", import.meta.url) }],
});
const clock = fakeClock();
const newId = sequentialIds();
const schedule = { dispatchAfterMs: 60_000, transitAfterMs: 30_000, deliverAfterMs: 90_000 };
let told: { type: string; subject: string; sequence: number }[] = [];
const publish: Publish = async (_tx, { type }, { subject, sequence }) => {
  told.push({ type, subject, sequence });
};
const move = () => moveParcels({ db, clock, publish, schedule })(new AbortController().signal);
const dispatchedAndDelivered = (subject: string) => [
  { type: "shipping.dispatched.v1", subject, sequence: 1 },
  { type: "shipping.delivered.v1", subject, sequence: 2 },
];

/** A parcel that leaves when the schedule says. @returns its shipment's id */
async function parcel(orderId = newId()): Promise<string> {
  const shipmentId = newId();
  const now = clock.now();
  const shipment = { shipmentId, orderId, trackingNumber: `SK${shipmentId}`, method: "standard" as const };
  const times = { now: instant(now), nextAt: instant(now + schedule.dispatchAfterMs) };
  await db.tx((tx) => insertShipment(tx, { ...shipment, lines: [{ sku: "CUP", quantity: 1 }] }, times));
  return shipmentId;
}
const status = async (shipmentId: string) => {
  const [row] = await sql<{ status: string }>`select status from shipments where shipment_id = ${shipmentId}`;
  return row?.status;
};

beforeEach(async () => {
  await sql`truncate shipments, shipment_events`;
  told = [];
});

test("a parcel moves when it is due and not before, and each move is told once", async () => {
  const id = await parcel();
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

test("a cancelled parcel never leaves", async () => {
  const orderId = newId();
  const id = await parcel(orderId);
  const cancel = () =>
    db.tx((tx) => cancelShipment(tx, { shipmentId: newId(), orderId, trackingNumber: "SK" }, instant(clock.now())));
  assert.equal(await cancel(), true);
  await clock.advance(86_400_000);
  await move();
  assert.equal(await status(id), "cancelled");
  assert.deepEqual(told, []);
});

test("of a cancellation and a parcel that leaves at the same time one wins", async () => {
  for (let i = 0; i < 10; i++) {
    const orderId = newId();
    const id = await parcel(orderId);
    await clock.advance(schedule.dispatchAfterMs);
    const cancel = db.tx((tx) =>
      cancelShipment(tx, { shipmentId: newId(), orderId, trackingNumber: newId() }, instant(clock.now())),
    );
    const [cancelled] = await Promise.all([cancel, move()]);
    const left = told.some(({ subject }) => subject === id);
    assert.deepEqual([cancelled, await status(id)], left ? [false, "dispatched"] : [true, "cancelled"]);
  }
});

test("two carriers share hundreds of due parcels, and each leaves once", async () => {
  const ids: string[] = [];
  for (let i = 0; i < 250; i++) ids.push(await parcel());
  await clock.advance(schedule.dispatchAfterMs);
  await Promise.all([move(), move()]);
  await move(); // what one of them skipped because the other held it
  assert.deepEqual(told.map(({ subject }) => subject).toSorted(), ids.toSorted());
});

test("each version of the rates is told once, whoever looks", async () => {
  const look = () => publishRates({ db, publish })();
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
