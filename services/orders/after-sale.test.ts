import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { shipping } from "@souk/shipping/contract";
import { arrive, call, codeIn, deliver, newId, newKey, ordered, see, send } from "./after-sale.fixture.ts";
import { anna, support } from "./people.fixture.ts";

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
