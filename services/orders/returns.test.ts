import assert from "node:assert/strict";
import { test } from "node:test";
import {
  approvedReturn,
  ask,
  call,
  codeIn,
  damaged,
  givenBack,
  newId,
  newKey,
  ordered,
  published,
  quiet,
  receive,
  refund,
  see,
  sellable,
  send,
  takenBack,
} from "./after-sale.fixture.ts";
import { anna, boris, merchandiser, nobody, support } from "./people.fixture.ts";

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
