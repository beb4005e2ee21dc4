import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import type { Principal } from "@souk/contract";
import { fakeClock, passingTime, startForTest } from "@souk/testing";
import definition from "./service.ts";

const clock = fakeClock();
const webhookSecret = "shared-with-the-merchant";
/** The merchant: keeps what it was told, and answers as the test says. */
const merchant = { status: 200, told: [] as { id: string; key: string; signature: string; body: string }[] };
const shop = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  merchant.told.push({ ...JSON.parse(body), signature: String(request.headers["x-signature"]), body });
  response.writeHead(merchant.status).end();
});
await new Promise<void>((resolve) => shop.listen(0, "127.0.0.1", resolve));
after(() => {
  shop.close();
  shop.closeAllConnections();
});
const url = `http://127.0.0.1:${(shop.address() as AddressInfo).port}/webhooks`; // as: it listens on TCP

const { call, send, sql, logs } = await startForTest(definition, new URL("./", import.meta.url), {
  clock,
  env: { SOUK_PAYMENT_WEBHOOK_URL: url, SOUK_PAYMENT_WEBHOOK_SECRET: webhookSecret },
});
const as: Principal = { kind: "service", id: "payments" };
const eur = (amount: number) => ({ amount, currency: "EUR" });

const tokenOf = async (number: string, expYear = 2_035) =>
  (await call("tokenize", { body: { number, expMonth: 12, expYear, cvc: "123" } }, { as })).token;
let keys = 0;
const newKey = () => `charge:order-${++keys}`;
const charge = (key: string, token: string, { capture = true, amount = 1_000 } = {}) =>
  call("charge", { body: { key, reference: "order", amount: eur(amount), token, capture } }, { as });
const giveBack = (key: string, refundKey: string, amount?: number) =>
  call("giveBack", { params: { key }, body: amount === undefined ? { refundKey } : { refundKey, amount } }, { as });
const good = "4242 4242 4242 4242";

test("a token names the brand and the last digits, and tells nothing of the card", async () => {
  const body = { number: good, expMonth: 1, expYear: 2_030, cvc: "123" };
  const { token, last4, brand } = await call("tokenize", { body }, { as });
  assert.deepEqual([last4, brand], ["4242", "visa"]);
  assert.match(token, /^tok_/);
  assert.notEqual((await call("tokenize", { body }, { as })).token, token);
});

for (const [number, name, expected] of [
  ["4242424242424242", "succeeds", undefined],
  ["4000000000000002", "is declined", "card_declined"],
  ["4000000000009995", "has insufficient funds", "insufficient_funds"],
  ["5555555555554444", "is not documented", "card_declined"],
] as const) {
  test(`the card ${number} ${name}`, async () => {
    const made = await charge(newKey(), await tokenOf(number));
    assert.equal(made.declineReason, expected);
    assert.equal(made.status, expected ? "declined" : "succeeded");
    assert.deepEqual([made.amount, made.captured, made.refunded], [1_000, expected ? 0 : 1_000, 0]);
  });
}

const authenticate = (key: string, outcome: "succeed" | "fail") =>
  call("authenticate", { params: { key }, body: { outcome } }, { as });
const capture = (key: string, captureKey: string, amount: number) =>
  call("capture", { params: { key }, body: { captureKey, amount } }, { as });
const threeDSecure = "4000002500003155";

test("3-D Secure takes nothing before the cardholder has answered, and the answer counts once", async () => {
  const token = await tokenOf(threeDSecure);
  for (const [outcome, status, captured] of [
    ["succeed", "succeeded", 1_000],
    ["fail", "declined", 0],
  ] as const) {
    const key = newKey();
    const made = await charge(key, token);
    assert.deepEqual([made.status, made.captured], ["requires_action", 0]);
    for (const answer of [outcome, outcome, outcome === "fail" ? "succeed" : "fail"] as const) {
      const { charge } = await authenticate(key, answer);
      assert.deepEqual([charge?.status, charge?.captured], [status, captured]);
    }
  }
  const reserved = newKey();
  await charge(reserved, token, { capture: false });
  assert.equal((await authenticate(reserved, "succeed")).charge?.status, "authorized");
});

test("a challenge that was given up cannot be met any more", async () => {
  const key = newKey();
  await charge(key, await tokenOf(threeDSecure));
  assert.equal((await giveBack(key, "reversal-3ds")).charge?.status, "voided");
  const { charge: after } = await authenticate(key, "succeed");
  assert.deepEqual([after?.status, after?.captured], ["voided", 0]);
  assert.deepEqual(await authenticate(newKey(), "succeed"), { charge: null });
});

test("what is reserved is taken in parts, each once, and never more than it", async () => {
  const key = newKey();
  const made = await charge(key, await tokenOf(good), { capture: false });
  assert.deepEqual([made.status, made.captured], ["authorized", 0]);
  for (let i = 0; i < 2; i++) {
    const { charge } = await capture(key, `capture:${key}:1`, 300);
    assert.deepEqual([charge?.status, charge?.captured], ["authorized", 300]);
  }
  await assert.rejects(capture(key, `capture:${key}:2`, 701), { code: "card-simulator.capture_too_large" });
  assert.equal((await capture(key, `capture:${key}:3`, 700)).charge?.status, "succeeded");
  await assert.rejects(capture(key, `capture:${key}:4`, 1), { code: "card-simulator.not_open" });
});

test("what was taken of a reservation is refunded, and the rest let go, when all is given back", async () => {
  const key = newKey();
  await charge(key, await tokenOf(good), { capture: false });
  await capture(key, `capture:${key}:1`, 300);
  const { charge: after } = await giveBack(key, `reversal:${key}`);
  assert.deepEqual([after?.status, after?.captured, after?.refunded], ["succeeded", 300, 300]);
  await assert.rejects(capture(key, `capture:${key}:2`, 1), { code: "card-simulator.not_open" });
});

test("a reservation lapses after a week, and the merchant is told", async () => {
  const key = newKey();
  await charge(key, await tokenOf(good), { capture: false });
  await clock.advance(7 * 86_400_000 + 20_000);
  const expired = async () => (await call("find", { params: { key } }, { as })).charge?.status === "expired";
  await passingTime(clock, expired, { what: "it lapsed", pauseMs: 10_000 });
  const [told] = await sql<{ type: string }>`select type from webhooks where charge_key = ${key}`;
  assert.equal(told?.type, "charge.expired");
});

test("a bank lets go of what is reserved by itself, tells of it once, and cannot of what was taken", async () => {
  const operator: Principal = { kind: "service", id: "operator" };
  const letGo = (key: string) => call("void", { params: { key } }, { as: operator });
  const [open, part, taken] = [newKey(), newKey(), newKey()];
  const token = await tokenOf(good);
  for (const key of [open, part]) await charge(key, token, { capture: false });
  await call("capture", { params: { key: part }, body: { captureKey: `capture:${part}`, amount: 400 } }, { as });
  await charge(taken, token);
  for (let i = 0; i < 2; i++) assert.equal((await letGo(open)).charge?.status, "voided");
  const { charge: rest } = await letGo(part);
  assert.deepEqual([rest?.status, rest?.captured], ["succeeded", 400]);
  await assert.rejects(letGo(taken), { code: "card-simulator.not_open" });
  const told = await sql<{
    key: string;
  }>`select charge_key as key from webhooks where type = 'charge.voided' order by webhook_id`;
  assert.deepEqual(told.map(({ key }) => key).toSorted(), [open, part].toSorted());
  assert.equal((await letGo(newKey())).charge, null);
});

test("a dispute takes back what was not refunded, once, and is decided once", async () => {
  const operator: Principal = { kind: "service", id: "operator" };
  const key = newKey();
  await charge(key, await tokenOf(good));
  await giveBack(key, `refund:${key}`, 400);
  const dispute = (status: "open" | "won" | "lost") =>
    call("dispute", { params: { key }, body: { status } }, { as: operator });
  await assert.rejects(dispute("won"), { code: "card-simulator.not_disputable" });
  for (let i = 0; i < 2; i++) assert.equal((await dispute("open")).charge?.dispute?.amount, 600);
  await assert.rejects(giveBack(key, `refund:${key}:2`, 1), { code: "card-simulator.refund_too_large" });
  assert.equal((await dispute("lost")).charge?.dispute?.status, "lost");
  await assert.rejects(dispute("won"), { code: "card-simulator.not_disputable" });
  const disputed = newKey();
  await charge(disputed, await tokenOf("4000000000002685"));
  assert.equal((await call("find", { params: { key: disputed } }, { as })).charge?.dispute?.status, "open");
});

test("an expired card and a token of somebody else are declined", async () => {
  assert.equal((await charge(newKey(), await tokenOf(good, 2_029))).declineReason, "expired_card");
  const [start = "", signature = ""] = (await tokenOf(good)).split(".");
  for (const token of ["tok_nonsense", "x", `${start}.${signature.replace(/^./, "!")}`, `${start}A.${signature}`])
    assert.equal((await charge(newKey(), token)).declineReason, "invalid_token", token);
});

test("the slow card answers after three seconds", async () => {
  const key = newKey();
  const waiting = charge(key, await tokenOf("4000000000000341"));
  let answered = false;
  void waiting.then(() => {
    answered = true;
  });
  for (let found = null; found === null; ) found = (await call("find", { params: { key } }, { as })).charge;
  await clock.advance(2_999);
  await call("find", { params: { key } }, { as });
  assert.equal(answered, false);
  await clock.advance(1);
  assert.equal((await waiting).status, "succeeded");
});

test("the card that times out has been charged, and asking again says so", async () => {
  const key = newKey();
  const token = await tokenOf("4000000000000119");
  const lost = send("charge", { body: { key, reference: "order", amount: eur(1_000), token, capture: true } }, { as });
  for (let found = null; found === null; ) found = (await call("find", { params: { key } }, { as })).charge;
  await clock.advance(10_000);
  assert.equal((await lost).status, 504);
  assert.equal((await charge(key, token)).captured, 1_000);
});

test("one key is one charge for ever, whatever is asked under it", async () => {
  const key = newKey();
  const [token, declined] = await Promise.all([tokenOf(good), tokenOf("4000000000000002")]);
  const answers = await Promise.all(Array.from({ length: 20 }, () => charge(key, token)));
  const [first] = answers;
  for (const one of answers) assert.deepEqual(one, first);
  assert.deepEqual(await charge(key, declined, { amount: 5 }), first);
  assert.deepEqual((await call("find", { params: { key } }, { as })).charge, first);
  const refused = newKey();
  assert.equal((await charge(refused, declined)).status, "declined");
  assert.equal((await charge(refused, token)).status, "declined");
});

test("a key that was given back before it was charged is barred", async () => {
  const key = newKey();
  for (let i = 0; i < 2; i++) assert.deepEqual(await giveBack(key, "reversal-1"), { charge: null });
  await assert.rejects(charge(key, await tokenOf(good)), { code: "card-simulator.barred", status: 409 });
  assert.deepEqual(await call("find", { params: { key } }, { as }), { charge: null });
});

test("of a charge and its reversal that race, either the charge is given back or it is refused", async () => {
  const token = await tokenOf(good);
  const race = async (refundKey: string) => {
    const key = newKey();
    const body = { key, reference: "order", amount: eur(1_000), token, capture: true };
    const [{ status }] = await Promise.all([send("charge", { body }, { as }), giveBack(key, refundKey)]);
    const { charge: found } = await call("find", { params: { key } }, { as });
    return { status, captured: found?.captured, refunded: found?.refunded };
  };
  for (let i = 0; i < 10; i++) {
    const outcome = await race(`reversal-race-${i}`);
    const expected =
      outcome.status === 200
        ? { status: 200, captured: 1_000, refunded: 1_000 }
        : { status: 409, captured: undefined, refunded: undefined };
    assert.deepEqual(outcome, expected);
  }
});

test("one refund key refunds once, and never more than was captured", async () => {
  const key = newKey();
  await charge(key, await tokenOf(good));
  for (let i = 0; i < 2; i++) assert.equal((await giveBack(key, "refund-part-1", 300)).charge?.refunded, 300);
  await assert.rejects(giveBack(key, "refund-part-2", 701), { code: "card-simulator.refund_too_large" });
  assert.equal((await giveBack(key, "refund-part-2", 100)).charge?.refunded, 400, "a refused refund used up no key");
  assert.equal((await giveBack(key, "reversal-2")).charge?.refunded, 1_000);
  assert.equal((await giveBack(key, "reversal-3")).charge?.refunded, 1_000);
});

test("an authorization is let go of, and a declined charge has nothing to give back", async () => {
  const key = newKey();
  const reserved = await charge(key, await tokenOf(good), { capture: false });
  assert.deepEqual([reserved.status, reserved.captured], ["authorized", 0]);
  const { charge: voided } = await giveBack(key, "reversal-4");
  assert.deepEqual([voided?.status, voided?.refunded], ["voided", 0]);
  const declined = newKey();
  await charge(declined, await tokenOf("4000000000000002"));
  assert.equal((await giveBack(declined, "reversal-5")).charge?.status, "declined");
});

test("the book lists every charge at its last change, and no barred key", async () => {
  const read = async (limit: number) => {
    const charges = [];
    for (let after = 0; ; ) {
      const page = await call("book", { query: { after, limit } }, { as });
      if (page.charges.length === 0) return charges;
      charges.push(...page.charges);
      after = page.next;
    }
  };
  const key = newKey();
  await charge(key, await tokenOf(good));
  const last = newKey();
  await charge(last, await tokenOf(good));
  await giveBack(newKey(), "reversal-6");
  await giveBack(key, "reversal-7");
  const charges = await read(3);
  assert.deepEqual(charges, await read(1_000));
  assert.deepEqual(
    charges.slice(-2).map(({ key, refunded }) => [key, refunded]),
    [
      [last, 0],
      [key, 1_000],
    ],
  );
  assert.equal(new Set(charges.map(({ key }) => key)).size, charges.length);
  assert.ok(charges.every(({ reference }) => reference !== ""));
});

/** Lets time pass until the merchant was told of `key` so many times, or until `ms` have passed. */
async function untilTold(key: string, times: number, ms: number) {
  const told = () => merchant.told.filter((one) => one.key === key);
  const givenUpAt = clock.monotonic() + ms;
  const over = () => told().length >= times || clock.monotonic() >= givenUpAt;
  await passingTime(clock, over, { what: "the merchant was told", pauseMs: 250 });
  return told();
}

test("a card that notifies twice sends one notification two times, signed", async () => {
  const key = newKey();
  const chargedAt = clock.now();
  await charge(key, await tokenOf("4000000000000259"));
  const [one, two, ...none] = await untilTold(key, 2, 600_000);
  assert.deepEqual([one?.id, none], [two?.id, []]);
  const [, time = "", mac] = /^t=(\d+),v1=(\w+)$/.exec(one?.signature ?? "") ?? [];
  assert.equal(mac, createHmac("sha256", webhookSecret).update(`${time}.${one?.body}`).digest("hex"));
  assert.ok(Number(time) * 1_000 > chargedAt - 1_000 && Number(time) * 1_000 <= clock.now());
});

test("a card that notifies late does so after thirty seconds", async () => {
  const key = newKey();
  const chargedAt = clock.now();
  await charge(key, await tokenOf("4000000000006975"));
  assert.deepEqual(await untilTold(key, 1, 29_500), []);
  assert.equal((await untilTold(key, 1, 600_000)).length, 1);
  assert.ok(clock.now() - chargedAt >= 30_000);
});

test("only payments may ask", async () => {
  const params = { key: newKey() };
  assert.equal((await send("find", { params })).status, 401);
  assert.equal((await send("find", { params }, { as: { kind: "service", id: "orders" } })).status, 403);
  assert.equal(
    logs.some(({ level }) => level === "error"),
    false,
  );
});
