import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { orders as ordersContract } from "@souk/orders/contract";
import { newEnvelopeKeys, openEnvelope } from "@souk/service/personal-data";
import { fakeClock, passingTime, sequentialIds, startForTest } from "@souk/testing";
import { users } from "@souk/users/contract";
import { sign } from "./carrier/signature.ts";
import { shipping } from "./contract.ts";
import definition from "./service.ts";

const clock = fakeClock();
const { call, send, sql, origin, published, deliver } = await startForTest(definition, new URL("./", import.meta.url), {
  clock,
  env: {
    SOUK_CARRIER_DISPATCH_AFTER: "5s",
    SOUK_CARRIER_TRANSIT_AFTER: "5s",
    SOUK_CARRIER_DELIVER_AFTER: "5s",
  },
});
const orders: Principal = { kind: "service", id: "orders" };
const newId = sequentialIds();
const address = { name: "A", line1: "1 Street", city: "Berlin", postalCode: "10115", country: "DE" };

type Given = { customerId?: string | null; email?: string; weightGrams?: number };
const confirm = (orderId: string, id = newId(), given: Given = {}) =>
  deliver(ordersContract.events.confirmed, {
    id,
    subject: orderId,
    sequence: 2,
    data: {
      orderId,
      number: "00000-00001",
      customerId: given.customerId ?? null,
      email: given.email ?? "a@example.com",
      currency: "EUR",
      lines: [
        { sku: "CUP", title: "Cup", quantity: 2, unitAmount: 450, weightGrams: given.weightGrams ?? 300 },
        { sku: "POT", title: "Pot", quantity: 1, unitAmount: 2_500, weightGrams: 900 },
      ],
      totals: { subtotal: 3_400, discount: 0, shipping: 490, tax: 0, total: 3_890 },
      shippingMethod: "express",
      shippingAddress: address,
    },
  });
const cancel = (orderId: string) => send("cancel", { params: { orderId } }, { as: orders });

/** Lets time pass until `done`: the service's tasks look again and again by the same clock. */
const until = (done: () => Promise<boolean>) => passingTime(clock, done, { what: "what it waits for" });
const shipmentsOf = (orderId: string) =>
  sql<{ trackingNumber: string; status: string }>`
    select tracking_number as "trackingNumber", status from shipments where order_id = ${orderId}`;
async function track(orderId: string) {
  const [shipment] = await shipmentsOf(orderId);
  return call("track", { params: { trackingNumber: shipment?.trackingNumber ?? "" } });
}
const arrival = (orderId: string, status: string) =>
  until(async () => (await track(orderId)).events.some((event) => event.status === status));
/** What was told of an order's parcel. */
const toldOf = async (orderId: string) =>
  [...(await published(shipping.events.dispatched)), ...(await published(shipping.events.delivered))].filter(
    ({ data }) => data.orderId === orderId,
  );

test("a quote prices every method that reaches the address, by weight and country", async () => {
  const quote = async (country: string, weightGrams: number, currency = "EUR") => {
    const lines = [{ sku: "CUP", quantity: 2, weightGrams }];
    const { methods } = await call("quote", { body: { address: { ...address, country }, lines, currency } });
    return Object.fromEntries(methods.map(({ method, price }) => [method, `${price.amount} ${price.currency}`]));
  };
  assert.deepEqual(await quote("DE", 1_000), { standard: "490 EUR", express: "990 EUR", pickup: "0 EUR" });
  assert.deepEqual(await quote("DE", 1_001), { standard: "790 EUR", express: "1590 EUR", pickup: "0 EUR" });
  assert.deepEqual(await quote("NZ", 1_000, "USD"), { standard: "1470 USD", express: "2970 USD", pickup: "0 USD" });
  assert.deepEqual(await quote("DE", 1_000_001), { pickup: "0 EUR" });
  const unweighed = { address, lines: [{ sku: "CUP", quantity: 5 }] };
  const [standard] = (await call("quote", { body: unweighed })).methods;
  assert.deepEqual(standard, { method: "standard", price: { amount: 790, currency: "EUR" }, minDays: 2, maxDays: 4 });
  await assert.rejects(quote("DE", 1_000, "JPY"), { code: "shipping.no_rate", status: 409 });
});

test("the rates are told, whole, and told again when they are replaced", async () => {
  const told = () => published(shipping.events.ratesChanged);
  await until(async () => (await told()).length === 1);
  await sql`update rate_table set version = 2, rates = '[]'`;
  await until(async () => (await told()).length === 2);
  const [first, second] = await told();
  assert.deepEqual([first?.subject, first?.sequence, first?.data.rates.length], ["rates", 1, 39]);
  assert.deepEqual([second?.sequence, second?.data.rates], [2, []]);
});

test("a confirmed order gets one shipment, whatever is told twice", async () => {
  const orderId = newId();
  const eventId = await confirm(orderId);
  await confirm(orderId, eventId);
  await confirm(orderId);
  assert.equal((await shipmentsOf(orderId)).length, 1);
  const { status, method, events, trackingNumber } = await track(orderId);
  assert.deepEqual([status, method, events.length], ["created", "express", 1]);
  assert.match(trackingNumber, /^SK[0-9A-F]{24}$/);
});

test("a parcel travels to the door, and its order's neighbours are told", async () => {
  const orderId = newId();
  await confirm(orderId);
  await arrival(orderId, "delivered");
  const { events, trackingNumber } = await track(orderId);
  assert.deepEqual(
    events.map(({ status }) => status),
    ["created", "dispatched", "in_transit", "delivered"],
  );
  const lines = [
    { sku: "CUP", quantity: 2 },
    { sku: "POT", quantity: 1 },
  ];
  const told = await toldOf(orderId);
  assert.deepEqual(
    told.map(({ type, sequence }) => [type, sequence]),
    [
      ["shipping.dispatched.v1", 1],
      ["shipping.delivered.v1", 2],
    ],
  );
  for (const { subject, data } of told) assert.deepEqual(data, { shipmentId: subject, orderId, trackingNumber, lines });
});

test("a parcel that was cancelled in time is not sent, whichever of the two was heard of first", async () => {
  const [confirmedFirst, cancelledFirst, other] = [newId(), newId(), newId()];
  await confirm(confirmedFirst);
  for (let i = 0; i < 2; i++) assert.equal((await cancel(confirmedFirst)).status, 200);
  assert.equal((await cancel(cancelledFirst)).status, 200);
  await confirm(cancelledFirst);
  await confirm(other);
  await arrival(other, "delivered"); // by now the two would have arrived
  assert.equal((await track(confirmedFirst)).status, "cancelled");
  assert.deepEqual(await shipmentsOf(cancelledFirst), []);
  for (const orderId of [confirmedFirst, cancelledFirst]) assert.deepEqual(await toldOf(orderId), []);
});

test("a parcel that has left cannot be cancelled", async () => {
  const orderId = newId();
  await confirm(orderId);
  await arrival(orderId, "dispatched");
  await assert.rejects(call("cancel", { params: { orderId } }, { as: orders }), {
    code: "shipping.already_dispatched",
    status: 409,
  });
  await arrival(orderId, "delivered");
  assert.equal((await cancel(orderId)).status, 409);
});

test("of an order that is held back what has left goes on, and nothing else is ever sent", async () => {
  const orderId = newId();
  await confirm(orderId, newId(), { weightGrams: 20_000 });
  const [first, second] = await shipmentsOf(orderId);
  assert.ok(first && second, "two parcels");
  const support: Principal = { kind: "user", id: newId(), roles: ["support"], sessionId: "s" };
  const { parcels } = await call("shipments", { params: { orderId } }, { as: support });
  const gone = parcels.find(({ trackingNumber }) => trackingNumber === first.trackingNumber)?.lines;
  await sql`update carrier_parcels set status = 'dispatched' where tracking_number = ${first.trackingNumber}`;
  const holdBack = () => call("holdBack", { params: { orderId } }, { as: orders });
  for (let i = 0; i < 2; i++) assert.deepEqual((await holdBack()).left, gone, "fetched, and not told of yet");
  await until(async () => (await call("track", { params: first })).status === "delivered");
  const others = (await shipmentsOf(orderId)).filter(({ trackingNumber }) => trackingNumber !== first.trackingNumber);
  for (const { trackingNumber } of others)
    assert.equal((await call("track", { params: { trackingNumber } })).status, "cancelled");
  assert.deepEqual(await call("holdBack", { params: { orderId: newId() } }, { as: orders }), { left: [] });
});

test("an unknown tracking number is not there; only orders cancels", async () => {
  assert.equal((await send("track", { params: { trackingNumber: "SK00000000000000" } })).status, 404);
  assert.equal((await send("track", { params: { trackingNumber: "x" } })).status, 422);
  const params = { orderId: newId() };
  assert.equal((await send("cancel", { params })).status, 401);
  assert.equal((await send("cancel", { params }, { as: { kind: "service", id: "payments" } })).status, 403);
});

test("an order that is too heavy for one parcel gets several, and nothing of it is sent twice or not", async () => {
  const orderId = newId();
  await confirm(orderId, newId(), { weightGrams: 20_000 });
  const { parcels, address: to } = await call("shipments", { params: { orderId } }, { as: operator });
  assert.deepEqual(
    parcels.map(({ lines, weightGrams }) => [lines, weightGrams]).toSorted(),
    [
      [[{ sku: "CUP", quantity: 1 }], 20_000],
      [
        [
          { sku: "CUP", quantity: 1 },
          { sku: "POT", quantity: 1 },
        ],
        20_900,
      ],
    ].toSorted(),
  );
  assert.deepEqual(to, address);
  assert.equal((await send("shipments", { params: { orderId } })).status, 401);
  assert.equal((await send("shipments", { params: { orderId: newId() } }, { as: operator })).status, 404);
});

const operator: Principal = { kind: "user", id: newId(), roles: ["operator"], sessionId: "s" };
const secretOf = (name: string) => createHash("sha256").update(name).digest("base64url"); // as the test kit makes it
const webhook = (body: string, signature: string, carrier = "simulator") =>
  fetch(`${origin}/v1/webhooks/carriers/${carrier}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-carrier-signature": signature },
    body,
  });

test("a carrier's signed news moves a parcel; unsigned, old, made-up and malformed news does not", async () => {
  const orderId = newId();
  await confirm(orderId);
  const { trackingNumber } = await track(orderId);
  const at = new Date(clock.now()).toISOString();
  const body = JSON.stringify({ events: [{ id: "1", trackingNumber, status: "delivered", at }] });
  const secret = secretOf("SOUK_CARRIER_WEBHOOK_SECRET");
  assert.equal((await webhook(body, "")).status, 401);
  assert.equal((await webhook(body, sign("guessed", body, clock.now()))).status, 401);
  assert.equal((await webhook(body, sign(secret, body, clock.now() - 301_000))).status, 401);
  assert.equal((await webhook(`${body} `, sign(secret, body, clock.now()))).status, 401);
  for (const bad of ["{", "[]", '{"events":[{"id":"1"}]}', body.replace("delivered", "created")])
    assert.equal((await webhook(bad, sign(secret, bad, clock.now()))).status, 422, bad);
  assert.equal((await webhook(body, sign(secret, body, clock.now()), "pigeon")).status, 404);
  assert.equal((await track(orderId)).status, "created");
  for (let i = 0; i < 2; i++) assert.equal((await webhook(body, sign(secret, body, clock.now()))).status, 200);
  assert.equal((await track(orderId)).status, "delivered");
  assert.equal((await toldOf(orderId)).length, 2);
});

test("the link in a mail leads to a page", async () => {
  const orderId = newId();
  await confirm(orderId);
  const { trackingNumber } = await track(orderId);
  const page = await fetch(`${origin}/track/${trackingNumber}`);
  assert.match(page.headers.get("content-type") ?? "", /text\/html/);
  assert.match(await page.text(), new RegExp(`${trackingNumber}[\\s\\S]*Being prepared`));
  assert.equal((await fetch(`${origin}/track/SK0000000000000`)).status, 404);
});

test("a return gets one label, which its sender prints and which is tracked as it comes back", async () => {
  const [orderId, returnId] = [newId(), newId()];
  await confirm(orderId);
  const ask = { params: { returnId }, body: { orderId, lines: [{ sku: "CUP", quantity: 1 }] } };
  const label = await call("makeReturnLabel", ask, { as: orders });
  assert.deepEqual(await call("makeReturnLabel", ask, { as: orders }), label);
  assert.deepEqual(
    (await published(shipping.events.returnLabelMade)).map(({ subject, data }) => [subject, data]),
    [[returnId, { ...label, orderId, lines: ask.body.lines }]],
  );
  const page = await fetch(`${origin}${label.labelPath}`);
  assert.equal(page.headers.get("cache-control"), "no-store");
  const text = await page.text();
  for (const part of [label.trackingNumber, "1 Street", "Souk Returns", "1 × CUP", "<rect"])
    assert.ok(text.includes(part), part);
  assert.equal((await fetch(`${origin}/return-labels/${"x".repeat(24)}`)).status, 404);

  const at = new Date(clock.now()).toISOString();
  const news = JSON.stringify({ events: [{ id: "1", trackingNumber: label.trackingNumber, status: "delivered", at }] });
  const secret = secretOf("SOUK_CARRIER_WEBHOOK_SECRET");
  assert.equal((await webhook(news, sign(secret, news, clock.now()))).status, 200);
  const { status, events } = await call("track", { params: { trackingNumber: label.trackingNumber } });
  assert.deepEqual(
    [status, events.map((event) => event.status)],
    ["delivered", ["created", "dispatched", "in_transit", "delivered"]],
  );
  assert.deepEqual(await toldOf(orderId), [], "what comes back is not sent out");
});

test("operators manage zones and rates as a whole; free above a value is a rate like any other", async () => {
  const before = await call("rateTable", {}, { as: operator });
  const zones = [
    { code: "home", name: "Home", countries: ["DE"] },
    { code: "world", name: "Everywhere else", countries: ["*"] },
  ];
  const rate = { zone: "home", method: "standard" as const, currency: "EUR", maxWeightGrams: 5_000 };
  const rates = [
    { ...rate, amount: 390 },
    { ...rate, minValue: 5_000, amount: 0 },
    { ...rate, zone: "world", amount: 1_990 },
  ];
  const replace = (body: Parameters<typeof call<"replaceRateTable">>[1]["body"], as: Principal = operator) =>
    send("replaceRateTable", { body }, { as });
  const wrong = await replace({ version: before.version, zones, rates: [...rates, { ...rate, amount: 1 }] });
  assert.equal(wrong.status, 422);
  assert.equal(
    (await replace({ version: before.version, zones, rates }, { ...operator, roles: ["support"] })).status,
    403,
  );
  assert.equal((await replace({ version: before.version + 7, zones, rates })).status, 409);
  const after = (await replace({ version: before.version, zones, rates })).body;
  assert.deepEqual(await call("rateTable", {}, { as: operator }), after);

  const quote = async (country: string, value?: number) => {
    const lines = [{ sku: "CUP", quantity: 1, weightGrams: 1_000 }];
    const { methods } = await call("quote", {
      body: { address: { ...address, country }, lines, ...(value !== undefined && { value }) },
    });
    return methods.map(({ method, price, freeFrom }) => [method, price.amount, freeFrom?.amount]);
  };
  assert.deepEqual(await quote("DE"), [["standard", 390, 5_000]]);
  assert.deepEqual(await quote("DE", 4_999), [["standard", 390, 5_000]]);
  assert.deepEqual(await quote("DE", 5_000), [["standard", 0, undefined]]);
  assert.deepEqual(await quote("FR", 9_999), [["standard", 1_990, undefined]]);
  await until(async () => (await published(shipping.events.ratesChanged)).at(-1)?.data.rates.length === 3);
  assert.deepEqual((await published(shipping.events.ratesChanged)).at(-1)?.data.rates[1], {
    ...{ method: "standard", currency: "EUR", maxWeightGrams: 5_000, minValue: 5_000, amount: 0, countries: ["DE"] },
  });
});

const erase = (userId: string, addressDigests: string[] = []) => {
  const erasureId = newId();
  return deliver(users.events.erasureRequested, {
    subject: userId,
    sequence: 3,
    data: { erasureId, userId, addressDigests },
  });
};
const answersOf = async (userId: string) =>
  (await published(shipping.events.erased))
    .filter(({ data }) => data.userId === userId)
    .map(({ data }) => [data.state, data.erased, data.waitingFor]);
const addressOf = async (orderId: string) =>
  (await call("shipments", { params: { orderId } }, { as: operator })).address;

test("where an erased person's orders went is forgotten; what is under way arrives first", async () => {
  const userId = newId();
  const [arrived, underWay, others] = [newId(), newId(), newId()];
  await confirm(arrived, newId(), { customerId: userId });
  await arrival(arrived, "delivered");
  await confirm(underWay, newId(), { customerId: userId });
  await confirm(others, newId(), { customerId: newId() });
  await erase(userId);
  assert.deepEqual(await answersOf(userId), [
    ["waiting", { addresses: 1 }, "a parcel is under way and needs its address"],
  ]);
  assert.deepEqual([await addressOf(arrived), await addressOf(underWay)], [null, address]);
  await arrival(underWay, "delivered");
  await until(async () => (await answersOf(userId)).length === 2);
  assert.deepEqual((await answersOf(userId))[1], ["done", { addresses: 1 }, undefined]);
  assert.deepEqual([await addressOf(underWay), await addressOf(others)], [null, address]);
});

test("an export says where each order went, to whoever asked", async () => {
  const userId = newId();
  const orderId = newId();
  await confirm(orderId, newId(), { customerId: userId });
  const pair = newEnvelopeKeys();
  const exportId = newId();
  await deliver(users.events.exportRequested, {
    subject: exportId,
    data: { exportId, userId, addressDigests: [], publicKey: pair.publicKey },
  });
  const [part] = (await published(shipping.events.exported)).filter(({ subject }) => subject === exportId);
  const { consignments } = JSON.parse(openEnvelope(pair, `${exportId}/1`, part?.data.sealed ?? "").toString());
  assert.deepEqual([consignments.length, consignments[0].orderId, consignments[0].address], [1, orderId, address]);
  assert.equal(consignments[0].parcels[0].status, "created");
});

test("where parcels go stands nowhere in the clear", async () => {
  const tables = [
    "consignments",
    "shipments",
    "shipment_events",
    "carrier_parcels",
    "carrier_events",
    "chassis.outbox",
    "chassis.person_keys",
  ];
  const dumped = await sql<{ text: string }>`
    select query_to_xml('select * from ' || name, true, false, '')::text as text from unnest(${tables}::text[]) as name`;
  const everything = JSON.stringify(dumped);
  for (const secret of ["1 Street", "Berlin", "a@example.com"])
    assert.equal(everything.includes(secret), false, secret);
});
