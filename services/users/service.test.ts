import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Principal } from "@souk/contract";
import { fakeClock, startForTest } from "@souk/testing";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { users } from "./contract.ts";
import definition from "./service.ts";

const folder = mkdtempSync(join(tmpdir(), "souk-users-"));
after(() => rmSync(folder, { recursive: true }));
const clientsFile = join(folder, "clients.json");
const client = { id: "shop script", secret: "s3cret:with/odd+characters&more%" };
writeFileSync(clientsFile, JSON.stringify({ [client.id]: { secret: client.secret, roles: ["merchandiser"] } }));

const clock = fakeClock();
const issuer = "http://shop.example";
const seed = (byte: number) => Buffer.alloc(32, byte).toString("base64url");
const admin = { email: "Root@Souk.example", password: "the first administrator" };
const { call, send, sql, published, origin, logs } = await startForTest(definition, new URL("./", import.meta.url), {
  clock,
  env: {
    SOUK_TOKEN_ISSUER: issuer,
    SOUK_TOKEN_SIGNING_KEY: `${seed(1)},${seed(2)}`,
    SOUK_SESSION_TTL: "30d",
    SOUK_ADMIN_EMAIL: admin.email,
    SOUK_ADMIN_PASSWORD: admin.password,
    SOUK_DEV_CLIENTS_FILE: clientsFile,
  },
});

const password = "correct horse";
let people = 0;
const register = (email = `person${++people}@example.com`) =>
  call("register", { body: { email, password, name: "Anna" } });
const login = (email: string, secret = password) => call("login", { body: { email, password: secret } });
const refresh = (refreshToken: string) => call("refresh", { body: { refreshToken } });

/** What the published keys prove of a token, at the service's time. */
async function verified(token: string) {
  // as: JWKS is JSON of that shape, which jose checks
  const keys = createLocalJWKSet((await call("jwks")) as JSONWebKeySet);
  const options = {
    issuer,
    audience: "souk",
    typ: "at+jwt",
    algorithms: ["EdDSA"],
    currentDate: new Date(clock.now()),
  };
  return jwtVerify(token, keys, options);
}
/** Who a token speaks for, as every service understands it. */
async function bearer(token: string): Promise<Principal & { kind: "user" }> {
  const { sub = "", roles, sid } = (await verified(token)).payload;
  return { kind: "user", id: sub, roles: roles as string[], sessionId: String(sid) }; // as: asserted below
}
const day = 86_400_000;

test("who registers is signed in, and the others are told", async () => {
  const reply = await send("register", { body: { email: "Anna@Example.com", password, name: "Anna" } });
  assert.equal(reply.status, 201);
  const { user, accessToken, expiresIn } = await login("anna@example.COM");
  assert.deepEqual([user.email, user.name, user.roles, expiresIn], ["anna@example.com", "Anna", ["customer"], 300]);
  assert.deepEqual(await call("me", {}, { as: await bearer(accessToken) }), user);
  const [event] = (await published(users.events.registered)).filter(({ subject }) => subject === user.id);
  assert.deepEqual(event?.data, { userId: user.id, email: "anna@example.com", name: "Anna" });
});

test("an address has one account, whatever its letter case and whoever is faster", async () => {
  const { user } = await register();
  await assert.rejects(register(user.email.toUpperCase()), { code: "users.email_taken", status: 409 });
  const race = await Promise.allSettled([register("race@example.com"), register("race@example.com")]);
  assert.deepEqual(race.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
});

test("an unknown address and a wrong password are refused alike", async () => {
  const { user } = await register();
  const refusals = await Promise.all([
    send("login", { body: { email: user.email, password: "wrong" } }),
    send("login", { body: { email: "nobody@example.com", password } }),
  ]);
  const seen = refusals.map(({ status, body }) => {
    const { code, message } = (body as { error: { code: string; message: string } }).error; // as: a problem
    return [status, code, message];
  });
  assert.deepEqual(seen[0], seen[1]);
  assert.deepEqual(seen[0]?.slice(0, 2), [401, "users.wrong_credentials"]);
});

test("a weak password, an address that is none and unknown fields are refused", async () => {
  const good = { email: "x@example.com", password, name: "X" };
  for (const bad of [{ password: "short" }, { email: "x" }, { name: "" }, { roles: ["admin"] }])
    assert.equal((await send("register", { body: { ...good, ...bad } })).status, 422, JSON.stringify(bad));
});

test("an access token is proved by the published keys, and lives five minutes", async () => {
  const { accessToken, user } = await register();
  const { payload, protectedHeader } = await verified(accessToken);
  assert.deepEqual([payload.sub, payload["roles"]], [user.id, ["customer"]]);
  assert.equal(typeof payload["sid"], "string");
  assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 300);
  const { keys } = await call("jwks");
  assert.equal(keys.length, 2, "the one that signs, and the one before it");
  assert.equal(protectedHeader.kid, keys[0]?.kid);
  for (const key of keys) assert.deepEqual(Object.keys(key).toSorted(), ["alg", "crv", "kid", "kty", "use", "x"]);
  await clock.advance(299_000);
  await verified(accessToken);
  await clock.advance(2_000);
  await assert.rejects(verified(accessToken), { code: "ERR_JWT_EXPIRED" });
});

test("neither passwords nor tokens are stored or logged", async () => {
  const { user, refreshToken } = await register();
  const [stored] = await sql<{ hash: string }>`select password_hash as hash from users where user_id = ${user.id}`;
  assert.match(stored?.hash ?? "", /^\$argon2id\$/);
  const everything = JSON.stringify([
    await sql`select * from users`,
    await sql`select encode(token_hash, 'base64') as hash, encode(token_hash, 'escape') as text from refresh_tokens`,
    await published(),
    logs,
  ]);
  for (const secret of [password, refreshToken, client.secret]) assert.equal(everything.includes(secret), false);
});

test("a refresh token works once and gives the next", async () => {
  const first = await register();
  const second = await refresh(first.refreshToken);
  const third = await refresh(second.refreshToken);
  assert.equal(new Set([first, second, third].map(({ refreshToken }) => refreshToken)).size, 3);
  const [before, now] = await Promise.all([bearer(first.accessToken), bearer(third.accessToken)]);
  assert.deepEqual(now, before, "the same person in the same session");
});

test("a refresh token that is used again ends the whole session", async () => {
  const { accessToken, refreshToken } = await register();
  const next = await refresh(refreshToken);
  await assert.rejects(refresh(refreshToken), { code: "users.refresh_reused", status: 401 });
  await assert.rejects(refresh(next.refreshToken), { code: "users.refresh_invalid", status: 401 });
  const { sessionId } = await bearer(accessToken);
  const gateway: Principal = { kind: "service", id: "gateway" };
  assert.ok((await call("revocations", {}, { as: gateway })).sessionIds.includes(sessionId));
});

test("of two who use a refresh token at once, one is the second", async () => {
  const { refreshToken } = await register();
  const both = await Promise.allSettled([refresh(refreshToken), refresh(refreshToken)]);
  assert.deepEqual(both.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
});

test("a session that is not used for its time ends", async () => {
  const { refreshToken } = await register();
  await clock.advance(29 * day);
  const { refreshToken: next } = await refresh(refreshToken);
  await clock.advance(29 * day);
  const { refreshToken: last } = await refresh(next);
  await clock.advance(30 * day);
  await assert.rejects(refresh(last), { code: "users.refresh_invalid" });
});

test("signing out ends the session; doing it again, or with nonsense, harms nobody", async () => {
  const { refreshToken } = await register();
  const next = await refresh(refreshToken);
  for (const token of [next.refreshToken, next.refreshToken, "nonsense"])
    await call("logout", { body: { refreshToken: token } });
  await assert.rejects(refresh(next.refreshToken), { code: "users.refresh_invalid" });
});

test("a person sees where they are signed in, and signs out elsewhere", async () => {
  const { user, accessToken } = await register();
  await clock.advance(1_000);
  const elsewhere = await login(user.email);
  const [as, other] = await Promise.all([bearer(accessToken), bearer(elsewhere.accessToken)]);
  const sessions = async () => (await call("sessions", {}, { as })).data.map(({ id, current }) => [id, current]);
  assert.deepEqual(await sessions(), [
    [other.sessionId, false],
    [as.sessionId, true],
  ]);
  const stranger = await bearer((await register()).accessToken);
  const revoke = (who: Principal) => send("revokeSession", { params: { sessionId: other.sessionId } }, { as: who });
  assert.equal((await revoke(stranger)).status, 404);
  assert.equal((await revoke(as)).status, 200);
  assert.equal((await revoke(as)).status, 404);
  assert.deepEqual(await sessions(), [[as.sessionId, true]]);
  await assert.rejects(refresh(elsewhere.refreshToken), { code: "users.refresh_invalid" });
});

test("ended sessions are announced while tokens of theirs may live, to the gateway only", async () => {
  const { accessToken, refreshToken } = await register();
  const { sessionId } = await bearer(accessToken);
  await call("logout", { body: { refreshToken } });
  const gateway: Principal = { kind: "service", id: "gateway" };
  const announced = async () => (await call("revocations", {}, { as: gateway })).sessionIds.includes(sessionId);
  await clock.advance(300_000);
  assert.equal(await announced(), true);
  await clock.advance(120_000);
  assert.equal(await announced(), false);
  assert.equal((await send("revocations", {}, { as: { kind: "service", id: "orders" } })).status, 403);
  assert.equal((await send("revocations")).status, 401);
});

test("a person changes their name, and nothing else", async () => {
  const { user, accessToken } = await register();
  const as = await bearer(accessToken);
  assert.deepEqual(await call("updateMe", { body: { name: "Anne" } }, { as }), { ...user, name: "Anne" });
  assert.deepEqual(await call("updateMe", { body: {} }, { as }), { ...user, name: "Anne" });
  const sneaky: object = { name: "Anne", roles: ["admin"] };
  assert.equal((await send("updateMe", { body: sneaky }, { as })).status, 422);
  assert.equal((await send("me")).status, 401);
});

test("the first administrator signs in and says what others may do", async () => {
  const { accessToken } = await login(admin.email, admin.password);
  const root = await bearer(accessToken);
  assert.deepEqual(root.roles, ["admin"]);
  const { user, accessToken: before, refreshToken } = await register();
  const as = await bearer(before);
  const set = (who: Principal) =>
    send("setRoles", { params: { userId: user.id }, body: { roles: ["support", "customer", "support"] } }, { as: who });
  assert.equal((await set(as)).status, 403, "not oneself");
  assert.equal((await set({ ...as, roles: ["operator"] })).status, 403);
  assert.equal((await set(root)).status, 200);
  assert.deepEqual((await bearer((await refresh(refreshToken)).accessToken)).roles, ["support", "customer"]);
  const told = (await published(users.events.rolesChanged)).filter(({ subject }) => subject === user.id);
  assert.deepEqual(
    told.map(({ sequence, data }) => [sequence, data.roles]),
    [[2, ["support", "customer"]]],
  );
  const nobody = { params: { userId: root.sessionId }, body: { roles: ["customer" as const] } };
  assert.equal((await send("setRoles", nobody, { as: root })).status, 404);
});

async function grant(body: string, headers: Record<string, string>) {
  const response = await fetch(`${origin}/oauth/token`, { method: "POST", headers, body });
  // as: what is compared is asserted by the tests
  return {
    status: response.status,
    body: (await response.json()) as Record<string, string> & { error: { code: string } },
  };
}
const form = { "content-type": "application/x-www-form-urlencoded" };
const json = { "content-type": "application/json" };
const fields = { grant_type: "client_credentials", client_id: client.id, client_secret: client.secret };
const basic = (id: string, secret: string) => {
  const encode = (text: string) => new URLSearchParams({ v: text }).toString().slice(2);
  return { authorization: `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString("base64")}` };
};

for (const [how, body, headers] of [
  ["a form", new URLSearchParams(fields).toString(), form],
  ["JSON", JSON.stringify(fields), json],
  ["HTTP Basic", "grant_type=client_credentials", { ...form, ...basic(client.id, client.secret) }],
] as const) {
  test(`a machine gets a token with its secret in ${how}`, async () => {
    const { status, body: answer } = await grant(body, headers);
    assert.equal(status, 200, JSON.stringify(answer));
    assert.deepEqual([answer["token_type"], answer["scope"]], ["Bearer", "merchandiser"]);
    const { payload } = await verified(answer["access_token"] ?? "");
    assert.deepEqual([payload["client_id"], payload.sub, payload["roles"]], [client.id, client.id, ["merchandiser"]]);
    assert.equal(payload["sid"], undefined);
  });
}

test("a wrong secret, an unknown machine and another grant are refused", async () => {
  const refusal = async (...given: Parameters<typeof grant>) => {
    const { status, body } = await grant(...given);
    return [status, body.error.code];
  };
  const wrong = [401, "users.wrong_client"];
  const bad = [422, "users.bad_grant"];
  assert.deepEqual(await refusal(JSON.stringify({ ...fields, client_secret: "x" }), json), wrong);
  assert.deepEqual(await refusal(JSON.stringify({ ...fields, client_id: "x" }), json), wrong);
  assert.deepEqual(await refusal("grant_type=client_credentials", { ...form, ...basic(client.id, "x") }), wrong);
  assert.deepEqual(await refusal("grant_type=password", form), bad);
  assert.deepEqual(await refusal("grant_type=client_credentials", form), bad);
  assert.deepEqual(await refusal("{", json), bad);
  assert.equal((await grant("<a/>", { "content-type": "text/xml" })).status, 415);
});

test("the shop says where its keys are", async () => {
  const found = await call("discovery");
  assert.deepEqual([found.issuer, found.jwks_uri], [issuer, `${issuer}/.well-known/jwks.json`]);
  assert.equal(found.token_endpoint, `${issuer}/oauth/token`);
});
