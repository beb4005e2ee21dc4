import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";
import type { Principal } from "@souk/contract";
import { inventory, errors as stockErrors } from "@souk/inventory/contract";
import { errors as paymentErrors, payments } from "@souk/payments/contract";
import { products } from "@souk/products/contract";
import { shipping } from "@souk/shipping/contract";
import { fakeNeighbours, sequentialIds, startForTest } from "@souk/testing";
import definition from "./service.ts";

const newId = sequentialIds();
const newKey = () => `key-${newId()}`;

/** Payments' books: by order what was taken, and each refund once. */
const captured = new Map<string, number>();
const given = new Map<string, { orderId: string; amount: number }>();
const givenBack = (orderId: string) =>
  [...given.values()].reduce((sum, one) => sum + (one.orderId === orderId ? one.amount : 0), 0);
const eur = (amount: number) => ({ amount, currency: "EUR" });
const payment = (orderId: string) => ({
  paymentId: orderId,
  orderId,
  status: "captured" as const,
  amount: eur(captured.get(orderId) ?? 0),
  captured: eur(captured.get(orderId) ?? 0),
  refunded: eur(givenBack(orderId)),
});
/** Inventory's: each return once. */
const takenBack = new Map<string, unknown>();

const neighbours = fakeNeighbours(
  { inventory, payments, shipping },
  {
    inventory: {
      reserve: ({ body }) => ({ reservationId: body.orderId, status: "held" as const, expiresAt: null }),
      commit: ({ params }) => ({ reservationId: params.orderId, status: "committed" as const, expiresAt: null }),
      restock: () => ({}),
      release: () => ({}),
      takeBack({ params, body }) {
        if (!takenBack.has(params.returnId)) takenBack.set(params.returnId, body.lines);
        return {};
      },
    },
    shipping: {
      cancel: () => ({}),
      makeReturnLabel: ({ params: { returnId } }) => ({
        returnId,
        trackingNumber: "SKRETURN001",
        labelPath: `/return-labels/${returnId}`,
        validUntil: "2030-01-31T12:00:00.000Z",
      }),
    },
    payments: {
      reverse: () => ({ status: "voided" as const, refunded: eur(0) }),
      pay({ body: { orderId, amount } }) {
        captured.set(orderId, amount.amount);
        return payment(orderId);
      },
      refund({ params: { orderId }, body: { refundId, amount } }) {
        const left = (captured.get(orderId) ?? 0) - givenBack(orderId);
        if (!given.has(refundId)) {
          if (amount.amount > left) throw paymentErrors.RefundTooLarge({ requested: amount.amount, refundable: left });
          given.set(refundId, { orderId, amount: amount.amount });
        }
        return payment(orderId);
      },
    },
  },
);
const { call, send, sql, published, deliver } = await startForTest(definition, new URL("./", import.meta.url), {
  neighbours,
});

const person = (n: number, ...roles: string[]): Principal => ({
  kind: "user",
  id: `019d0000-0000-7000-8000-00000000000${n}`,
  roles,
  sessionId: "s",
});
const anna = person(1, "customer");
const boris = person(2, "customer");
const support = person(3, "support");
const merchandiser = person(4, "merchandiser");
const nobody: Principal = { kind: "anonymous" };

before(async () => {
  const productId = newId();
  await deliver(products.events.changed, {
    subject: productId,
    data: {
      productId,
      slug: "tea-things",
      title: "Tea things",
      description: "",
      status: "active",
      category: "Kitchen",
      categorySlug: "kitchen",
      attributes: {},
      version: 1,
      variants: [
        { sku: "CUP", title: "Cup", options: {}, price: eur(450), weightGrams: 400, taxClass: "standard" },
        { sku: "DISH", title: "Dish", options: {}, price: eur(500), weightGrams: 400, taxClass: "standard" },
        { sku: "POT", title: "Pot", options: {}, price: eur(2_500), weightGrams: 400, taxClass: "standard" },
      ],
    },
  });
  await deliver(shipping.events.ratesChanged, {
    subject: "rates",
    data: { rates: [{ method: "standard", currency: "EUR", countries: ["DE"], maxWeightGrams: 9_000, amount: 490 }] },
  });
});
beforeEach(() => {
  neighbours.payments.recover("refund");
  for (const endpoint of ["takeBack", "reserve"] as const) neighbours.inventory.recover(endpoint);
});

type Holder = { readonly as: Principal; readonly headers: { "x-cart-token"?: string } };

/** A confirmed order of three cups and a pot, 4,340 in all; `delivered`: of which the cups have arrived. */
async function ordered({ as = anna, delivered = true } = {}): Promise<Holder & { orderId: string }> {
  const { id: cartId, cartToken } = await call("createCart", { body: {} }, { as });
  const headers = cartToken === undefined ? {} : { "x-cart-token": cartToken };
  for (const [sku, quantity] of [["CUP", 3] as const, ["POT", 1] as const])
    await call("setItem", { params: { cartId, sku }, headers, body: { quantity } }, { as });
  const body = {
    email: "anna@example.com",
    shippingAddress: { name: "Anna", line1: "1 Street", city: "Berlin", postalCode: "10115", country: "DE" },
    shippingMethod: "standard" as const,
    paymentToken: "tok_test",
  };
  const wait = { ...headers, prefer: "wait=5" };
  const { order } = await call("checkout", { params: { cartId }, headers: wait, body }, { as, key: newKey() });
  await quiet(order.id);
  if (delivered) await arrive(order.id, { CUP: 3 });
  return { orderId: order.id, as, headers };
}

async function arrive(orderId: string, units: Record<string, number>): Promise<void> {
  const shipmentId = newId();
  const lines = Object.entries(units).map(([sku, quantity]) => ({ sku, quantity }));
  const data = { shipmentId, orderId, trackingNumber: `SK${shipmentId.slice(-6).toUpperCase()}`, lines };
  await deliver(shipping.events.dispatched, { subject: shipmentId, sequence: 1, data });
  await deliver(shipping.events.delivered, { subject: shipmentId, sequence: 2, data });
}

/** Resolves when no saga of the order is at work any more. */
async function quiet(orderId: string): Promise<void> {
  const deadline = performance.now() + 5_000;
  const busy = () =>
    sql`select id, status from chassis.sagas where input->>'orderId' = ${orderId} and status not in ('completed', 'compensated')`;
  for (let left = await busy(); left.length > 0; left = await busy())
    assert.ok(performance.now() < deadline, `still busy: ${JSON.stringify(left)}`);
}

const see = ({ orderId, as, headers }: Holder & { orderId: string }, who = as) =>
  call("byId", { params: { orderId }, headers }, { as: who });
const lines = (quantity: number, sku = "CUP") => [{ sku, quantity, reason: "Too small" }];
const ask = (
  { orderId, as, headers }: Holder & { orderId: string },
  quantity: number,
  { key = newKey(), who = as } = {},
) => send("requestReturn", { params: { orderId }, headers, body: { lines: lines(quantity) } }, { as: who, key });
async function approvedReturn(order: Holder & { orderId: string }, quantity: number): Promise<string> {
  const { orderId, as, headers } = order;
  const input = { params: { orderId }, headers, body: { lines: lines(quantity) } };
  const asked = await call("requestReturn", input, { as, key: newKey() });
  const returnId = asked.return.id;
  await call("approveReturn", { params: { returnId } }, { as: support });
  return returnId;
}
const sellable = (quantity: number) => ({ sku: "CUP", quantity, condition: "sellable" as const });
const damaged = (quantity: number) => ({ sku: "CUP", quantity, condition: "damaged" as const });
const receive = (returnId: string, ...received: (ReturnType<typeof sellable> | ReturnType<typeof damaged>)[]) =>
  send("receiveReturn", { params: { returnId }, body: { lines: received } }, { as: support });
const refund = (orderId: string, amount: number, { key = newKey(), as = support } = {}) =>
  send("grantRefund", { params: { orderId }, body: { amount: eur(amount), reason: "Sorry" } }, { as, key });
const codeIn = ({ body }: { body: unknown }) => (body as { error?: { code: string } }).error?.code; // as: a problem
const tellRefund = (orderId: string, amount: number, refunded: number, refundId?: string) =>
  deliver(payments.events.refunded, {
    subject: orderId,
    data: {
      paymentId: orderId,
      orderId,
      currency: "EUR",
      amount,
      captured: captured.get(orderId) ?? 0,
      refunded,
      ...(refundId && { refundId }),
    },
  });

test("parcel by parcel an order says how much of it has left and arrived", async () => {
  const order = await ordered({ delivered: false });
  const state = async () => {
    const { fulfilment, lines, lifecycle } = await see(order);
    return [fulfilment, lifecycle, ...lines.map(({ shipped, delivered }) => `${shipped}/${delivered}`)];
  };
  assert.deepEqual(await state(), ["none", "confirmed", "0/0", "0/0"]);
  await arrive(order.orderId, { CUP: 1 });
  assert.deepEqual(await state(), ["partial", "confirmed", "1/1", "0/0"]);
  await arrive(order.orderId, { CUP: 2, POT: 1 });
  assert.deepEqual(await state(), ["delivered", "completed", "3/3", "1/1"]);
  assert.equal(
    codeIn(await send("cancel", { params: order, headers: {}, body: {} }, { as: anna, key: newKey() })),
    "orders.cannot_cancel",
  );
});

test("what was asked for, approved and received goes back on the shelf, and its price to the customer", async () => {
  const order = await ordered();
  const asked = await ask(order, 2);
  assert.equal(asked.status, 201, JSON.stringify(asked.body));
  const { return: requested } = asked.body as { return: { id: string; status: string; number: string } }; // as: a return
  assert.equal(asked.headers.get("location"), `/v1/returns/${requested.id}`);
  assert.deepEqual([requested.status, (await see(order)).returns], ["requested", "requested"]);

  const returnId = requested.id;
  const { return: approved } = await call("approveReturn", { params: { returnId } }, { as: support });
  assert.equal(approved.status, "approved");
  await quiet(order.orderId);
  const { label, trackingNumber } = await call("returnById", { params: { returnId }, headers: {} }, { as: anna });
  assert.deepEqual([label, trackingNumber], [`/return-labels/${returnId}`, "SKRETURN001"]);
  assert.deepEqual(
    (await see(order)).returnRequests?.map((one) => [one.id, one.status, one.label]),
    [[returnId, "approved", label]],
    "whoever may look at the order finds its returns there",
  );
  const received = await receive(returnId, sellable(1), damaged(1));
  assert.equal(received.status, 200, JSON.stringify(received.body));
  await quiet(order.orderId);

  const shown = await call("returnById", { params: { returnId }, headers: {} }, { as: anna });
  assert.deepEqual([shown.status, shown.value.amount, shown.refund?.amount.amount], ["refunded", 900, 900]);
  assert.deepEqual(
    shown.lines.map(({ title, quantity, received, writtenOff }) => [title, quantity, received, writtenOff]),
    [["Tea things, Cup", 2, 2, 1]],
  );
  assert.deepEqual(takenBack.get(returnId), [sellable(1), damaged(1)]);
  assert.equal(givenBack(order.orderId), 900);

  const after = await see(order);
  assert.deepEqual([after.returns, after.payment, after.refunded.amount], ["partial", "partially_refunded", 900]);
  const [cup] = after.lines;
  assert.deepEqual([cup?.returnRequested, cup?.returnReceived, cup?.writtenOff], [2, 2, 1]);
  assert.deepEqual(
    after.timeline.slice(-6).map(({ what, detail }) => [what, detail]),
    [
      ["Return requested by the customer", "2 × CUP (Too small)"],
      ["Return approved", `Return ${requested.number}`],
      ["Return label made", "Tracking number SKRETURN001"],
      ["Return received", "1 × CUP (sellable), 1 × CUP (damaged)"],
      ["Refund granted", "EUR 9.00: What was returned has arrived."],
      ["Money given back", "EUR 9.00"],
    ],
  );
  const told = (await published()).filter(({ subject }) => subject === order.orderId).map(({ type }) => type);
  assert.deepEqual(told.slice(-3), [
    "orders.return_requested.v1",
    "orders.return_approved.v1",
    "orders.return_received.v1",
  ]);
});

test("asking to return with the same key asks once, and answers the same bytes later on", async () => {
  const order = await ordered();
  const key = newKey();
  const first = await ask(order, 1, { key });
  const { return: asked } = first.body as { return: { id: string } }; // as: a return
  await call("approveReturn", { params: { returnId: asked.id } }, { as: support });
  const again = await ask(order, 1, { key });
  assert.deepEqual([again.status, again.body], [first.status, first.body]);
  assert.equal((await see(order)).lines[0]?.returnRequested, 1);
});

test("a return is its customer's and support's, and for everybody else it is not there", async () => {
  const order = await ordered();
  const returnId = await approvedReturn(order, 1);
  const unknown = newId();
  for (const as of [boris, merchandiser, nobody]) {
    for (const id of [returnId, unknown]) {
      const found = await send("returnById", { params: { returnId: id }, headers: {} }, { as });
      assert.deepEqual([found.status, codeIn(found)], [404, "orders.return_not_found"]);
    }
    assert.equal((await ask(order, 1, { who: as })).status, 404);
    assert.equal((await send("refunds", { params: order, headers: {} }, { as })).status, 404);
  }
  for (const as of [anna, boris, merchandiser]) {
    assert.equal((await send("approveReturn", { params: { returnId } }, { as })).status, 403);
    assert.equal((await refund(order.orderId, 1, { as })).status, 403);
    assert.equal((await send("addNote", { params: order, body: { text: "?" } }, { as, key: newKey() })).status, 403);
  }
  const mine = await call("returns", { query: { orderId: order.orderId } }, { as: anna });
  assert.deepEqual(
    mine.data.map(({ id }) => id),
    [returnId],
  );
  assert.equal((await call("returns", { query: { orderId: order.orderId } }, { as: boris })).data.length, 0);
  assert.ok((await call("returns", { query: { status: "approved" } }, { as: support })).pagination.total >= 1);
});

test("a guest returns with the token of the cart, and nobody without it", async () => {
  const order = await ordered({ as: nobody });
  assert.equal((await ask({ ...order, headers: {} }, 1)).status, 404);
  const asked = await ask(order, 1);
  assert.equal(asked.status, 201, JSON.stringify(asked.body));
  const { return: found } = asked.body as { return: { id: string } }; // as: a return
  const input = { params: { returnId: found.id } };
  assert.equal((await send("returnById", { ...input, headers: order.headers }, { as: nobody })).status, 200);
  assert.equal((await send("returnById", { ...input, headers: {} }, { as: nobody })).status, 404);
});

test("two who refund at once are promised no more than was taken", async () => {
  const { orderId } = await ordered();
  const answers = await Promise.all(Array.from({ length: 8 }, () => refund(orderId, 1_000)));
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted(),
    [202, 202, 202, 202, ...Array(4).fill(409)].toSorted(),
  );
  await quiet(orderId);
  const { data } = await call("refunds", { params: { orderId }, headers: {} }, { as: anna });
  assert.deepEqual(
    data.map(({ status }) => status),
    Array(4).fill("executed"),
  );
  assert.equal(givenBack(orderId), 4_000);
  const rows = await sql`select refunded from orders where order_id = ${orderId}`;
  assert.deepEqual(rows, [{ refunded: 4_000 }]);
});

test("a return that arrives while other refunds are under way gives back all that is left, and no more", async () => {
  const order = await ordered();
  const { orderId } = order;
  const returnId = await approvedReturn(order, 3);
  await Promise.all([
    refund(orderId, 1_500),
    refund(orderId, 1_500),
    receive(returnId, sellable(3)),
    refund(orderId, 700),
  ]);
  await quiet(orderId);
  const { refunds, refunded } = await see(order);
  const executed = refunds.reduce((sum, { amount }) => sum + amount.amount, 0);
  assert.ok(
    refunds.every(({ status }) => status === "executed"),
    JSON.stringify(refunds),
  );
  assert.deepEqual([executed, refunded.amount], [givenBack(orderId), givenBack(orderId)]);
  assert.ok(executed <= 4_340);
});

test("what is received twice at once is booked and paid for once", async () => {
  const order = await ordered();
  const returnId = await approvedReturn(order, 2);
  const answers = await Promise.all(Array.from({ length: 6 }, () => receive(returnId, sellable(2))));
  assert.deepEqual(
    answers.map(({ status }) => status),
    Array(6).fill(200),
  );
  await quiet(order.orderId);
  assert.equal((await see(order)).refunds.length, 1);
  assert.equal(givenBack(order.orderId), 900);
  assert.equal(codeIn(await receive(returnId, sellable(1))), "orders.return_closed");
});

test("a refund whose answer is lost is asked for again and given once", async () => {
  const { orderId } = await ordered();
  neighbours.payments.timeOutAfterActing("refund", 2);
  neighbours.inventory.timeOutAfterActing("takeBack", 1);
  await refund(orderId, 300);
  await quiet(orderId);
  assert.ok(
    neighbours.payments.callsOf("refund").filter(({ input }) => JSON.stringify(input).includes(orderId)).length >= 3,
  );
  assert.equal(givenBack(orderId), 300);
});

test("a refund that payments refuses for good has failed, is free again, and can be tried again", async () => {
  const { orderId } = await ordered();
  neighbours.payments.fail("refund").with(paymentErrors.RefundTooLarge({ requested: 4_340, refundable: 0 }), 1);
  await refund(orderId, 4_340);
  await quiet(orderId);
  const one = async () => (await call("refunds", { params: { orderId }, headers: {} }, { as: anna })).data[0];
  const failed = await one();
  assert.deepEqual(
    [failed?.status, failed?.why],
    ["failed", "Cannot refund 4340: only 0 minor units are left to give back."],
  );
  const params = { orderId, refundId: failed?.id ?? "" };
  assert.equal((await send("retryRefund", { params }, { as: support })).status, 202);
  await quiet(orderId);
  assert.deepEqual([(await one())?.status, givenBack(orderId)], ["executed", 4_340]);
  assert.equal((await send("retryRefund", { params }, { as: support })).status, 202, "which changes nothing any more");
  assert.equal(givenBack(orderId), 4_340);
});

test("payments' own word of a refund counts once, before or after its answer", async () => {
  const { orderId } = await ordered();
  await refund(orderId, 300);
  await quiet(orderId);
  const { data } = await call("refunds", { params: { orderId }, headers: {} }, { as: anna });
  await tellRefund(orderId, 300, 300, data[0]?.id);
  const { refunded } = await call("byId", { params: { orderId }, headers: {} }, { as: anna });
  assert.equal(refunded.amount, 300);
});

test("goods can be paid back without coming back, and a refund says either an amount or goods", async () => {
  const { orderId } = await ordered();
  const goods = { params: { orderId }, body: { lines: [{ sku: "POT", quantity: 1 }], reason: "It came broken" } };
  const { refund: granted } = await call("grantRefund", goods, { as: support, key: newKey() });
  assert.deepEqual([granted.amount.amount, granted.status], [2_500, "granted"]);
  assert.equal(codeIn(await send("grantRefund", goods, { as: support, key: newKey() })), "orders.not_returnable");
  const both = { ...goods, body: { ...goods.body, amount: eur(1) } };
  assert.equal(codeIn(await send("grantRefund", both, { as: support, key: newKey() })), "orders.refund_unclear");
  const dollars = { params: { orderId }, body: { amount: { amount: 1, currency: "USD" }, reason: "?" } };
  assert.equal(codeIn(await send("grantRefund", dollars, { as: support, key: newKey() })), "orders.refund_unclear");
  await quiet(orderId);
});

test("notes are read by those who work here, and by nobody else", async () => {
  const order = await ordered();
  const note = { params: { orderId: order.orderId }, body: { text: "Called; will send a new pot." } };
  const key = newKey();
  const { noteId } = await call("addNote", note, { as: support, key });
  assert.equal((await call("addNote", note, { as: support, key })).noteId, noteId, "the same key writes it once");
  const notes = async (as: Principal) => (await see(order, as)).timeline.filter(({ what }) => what === "Note");
  assert.deepEqual(
    (await notes(support)).map(({ detail }) => detail),
    ["Called; will send a new pot."],
  );
  assert.deepEqual(await notes(anna), []);
});

test("a parcel that the carrier lost is told of, and its goods can be paid back", async () => {
  const order = await ordered({ delivered: false });
  const data = {
    shipmentId: newId(),
    orderId: order.orderId,
    trackingNumber: "SKLOST00001",
    lines: [{ sku: "POT", quantity: 1 }],
  };
  await deliver(shipping.events.dispatched, { subject: data.shipmentId, sequence: 1, data });
  await deliver(shipping.events.lost, { subject: data.shipmentId, sequence: 2, data });
  const { timeline, fulfilment } = await see(order);
  assert.deepEqual([timeline.at(-1)?.what, fulfilment], ["Parcel lost", "partial"]);
});

/** A return of two cups, 9.00, for a dish of 5.00, that has come back. */
async function exchangedFor(order: Holder & { orderId: string }, dishes: number) {
  const { orderId, headers, as } = order;
  const body = { lines: lines(2), exchange: [{ sku: "DISH", quantity: dishes }] };
  const { return: asked } = await call("requestReturn", { params: { orderId }, headers, body }, { as, key: newKey() });
  await call("approveReturn", { params: { returnId: asked.id } }, { as: support });
  await receive(asked.id, sellable(2));
  await quiet(orderId);
  const shown = await call("returnById", { params: { returnId: asked.id }, headers }, { as });
  assert.ok(shown.exchange);
  return { ...shown, exchange: shown.exchange };
}

test("what comes back pays for a replacement, which is an order of its own, and the difference is given back", async () => {
  const order = await ordered();
  const { exchange, refund: rest } = await exchangedFor(order, 1);
  assert.deepEqual([exchange.status, exchange.cost.amount, rest?.amount.amount], ["ordered", 500, 400]);
  const orderId = exchange.orderId ?? "";
  await quiet(orderId);
  const sent = await see({ ...order, orderId });
  assert.deepEqual([sent.lifecycle, sent.totals.total.amount, sent.totals.discount.amount], ["confirmed", 0, 500]);
  assert.deepEqual(sent.exchangeOf?.orderId, order.orderId);
  assert.deepEqual(
    sent.lines.map(({ sku, quantity, payable }) => [sku, quantity, payable.amount]),
    [["DISH", 1, 0]],
  );
  assert.match(sent.totals.discounts[0]?.name ?? "", /^Exchange for return R-/);
  assert.equal(givenBack(order.orderId), 400);
  assert.equal((await send("byId", { params: { orderId }, headers: {} }, { as: boris })).status, 404);
  const told = (await published()).filter(({ subject }) => subject === orderId).map(({ type }) => type);
  assert.deepEqual(told, ["orders.placed.v1", "orders.confirmed.v1"]);
});

test("a replacement that is sold out by then is given up, and its price goes back too", async () => {
  const order = await ordered();
  neighbours.inventory.fail("reserve").with(stockErrors.OutOfStock([{ sku: "DISH", requested: 1, available: 0 }]), 1);
  const { id, exchange } = await exchangedFor(order, 1);
  await quiet(exchange.orderId ?? "");
  await quiet(order.orderId);
  const after = await call("returnById", { params: { returnId: id }, headers: {} }, { as: anna });
  assert.equal(after.exchange?.status, "given_up");
  assert.equal(givenBack(order.orderId), 900);
});

test("an order that replaces something and is cancelled gives its price back", async () => {
  const order = await ordered();
  const { exchange } = await exchangedFor(order, 1);
  const orderId = exchange.orderId ?? "";
  await quiet(orderId);
  await call("cancel", { params: { orderId }, headers: {}, body: {} }, { as: anna, key: newKey() });
  await quiet(orderId);
  await quiet(order.orderId);
  assert.equal(givenBack(order.orderId), 900);
  assert.equal((await see({ ...order, orderId })).lifecycle, "cancelled");
});

test("a replacement that has gone off sale since is still answered to the same key", async () => {
  const { orderId } = await ordered();
  const body = { lines: lines(2), exchange: [{ sku: "DISH", quantity: 1 }] };
  const key = newKey();
  const first = await send("requestReturn", { params: { orderId }, headers: {}, body }, { as: anna, key });
  await sql`update offers set on_sale = false where sku = 'DISH'`;
  const again = await send("requestReturn", { params: { orderId }, headers: {}, body }, { as: anna, key });
  await sql`update offers set on_sale = true where sku = 'DISH'`;
  assert.deepEqual([again.status, again.body], [201, first.body]);
});

test("a replacement must not cost more than what is sent back, nor be unknown", async () => {
  const { orderId } = await ordered();
  const asked = (sku: string, quantity: number) => {
    const body = { lines: lines(1), exchange: [{ sku, quantity }] };
    return send("requestReturn", { params: { orderId }, headers: {}, body }, { as: anna, key: newKey() });
  };
  assert.equal(codeIn(await asked("DISH", 1)), "orders.exchange_costs_more");
  assert.equal(codeIn(await asked("NONE", 1)), "orders.unknown_sku");
  assert.equal((await asked("CUP", 1)).status, 201);
});
