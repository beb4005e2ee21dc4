import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeClock } from "@souk/testing";
import { createMemoryBus } from "../memory.ts";
import { createLeases } from "./leases.ts";

test("a lease counts from when it was asked for, however long the answer took", async () => {
  const clock = fakeClock();
  const bus = createMemoryBus(clock);
  const leases = createLeases({
    store: {
      ...bus,
      async beat(...asked) {
        const answer = await bus.beat(...asked);
        await clock.advance(4_000); // on its way back
        return answer;
      },
    },
    clock,
    subscriber: "reader",
    instance: "reader-1",
    types: ["t.1"],
    leaseMs: 5_000,
  });
  await leases.balance(() => false);
  assert.ok(leases.readable().length > 0);
  await clock.advance(1_000);
  assert.deepEqual(leases.readable(), []);
});
