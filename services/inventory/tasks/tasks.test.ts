import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { instant } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import { fakeClock, sequentialIds, testDatabase } from "@souk/testing";
import { reservationTable } from "../db/reservations.ts";
import { stockTable } from "../db/stock.ts";
import { announceStock } from "./announce-stock.ts";
import { expireReservations } from "./expire-reservations.ts";

const { db, sql } = await testDatabase({
  sets: [{ module: "inventory", directory: new URL("../db/migrations/", import.meta.url) }],
});
const clock = fakeClock();
const now = () => instant(clock.now());
const newId = sequentialIds();
const reservations = reservationTable(db);
let told: { type: string; subject: string; sequence: number; data: unknown }[] = [];
const publish: Publish = async (_tx, { type }, fact) => {
  told.push({ type, ...fact });
};
const { signal } = new AbortController();
const announce = () => announceStock({ db, publish, threshold: 5 }).run(signal);
const expire = () => expireReservations({ db, publish, now }).run(signal);
const receive = (sku: string, quantity: number) =>
  stockTable(db).book({ kind: "receipt", sku, location: "main", quantity, actor: "test", at: now() });
const reserve = (orderId: string, quantity: number, holdForMs: number | null) =>
  reservations.reserve(
    orderId,
    [{ sku: "A", quantity }],
    now(),
    holdForMs === null ? null : instant(clock.now() + holdForMs),
  );
const lowEvents = () => told.filter(({ type }) => type === "inventory.low.v1").map(({ data }) => data);

beforeEach(async () => {
  await sql`truncate stock, items, movements, reservations, unannounced, stock_rules, backorders`;
  told = [];
});

test("a hold that lapsed gives its stock back, and says so", async () => {
  await receive("A", 10);
  const order = newId();
  await reserve(order, 4, 60_000);
  await clock.advance(59_999);
  await expire();
  assert.deepEqual(told, []);
  await clock.advance(1);
  await expire();
  assert.deepEqual(told, [
    {
      type: "inventory.reservation_expired.v1",
      subject: order,
      sequence: 1,
      data: { orderId: order, expiredAt: now() },
    },
  ]);
  assert.equal((await stockTable(db).find("A"))?.available, 10);
});

test("a hold whose payment has begun outlives every sweep", async () => {
  await receive("A", 10);
  await reserve(newId(), 4, null);
  await clock.advance(365 * 86_400_000);
  await expire();
  assert.deepEqual(told, []);
});

test("a paid order whose hold lapsed still gets its stock while there is some", async () => {
  await receive("A", 4);
  const order = newId();
  await reserve(order, 4, 1_000);
  await clock.advance(1_000);
  await expire();
  assert.equal((await reservations.commit(order, now())).outcome, "committed");
  assert.deepEqual(
    await stockTable(db)
      .find("A")
      .then((found) => found?.onHand),
    0,
  );
});

test("a hold that lapses twice says so twice, in sequence", async () => {
  await receive("A", 4);
  const order = newId();
  for (let i = 0; i < 2; i++) {
    await reserve(order, 1, 1_000);
    await clock.advance(1_000);
    await expire();
  }
  assert.deepEqual(
    told.map(({ sequence }) => sequence),
    [1, 2],
  );
});

test("what changed is told once, with all that happened to it", async () => {
  await receive("A", 10);
  await receive("B", 7);
  await reserve(newId(), 2, null);
  await announce();
  await announce();
  assert.deepEqual(
    told.map(({ subject, sequence, data }) => [subject, sequence, data]),
    [
      ["A", 1, { sku: "A", onHand: 10, reserved: 2, available: 8 }],
      ["B", 1, { sku: "B", onHand: 7, reserved: 0, available: 7 }],
    ],
  );
});

test("running low is told when it happens, and again only after it was better", async () => {
  await receive("A", 3);
  await announce();
  assert.deepEqual(lowEvents(), [], "a first small receipt is no fall");
  await receive("A", 7);
  await announce();
  await reserve(newId(), 5, null);
  await announce();
  await reserve(newId(), 1, null);
  await announce();
  assert.deepEqual(lowEvents(), [{ sku: "A", available: 5, threshold: 5 }]);
  await receive("A", 10);
  await announce();
  await reserve(newId(), 12, null);
  await announce();
  assert.equal(lowEvents().length, 2);
});

test("more SKUs than fit one transaction are all told", async () => {
  for (let i = 0; i < 230; i++) await receive(`SKU-${i}`, 1);
  await announce();
  assert.equal(new Set(told.map(({ subject }) => subject)).size, 230);
});
