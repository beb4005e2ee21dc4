import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeClock } from "@souk/testing";
import { untilUsable } from "./until-usable.ts";

test("a service waits for its database and its migrations, and says each once", async () => {
  const clock = fakeClock();
  const said: string[] = [];
  const log = { info() {}, error() {}, warn: (message: string) => said.push(message) };
  let answers = false;
  let pending = ["orders/0002_more.sql"];
  const database = {
    async ping() {
      if (!answers) throw new Error("refused");
    },
    pendingMigrations: async () => pending,
  };
  let usable = false;
  const waiting = untilUsable(database, clock, log).then(() => {
    usable = true;
  });
  await clock.advance(10_000);
  answers = true;
  await clock.advance(5_000);
  assert.equal(usable, false);
  pending = [];
  await clock.advance(1_000);
  await waiting;
  assert.deepEqual(said, ["waiting for the database", "waiting for migrations"]);
});
