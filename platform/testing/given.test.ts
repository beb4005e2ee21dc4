import assert from "node:assert/strict";
import { test } from "node:test";
import { type Decider, defineErrors } from "@souk/kernel";
import { given } from "./given.ts";

const errors = defineErrors("door", {
  Locked: { status: "failed_precondition", message: ({ door }: { door: string }) => `${door} is locked` },
  Missing: { status: "not_found", message: ({ door }: { door: string }) => `no ${door}` },
});
type Command = "open" | "lock" | "break";
type Event = "opened" | "locked";
const door: Decider<Command, "shut" | "open" | "locked", Event> = {
  initial: "shut",
  decide(state, command) {
    if (command === "break") throw new Error("a bug");
    if (command === "lock") return state === "locked" ? [] : ["locked"];
    if (state === "locked") throw errors.Locked({ door: "front" });
    return state === "open" ? [] : ["opened"];
  },
  evolve: (_state, event) => (event === "opened" ? "open" : "locked"),
};

test("what was decided is compared with what should have been", () => {
  given(door, []).when("open").then("opened");
  given(door, ["opened"]).when("open").then();
  assert.throws(() => given(door, []).when("open").then(), assert.AssertionError);
  assert.throws(() => given(door, ["opened"]).when("open").then("opened"), assert.AssertionError);
});

test("a refusal is recognised by its code and, if given, its details", () => {
  given(door, ["locked"]).when("open").rejects(errors.Locked);
  given(door, ["locked"]).when("open").rejects(errors.Locked, { door: "front" });
  assert.throws(() => given(door, ["locked"]).when("open").rejects(errors.Missing), assert.AssertionError);
  assert.throws(
    () => given(door, ["locked"]).when("open").rejects(errors.Locked, { door: "back" }),
    assert.AssertionError,
  );
  assert.throws(() => given(door, []).when("open").rejects(errors.Locked), assert.AssertionError);
});

test("a bug in the rules is not taken for a refusal", () => {
  assert.throws(() => given(door, []).when("break").rejects(errors.Locked), /a bug/);
});
