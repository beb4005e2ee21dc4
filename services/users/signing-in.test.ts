import assert from "node:assert/strict";
import { test } from "node:test";
import { day, password, startUsers } from "./test-users.ts";

const { call, send, sql, origin, clock, register, login, bearer, someone, announced, letter } = await startUsers();
const from = (address: string) => ({ headers: { "x-souk-caller-address": address } });
const attempt = (email: string, secret: string, address = "127.0.0.1") =>
  send("login", { body: { email, password: secret } }, from(address));
const problem = (body: unknown) => (body as { error: { code: string; message: string } }).error; // as: a problem document

test("an unknown address and a wrong password are refused alike", async () => {
  const { user } = await register();
  const refusals = await Promise.all([attempt(user.email, "wrong"), attempt("nobody@example.com", password)]);
  const seen = refusals.map(({ status, body }) => [status, problem(body).code, problem(body).message]);
  assert.deepEqual(seen[0], seen[1]);
  assert.deepEqual(seen[0]?.slice(0, 2), [401, "users.wrong_credentials"]);
});

test("signing up with an address that has an account looks as if it had none, and its owner is written to", async () => {
  const { user: owner } = await register("owner@example.com");
  await call("verifyAddress", { body: { token: (await letter("welcome")).token ?? "" } });
  const stranger = await send("register", {
    body: { email: "OWNER@example.com", password: "a stranger's", name: "Eve" },
  });
  const nobody = await send("register", {
    body: { email: "nobody.yet@example.com", password: "a stranger's", name: "Eve" },
  });
  assert.equal(stranger.status, nobody.status);
  const shape = (body: unknown) =>
    JSON.stringify(body, (key, value) =>
      ["id", "email", "createdAt", "accessToken", "refreshToken"].includes(key) ? typeof value : value,
    );
  assert.equal(shape(stranger.body), shape(nobody.body));

  const { user: theirs } = await login("owner@example.com", "a stranger's");
  assert.notEqual(theirs.id, owner.id, "it works like any new account, and is another one");
  assert.deepEqual([theirs.name, theirs.emailVerified], ["Eve", false]);
  assert.equal((await login("owner@example.com")).user.id, owner.id);
  const told = await letter("address-taken");
  assert.deepEqual([told.email, told.name, told.token], ["owner@example.com", "Anna", undefined]);
});

test("signing up again with the same password signs in, however often and at once", async () => {
  const email = "twice@example.com";
  const made = await Promise.all([register(email), register(email), register(email)]);
  const again = await register(email.toUpperCase());
  assert.equal(new Set([...made, again].map(({ user }) => user.id)).size, 1);
});

test("a weak password, an address that is none and unknown fields are refused", async () => {
  const good = { email: "x@example.com", password, name: "X" };
  for (const bad of [
    { password: "short" },
    { email: "x" },
    { name: "" },
    { roles: ["admin"] },
    { locale: "fr" as "de" },
  ])
    assert.equal((await send("register", { body: { ...good, ...bad } })).status, 422, JSON.stringify(bad));
});

test("an address is proved by the token that was mailed to it; clicking twice is no mistake", async () => {
  const { user, as } = await someone("prove@example.com");
  const { email, name, locale, token = "" } = await letter("welcome");
  assert.deepEqual([email, name, locale], ["prove@example.com", "Anna", "en"]);
  for (let i = 0; i < 2; i++) await call("verifyAddress", { body: { token } });
  assert.deepEqual(await call("me", {}, { as }), { ...user, emailVerified: true });
  const [stored] = await sql<{ hash: Buffer }>`select token_hash as hash from letters where user_id = ${user.id}`;
  assert.equal(stored?.hash.toString().includes(token), false);
  await assert.rejects(call("verifyAddress", { body: { token: `${token}x` } }), {
    code: "users.letter_token_invalid",
    status: 422,
  });
});

test("whoever proves an address takes it from those who only claimed it", async () => {
  const email = "contested@example.com";
  const { user: squatter, refreshToken } = await register(email, "squatting there");
  const { token: squattersToken = "" } = await letter("welcome");
  const { as: owner } = await someone(email);
  await call("verifyAddress", { body: { token: (await letter("welcome")).token ?? "" } });
  assert.equal((await call("me", {}, { as: owner })).emailVerified, true);
  await assert.rejects(login(email, "squatting there"), { code: "users.wrong_credentials" });
  await assert.rejects(call("refresh", { body: { refreshToken } }), { code: "users.refresh_invalid" });
  await assert.rejects(call("verifyAddress", { body: { token: squattersToken } }), {
    code: "users.letter_token_invalid",
  });
  await clock.advance(31 * day);
  for (let i = 0; i < 200; i++) {
    const [row] = await sql<{
      erased: boolean;
    }>`select erased_at is not null as erased from users where user_id = ${squatter.id}`;
    if (row?.erased) return;
    await clock.advance(60_000);
  }
  assert.fail("and is erased after a month");
});

test("a verification can be sent again, three times an hour, and the newest letter counts as long as it says", async () => {
  const { as } = await someone("again@example.com");
  const before = (await announced("verify-address")).length;
  for (let i = 0; i < 5; i++) assert.equal((await send("sendVerification", {}, { as })).status, 202);
  assert.equal((await announced("verify-address")).length, before + 3);
  const { token = "" } = await letter("verify-address");
  await clock.advance(day + 1_000);
  await assert.rejects(call("verifyAddress", { body: { token } }), { code: "users.letter_token_invalid" });
});

test("asking for a new password tells nothing; the mailed token sets it once, proves the address and ends every session", async () => {
  const { user, refreshToken } = await register("forgetful@example.com");
  const ask = (email: string) => send("requestPasswordReset", { body: { email } });
  const [known, unknown] = [await ask("Forgetful@example.com"), await ask("never.seen@example.com")];
  assert.deepEqual([known.status, known.body], [unknown.status, unknown.body]);
  await assert.rejects(letter("reset-password"), { code: "users.letter_over" }, "nobody is written to");
  await clock.advance(1_000);
  await ask("forgetful@example.com");
  const { token = "", email, userId } = await letter("reset-password");
  assert.deepEqual([email, userId], ["forgetful@example.com", user.id]);

  await call("resetPassword", { body: { token, password: "a new one, better" } });
  await assert.rejects(call("resetPassword", { body: { token, password: "once more" } }), {
    code: "users.letter_token_invalid",
  });
  await assert.rejects(login(user.email), { code: "users.wrong_credentials" });
  await assert.rejects(call("refresh", { body: { refreshToken } }), { code: "users.refresh_invalid" });
  assert.equal((await login(user.email, "a new one, better")).user.emailVerified, true);
  assert.equal((await letter("password-changed")).email, user.email, "and they are told");
});

test("a token to reset a password is good for half an hour, and no longer than the next one is used", async () => {
  const { user } = await register("slow@example.com");
  const ask = async () => {
    await call("requestPasswordReset", { body: { email: user.email } });
    return (await letter("reset-password")).token ?? "";
  };
  const late = await ask();
  await clock.advance(30 * 60_000);
  const refused = { code: "users.letter_token_invalid" };
  await assert.rejects(call("resetPassword", { body: { token: late, password: "too late for it" } }), refused);
  const [first, second] = [await ask(), await ask()];
  await call("resetPassword", { body: { token: second, password: "the second one" } });
  await assert.rejects(call("resetPassword", { body: { token: first, password: "the first one" } }), refused);
  await login(user.email, "the second one");
});

test("changing the password needs the current one, and signs out everywhere else", async () => {
  const { user, as } = await someone();
  const { refreshToken: elsewhere } = await login(user.email);
  const change = (currentPassword: string, newPassword: string) =>
    send("changePassword", { body: { currentPassword, newPassword } }, { as });
  assert.equal(problem((await change("wrong", "whatever it is")).body).code, "users.wrong_password");
  assert.equal((await change(password, "whatever it is")).status, 200);
  await assert.rejects(call("refresh", { body: { refreshToken: elsewhere } }), { code: "users.refresh_invalid" });
  assert.deepEqual(
    (await call("sessions", {}, { as })).data.map(({ current }) => current),
    [true],
  );
  await login(user.email, "whatever it is");
});

test("another address counts once it is proved, and the one before is told", async () => {
  const { user, as } = await someone("before@example.com");
  await call("verifyAddress", { body: { token: (await letter("welcome")).token ?? "" } });
  const change = (email: string, secret = password) =>
    send("changeAddress", { body: { email, password: secret } }, { as });
  assert.equal((await change("after@example.com", "wrong")).status, 403);
  assert.equal((await change("After@example.com")).status, 202);
  assert.equal((await call("me", {}, { as })).email, "before@example.com");
  const { email, token = "" } = await letter("verify-address");
  assert.equal(email, "after@example.com");
  await call("verifyAddress", { body: { token } });
  assert.deepEqual(await call("me", {}, { as }), { ...user, email: "after@example.com", emailVerified: true });
  assert.equal((await login("after@example.com")).user.id, user.id);
  await assert.rejects(login("before@example.com"), { code: "users.wrong_credentials" });
  assert.equal((await letter("address-changed")).email, "before@example.com");
});

test("an address that somebody else has proved cannot be taken, and asking for it does not tell", async () => {
  await register("taken@example.com");
  await call("verifyAddress", { body: { token: (await letter("welcome")).token ?? "" } });
  const { as } = await someone();
  const before = (await announced("verify-address")).length;
  assert.equal((await send("changeAddress", { body: { email: "taken@example.com", password } }, { as })).status, 202);
  assert.equal((await announced("verify-address")).length, before);
  assert.equal((await letter("address-taken")).email, "taken@example.com");
});

test("only the service that sends letters opens them", async () => {
  await register();
  const [letterId = ""] = (await announced("welcome")).slice(-1);
  const open = { params: { letterId } };
  assert.equal((await send("openLetter", open)).status, 401);
  assert.equal((await send("openLetter", open, { as: { kind: "service", id: "orders" } })).status, 403);
});

test("only the service that sends mail is told where somebody is written to, and only a proved address", async () => {
  const { user } = await register("unproved@example.com");
  const ask = { params: { userId: user.id } };
  const notifier = { kind: "service", id: "notifications" } as const;
  assert.equal((await send("contact", ask)).status, 401);
  assert.equal((await send("contact", ask, { as: { kind: "service", id: "orders" } })).status, 403);
  assert.equal((await send("contact", ask, { as: notifier })).status, 404);
  await sql`update users set verified_at = now() where user_id = ${user.id}`;
  assert.deepEqual((await send("contact", ask, { as: notifier })).body, {
    ...{ email: "unproved@example.com", name: user.name, locale: "en" },
  });
});

test("guessing one address's password from one place is slowed, in the same words whether or not it has an account", async () => {
  const { user } = await register("guessed@example.com");
  const guess = async (email: string) => {
    const answers = [];
    for (let i = 0; i < 12; i++) answers.push(await attempt(email, "wrong", "198.51.100.1"));
    return answers;
  };
  const [known, unknown] = [await guess(user.email), await guess("never@example.com")];
  assert.deepEqual(
    known.map(({ status }) => status),
    [...Array(10).fill(401), 429, 429],
  );
  assert.deepEqual(
    unknown.map(({ status }) => status),
    known.map(({ status }) => status),
  );
  const last = known.at(-1);
  assert.equal(problem(last?.body).code, "rate_limited");
  assert.equal(last?.headers.get("retry-after"), "900");
  assert.equal((await attempt(user.email, password, "198.51.100.1")).status, 429, "the right one too");
  await clock.advance(15 * 60_000 + 1_000);
  assert.equal((await attempt(user.email, password, "198.51.100.1")).status, 200);
});

test("many guesses at once do not pass before the first is counted", async () => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => attempt("burst@example.com", "wrong", "198.51.100.2")),
  );
  assert.equal(answers.filter(({ status }) => status === 401).length, 10);
});

test("strangers who guess from everywhere do not shut the owner out where the owner has signed in before", async () => {
  const { user } = await register("famous@example.com");
  assert.equal((await attempt(user.email, password, "203.0.113.50")).status, 200);
  for (let i = 0; i < 60; i++) await attempt(user.email, "wrong", `198.51.100.${i + 10}`);
  assert.equal(
    (await attempt(user.email, password, "198.51.100.200")).status,
    429,
    "from a new place nobody gets in for a while",
  );
  assert.equal((await attempt(user.email, password, "203.0.113.50")).status, 200);
  assert.equal((await attempt(user.email, password, "198.51.100.10")).status, 429);
});

test("what is guessed by signing up counts as guessing too", async () => {
  await register("oracle@example.com");
  const tries = [];
  for (let i = 0; i < 12; i++)
    tries.push(
      (
        await send(
          "register",
          { body: { email: "oracle@example.com", password: `a guess, number ${i}`, name: "E" } },
          from("198.51.100.3"),
        )
      ).status,
    );
  assert.deepEqual(tries.slice(-1), [429]);
  assert.equal(tries.filter((status) => status === 201).length <= 10, true);
});

test("links in mails lead to pages that work without a script and do nothing by being looked at", async () => {
  const { as, user } = await someone();
  const { token = "" } = await letter("welcome");
  const shown = await fetch(`${origin}/letters/verify-address?token=${encodeURIComponent(`${token}"><b>`)}`);
  const text = await shown.text();
  assert.match(shown.headers.get("content-type") ?? "", /text\/html/);
  assert.equal(shown.headers.get("referrer-policy"), "no-referrer");
  assert.ok(!text.includes("<b>") && text.includes("&lt;b&gt;"));
  const submit = (page: string, fields: Record<string, string>) =>
    fetch(`${origin}/letters/${page}`, { method: "POST", body: new URLSearchParams(fields) });
  assert.equal((await call("me", {}, { as })).emailVerified, false);
  assert.match(await (await submit("verify-address", { token })).text(), /is confirmed/);
  assert.equal((await call("me", {}, { as })).emailVerified, true);

  assert.match(await (await fetch(`${origin}/letters/forgotten-password`)).text(), /name="email"/);
  assert.match(
    await (await submit("forgotten-password", { email: user.email })).text(),
    /If the address has an account/,
  );
  const reset = (await letter("reset-password")).token ?? "";
  assert.match(await (await submit("reset-password", { token: reset, password: "short" })).text(), /at least 8/);
  assert.match(await (await submit("reset-password", { token: reset, password: "set by the form" })).text(), /is set/);
  assert.match(
    await (await submit("reset-password", { token: reset, password: "set by the form" })).text(),
    /does not work/,
  );
  await bearer((await login(user.email, "set by the form")).accessToken);
});
