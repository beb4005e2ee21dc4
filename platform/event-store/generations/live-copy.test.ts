import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeClock } from "@souk/testing";
import { liveCopy } from "./live-copy.ts";

/** A live generation that tests move on, and what happened to copies of it. */
function shown() {
  const clock = fakeClock();
  const happened: string[] = [];
  const warned: string[] = [];
  const state = { live: undefined as { generation: number; revision: number } | undefined, away: false };
  const copy = liveCopy({
    clock,
    log: { warn: (message) => warned.push(message) },
    async live() {
      if (state.away) throw new Error("the database is away");
      return state.live;
    },
    async load({ generation, revision }) {
      happened.push(`load ${generation}`);
      return { generation, revision };
    },
    async follow(copy, { revision }) {
      if (copy.revision < revision) happened.push(`follow to ${revision}`);
      copy.revision = revision;
    },
    pollMs: 200,
  });
  return { clock, happened, warned, state, copy };
}

test("there is no copy before there is a generation, and then it is loaded once", async () => {
  const { clock, happened, state, copy } = shown();
  const running = copy.start();
  await clock.advance(500);
  assert.equal(copy.current(), undefined);
  state.live = { generation: 1, revision: 5 };
  await clock.advance(500);
  assert.deepEqual([copy.current()?.generation, happened], [1, ["load 1"]]);
  await running.close();
  assert.equal(clock.pending(), 0, "no timer is left");
});

test("changes are followed within the poll, and at once when it is woken", async () => {
  const { clock, happened, state, copy } = shown();
  state.live = { generation: 1, revision: 5 };
  const running = copy.start();
  await clock.advance(1);
  state.live = { generation: 1, revision: 6 };
  await clock.advance(100);
  assert.deepEqual(happened, ["load 1"]);
  await clock.advance(100);
  assert.deepEqual(happened, ["load 1", "follow to 6"]);
  state.live = { generation: 1, revision: 7 };
  copy.wake();
  await clock.advance(0);
  assert.deepEqual(happened.at(-1), "follow to 7");
  await running.close();
});

test("it moves over to the generation that takes the place of the one it shows", async () => {
  const { clock, happened, state, copy } = shown();
  state.live = { generation: 1, revision: 5 };
  const running = copy.start();
  await clock.advance(1);
  state.live = { generation: 2, revision: 9 };
  await clock.advance(200);
  assert.deepEqual([copy.current()?.generation, happened], [2, ["load 1", "load 2"]]);
  await running.close();
});

test("while the database is away the copy stays as it was, and it is said once", async () => {
  const { clock, state, copy, warned } = shown();
  state.live = { generation: 1, revision: 5 };
  const running = copy.start();
  await clock.advance(1);
  state.away = true;
  await clock.advance(60_000);
  assert.deepEqual([copy.current()?.revision, warned.length], [5, 1]);
  state.away = false;
  state.live = { generation: 1, revision: 6 };
  await clock.advance(10_000);
  assert.equal(copy.current()?.revision, 6);
  await running.close();
});
