import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, beforeEach, test } from "node:test";
import { merchandiser, newId, startNotifications, support } from "./test-notifications.ts";

const shop = await startNotifications({ SOUK_WEBHOOK_GIVE_UP_AFTER: "1m" });
const { call, send, sql, clock, newOrder, cancelRest, confirm, end, runLow, until } = shop;
const as = merchandiser;

/** A merchant's server: answers as told, and keeps what it got. */
type Got = { path: string; headers: Record<string, string | string[] | undefined>; body: string };
let got: Got[] = [];
let answerWith = 200;
const merchant = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString();
  got.push({ path: request.url ?? "", headers: request.headers, body });
  response.writeHead(answerWith, { location: "http://127.0.0.1:1/elsewhere" }).end("thanks");
});
await new Promise<void>((resolve) => merchant.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${(merchant.address() as AddressInfo).port}`; // as: it listens on TCP
after(() => {
  merchant.close();
  merchant.closeAllConnections();
});
beforeEach(async () => {
  await sql`delete from webhook_endpoints`;
  got = [];
  answerWith = 200;
});

const create = (
  path: string,
  types: Parameters<typeof call<"createWebhook">>[1]["body"]["types"] = ["orders.confirmed.v1"],
) => call("createWebhook", { body: { url: `${url}${path}`, types } }, { as });
const arrivals = (path: string, count: number) =>
  until(`${count} at ${path}`, async () => {
    const here = got.filter((one) => one.path === path);
    return here.length >= count && here;
  });
const logOf = async (endpointId: string) =>
  (await call("webhookDeliveries", { params: { endpointId }, query: {} }, { as })).data;
const isDelivered = (endpointId: string) =>
  until("it is delivered", async () => {
    const log = await logOf(endpointId);
    return log[0]?.status === "delivered" && log;
  });
const verified = (secret: string, { headers, body }: Got) => {
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const mac = createHmac("sha256", key)
    .update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`)
    .digest("base64");
  return String(headers["webhook-signature"]).split(" ").includes(`v1,${mac}`);
};

test("a merchant hears what of an order is never sent, and not whose it is", async () => {
  await create("/rest", ["orders.rest_cancelled.v1"]);
  const order = newOrder();
  await confirm(order);
  await cancelRest(order);
  const [one = assert.fail("nothing came")] = await arrivals("/rest", 1);
  const { data } = JSON.parse(one.body);
  assert.deepEqual([data.number, data.lines[0].quantity, data.notCharged, data.charged], [order.number, 1, 695, 695]);
  assert.equal(one.body.includes(order.email), false);
});

test("a merchant hears of what they asked for, signed, and of nobody's name or address", async () => {
  const { id, secret } = await create("/signed");
  const order = newOrder();
  await end(newOrder(), "rejected", "out_of_stock");
  const seconds = () => Math.floor(clock.now() / 1_000);
  const before = seconds();
  const eventId = await confirm(order);
  const [one = assert.fail("nothing came"), ...none] = await arrivals("/signed", 1);
  assert.deepEqual(none, []);
  assert.equal(verified(secret, one), true);
  assert.equal(verified(secret, { ...one, body: `${one.body} ` }), false);
  assert.equal(one.headers["webhook-id"], eventId);
  const signedAt = Number(one.headers["webhook-timestamp"]);
  assert.ok(signedAt >= before && signedAt <= seconds());
  const { type, subject, data } = JSON.parse(one.body);
  assert.deepEqual(
    [type, subject, data.number, data.totals.total, data.country],
    ["orders.confirmed.v1", order.orderId, order.number, 1_390, "FR"],
  );
  for (const secretOfTheirs of [order.email, "Anna", "1 Street", "10115"])
    assert.equal(one.body.includes(secretOfTheirs), false);
  const delivered = await isDelivered(id);
  assert.deepEqual(
    delivered.map(({ tries, eventId }) => [tries, eventId]),
    [[1, eventId]],
  );
});

test("an event that is told twice is sent once, and each endpoint gets its own", async () => {
  await create("/once", ["inventory.low.v1"]);
  await create("/twice", ["inventory.low.v1", "orders.placed.v1"]);
  await runLow("CUP-ONCE");
  await arrivals("/once", 1);
  await arrivals("/twice", 1);
  await clock.advance(5_000);
  assert.equal(got.length, 2);
});

test("what is not taken is tried again, later and later, until it is; the log says how each try went", async () => {
  answerWith = 503;
  const { id } = await create("/busy");
  await confirm(newOrder());
  await until("three tries", async () => got.length >= 3);
  answerWith = 204;
  const [{ id: deliveryId } = assert.fail("no delivery")] = await isDelivered(id);
  const { attempts } = await call("webhookDelivery", { params: { deliveryId } }, { as });
  assert.deepEqual(
    attempts.map(({ status }) => status),
    [204, 503, 503, 503],
  );
  const waits = attempts.slice(1).map(({ at }, i) => Date.parse(attempts[i]?.at ?? "") - Date.parse(at));
  // The clock goes on while an answer is on its way: what is promised is the least.
  const least = [40_000, 20_000, 10_000];
  assert.ok(
    waits.every((wait, i) => wait >= (least[i] ?? 0)),
    `the last wait first: ${waits} ms`,
  );
});

test("a redirect is not followed", async () => {
  answerWith = 302;
  const { id } = await create("/moved");
  await confirm(newOrder());
  await arrivals("/moved", 1);
  const [{ id: deliveryId } = assert.fail("no delivery")] = await logOf(id);
  const [attempt] = await until("tried", async () => {
    const { attempts } = await call("webhookDelivery", { params: { deliveryId } }, { as });
    return attempts.length > 0 && attempts;
  });
  assert.deepEqual([attempt?.status, attempt?.error], [302, "answered 302"]);
});

test("while a secret is rotated both sign; afterwards only the new one does", async () => {
  const { id, secret: old } = await create("/rotating");
  const { secret: next } = await call(
    "rotateWebhookSecret",
    { params: { endpointId: id }, body: { graceHours: 1 } },
    { as },
  );
  await confirm(newOrder());
  const [during = assert.fail("nothing came")] = await arrivals("/rotating", 1);
  assert.deepEqual([verified(old, during), verified(next, during)], [true, true]);
  await isDelivered(id);
  await clock.advance(3_600_001);
  got = [];
  await confirm(newOrder());
  const [later = assert.fail("nothing came")] = await arrivals("/rotating", 1);
  assert.deepEqual([verified(old, later), verified(next, later)], [false, true]);
  const stored = JSON.stringify(await sql`select e::text as text from webhook_endpoints e`);
  for (const secret of [old, next]) assert.equal(stored.includes(secret.slice(6)), false);
});

test("an endpoint that is dead is disabled, its operators are told, and it begins anew when it is enabled", async () => {
  answerWith = 500;
  const { id } = await create("/dead");
  for (let i = 0; i < 3; i++) await confirm(newOrder());
  const disabled = await until("disabled", async () => {
    const endpoint = await call("webhook", { params: { endpointId: id } }, { as });
    return endpoint.status === "disabled" && endpoint;
  });
  assert.equal(disabled.disabledWhy, "answered 500");
  assert.ok((await logOf(id)).every(({ status }) => status === "failed"));
  const mail = await until("a mail", async () =>
    (await shop.sinkOf("operations@souk.example")).find(({ subject }) => subject === "A webhook was disabled"),
  );
  assert.ok(mail.text.includes(`${url}/dead`));
  const before = (await logOf(id)).length;
  await confirm(newOrder());
  assert.equal((await logOf(id)).length, before, "nothing is added for it");
  const [{ id: deliveryId } = assert.fail("no delivery")] = await logOf(id);
  assert.equal((await send("redeliver", { params: { deliveryId } }, { as })).status, 409);
  assert.equal((await send("testWebhook", { params: { endpointId: id } }, { as })).status, 409);

  answerWith = 200;
  got = [];
  await call("changeWebhook", { params: { endpointId: id }, body: { status: "active" } }, { as });
  await call("redeliver", { params: { deliveryId } }, { as });
  const [again = assert.fail("nothing came")] = await arrivals("/dead", 1);
  const { eventId } = await call("webhookDelivery", { params: { deliveryId } }, { as });
  assert.equal(again.headers["webhook-id"], eventId, "under the same id");
  await call("testWebhook", { params: { endpointId: id } }, { as });
  assert.match((await arrivals("/dead", 2))[1]?.body ?? "", /"type":"webhook\.test\.v1"/);
});

test("an endpoint that says it is gone is disabled at once", async () => {
  answerWith = 410;
  const { id } = await create("/gone");
  await confirm(newOrder());
  await until(
    "disabled",
    async () => (await call("webhook", { params: { endpointId: id } }, { as })).status === "disabled",
  );
  assert.equal(got.filter(({ path }) => path === "/gone").length, 1);
});

test("an endpoint is changed and removed by those who may, and is then not there", async () => {
  const { id } = await create("/changing");
  const changed = await call(
    "changeWebhook",
    { params: { endpointId: id }, body: { types: ["orders.placed.v1"], description: "ERP" } },
    { as },
  );
  assert.deepEqual([changed.types, changed.description, changed.url], [["orders.placed.v1"], "ERP", `${url}/changing`]);
  assert.equal((await send("webhooks", { query: {} }, { as: support })).status, 403);
  assert.equal((await send("webhooks", { query: {} })).status, 401);
  await call("removeWebhook", { params: { endpointId: id } }, { as });
  assert.equal((await send("webhook", { params: { endpointId: id } }, { as })).status, 404);
  assert.equal((await send("redeliver", { params: { deliveryId: newId() } }, { as })).status, 404);
});

test("outside development a webhook cannot be pointed inside, not by its address and not by its name", async () => {
  const strict = await startNotifications({ SOUK_WEBHOOK_ALLOW_PRIVATE: "false" });
  const attempt = (target: string) =>
    strict.send("createWebhook", { body: { url: target, types: ["orders.confirmed.v1"] } }, { as });
  for (const target of [
    url,
    "https://localhost/",
    "https://169.254.169.254/",
    "http://merchant.example/",
    "https://[::1]/",
    "https://10.0.0.1/",
  ])
    assert.equal((await attempt(target)).status, 422, target);
  const { body } = await attempt("https://merchant.example/hooks");
  // A name that led outside when it was entered and leads inside when it is called: here, localhost under another name.
  const { id } = body as { id: string }; // as: an endpoint
  await strict.sql`update webhook_endpoints set url = 'https://localhost.localdomain:1/' where endpoint_id = ${id}`;
  await strict.confirm(strict.newOrder());
  const [row] = await strict.until("tried", async () => {
    const rows = await strict.sql<{ error: string; status: number | null }>`select error, status from webhook_attempts`;
    return rows.length > 0 && rows;
  });
  assert.equal(row?.status, null);
  assert.match(row?.error ?? "", /not public|no connection|must be reachable/);
});
