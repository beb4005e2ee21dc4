import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { users } from "./contract.ts";
import { client, day, gateway, issuer, password, startUsers } from "./test-users.ts";

const { call, send, sql, published, origin, logs, clock, register, login, verified, bearer, someone } =
  await startUsers();
const refresh = (refreshToken: string) => call("refresh", { body: { refreshToken } });

test("who registers is signed in, and the others are told without being told who", async () => {
  const reply = await send("register", { body: { email: "Anna@Example.com", password, name: "Anna", locale: "de" } });
  assert.equal(reply.status, 201);
  const { user, accessToken, expiresIn } = await login("anna@example.COM");
  const { id, createdAt: _, ...rest } = user;
  assert.deepEqual(rest, {
    ...{ email: "anna@example.com", emailVerified: false, name: "Anna", locale: "de" },
    ...{ roles: ["customer"], groups: [], secondFactor: false },
  });
  assert.equal(expiresIn, 300);
  assert.deepEqual(await call("me", {}, { as: await bearer(accessToken) }), user);
  const [event] = (await published(users.events.registered)).filter(({ subject }) => subject === id);
  assert.deepEqual(event?.data, { userId: id, locale: "de" });
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

test("nothing that is stored, told or logged says who somebody is, or opens anything", async () => {
  const { user, refreshToken } = await register("secretive@example.com");
  await call(
    "updateMe",
    { body: { name: "Annabella" } },
    { as: { kind: "user", id: user.id, roles: [], sessionId: "" } },
  );
  const [stored] = await sql<{ hash: string }>`select password_hash as hash from users where user_id = ${user.id}`;
  assert.match(stored?.hash ?? "", /^\$argon2id\$/);
  const tables = await sql<{ name: string }>`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_schema in ('public', 'chassis') and table_type = 'BASE TABLE'`;
  assert.ok(tables.length > 15);
  const dumped = await sql<{ text: string }>`
    select query_to_xml('select * from ' || name, true, false, '')::text as text from unnest(${tables.map(({ name }) => name)}::text[]) as name`;
  const everything = JSON.stringify([dumped, logs]);
  assert.ok(everything.includes(user.id), "the dump is one");
  for (const secret of [password, refreshToken, client.secret, "secretive@example.com", "Annabella"])
    assert.equal(everything.includes(secret), false, secret);
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
  const { as, refreshToken } = await someone();
  const next = await refresh(refreshToken);
  await assert.rejects(refresh(refreshToken), { code: "users.refresh_reused", status: 401 });
  await assert.rejects(refresh(next.refreshToken), { code: "users.refresh_invalid", status: 401 });
  assert.ok((await call("revocations", {}, { as: gateway })).sessionIds.includes(as.sessionId));
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
  const { user, as } = await someone();
  await clock.advance(1_000);
  const headers = { "x-souk-caller-address": "203.0.113.7", "x-souk-caller-agent": "a telephone" };
  const elsewhere = await call("login", { body: { email: user.email, password } }, { headers });
  const other = await bearer(elsewhere.accessToken);
  const sessions = async () => (await call("sessions", {}, { as })).data;
  assert.deepEqual(
    (await sessions()).map(({ id, current, address, agent }) => [id, current, address, agent]),
    [
      [other.sessionId, false, "203.0.113.7", "a telephone"],
      [as.sessionId, true, "127.0.0.1", "node"],
    ],
  );
  const { as: stranger } = await someone();
  const revoke = (who: Principal) => send("revokeSession", { params: { sessionId: other.sessionId } }, { as: who });
  assert.equal((await revoke(stranger)).status, 404);
  assert.equal((await revoke(as)).status, 200);
  assert.equal((await revoke(as)).status, 404);
  assert.deepEqual(
    (await sessions()).map(({ id }) => id),
    [as.sessionId],
  );
  await assert.rejects(refresh(elsewhere.refreshToken), { code: "users.refresh_invalid" });
  await Promise.all([login(user.email), login(user.email)]);
  assert.deepEqual(await call("revokeOtherSessions", {}, { as }), { ended: 2 });
  assert.equal((await sessions()).length, 1);
});

test("ended sessions are announced while tokens of theirs may live, to the gateway only", async () => {
  const { as, refreshToken } = await someone();
  await call("logout", { body: { refreshToken } });
  const announced = async () => (await call("revocations", {}, { as: gateway })).sessionIds.includes(as.sessionId);
  await clock.advance(300_000);
  assert.equal(await announced(), true);
  await clock.advance(120_000);
  assert.equal(await announced(), false);
  assert.equal((await send("revocations", {}, { as: { kind: "service", id: "orders" } })).status, 403);
  assert.equal((await send("revocations")).status, 401);
});

test("a person changes their name and language, and nothing else", async () => {
  const { user, as } = await someone();
  assert.deepEqual(await call("updateMe", { body: { name: "Anne" } }, { as }), { ...user, name: "Anne" });
  assert.deepEqual(await call("updateMe", { body: {} }, { as }), { ...user, name: "Anne" });
  const changed = await call("updateMe", { body: { locale: "de" } }, { as });
  assert.deepEqual(changed, { ...user, name: "Anne", locale: "de" });
  const told = (await published(users.events.profileChanged)).filter(({ subject }) => subject === user.id);
  assert.deepEqual(
    told.map(({ sequence, data }) => [sequence, data]),
    [[2, { userId: user.id, locale: "de", emailVerified: false, groups: [] }]],
  );
  const sneaky: object = { name: "Anne", roles: ["admin"] };
  assert.equal((await send("updateMe", { body: sneaky }, { as })).status, 422);
  assert.equal((await send("me")).status, 401);
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
