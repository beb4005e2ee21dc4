import assert from "node:assert/strict";
import { test } from "node:test";
import { compensatable, local, parallel, pivot, retriable, saga, waitFor } from "./definition.ts";
import type { AnyStep } from "./types.ts";

const nothing = async () => {};
const reserve = compensatable("reserve", nothing, nothing);
const pay = pivot("pay", nothing);
const ship = retriable("ship", nothing);

const refused = (steps: AnyStep[], why: RegExp) => assert.throws(() => saga("order", steps), why);

test("a saga of compensatable steps, a pivot and retriable steps is accepted", () => {
  assert.equal(saga("order", [reserve, pay, ship, local("close", nothing)]).steps.length, 4);
});

test("a saga needs steps", () => {
  refused([], /has no steps/);
  refused([parallel("all", [])], /"all" is empty/);
});

test("a saga has one pivot at most", () => {
  refused([pay, local("confirm", nothing, { pivot: true })], /two pivots, "pay" and "confirm"/);
});

test("names are unique, also inside groups, and fit into a header", () => {
  refused([reserve, reserve], /two steps are named "reserve"/);
  refused([reserve, parallel("all", [compensatable("reserve", nothing, nothing)])], /two steps are named "reserve"/);
  refused([compensatable("réserve", nothing, nothing)], /printable ASCII/);
  refused([compensatable("rejected", nothing, nothing)], /no step may be named "rejected"/);
  refused([compensatable("undo it", nothing, nothing)], /no step may be named/);
  assert.throws(() => saga("", [reserve]), /its name must be/);
});

test("what cannot be taken back comes after the pivot, what can before it", () => {
  refused([ship, pay], /retriable step "ship" comes before the pivot/);
  refused([pay, reserve], /compensatable step "reserve" comes after the pivot/);
  refused([pay, waitFor("answer", { windowMs: 1 })], /"answer" waits after the pivot/);
  refused([pay, local("close", nothing, { undo: nothing })], /its undo would never run/);
  refused([reserve, ship], /no pivot divides it from "reserve"/);
});

test("a saga of retriable steps alone only goes forward", () => {
  assert.ok(saga("close", [ship, local("note", nothing)]));
  assert.throws(() => saga("close", [ship], { rejected: nothing }), /would never run/);
});

test("a pivot stands alone, groups are not nested", () => {
  refused([parallel("both", [reserve, pay])], /pivot is in a parallel group/);
  refused([parallel("outer", [parallel("inner", [reserve])])], /"inner" is inside another/);
});

test("times and attempts are positive", () => {
  refused([waitFor("answer", { windowMs: 0 })], /windowMs of "answer" must be positive/);
  refused([compensatable("reserve", nothing, nothing, { attempts: 0 })], /attempts of "reserve" must be positive/);
  refused([compensatable("reserve", nothing, nothing, { timeoutMs: Number.NaN })], /timeoutMs of "reserve"/);
});
