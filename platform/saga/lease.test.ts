import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@souk/kernel";
import { compensatable, saga } from "./definition.ts";
import { nothing, outside, stage, until } from "./runner-fixture.ts";
import { postgresStore, type SagaStore } from "./store.ts";

const scene = await stage();
const { clock, sql } = scene;

test("a lease is counted from when its renewal was sent, however late the answer comes", async () => {
  const world = outside();
  const order = saga("leased", [compensatable("reserve", world.act(), nothing)]);
  const answer = Promise.withResolvers<void>();
  const store: SagaStore = {
    ...postgresStore,
    async renew(...asked) {
      await postgresStore.renew(...asked);
      await answer.promise;
    },
  };
  const runner = await scene.runner([order], { store });
  const running = runner.run();
  await until(async () => (await sql`select from chassis.saga_runners`).length === 1, "it is registered");
  await clock.advance(9_000);
  answer.resolve();
  await running;
  // Before its next renewal, which is due 2.7 s after the answer at the earliest.
  await clock.advance(1_500);
  assert.deepEqual(await sql`select from chassis.saga_runners where lease_until > ${instant(clock.now())}`, []);
  await scene.start(runner, order, "leased:1");
  const [begun] = await sql<{ owner: string | null }>`select owner from chassis.sagas where id = 'leased:1'`;
  assert.equal(begun?.owner, null, "it holds nothing that others read as lapsed");
  assert.deepEqual(world.calls, []);
  await scene.reaches("leased:1", "completed", 100);
  await runner.stop();
});
