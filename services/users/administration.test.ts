import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { users } from "./contract.ts";
import { admin, gateway, startUsers } from "./test-users.ts";

const {
  call,
  send,
  sql,
  origin,
  published,
  clock,
  login,
  bearer,
  someone,
  announced,
  verified,
  root: signInAsRoot,
} = await startUsers();
const root = await signInAsRoot();
const problem = (body: unknown) => (body as { error: { code: string } }).error.code; // as: a problem document
const refresh = (refreshToken: string) => call("refresh", { body: { refreshToken } });
type Role = "customer" | "support" | "merchandiser" | "operator" | "admin";
const setRoles = (userId: string, roles: Role[], as: Principal = root) =>
  send("setRoles", { params: { userId }, body: { roles } }, { as });
/** Somebody new with roles of staff, signed in after they were given. */
async function staff(...roles: Role[]) {
  const { user } = await someone();
  await setRoles(user.id, roles);
  return { user, as: await bearer((await login(user.email)).accessToken) };
}

test("the first administrator signs in and says what others may do", async () => {
  assert.deepEqual(root.roles, ["admin"]);
  assert.equal((await call("me", {}, { as: root })).emailVerified, true);
  const { user, as, refreshToken } = await someone();
  assert.equal((await setRoles(user.id, ["support"], as)).status, 403, "not oneself");
  assert.equal((await setRoles(user.id, ["support"], { ...as, roles: ["operator"] })).status, 403);
  assert.equal((await setRoles(user.id, ["support", "customer", "support"])).status, 200);
  assert.deepEqual((await bearer((await refresh(refreshToken)).accessToken)).roles, ["support", "customer"]);
  const told = (await published(users.events.rolesChanged)).filter(({ subject }) => subject === user.id);
  assert.deepEqual(
    told.map(({ sequence, data }) => [sequence, data.roles]),
    [[2, ["support", "customer"]]],
  );
  assert.equal((await setRoles(root.sessionId, ["customer"])).status, 404);
});

test("whoever may do less is signed out, and whoever did it is on record", async () => {
  const { user } = await someone();
  await setRoles(user.id, ["operator", "customer"]);
  const { refreshToken } = await login(user.email);
  await setRoles(user.id, ["operator", "customer", "support"]);
  const { refreshToken: next } = await refresh(refreshToken);
  await clock.advance(1);
  await setRoles(user.id, ["customer"]);
  await assert.rejects(refresh(next), { code: "users.refresh_invalid" });
  const { data } = await call("audit", { query: { subjectId: user.id } }, { as: root });
  assert.deepEqual(data.map(({ actorId, action, detail }) => [actorId, action, detail])[0], [
    root.id,
    "roles set",
    { before: ["operator", "customer", "support"], after: ["customer"] },
  ]);
  assert.equal(data.length, 3);
  assert.equal((await send("audit", { query: {} }, { as: (await staff("operator")).as })).status, 403);
});

test("the last administrator stays one, whoever asks at once", async () => {
  assert.equal(problem((await setRoles(root.id, ["customer"])).body), "users.last_administrator");
  const { user: other } = await staff("admin");
  const both = await Promise.all([setRoles(root.id, ["customer"]), setRoles(other.id, ["customer"])]);
  assert.deepEqual(both.map(({ status }) => status).toSorted(), [200, 409]);
  const [left] = await sql<{ id: string }>`select user_id as id from users where roles @> '{admin}'`;
  const as = left?.id === root.id ? root : { ...root, id: other.id };
  await setRoles(root.id, ["admin"], as);
  await setRoles(other.id, ["customer"]);
});

test("support finds people by address, role and group; nobody else does", async () => {
  const { as: support } = await staff("support");
  const { user, as } = await someone("findable@example.com");
  const found = await call("list", { query: { email: "Findable@Example.com" } }, { as: support });
  assert.deepEqual(found.data, [user]);
  assert.deepEqual(await call("byId", { params: { userId: user.id } }, { as: support }), user);
  const admins = await call("list", { query: { role: "admin" } }, { as: support });
  assert.deepEqual(
    admins.data.map(({ email }) => email),
    [admin.email.toLowerCase()],
  );
  assert.equal((await call("list", { query: { email: "nobody@example.com" } }, { as: support })).pagination.total, 0);
  for (const reply of [
    await send("list", { query: {} }, { as }),
    await send("byId", { params: { userId: user.id } }, { as }),
  ])
    assert.equal(reply.status, 403);
});

test("groups are made, given and taken away, and the others hear of it", async () => {
  const { as: merchandiser } = await staff("merchandiser");
  const { as: support } = await staff("support");
  const { user } = await someone();
  const put = (code: string, name: string) =>
    call("putGroup", { params: { code }, body: { name } }, { as: merchandiser });
  await put("wholesale", "Wholesale");
  await put("vip", "V.I.P.");
  await put("vip", "Very important");
  assert.deepEqual((await call("groups", { query: {} }, { as: support })).data, [
    { code: "vip", name: "Very important" },
    { code: "wholesale", name: "Wholesale" },
  ]);
  const give = (...groups: string[]) =>
    send("setGroups", { params: { userId: user.id }, body: { groups } }, { as: support });
  assert.equal(problem((await give("vip", "no-such")).body), "users.group_not_found");
  const asked = { body: { codes: ["vip", "no-such"] } };
  const catalogue: Principal = { kind: "service", id: "products" };
  assert.deepEqual(await call("missingGroups", asked, { as: catalogue }), { missing: ["no-such"] });
  assert.equal((await give("wholesale", "vip", "vip")).status, 200);
  assert.deepEqual(
    (await call("list", { query: { group: "vip" } }, { as: support })).data.map(({ groups }) => groups),
    [["vip", "wholesale"]],
  );
  await call("removeGroup", { params: { code: "vip" } }, { as: merchandiser });
  assert.deepEqual((await call("byId", { params: { userId: user.id } }, { as: support })).groups, ["wholesale"]);
  const told = (await published(users.events.profileChanged)).filter(({ subject }) => subject === user.id);
  assert.deepEqual(
    told.map(({ sequence, data }) => [sequence, data.groups]),
    [
      [2, ["vip", "wholesale"]],
      [3, ["wholesale"]],
    ],
  );
});

test("who has lost authenticator and codes is helped by an administrator", async () => {
  const { user, as, refreshToken } = await someone();
  await sql`insert into second_factors (user_id, sealed, created_at, confirmed_at) values (${user.id}, '\\x00', now(), now())`;
  const before = (await announced("second-factor-changed")).length;
  assert.equal((await send("resetSecondFactor", { params: { userId: user.id } }, { as })).status, 403);
  await call("resetSecondFactor", { params: { userId: user.id } }, { as: root });
  await assert.rejects(refresh(refreshToken), { code: "users.refresh_invalid" });
  await login(user.email);
  assert.equal((await announced("second-factor-changed")).length, before + 1);
});

const grant = async (clientId: string, secret: string) => {
  const body = new URLSearchParams({ grant_type: "client_credentials", client_id: clientId, client_secret: secret });
  const response = await fetch(`${origin}/oauth/token`, { method: "POST", body });
  // as: compared by the tests
  const answer = (await response.json()) as { access_token?: string; scope?: string };
  return { status: response.status, ...answer };
};

test("an API key is shown once, found by its beginning, and gives a token with its scopes", async () => {
  const { user, as } = await staff("operator", "support");
  const wanted = { name: "warehouse", scopes: ["operator", "support:read"] as ("operator" | "support:read")[] };
  const before = (await announced("api-key-made")).length;
  const made = await call("createApiKey", { body: wanted }, { as });
  assert.ok(made.key.startsWith(`${made.id}_`));
  assert.equal((await announced("api-key-made")).length, before + 1);
  const token = await grant(made.id, made.key);
  assert.equal(token.scope, "operator support:read");
  const { payload } = await verified(token.access_token ?? "");
  assert.deepEqual([payload.sub, payload["roles"]], [made.id, ["operator", "support:read"]]);
  const { data } = await call("apiKeys", { query: {} }, { as });
  const { key: _, ...listed } = made;
  assert.deepEqual(data, [{ ...listed, lastUsedAt: new Date(clock.now()).toISOString() }]);
  assert.equal(JSON.stringify(await sql`select * from api_keys`).includes(made.key.slice(23, 60)), false);
  assert.equal((await grant(made.id, `${made.key.slice(0, -1)}x`)).status, 401);
  assert.equal(
    (await call("apiKeys", { query: {} }, { as: (await staff("operator")).as })).pagination.total,
    0,
    "each sees their own",
  );
  assert.ok((await call("apiKeys", { query: {} }, { as: root })).data.some(({ ownerId }) => ownerId === user.id));
});

test("nobody gives a key more than they have, and a key loses what its owner loses", async () => {
  const { user, as } = await staff("operator", "merchandiser");
  const create = (scopes: ("operator" | "merchandiser" | "support:read")[]) =>
    send("createApiKey", { body: { name: "k", scopes } }, { as });
  assert.equal(problem((await create(["support:read"])).body), "users.scope_not_held");
  const { id, key } = await call("createApiKey", { body: { name: "k", scopes: ["operator", "merchandiser"] } }, { as });
  await setRoles(user.id, ["operator"]);
  assert.equal((await grant(id, key)).scope, "operator");
  await setRoles(user.id, ["customer"]);
  assert.equal((await grant(id, key)).scope, "");
});

test("a rotated key works a while longer beside the new one; a revoked one and one that expired do not", async () => {
  const { as } = await staff("operator");
  const expiresAt = new Date(clock.now() + 7 * 86_400_000).toISOString();
  const made = await call("createApiKey", { body: { name: "k", scopes: ["operator"], expiresAt } }, { as });
  const rotated = await call("rotateApiKey", { params: { keyId: made.id }, body: { graceHours: 2 } }, { as });
  const works = async (key: string) => (await grant(made.id, key)).status === 200;
  assert.deepEqual([await works(made.key), await works(rotated.key)], [true, true]);
  await clock.advance(2 * 3_600_000 + 1);
  assert.deepEqual([await works(made.key), await works(rotated.key)], [false, true]);
  await clock.advance(7 * 86_400_000);
  assert.equal(await works(rotated.key), false);
  const fresh = await bearer((await login((await call("me", {}, { as })).email)).accessToken);
  const other = await call("createApiKey", { body: { name: "k", scopes: ["operator"] } }, { as: fresh });
  const stranger = (await staff("operator")).as;
  assert.equal((await send("revokeApiKey", { params: { keyId: other.id } }, { as: stranger })).status, 404);
  assert.equal((await send("rotateApiKey", { params: { keyId: other.id }, body: {} }, { as: stranger })).status, 404);
  await call("revokeApiKey", { params: { keyId: other.id } }, { as: fresh });
  assert.equal((await grant(other.id, other.key)).status, 401);
  const announced = async () => (await call("revocations", {}, { as: gateway })).keyIds.includes(other.id);
  assert.equal(await announced(), true, "the gateway refuses the tokens that were made with it");
  const past = { name: "k", scopes: ["operator" as const], expiresAt: "2020-01-01T00:00:00Z" };
  assert.equal(problem((await send("createApiKey", { body: past }, { as: fresh })).body), "users.expiry_past");
  await clock.advance(361_000);
  assert.equal(await announced(), false, "by then they have expired");
});

test("keys are made by people in a fresh session, not by machines, customers or old tabs", async () => {
  const { as } = await staff("operator");
  const body = { name: "k", scopes: ["operator" as const] };
  const machine: Principal = { kind: "client", id: "m", roles: ["operator"] };
  assert.equal(problem((await send("createApiKey", { body }, { as: machine })).body), "users.people_only");
  assert.equal((await send("createApiKey", { body }, { as: (await someone()).as })).status, 403);
  await clock.advance(16 * 60_000);
  assert.equal(problem((await send("createApiKey", { body }, { as })).body), "users.sign_in_again");
});
