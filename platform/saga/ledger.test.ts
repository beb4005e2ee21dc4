import assert from "node:assert/strict";
import { test } from "node:test";
import type { Db } from "@souk/postgres";
import { fakeClock, seededChance } from "@souk/testing";
import { retriable, saga } from "./definition.ts";
import { nothingDone } from "./engine.ts";
import { createLedger, type HeldRow } from "./ledger.ts";
import { shapeOf } from "./shape.ts";
import { postgresStore, type SagaRow } from "./store.ts";

const held: HeldRow = {
  ...{ id: "o1", fence: 1, version: 0, news: 0, progress: nothingDone, cancel: null, signals: null },
  ...{ input: {}, output: {} },
};

/** A ledger none of whose writes is ever answered; `row` is what it finds when it looks. */
function unanswered(row: HeldRow) {
  const db = {
    async tx<T>(_: unknown, { settle }: { settle: (sql: unknown) => Promise<T | undefined> }) {
      const settled = await settle(undefined);
      if (settled === undefined) throw new Error("nobody knows");
      return settled;
    },
  };
  return createLedger(shapeOf(saga("checkout", [retriable("ship", async () => {})])), held, false, {
    db: db as unknown as Db, // as: nothing else of it is used here
    store: { ...postgresStore, load: async () => row as SagaRow }, // as: it has what a ledger reads of one
    writer: { write: async () => undefined, hurry() {}, stats: () => ({ statements: 0, writes: 0 }) },
    clock: fakeClock(),
    chance: seededChance(1),
  });
}
const entry = () => ({ action: "do", outcome: "ok", at: "2030-01-01T12:00:00.000Z" }) as const;
const commit = (row: HeldRow) => unanswered(row).commit({ type: "adopted" }, async () => {}, entry);

test("an unanswered write that is there was written", async () => {
  assert.equal(await unanswered({ ...held, version: 1 }).save(), "written");
  assert.equal(await commit({ ...held, version: 1 }), "written");
});

test("what another has written since is not taken for one's own", async () => {
  const taken = { ...held, fence: 2, version: 1 };
  assert.equal(await unanswered(taken).save(), "lost");
  await assert.rejects(commit(taken), /nobody knows/);
});
