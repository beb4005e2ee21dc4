import assert from "node:assert/strict";
import { test } from "node:test";
import { testDatabase } from "@souk/testing";
import { migrations } from "../migrations.ts";
import { messageFor } from "./fixture.ts";
import { inboxStore } from "./store.ts";

const at = "2030-01-01T12:00:00.000Z";

async function setUp() {
  const { db } = await testDatabase({ sets: [migrations] });
  return { db, store: inboxStore(db, "reader") };
}

test("two replicas that tried an event at once count one try", async () => {
  const { db, store } = await setUp();
  const message = messageFor("a", 1);
  await store.parkFailed(db, message, "no", at, at);
  await store.postpone(message.id, 1, "no", at);
  await store.postpone(message.id, 1, "no", at);
  assert.deepEqual(
    (await store.due(at, 10)).map(({ attempts }) => attempts),
    [2],
  );
});

test("an event that has been handled is not given up", async () => {
  const { db, store } = await setUp();
  const message = messageFor("a", 1);
  await store.accept(db, [message], at);
  await store.parkFailed(db, message, "no", at, at);
  assert.equal(await store.giveUp(message.id, 1, "no", at), false);
  assert.equal((await store.counts()).dead, 0);
});
