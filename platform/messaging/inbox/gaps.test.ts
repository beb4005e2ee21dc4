import assert from "node:assert/strict";
import { test } from "node:test";
import { event, Type } from "@souk/contract";
import { messageOf } from "../message.ts";
import { partAtGaps, positionsOf } from "./gaps.ts";
import { createReader } from "./subscriptions.ts";

const whole = event("whole.v1", "A type of an aggregate that is consumed as a whole", Type.Object({}));
const some = event("some.v1", "A type of an aggregate of which others are not consumed", Type.Object({}));
const handle = async () => {};
const read = createReader({
  [whole.type]: { event: whole, handle, gapless: true },
  [some.type]: { event: some, handle },
});
const at = (subject: string, sequence: number, type: string = whole.type) =>
  read(
    messageOf({
      ...{ id: "0190a8f0-0000-7000-8000-000000000001", type, source: "s", subject, sequence },
      ...{ time: "2030-01-01T12:00:00.000Z", data: "{}", traceparent: null, correlationId: null },
    }),
  );
const shown = (received: readonly ReturnType<typeof at>[]) =>
  received.map(({ delivery }) => `${delivery.subject}${delivery.sequence}`);
const known = (subject: string, sequence: number) => ({ source: "s", subject, sequence });

test("what follows without a gap is ready, across a batch too", () => {
  const { ready, early } = partAtGaps([at("a", 3), at("a", 4), at("b", 8)], [known("a", 2), known("b", 7)]);
  assert.deepEqual([shown(ready), shown(early)], [["a3", "a4", "b8"], []]);
});

test("what comes after a gap is early, with all that follows it in its subject, and only there", () => {
  const { ready, early } = partAtGaps([at("a", 4), at("a", 5), at("b", 8)], [known("a", 2), known("b", 7)]);
  assert.deepEqual([shown(ready), shown(early)], [["b8"], ["a4", "a5"]]);
});

test("a batch that only is in the wrong order is put right", () => {
  const { ready, early } = partAtGaps([at("a", 4), at("a", 3)], [known("a", 2)]);
  assert.deepEqual([shown(ready), shown(early)], [["a3", "a4"], []]);
});

test("a subject never seen before may begin anywhere", () => {
  const { ready, early } = partAtGaps([at("a", 40), at("a", 42)], []);
  assert.deepEqual([shown(ready), shown(early)], [["a40"], ["a42"]]);
});

test("a type whose aggregate is consumed in part knows no gaps", () => {
  const { ready, early } = partAtGaps([at("a", 1, some.type), at("a", 9, some.type)], []);
  assert.deepEqual([shown(ready), shown(early)], [["a1", "a9"], []]);
  assert.deepEqual(positionsOf(ready), []);
});

test("what comes after its successor is late, but handled", () => {
  const { ready, late } = partAtGaps([at("a", 2)], [known("a", 5)]);
  assert.deepEqual([shown(ready), shown(late)], [["a2"], ["a2"]]);
});

test("subjects stand at the furthest of what was handled", () => {
  assert.deepEqual(positionsOf([at("a", 3), at("b", 1), at("a", 4)]), [known("a", 4), known("b", 1)]);
});
