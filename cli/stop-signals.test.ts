import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { fakeClock } from "@souk/testing";
import { stopSignals } from "./stop-signals.ts";

function rig(readerGone: "stops" | "nothing" = "stops") {
  const clock = fakeClock();
  const stdout = new EventEmitter();
  const program = Object.assign(new EventEmitter(), { stdout });
  const { stop, kill, release } = stopSignals(clock, { readerGone, process: program });
  return {
    clock,
    stdout,
    send: (signal: string) => program.emit(signal),
    state: () => [stop.aborted, kill.aborted],
    release,
  };
}

test("Ctrl-C stops in order, pressed again at once", async () => {
  const { clock, send, state } = rig();
  send("SIGINT");
  assert.deepEqual(state(), [true, false]);
  await clock.advance(99);
  send("SIGINT");
  assert.deepEqual(state(), [true, false], "the same press, passed on by a program in between");
  await clock.advance(1);
  send("SIGINT");
  assert.deepEqual(state(), [true, true]);
});

test("a terminal that closes stops in order, however often it says so", async () => {
  const { clock, send, state } = rig();
  for (const signal of ["SIGHUP", "SIGHUP", "SIGTERM"]) {
    send(signal);
    await clock.advance(1_000);
  }
  assert.deepEqual(state(), [true, false]);
});

test("a reader who has seen enough stops what is in the foreground, and nothing else", () => {
  const foreground = rig("stops");
  foreground.stdout.emit("error", new Error("EPIPE"));
  assert.deepEqual(foreground.state(), [true, false]);
  const waiting = rig("nothing");
  waiting.stdout.emit("error", new Error("EPIPE"));
  assert.deepEqual(waiting.state(), [false, false]);
});

test("when all is over, signals mean again what they mean", () => {
  const { send, state, release } = rig();
  release();
  assert.equal(send("SIGINT"), false, "nobody hears it");
  assert.deepEqual(state(), [false, false]);
});
