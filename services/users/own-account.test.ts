import assert from "node:assert/strict";
import { test } from "node:test";
import { password, startUsers } from "./test-users.ts";
import { stepAt, totp } from "./totp.ts";

const { call, send, sql, clock, login, bearer, someone, announced, verified } = await startUsers({
  SOUK_STAFF_SECOND_FACTOR: "required",
});
const problem = (body: unknown) => (body as { error: { code: string } }).error.code; // as: a problem document
const home = { name: "Anna", line1: "1 Market Street", city: "Berlin", postalCode: "10115", country: "DE" };

test("the first address is the default for both uses, and a new default takes the place of the one before", async () => {
  const { as } = await someone();
  const first = await call("addAddress", { body: home }, { as });
  assert.deepEqual([first.defaultShipping, first.defaultBilling], [true, true]);
  await clock.advance(1);
  const second = await call("addAddress", { body: { ...home, label: "Work", defaultShipping: true } }, { as });
  assert.deepEqual([second.defaultShipping, second.defaultBilling], [true, false]);
  const listed = async () =>
    (await call("addresses", { query: {} }, { as })).data.map(({ id, defaultShipping, defaultBilling }) => [
      id,
      defaultShipping,
      defaultBilling,
    ]);
  assert.deepEqual(await listed(), [
    [first.id, false, true],
    [second.id, true, false],
  ]);
  await call(
    "updateAddress",
    { params: { addressId: first.id }, body: { defaultShipping: true, city: "Potsdam" } },
    { as },
  );
  assert.deepEqual(await listed(), [
    [first.id, true, true],
    [second.id, false, false],
  ]);
  const { city, line1 } = await call("address", { params: { addressId: first.id } }, { as });
  assert.deepEqual([city, line1], ["Potsdam", "1 Market Street"], "what is not said stays");
  await call("removeAddress", { params: { addressId: first.id } }, { as });
  assert.deepEqual(await listed(), [[second.id, false, false]]);
});

test("somebody else's address is not there", async () => {
  const [{ as: anna }, { as: eve }] = [await someone(), await someone()];
  const { id } = await call("addAddress", { body: home }, { as: anna });
  const params = { addressId: id };
  for (const reply of [
    await send("address", { params }, { as: eve }),
    await send("updateAddress", { params, body: { city: "X" } }, { as: eve }),
    await send("removeAddress", { params }, { as: eve }),
  ])
    assert.deepEqual([reply.status, problem(reply.body)], [404, "users.address_not_found"]);
  assert.equal((await call("addresses", { query: {} }, { as: eve })).pagination.total, 0);
  assert.equal((await send("addAddress", { body: { ...home, country: "Germany" } }, { as: anna })).status, 422);
});

test("an address book has room for fifty, also for those who write at once", async () => {
  const { as } = await someone();
  const replies = await Promise.all(Array.from({ length: 55 }, () => send("addAddress", { body: home }, { as })));
  assert.equal(replies.filter(({ status }) => status === 201).length, 50);
  const page = await call("addresses", { query: { limit: 20, page: 3 } }, { as });
  assert.deepEqual([page.data.length, page.pagination.total, page.pagination.pages], [10, 50, 3]);
  const all = await sql<{
    n: number;
  }>`select count(*)::int as n from addresses where default_shipping group by user_id having count(*) > 1`;
  assert.deepEqual(all, []);
});

/** Somebody with an authenticator. */
async function enrolled() {
  const who = await someone();
  const { secret, uri } = await call("enrolSecondFactor", {}, { as: who.as });
  const key = Buffer.from(base32Bytes(secret));
  const code = () => totp(key, stepAt(clock.now()));
  const { recoveryCodes } = await call("confirmSecondFactor", { body: { code: code() } }, { as: who.as });
  return { ...who, uri, code, recoveryCodes };
}
function base32Bytes(text: string): number[] {
  const bits = [...text]
    .map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0"))
    .join("");
  return (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
}

test("with a second factor, signing in needs the password and a code that was not used before", async () => {
  const before = (await announced("second-factor-changed")).length;
  const { user, code, uri } = await enrolled();
  assert.match(uri, /^otpauth:\/\/totp\/Souk:person\d+%40example\.com\?secret=/);
  assert.equal((await announced("second-factor-changed")).length, before + 1, "and they are told");
  await assert.rejects(login(user.email), { code: "users.second_factor_required", status: 401 });
  await assert.rejects(login(user.email, "wrong", code()), { code: "users.wrong_credentials" });
  await assert.rejects(login(user.email, password, "000000"), { code: "users.wrong_code" });
  await assert.rejects(login(user.email, password, code()), { code: "users.wrong_code" }, "it was used to confirm");
  await clock.advance(30_000);
  const { user: seen } = await login(user.email, password, code());
  assert.equal(seen.secondFactor, true);
  await assert.rejects(login(user.email, password, code()), { code: "users.wrong_code" }, "a replay");
  await clock.advance(30_000);
  const both = await Promise.allSettled([login(user.email, password, code()), login(user.email, password, code())]);
  assert.deepEqual(
    both.map(({ status }) => status).toSorted(),
    ["fulfilled", "rejected"],
    "of two at once one is the second",
  );
});

test("a recovery code signs in once; new ones take the place of the old", async () => {
  const { user, as, code, recoveryCodes } = await enrolled();
  const [first = "", second = ""] = recoveryCodes;
  assert.equal(new Set(recoveryCodes).size, 10);
  await login(user.email, password, first.toLowerCase().replace("-", " "));
  await assert.rejects(login(user.email, password, first), { code: "users.wrong_code" });
  await clock.advance(30_000);
  const { recoveryCodes: renewed } = await call("renewRecoveryCodes", { body: { code: code() } }, { as });
  await assert.rejects(login(user.email, password, second), { code: "users.wrong_code" });
  await login(user.email, password, renewed[0]);
});

test("guessing codes is slowed like guessing passwords", async () => {
  const { user } = await enrolled();
  const codes = Array.from({ length: 12 }, (_, i) => String(100_000 + i));
  const statuses = [];
  for (const code of codes)
    statuses.push((await send("login", { body: { email: user.email, password, code } })).status);
  assert.deepEqual(statuses.slice(-2), [429, 429]);
});

test("enrolling begins anew until it is confirmed, and only a fresh session does it or undoes it", async () => {
  const { user, as } = await someone();
  const first = await call("enrolSecondFactor", {}, { as });
  const second = await call("enrolSecondFactor", {}, { as });
  const codeOf = (secret: string) => totp(Buffer.from(base32Bytes(secret)), stepAt(clock.now()));
  await assert.rejects(call("confirmSecondFactor", { body: { code: codeOf(first.secret) } }, { as }), {
    code: "users.wrong_code",
  });
  await login(user.email);
  await call("confirmSecondFactor", { body: { code: codeOf(second.secret) } }, { as });
  assert.equal(problem((await send("enrolSecondFactor", {}, { as })).body), "users.second_factor_there");
  await clock.advance(15 * 60_000 + 1_000);
  assert.equal(problem((await send("removeSecondFactor", {}, { as })).body), "users.sign_in_again");
  const fresh = await bearer((await login(user.email, password, codeOf(second.secret))).accessToken);
  await call("removeSecondFactor", {}, { as: fresh });
  await login(user.email);
});

test("where staff need a second factor, their roles do not count without one", async () => {
  const { user, as } = await someone();
  await sql`update users set roles = '{operator}' where user_id = ${user.id}`;
  const without = await login(user.email);
  assert.equal(without.enrolSecondFactor, true);
  assert.deepEqual((await verified(without.accessToken)).payload["roles"], ["customer"]);
  const { secret } = await call("enrolSecondFactor", {}, { as: await bearer(without.accessToken) });
  const codeOf = () => totp(Buffer.from(base32Bytes(secret)), stepAt(clock.now()));
  await call("confirmSecondFactor", { body: { code: codeOf() } }, { as: await bearer(without.accessToken) });
  const refreshed = await call("refresh", { body: { refreshToken: without.refreshToken } });
  assert.deepEqual(
    (await verified(refreshed.accessToken)).payload["roles"],
    ["operator"],
    "the session has both factors now",
  );
  await clock.advance(30_000);
  const { accessToken, enrolSecondFactor } = await login(user.email, password, codeOf());
  assert.equal(enrolSecondFactor, undefined);
  assert.deepEqual((await verified(accessToken)).payload["roles"], ["operator"]);
  assert.ok((await call("sessions", {}, { as })).data.some(({ secondFactor }) => secondFactor));
});
