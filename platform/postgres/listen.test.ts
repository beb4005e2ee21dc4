import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";
import { systemClock } from "@souk/kernel";
import { seededChance, testDatabase } from "@souk/testing";
import { listen } from "./index.ts";

const { sql, url } = await testDatabase({ sets: [] });
const chance = seededChance(1);

test("it says when it listens, hears what is notified, and reconnects when its connection dies", async () => {
  const heard = new EventEmitter();
  const next = async () => (await once(heard, "notify"))[0];
  let hearing = next();
  const listener = listen({
    url,
    channel: "Odd channel",
    onNotify: (payload) => heard.emit("notify", payload),
    clock: systemClock,
    chance,
  });
  assert.equal(await hearing, undefined);

  hearing = next();
  await sql`select pg_notify('Odd channel', 'one')`;
  assert.equal(await hearing, "one");

  hearing = next();
  await sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'listen Odd channel' and datname = current_database()`;
  assert.equal(await hearing, undefined, "look: something may have been missed");

  hearing = next();
  await sql`select pg_notify('Odd channel', 'two')`;
  assert.equal(await hearing, "two");
  await listener.close();
  const left = await sql`
    select from pg_stat_activity where application_name = 'listen Odd channel' and datname = current_database()`;
  assert.equal(left.length, 0);
});

test("while there is no server it reports each failure, and can be closed", async () => {
  const failed = Promise.withResolvers<unknown>();
  const listener = listen({
    url: "postgres://nobody@127.0.0.1:1/x",
    channel: "c",
    onNotify: () => assert.fail("nothing to hear"),
    onError: failed.resolve,
    clock: systemClock,
    chance,
  });
  assert.equal(((await failed.promise) as { code: string }).code, "postgres.unavailable");
  await listener.close();
});
