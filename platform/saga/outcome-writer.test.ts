import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "@souk/kernel";
import type { Sql } from "@souk/postgres";
import { fakeClock, seededChance } from "@souk/testing";
import { nothingDone } from "./engine.ts";
import { createOutcomeWriter } from "./outcome-writer.ts";
import { type News, postgresStore, type Write } from "./store.ts";

const news: News = { news: 0, cancel: null, signals: null };
const write = (id: string): Write => ({
  id,
  fence: 1,
  version: 0,
  news: 0,
  status: "running",
  progress: nothingDone,
  irrevocable: false,
  unless_cancelled: false,
  release: false,
  at: "2030-01-01T12:00:00.000Z",
  history: [],
});

/** A writer on a database that answers when it is told to. */
function writerOn(
  answer: (ids: readonly string[]) => Map<string, News> | Error = (ids) => new Map(ids.map((id) => [id, news])),
) {
  const clock = fakeClock();
  const sent: string[][] = [];
  const flights: (() => void)[] = [];
  let isLeased = true;
  const writer = createOutcomeWriter({
    sql: undefined as unknown as Sql, // the store below does not use it
    clock,
    chance: seededChance(1),
    mayWrite: () => isLeased,
    store: {
      ...postgresStore,
      async record(_sql, writes) {
        const ids = writes.map(({ id }) => id);
        sent.push(ids);
        await new Promise<void>((land) => flights.push(land));
        const answered = answer(ids);
        if (answered instanceof Error) throw answered;
        return answered;
      },
    },
  });
  const settle = () => clock.advance(0);
  return {
    writer,
    clock,
    sent,
    settle,
    async land() {
      flights.shift()?.();
      await settle();
    },
    lapse: () => {
      isLeased = false;
    },
  };
}

test("a write leaves at once when it is quiet", async () => {
  const { writer, sent, land, settle } = writerOn();
  const written = writer.write(write("a"));
  await settle();
  assert.deepEqual(sent, [["a"]]);
  await land();
  assert.deepEqual(await written, news);
});

test("what arrives while two statements are under way leaves together in the third", async () => {
  const { writer, sent, land, settle } = writerOn();
  for (const id of ["a", "b", "c", "d"]) {
    void writer.write(write(id));
    await settle();
  }
  assert.deepEqual(sent, [["a"], ["b"]]);
  await land();
  assert.deepEqual(sent, [["a"], ["b"], ["c", "d"]]);
  assert.deepEqual(writer.stats(), { statements: 3, writes: 4 });
  await land();
  await land();
});

test("a lazy write goes along with the next one, or alone a little later", async () => {
  const { writer, clock, sent, land, settle } = writerOn();
  void writer.write(write("lazy"), { lazy: true });
  await settle();
  assert.deepEqual(sent, []);
  void writer.write(write("urgent"));
  await settle();
  assert.deepEqual(sent, [["urgent", "lazy"]]);
  await land();
  void writer.write(write("alone"), { lazy: true });
  await clock.advance(20);
  assert.deepEqual(sent[1], ["alone"]);
  await land();
  writer.hurry();
  void writer.write(write("at the end"), { lazy: true });
  await settle();
  assert.deepEqual(sent[2], ["at the end"]);
  await land();
});

test("a write that the database refused for its saga is undefined", async () => {
  const { writer, land, settle } = writerOn(() => new Map());
  const written = writer.write(write("a"));
  await settle();
  await land();
  assert.equal(await written, undefined);
});

test("a database that does not answer is asked again until it does, or until the lease has lapsed", async () => {
  let isDown = true;
  const { writer, clock, land, lapse, sent, settle } = writerOn((ids) =>
    isDown ? new ServiceError("postgres.unavailable", "unavailable", "Down.") : new Map(ids.map((id) => [id, news])),
  );
  const written = writer.write(write("a"));
  await settle();
  await land();
  await clock.advance(1_000);
  assert.equal(sent.length, 2);
  isDown = false;
  await land();
  assert.deepEqual(await written, news);

  isDown = true;
  const lost = writer.write(write("b"));
  await settle();
  await land();
  lapse();
  await clock.advance(1_000);
  assert.equal(await lost, undefined);
});

test("one write that the database cannot take does not spoil the others", async () => {
  const { writer, land, settle } = writerOn((ids) =>
    ids.includes("bad") ? new Error("invalid") : new Map(ids.map((id) => [id, news])),
  );
  const good = writer.write(write("good"));
  const bad = writer.write(write("bad"));
  const caught = assert.rejects(bad, /invalid/);
  await settle();
  for (let i = 0; i < 3; i++) await land();
  assert.deepEqual(await good, news);
  await caught;
});
