import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError, type Status } from "@souk/kernel";
import { detailOf, isRefusal, reasonOf } from "./failure.ts";

const refused = (code: string, status: Status) => isRefusal(new ServiceError(code, status, ""));

test("what a neighbour's rules refuse is refused for good", () => {
  assert.ok(refused("inventory.out_of_stock", "failed_precondition"));
  assert.ok(refused("payments.not_found", "not_found"));
  assert.ok(refused("users.not_yours", "permission_denied"));
  assert.ok(refused("validation_failed", "invalid_argument"));
});

test("a neighbour that does not know us, or has no such route yet, is asked again", () => {
  assert.equal(refused("unauthenticated", "unauthenticated"), false);
  assert.equal(refused("token_invalid", "unauthenticated"), false);
  assert.equal(refused("identity.invalid", "unauthenticated"), false);
  assert.equal(refused("permission_denied", "permission_denied"), false);
  assert.equal(refused("route_not_found", "not_found"), false);
});

test("no answer is no refusal", () => {
  assert.equal(refused("mesh.unavailable", "unavailable"), false);
  assert.equal(refused("payments.provider_unavailable", "unavailable"), false);
  assert.equal(isRefusal(new Error("a bug")), false);
});

test("what is kept of an error can be stored, wherever it is cut off", () => {
  const message = `a\0b${"x".repeat(497)}😀`;
  assert.equal(detailOf(new ServiceError("x.y", "unavailable", message)), `ab${"x".repeat(497)}`);
  assert.equal(detailOf(new ServiceError("x.y", "unavailable", message.slice(1))).at(-1), "\ufffd");
  assert.equal(reasonOf(new ServiceError("x.y", "unavailable", "a\0b\ud800"), "pay").message, "ab\ufffd");
});
