import assert from "node:assert/strict";
import { test } from "node:test";
import { inventory } from "@souk/inventory/contract";
import { payments } from "@souk/payments/contract";
import { shipping, errors as shippingErrors } from "@souk/shipping/contract";
import { eventually } from "@souk/testing";
import { orders } from "./contract.ts";
import { support } from "./people.fixture.ts";
import {
  asked,
  cancel,
  cartWith,
  checkout,
  codeIn,
  confirmedOrder,
  deliver,
  gate,
  neighbours,
  newId,
  newKey,
  orderIn,
  parcel,
  published,
  quiet,
  see,
  shelves,
  toldOf,
} from "./service.fixture.ts";

test("an order cancelled while it is being paid gives back what was taken", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  gate.open = promise;
  const before = neighbours.payments.callsOf("pay").length;
  const { id } = orderIn(await checkout(await cartWith({ CUP: 1 }), { wait: 0 }));
  await eventually("that it is paid", async () => neighbours.payments.callsOf("pay").length > before);
  const reply = await cancel(id);
  assert.deepEqual([reply.status, orderIn(reply).lifecycle], [202, "cancel_pending"]);
  resolve();
  await quiet(id);
  assert.deepEqual(asked(id), ["pay", "release", "reserve", "reverse"]);
  const { lifecycle, reason, payment } = await see(id);
  assert.deepEqual([lifecycle, reason, payment], ["cancelled", "customer", "voided"]);
  assert.deepEqual(await toldOf(id), ["orders.placed.v1", "orders.cancelled.v1"]);
});

test("a confirmed order that is cancelled gives money and stock back, once however often it is asked", async () => {
  const orderId = await confirmedOrder();
  const key = newKey();
  const [first, again] = [await cancel(orderId, { key }), await cancel(orderId, { key })];
  assert.equal(JSON.stringify(first.body), JSON.stringify(again.body));
  assert.equal((await cancel(orderId)).status, 202);
  await quiet(orderId);
  assert.deepEqual(asked(orderId), ["cancel", "commit", "pay", "reserve", "restock", "reverse"]);
  const { lifecycle, payment, refunded, totals } = await see(orderId);
  assert.deepEqual([lifecycle, payment], ["cancelled", "refunded"]);
  assert.deepEqual(refunded, totals.total);
  assert.deepEqual((await toldOf(orderId)).slice(2), ["orders.cancelled.v1"]);
});

test("support cancels for a customer, and the order says so", async () => {
  const orderId = await confirmedOrder();
  await cancel(orderId, { as: support });
  await quiet(orderId);
  assert.equal((await see(orderId)).reason, "operator");
});

test("when the parcel has left, the cancellation is refused and the order goes on", async () => {
  const orderId = await confirmedOrder();
  neighbours.shipping.fail("cancel").with(shippingErrors.AlreadyDispatched({ orderId }));
  assert.equal((await cancel(orderId)).status, 202);
  await quiet(orderId);
  assert.equal(asked(orderId).includes("reverse"), false);
  const { lifecycle, payment, reason, timeline } = await see(orderId);
  assert.deepEqual([lifecycle, payment, reason], ["confirmed", "captured", undefined]);
  assert.equal(timeline.at(-1)?.what, "Cancellation refused");
});

test("parcels move an order on until it is completed; what is told twice counts once", async () => {
  const orderId = await confirmedOrder();
  const cups = parcel(orderId, [{ sku: "CUP", quantity: 2 }]);
  const pot = parcel(orderId, [{ sku: "POT", quantity: 1 }]);
  const tell = async (event: "dispatched" | "delivered", data: typeof cups) => {
    const sequence = event === "dispatched" ? 1 : 2;
    await deliver(shipping.events[event], { subject: data.shipmentId, sequence, data });
    await deliver(shipping.events[event], { subject: data.shipmentId, sequence, data });
    const { lifecycle, fulfilment } = await see(orderId);
    return `${lifecycle}, ${fulfilment}`;
  };
  assert.equal(await tell("dispatched", cups), "confirmed, partial");
  assert.equal(codeIn(await cancel(orderId)), "orders.cannot_cancel");
  assert.equal(await tell("dispatched", pot), "confirmed, shipped");
  assert.equal(await tell("delivered", cups), "confirmed, shipped");
  assert.equal(await tell("delivered", pot), "completed, delivered");
  assert.deepEqual((await toldOf(orderId)).slice(2), ["orders.completed.v1"]);
});

test("a refund told by payments shows in the order, and an older total changes nothing", async () => {
  const orderId = await confirmedOrder();
  const paymentId = newId();
  const refunded = (amount: number, total: number, sequence: number) =>
    deliver(payments.events.refunded, {
      subject: paymentId,
      sequence,
      data: { paymentId, orderId, currency: "EUR", amount, captured: 4_190, refunded: total },
    });
  await refunded(500, 500, 2);
  assert.equal((await see(orderId)).payment, "partially_refunded");
  await refunded(3_690, 4_190, 3);
  await refunded(500, 500, 2);
  const { payment, refunded: given } = await see(orderId);
  assert.deepEqual([payment, given.amount], ["refunded", 4_190]);
});

test("what is not in stock is told to those who send it, and again when it has come", async () => {
  shelves.backordered = [{ sku: "CUP", quantity: 1 }];
  const orderId = await confirmedOrder();
  const { data } = (await published(orders.events.confirmed)).find(({ subject }) => subject === orderId) ?? {};
  assert.deepEqual(data?.backordered, [{ sku: "CUP", quantity: 1 }]);
  assert.equal((await see(orderId)).lines[0]?.backordered, 1);
  const come = { orderId, sku: "CUP", quantity: 1, outstanding: 0 };
  const id = newId();
  for (let i = 0; i < 2; i++)
    await deliver(inventory.events.backorderFilled, { id, subject: orderId, sequence: 1, data: come });
  const told = (await published(orders.events.backorderFilled)).map((event) => event.data);
  const cup = { sku: "CUP", title: "Tea things, CUP", quantity: 1, weightGrams: 400 };
  const { number } = await see(orderId);
  assert.deepEqual(told, [{ orderId, number, shippingMethod: "standard", lines: [cup], outstanding: 0 }]);
  assert.equal((await see(orderId)).timeline.at(-1)?.what, "Stock has come");
});
