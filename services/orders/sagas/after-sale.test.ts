import assert from "node:assert/strict";
import { test } from "node:test";
import { inventory } from "@souk/inventory/contract";
import { payments } from "@souk/payments/contract";
import { shipping } from "@souk/shipping/contract";
import { fakeNeighbours, rehearse } from "@souk/testing";
import { labelling } from "./labelling.ts";
import { refunding } from "./refunding.ts";
import { takingBack } from "./taking-back.ts";

const { clients } = fakeNeighbours({ inventory, payments, shipping }, {});
const notCalled = async () => {
  throw new Error("a rehearsal calls nothing");
};
const order = {
  load: notCalled,
  loadMany: notCalled,
  execute: notCalled,
  executeIn: notCalled,
  beginIn: notCalled,
};

test("money is given back first and recorded then, and asked for again until its outcome is known", async () => {
  const refund = refunding({ ...clients, order });
  assert.deepEqual(await rehearse(refund), ["give money back", "record refund"]);
  const again = ["give money back", "give money back (again)", "record refund"];
  assert.deepEqual(await rehearse(refund, { unknownAt: "give money back" }), again);
  assert.deepEqual(await rehearse(refund, { crashAfter: "give money back" }), again);
});

test("a refund that is refused gives nothing back, and says so", async () => {
  const refund = refunding({ ...clients, order });
  assert.deepEqual(await rehearse(refund, { failAt: "give money back" }), ["give money back", "rejected"]);
});

test("goods that came back are booked, however often that has to be asked for", async () => {
  const back = takingBack(clients);
  assert.deepEqual(await rehearse(back, { unknownAt: "take goods back" }), [
    "take goods back",
    "take goods back (again)",
  ]);
});

test("a label that was made and not recorded is asked for again, and is the same", async () => {
  const label = labelling({ ...clients, order });
  assert.deepEqual(await rehearse(label, { crashAfter: "make label" }), [
    "make label",
    "make label (again)",
    "record label",
  ]);
});
