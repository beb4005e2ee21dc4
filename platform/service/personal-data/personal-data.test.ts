import assert from "node:assert/strict";
import { test } from "node:test";
import type { Delivery } from "@souk/contract";
import { personalDataEvents } from "@souk/contract/personal-data";
import { instant } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import { fakeClock, sequentialIds, testDatabase } from "@souk/testing";
import { migrations } from "../migrations.ts";
import { newEnvelopeKeys, openEnvelope } from "./envelope.ts";
import { personKeys } from "./person-keys.ts";
import { type Erasing, personalData } from "./personal-data.ts";

const { db, sql } = await testDatabase({ sets: [migrations] });
const clock = fakeClock();
const newId = sequentialIds();
const keys = personKeys({ current: "one", accepted: ["one"] });
const digest = "ab".repeat(32);

let told: { type: string; sequence: number; data: Record<string, unknown> }[] = [];
const publish: Publish = async (_tx, { type }, { sequence, data }) => {
  told.push({ type, sequence, data: data as Record<string, unknown> }); // as: an object, whatever its type
};
let answers: Erasing[] = [];
let kept: Record<string, unknown> = {};
const { erasureRequested, exportRequested, finishErasures } = personalData({
  ...{ db, clock, publish, keys },
  events: personalDataEvents("keeper"),
  keeper: { erase: async () => answers.shift() ?? { erased: {} }, collect: async () => kept },
});
const finish = () => finishErasures.run(new AbortController().signal);

function request<D>(data: D): Delivery & { data: D } {
  const [id, time] = [newId(), instant(clock.now())];
  return { id, type: "x.requested.v1", source: "x", subject: id, sequence: 1, time, data };
}
const erase = (event: ReturnType<typeof request<{ erasureId: string; userId: string; addressDigests: string[] }>>) =>
  db.tx((tx) => erasureRequested(event, tx));
const isDestroyed = async (userId: string) => {
  const rows = await sql`select from chassis.person_keys where person = ${`user:${userId}`} and wrapped is null`;
  return rows.length === 1;
};

test("a request to erase is answered once, whatever is told twice, and the person's keys are gone", async () => {
  told = [];
  answers = [{ erased: { letters: 2 } }];
  const event = request({ erasureId: newId(), userId: newId(), addressDigests: [digest] });
  await erase(event);
  await erase(event);
  await finish();
  const { erasureId, userId } = event.data;
  assert.deepEqual(told, [
    { type: "keeper.erased.v1", sequence: 1, data: { erasureId, userId, state: "done", erased: { letters: 2 } } },
  ]);
  assert.equal(await isDestroyed(userId), true);
});

test("what has to wait is said, tried again, and ended when it need not wait any more", async () => {
  told = [];
  const waiting: Erasing = { erased: { letters: 1 }, waitingFor: "a parcel is under way" };
  answers = [waiting, waiting, { erased: { parcels: 1 } }];
  const event = request({ erasureId: newId(), userId: newId(), addressDigests: [] });
  await erase(event);
  await finish();
  assert.equal(await isDestroyed(event.data.userId), false, "its address is still needed");
  await finish();
  await finish();
  assert.deepEqual(
    told.map(({ sequence, data }) => [sequence, data["state"], data["waitingFor"]]),
    [
      [1, "waiting", "a parcel is under way"],
      [2, "done", undefined],
    ],
  );
  assert.equal(await isDestroyed(event.data.userId), true);
});

test("digests are forgotten when nothing can come late any more", async () => {
  const event = request({ erasureId: newId(), userId: newId(), addressDigests: [digest] });
  await erase(event);
  const remembered = () => sql`
    select from chassis.erasures where erasure_id = ${event.data.erasureId} and ${digest} = any(address_digests)`;
  await clock.advance(34 * 86_400_000);
  await finish();
  assert.equal((await remembered()).length, 1);
  await clock.advance(2 * 86_400_000);
  await finish();
  assert.equal((await remembered()).length, 0);
});

test("an export comes in parts that only whoever asked can open", async () => {
  told = [];
  kept = { letters: Array.from({ length: 5_000 }, (_, i) => `Dear Anna, number ${i}: ä €`) };
  const pair = newEnvelopeKeys();
  const event = request({ exportId: newId(), userId: newId(), addressDigests: [], publicKey: pair.publicKey });
  await db.tx((tx) => exportRequested(event, tx));
  assert.ok(told.length > 1);
  const { exportId } = event.data;
  const open = (keysOf: typeof pair) =>
    Buffer.concat(
      told.map(({ data, sequence }) => openEnvelope(keysOf, `${exportId}/${sequence}`, String(data["sealed"]))),
    );
  assert.deepEqual(JSON.parse(open(pair).toString()), kept);
  assert.deepEqual(told.at(-1)?.data["parts"], told.length);
  // With a blank in it: no sealed text can have that by chance.
  assert.equal(JSON.stringify(told).includes("Dear Anna"), false);
  for (const { data } of told)
    assert.equal(Buffer.from(String(data["sealed"]), "base64url").includes("Dear Anna, number"), false);
  assert.throws(() => open(newEnvelopeKeys()));
});
