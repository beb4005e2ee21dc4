import assert from "node:assert/strict";
import { test } from "node:test";
import { payments } from "@souk/payments/contract";
import { shipping } from "@souk/shipping/contract";
import { findings } from "./domain/reconciliation.ts";
import { anna, operator, support } from "./people.fixture.ts";
import {
  call,
  cancel,
  cartWith,
  checkout,
  codeIn,
  confirmedOrder,
  deliver,
  gate,
  left,
  neighbours,
  newId,
  newKey,
  orderIn,
  paidOtherwise,
  parcel,
  published,
  putBack,
  quiet,
  see,
  send,
  shelves,
  sql,
  till,
  toldOf,
  writtenOff,
} from "./service.fixture.ts";

const cup = (quantity: number) => ({ sku: "CUP", quantity });
const pot = (quantity: number) => ({ sku: "POT", quantity });
const eur = (amount: number) => ({ amount, currency: "EUR" });

/** Two cups and a pot, 38.90 with shipping, whose money is only reserved. */
function reservedOrder(): Promise<string> {
  till.reserves = true;
  return confirmedOrder();
}

/** The provider's word of an order's money, as payments passes it on: `captured` minor units were taken before. */
function money(orderId: string, captured = 0) {
  const data = { paymentId: newId(), orderId, currency: "EUR", amount: 0, captured, refunded: 0 };
  let sequence = 0;
  const at = () => ({ subject: data.paymentId, sequence: ++sequence });
  return {
    taken: () => deliver(payments.events.partCaptured, { ...at(), data: { ...data, amount: captured } }),
    expires: () => deliver(payments.events.expired, { ...at(), data }),
    async isVoided(asked?: true) {
      till.letGo.add(orderId);
      await deliver(payments.events.voided, { ...at(), data: { ...data, ...(asked && { asked }) } });
    },
  };
}

const leaves = (one: ReturnType<typeof parcel>, event: "dispatched" | "delivered" = "dispatched") =>
  deliver(shipping.events[event], {
    subject: one.shipmentId,
    sequence: event === "dispatched" ? 1 : 2,
    data: one,
  });
const whatOf = ({ timeline }: Awaited<ReturnType<typeof see>>) => timeline.map(({ what }) => what);
const indexed = async (orderId: string) =>
  (await sql<{ total: number; claim: number }>`select total, claim from orders where order_id = ${orderId}`)[0];
const writeOff = (orderId: string, { key = newKey(), as = operator } = {}) =>
  send("writeOffClaim", { params: { orderId }, body: { reason: "Moved away" } }, { as, key });

for (const how of ["expires", "isVoided"] as const)
  test(`when the money ${how === "expires" ? "lapses" : "is voided"} after a parcel has left, that stays paid and the rest is cancelled, once`, async () => {
    const orderId = await reservedOrder();
    const first = parcel(orderId, [cup(2)]);
    await leaves(first);
    left.set(orderId, [cup(2)]);
    // Cups are 900 of 3400 that the goods cost; the total is 3890 or, with more weight, 4190.
    const { total } = (await indexed(orderId)) ?? assert.fail();
    const taken = Math.floor((total * 900) / 3_400);
    const provider = money(orderId, taken);
    await provider.taken();
    for (let i = 0; i < 2; i++) await provider[how]();
    await quiet(orderId);

    const order = await see(orderId);
    assert.deepEqual([order.lifecycle, order.payment, order.fulfilment], ["confirmed", "captured", "shipped"]);
    assert.deepEqual(
      order.lines.map(({ sku, shipped, cancelled }) => [sku, shipped, cancelled]),
      [
        ["CUP", 2, undefined],
        ["POT", 0, 1],
      ],
    );
    assert.deepEqual(putBack.get(orderId), [[{ ...pot(1), condition: "sellable" }]]);
    assert.deepEqual(await indexed(orderId), { total: taken, claim: 0 });
    assert.deepEqual(whatOf(order).slice(-2), ["The money that was reserved has lapsed", "The rest was cancelled"]);
    const told = (await published()).filter(
      (one) => one.subject === orderId && one.type === "orders.rest_cancelled.v1",
    );
    assert.deepEqual(
      told.map(({ data }) => data),
      [
        {
          ...{ orderId, number: order.number, email: "anna@example.com", currency: "EUR" },
          lines: [{ sku: "POT", title: "Tea things, POT", quantity: 1, amount: 2_500 }],
          notCharged: total - taken,
          charged: taken,
        },
      ],
    );
    await leaves(first, "delivered");
    assert.equal((await see(orderId)).lifecycle, "completed");
  });

test("what was promised and had not come is let go of, and only what was there goes back on the shelf", async () => {
  shelves.backordered = [cup(1)];
  const orderId = await reservedOrder();
  await leaves(parcel(orderId, [pot(1)]));
  left.set(orderId, [pot(1)]);
  await money(orderId, 2_860).expires();
  await quiet(orderId);
  const { lines } = await see(orderId);
  assert.deepEqual(
    lines.map(({ sku, backordered, cancelled }) => [sku, backordered, cancelled]),
    [
      ["CUP", undefined, 2],
      ["POT", undefined, undefined],
    ],
  );
  assert.deepEqual(putBack.get(orderId), [[{ ...cup(1), condition: "sellable" }]]);
});

test("a parcel that left before its money was let go of is claimed until an operator writes it off, once", async () => {
  const orderId = await reservedOrder();
  till.letGo.add(orderId);
  const all = parcel(orderId);
  await leaves(all);
  await quiet(orderId);
  assert.equal((await see(orderId, support)).claim, undefined, "nobody has said yet that there is nothing to take");
  const { total } = (await indexed(orderId)) ?? assert.fail();
  for (let i = 0; i < 2; i++) await money(orderId).isVoided();
  await quiet(orderId);
  assert.deepEqual(await indexed(orderId), { total: 0, claim: total });
  const order = await see(orderId, support);
  assert.deepEqual([order.payment, order.claim], ["voided", { open: eur(total), paid: eur(0), writtenOff: eur(0) }]);
  assert.equal(whatOf(order).at(-1), "Sent and not paid");
  assert.equal((await see(orderId)).claim, undefined, "the customer is not asked by a page");

  const key = newKey();
  assert.equal((await writeOff(orderId, { as: support })).status, 403);
  const replies = [await writeOff(orderId, { key }), await writeOff(orderId, { key })];
  for (const { status, body } of replies)
    assert.deepEqual([status, body], [202, { claim: { open: eur(0), paid: eur(0), writtenOff: eur(total) } }]);
  await quiet(orderId);
  assert.deepEqual(writtenOff.get(orderId), [total]);
  assert.deepEqual(await indexed(orderId), { total: 0, claim: 0 });
  assert.equal(codeIn(await writeOff(orderId)), "orders.nothing_claimed");
  const told = (await see(orderId, support)).timeline.at(-1);
  assert.deepEqual([told?.what, told?.detail?.slice(-12)], ["Claim written off", ": Moved away"]);
  assert.equal(whatOf(await see(orderId)).includes("Claim written off"), false);
  await leaves(all, "delivered");
  assert.equal((await see(orderId)).lifecycle, "completed");
});

test("a claim is paid another way in parts, recorded by an operator, once per key and never beyond what is open", async () => {
  const orderId = await reservedOrder();
  const pay = (amount: number, { key = newKey(), as = operator, currency = "EUR" } = {}) =>
    send(
      "recordClaimPayment",
      { params: { orderId }, body: { amount: { amount, currency }, how: "Transfer of 3 December" } },
      { as, key },
    );
  assert.equal(codeIn(await pay(1)), "orders.nothing_claimed", "the card has still to pay for it");
  await leaves(parcel(orderId));
  await money(orderId).expires();
  await quiet(orderId);
  const open = (await see(orderId, support)).claim?.open.amount ?? 0;
  assert.ok(open > 1_000);

  for (const as of [anna, support]) assert.equal((await pay(1_000, { as })).status, 403);
  for (const refused of [pay(0), pay(open + 1), pay(1_000, { currency: "USD" })])
    assert.equal(codeIn(await refused), "orders.claim_differs");
  const key = newKey();
  const [first, again] = [await pay(1_000, { key }), await pay(1_000, { key })];
  const claim = { open: eur(open - 1_000), paid: eur(1_000), writtenOff: eur(0) };
  for (const { status, body } of [first, again]) assert.deepEqual([status, body], [202, { claim }]);
  const codes = await Promise.all([pay(open - 1_000), pay(open - 1_000)]);
  assert.deepEqual(codes.map(({ status }) => status).toSorted(), [202, 409]);
  await quiet(orderId);
  assert.deepEqual(paidOtherwise.get(orderId), [1_000, open - 1_000]);
  assert.deepEqual(await indexed(orderId), { total: 0, claim: 0 });
  assert.equal(codeIn(await writeOff(orderId)), "orders.nothing_claimed");

  const told = (await see(orderId, support)).timeline.findLast(({ what }) => what === "Claim paid");
  assert.match(told?.detail ?? "", /^EUR [\d.]+, recorded by .*: Transfer of 3 December$/);
  assert.equal(whatOf(await see(orderId)).includes("Claim paid"), false);
});

test("what is left of a claim after a part of it was paid can be written off", async () => {
  const orderId = await reservedOrder();
  await leaves(parcel(orderId));
  await money(orderId).expires();
  const open = (await see(orderId, support)).claim?.open.amount ?? 0;
  const body = { amount: eur(open - 1), how: "In cash" };
  await call("recordClaimPayment", { params: { orderId }, body }, { as: operator, key: newKey() });
  assert.equal((await writeOff(orderId)).status, 202);
  await quiet(orderId);
  assert.deepEqual([paidOtherwise.get(orderId), writtenOff.get(orderId)], [[open - 1], [1]]);
});

test("two who write the same claim off at once book it once", async () => {
  const orderId = await reservedOrder();
  await leaves(parcel(orderId));
  await money(orderId).expires();
  const codes = (await Promise.all([writeOff(orderId), writeOff(orderId)])).map(({ status }) => status);
  await quiet(orderId);
  assert.deepEqual([codes.toSorted()[0], writtenOff.get(orderId)?.length], [202, 1]);
});

test("a parcel that the carrier had fetched already goes on, and is claimed when it is heard of", async () => {
  const orderId = await reservedOrder();
  left.set(orderId, [pot(1)]);
  await money(orderId).isVoided();
  await quiet(orderId);
  const held = await see(orderId, support);
  assert.equal(held.lifecycle, "confirmed");
  assert.deepEqual(whatOf(held).slice(-4), [
    "The money that was reserved has lapsed",
    "Cancellation requested by the operator",
    "Cancellation refused",
    "The rest was cancelled",
  ]);
  assert.deepEqual(putBack.get(orderId), [[{ ...cup(2), condition: "sellable" }]]);
  const late = parcel(orderId, [pot(1)]);
  await leaves(late);
  await quiet(orderId);
  const { claim } = await see(orderId, support);
  assert.ok((claim?.open.amount ?? 0) >= 2_500);
  assert.equal(
    neighbours.payments.callsOf("capture").some(({ input }) => JSON.stringify(input).includes(orderId)),
    false,
  );
  await leaves(late, "delivered");
  assert.equal((await see(orderId)).lifecycle, "completed");
});

test("money that is let go of during the checkout rejects the order, and its stock is let go of", async () => {
  till.reserves = true;
  const paid = Promise.withResolvers<void>();
  gate.open = paid.promise;
  const reply = await checkout(await cartWith({ CUP: 1 }), { wait: 0 });
  const { id } = orderIn(reply);
  for (let i = 0; i < 2; i++) await money(id).isVoided();
  paid.resolve();
  await quiet(id);
  const order = await see(id);
  assert.deepEqual([order.lifecycle, order.reason], ["rejected", "payment_expired"]);
  assert.equal((await toldOf(id)).includes("orders.confirmed.v1"), false);
  const released = neighbours.inventory.callsOf("release").filter(({ input }) => JSON.stringify(input).includes(id));
  assert.equal(released.length, 1);
});

test("money that the shop itself lets go of, and a word of it about what was taken, change nothing", async () => {
  const reserved = await reservedOrder();
  const before = await see(reserved);
  await money(reserved).isVoided(true);
  assert.deepEqual(await see(reserved), before);
  till.reserves = false;
  const captured = await confirmedOrder();
  await money(captured).isVoided();
  assert.equal((await see(captured)).payment, "captured");
});

test("a customer's cancellation and the provider's at once cancel the order once", async () => {
  const orderId = await reservedOrder();
  await Promise.all([cancel(orderId), money(orderId).isVoided()]);
  await quiet(orderId);
  const order = await see(orderId);
  assert.deepEqual([order.lifecycle, order.payment], ["cancelled", "voided"]);
  assert.equal((await toldOf(orderId)).filter((type) => type === "orders.cancelled.v1").length, 1);
});

test("what has left can be returned although the rest has lapsed: as much is given back as was taken", async () => {
  const orderId = await reservedOrder();
  const first = parcel(orderId, [cup(2)]);
  await leaves(first);
  await leaves(first, "delivered");
  left.set(orderId, [cup(2)]);
  const lines = [{ ...cup(2), reason: "Chipped" }];
  const asked = await call(
    "requestReturn",
    { params: { orderId }, headers: {}, body: { lines } },
    { as: anna, key: newKey() },
  );
  await money(orderId, 500).expires();
  const returnId = asked.return.id;
  await call("approveReturn", { params: { returnId } }, { as: support });
  const back = { params: { returnId }, body: { lines: [{ ...cup(2), condition: "sellable" as const }] } };
  const { return: received } = await call("receiveReturn", back, { as: support });
  assert.deepEqual([received.value, received.refund?.amount], [eur(900), eur(500)]);
});

test("an open claim is listed until nothing of it is open", () => {
  const order = { lifecycle: "completed", total: 0, refunded: 0 } as const;
  const payment = { status: "voided", captured: 0, refunded: 0, since: "" };
  const reservation = { status: "committed", restocked: false };
  const kinds = (claim: number) =>
    findings({ order: { ...order, claim }, payment, reservation }).map(({ kind, mending }) => [kind, mending]);
  assert.deepEqual(kinds(3_890), [["claim_open", undefined]]);
  assert.deepEqual(kinds(0), []);
});
