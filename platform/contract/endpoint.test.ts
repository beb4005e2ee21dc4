import assert from "node:assert/strict";
import { test } from "node:test";
import { allows, anyone, type Principal, role, service, signedIn } from "./access.ts";
import { get, isPublic, rulesOf } from "./endpoint.ts";
import { Type } from "./schemas.ts";

const spec = { summary: "Show", returns: Type.Object({}) };

test("an endpoint that does not say who may call it does not compile, and lets nobody in", () => {
  // @ts-expect-error no rule
  const silent = get("/v1/things", spec);
  assert.throws(() => rulesOf(silent), TypeError);
  // @ts-expect-error an empty list is no rule
  const empty = get("/v1/things", { ...spec, access: [] });
  const admin: Principal = { kind: "user", id: "ada", roles: ["admin"], sessionId: "s" };
  assert.equal(allows(rulesOf(empty), admin), false);
  assert.equal(isPublic(empty), false);
  // @ts-expect-error a role that has no name
  assert.equal(allows([role()], admin), false);
  // @ts-expect-error a service that has no name
  assert.equal(allows([service()], { kind: "service", id: "orders" }), false);
});

test("any rule of several lets a caller in, and what is internal stays inside whatever its rule", () => {
  const either = get("/v1/things", { ...spec, access: [signedIn, service("orders")] });
  assert.equal(isPublic(either), true);
  assert.equal(allows(rulesOf(either), { kind: "service", id: "orders" }), true);
  assert.equal(allows(rulesOf(either), { kind: "service", id: "payments" }), false);
  assert.equal(allows(rulesOf(either), { kind: "anonymous" }), false);
  assert.equal(isPublic(get("/internal/things", { ...spec, access: anyone })), false);
});
