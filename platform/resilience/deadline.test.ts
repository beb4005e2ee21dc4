import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeClock } from "@souk/testing";
import { remainingMs, timeoutFrom } from "./index.ts";

test("a caller says how long it waits, up to the cap; who says nothing gets what the endpoint declares", () => {
  assert.equal(timeoutFrom("350"), 350);
  assert.equal(timeoutFrom("60000"), 10_000);
  assert.equal(timeoutFrom(undefined), 2_000);
  assert.equal(timeoutFrom(undefined, 5_000), 5_000);
  assert.equal(timeoutFrom("350", 5_000), 350);
});

test("a malformed time-out counts as none", () => {
  for (const header of ["", "-5", "1e9", "2s", "12.5", " 3", "99999999999999999999"])
    assert.equal(timeoutFrom(header), 2_000, header);
});

test("what is left shrinks as time passes and may be overdrawn", async () => {
  const clock = fakeClock();
  const deadlineAt = clock.monotonic() + 100;
  await clock.advance(60);
  assert.equal(remainingMs(clock, deadlineAt), 40);
  await clock.advance(60);
  assert.equal(remainingMs(clock, deadlineAt), -20);
  assert.equal(remainingMs(clock, undefined), Number.POSITIVE_INFINITY);
});
