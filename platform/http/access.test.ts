import assert from "node:assert/strict";
import { test } from "node:test";
import { type Access, anyone, holder, type Principal, role, service, signedIn } from "@souk/contract";
import { ServiceError } from "@souk/kernel";
import { admit } from "./access.ts";
import { RequestProblem } from "./problems.ts";

const users: Record<string, Principal> = {
  ada: { kind: "user", id: "ada", roles: [], sessionId: "s" },
  ops: { kind: "user", id: "ops", roles: ["operator"], sessionId: "s" },
  partner: { kind: "client", id: "partner", roles: ["operator"] },
  reader: { kind: "client", id: "reader", roles: ["operator:read", "support"] },
  orders: { kind: "service", id: "orders" },
  shipping: { kind: "service", id: "shipping" },
};
const verify = async (token: string) => {
  if (token === "down") throw new Error("connection refused");
  const user = users[token];
  if (!user) throw new ServiceError("users.token_invalid", "unauthenticated", "The token has expired.");
  return user;
};

async function outcome(rules: readonly Access[], token?: string, identity?: string, method = "GET"): Promise<string> {
  const headers = {
    ...(token !== undefined && { authorization: token.includes(" ") ? token : `Bearer ${token}` }),
    ...(identity !== undefined && { "x-souk-identity": identity }),
  };
  try {
    const principal = await admit(rules, headers, { verifyUser: verify, verifyService: verify }, false, method);
    return principal.kind === "anonymous" ? "anonymous" : principal.id;
  } catch (error) {
    if (error instanceof RequestProblem) return `${error.http} ${error.code}`;
    throw error;
  }
}

const unauthenticated = "401 unauthenticated";
const forbidden = "403 permission_denied";
const invalid = "401 token_invalid";
const table: readonly (readonly [string, readonly Access[], string | undefined, string | undefined, string])[] = [
  ["nobody in particular may use what is for anyone", [anyone], undefined, undefined, "anonymous"],
  ["someone signed in is known even there", [anyone], "ada", undefined, "ada"],
  ["a bad token is refused even there", [anyone], "forged", undefined, invalid],
  ["a bad identity is refused even there", [anyone], undefined, "forged", invalid],
  ["another scheme is refused", [anyone], "Basic YTpi", undefined, invalid],
  ["Bearer without a token is refused", [anyone], "Bearer ", undefined, invalid],
  ["a holder is anonymous until the route knows better", [holder], undefined, undefined, "anonymous"],
  ["a guest forwarded by the gateway stays a guest", [holder], undefined, "orders", "anonymous"],
  ["what is for the signed-in asks to sign in", [signedIn], undefined, undefined, unauthenticated],
  ["and lets them in", [signedIn], "ada", undefined, "ada"],
  ["but no machine", [signedIn], "partner", undefined, forbidden],
  ["and no service by itself", [signedIn], undefined, "orders", unauthenticated],
  ["a role is needed where one is named", [role("operator")], "ada", undefined, forbidden],
  ["and enough", [role("operator")], "ops", undefined, "ops"],
  ["for machines too", [role("operator", "admin")], "partner", undefined, "partner"],
  ["a service that is listed may", [service("orders")], undefined, "orders", "orders"],
  ["one that is not may not", [service("orders")], undefined, "shipping", forbidden],
  ["a user may not do what is for services", [service("orders")], "ops", undefined, forbidden],
  ["without a token neither", [service("orders")], undefined, undefined, unauthenticated],
  ["a service's token is no user's", [service("orders")], "orders", undefined, invalid],
  ["a forwarded user is the user", [signedIn, service("orders")], "ada", "orders", "ada"],
  [
    "a service that is listed may where its user may not",
    [role("operator"), service("orders")],
    "ada",
    "orders",
    "orders",
  ],
  [
    "one that is not listed lends its user nothing",
    [role("operator"), service("orders")],
    "ada",
    "shipping",
    forbidden,
  ],
  ["a listed service is itself where anyone may come", [anyone, service("orders")], undefined, "orders", "orders"],
  ["a forwarded user's bad token is refused whoever forwards it", [service("orders")], "forged", "orders", invalid],
  ["no rule, no entry", [], undefined, undefined, unauthenticated],
  ["no rule, no entry, signed in or not", [], "ops", "orders", forbidden],
  [
    "when tokens cannot be checked it is not the caller's fault",
    [anyone],
    "down",
    undefined,
    "503 identity_unavailable",
  ],
];
for (const [name, rules, token, identity, expected] of table) {
  test(name, async () => assert.equal(await outcome(rules, token, identity), expected));
}

test("an endpoint that reads the authorization header itself gets it unread", async () => {
  const headers = { authorization: "Basic YTpi" };
  const principal = await admit([anyone], headers, { verifyUser: verify, verifyService: verify }, true, "GET");
  assert.equal(principal.kind, "anonymous");
});

test("a machine whose role is confined to reading has it while it reads, and no other role with it", async () => {
  const reads = (rule: Access, method: string) => outcome([rule], "reader", undefined, method);
  assert.equal(await reads(role("operator"), "GET"), "reader");
  assert.equal(await reads(role("operator"), "HEAD"), "reader");
  for (const method of ["POST", "PUT", "PATCH", "DELETE"])
    assert.equal(await reads(role("operator"), method), forbidden);
  assert.equal(await reads(role("support"), "POST"), "reader", "what is not confined stays whole");
  assert.equal(await reads(role("admin"), "GET"), forbidden);
});
