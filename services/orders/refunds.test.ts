import assert from "node:assert/strict";
import { test } from "node:test";
import { errors as paymentErrors } from "@souk/payments/contract";
import {
  call,
  codeIn,
  eur,
  givenBack,
  neighbours,
  newKey,
  ordered,
  quiet,
  refund,
  send,
  sql,
  tellRefund,
} from "./after-sale.fixture.ts";
import { anna, support } from "./people.fixture.ts";

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

test("why money is given back is written with the order alone, which can forget it", async () => {
  const { orderId } = await ordered();
  const said = "Anna Example of 1 Street was kind";
  const goods = { params: { orderId }, body: { amount: eur(100), reason: said } };
  await call("grantRefund", goods, { as: support, key: newKey() });
  await quiet(orderId);
  assert.equal((await call("refunds", { params: { orderId }, headers: {} }, { as: anna })).data[0]?.reason, said);
  assert.equal(JSON.stringify(neighbours.payments.callsOf("refund")).includes(said), false);
  const sagas = await sql<{ input: unknown }>`select input from chassis.sagas where input->>'orderId' = ${orderId}`;
  assert.ok(sagas.length >= 2);
  assert.equal(JSON.stringify(sagas).includes(said), false);
});
