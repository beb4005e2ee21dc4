import assert from "node:assert/strict";
import { test } from "node:test";
import { testDatabase } from "@souk/testing";
import { migrations } from "./migrations.ts";
import { type NewSaga, postgresStore } from "./store.ts";

const now = "2030-01-01T12:00:00.000Z";
const sagaOf = (id: string, owner: string | undefined): NewSaga => ({
  ...{ id, owner, name: "checkout", input: {}, irrevocable: false, started_at: now },
  ...{ traceparent: undefined, correlationId: undefined },
});

test("whoever takes a saga up raises its fence, whether it was due or its holder's lease has lapsed", async () => {
  const { db } = await testDatabase({ sets: [migrations] });
  await postgresStore.insert(db, sagaOf("due", undefined));
  await postgresStore.insert(db, sagaOf("lapsed", "gone"));
  const claimed = await postgresStore.claim(db, { owner: "next", names: ["checkout"], now, limit: 10 });
  assert.deepEqual(
    claimed
      .map(({ id, owner, fence, held }) => ({ id, owner, fence, held }))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    [
      { id: "due", owner: "next", fence: 2, held: false },
      { id: "lapsed", owner: "next", fence: 2, held: true },
    ],
  );
});
