import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { sequentialIds, startForTest } from "@souk/testing";
import definition from "./service.ts";

const { call, send, sql } = await startForTest(definition, new URL("./", import.meta.url));
const orders: Principal = { kind: "service", id: "orders" };
const operator: Principal = {
  kind: "user",
  id: "019d0000-0000-7000-8000-000000000001",
  roles: ["operator"],
  sessionId: "s",
};
const newId = sequentialIds();

/** An order that was sold these units, of twice as many. */
async function sold(units: Record<string, number>): Promise<string> {
  const orderId = newId();
  const lines = Object.entries(units).map(([sku, quantity]) => ({ sku, quantity }));
  for (const { sku, quantity } of lines)
    await call(
      "receive",
      { params: { sku }, body: { quantity: 2 * quantity } },
      { as: operator, key: `receipt-of-${sku}-0123456789` },
    );
  await call("reserve", { body: { orderId, lines } }, { as: orders });
  await call("commit", { params: { orderId } }, { as: orders });
  return orderId;
}
const back = (sku: string, quantity: number, condition: "sellable" | "damaged" = "sellable") => ({
  sku,
  quantity,
  condition,
});
const takeBack = (returnId: string, orderId: string, ...lines: ReturnType<typeof back>[]) =>
  send("takeBack", { params: { returnId }, body: { orderId, lines } }, { as: orders });
const onHand = async (sku: string) => (await call("bySku", { params: { sku } }, { as: operator })).onHand;
const movementsOf = (sku: string) =>
  sql<{ kind: string; quantity: number }>`
    select kind, quantity from movements where sku = ${sku} and kind in ('return', 'adjustment') order by movement_id`;

test("what can be sold again is back on the shelf, what cannot is written off, and the journal says both", async () => {
  const orderId = await sold({ CUP: 3, POT: 1 });
  const returnId = newId();
  const reply = await takeBack(returnId, orderId, back("POT", 1, "damaged"), back("CUP", 1), back("CUP", 1, "damaged"));
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  assert.deepEqual([await onHand("CUP"), await onHand("POT")], [4, 1]);
  assert.deepEqual(await movementsOf("CUP"), [
    { kind: "return", quantity: 2 },
    { kind: "adjustment", quantity: -1 },
  ]);
  const reasons = await sql`select distinct reason from movements where kind = 'adjustment'`;
  assert.deepEqual(reasons, [{ reason: `written off: return ${returnId}` }]);
  const off = await sql`
    select from stock s join stock_by_movements m using (sku, location) where s.on_hand <> m.on_hand or s.reserved <> m.reserved`;
  assert.equal(off.length, 0, "the counters are the sum of the movements");
});

test("a return that is told ten times at once is booked once, and another of the same order beside it", async () => {
  const orderId = await sold({ LAMP: 5 });
  const [one, other] = [newId(), newId()];
  const asked = Array.from({ length: 10 }, () => takeBack(one, orderId, back("LAMP", 2)));
  await Promise.all([...asked, takeBack(other, orderId, back("LAMP", 1))]);
  assert.equal(await onHand("LAMP"), 5 + 3);
});

test("returns of several orders that hold the same things lock nothing crosswise", async () => {
  const [some, others] = [await sold({ DISH: 20, FORK: 20 }), await sold({ FORK: 20, DISH: 20 })];
  const lines = [back("DISH", 1), back("FORK", 1, "damaged")];
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      i % 2 ? takeBack(newId(), some, ...lines) : takeBack(newId(), others, ...lines.toReversed()),
    ),
  );
  assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([200]));
});

test("nothing comes back of an order that was never sold anything, or that never held it", async () => {
  assert.equal((await takeBack(newId(), newId(), back("CUP", 1))).status, 404);
  const orderId = await sold({ VASE: 1 });
  const before = await onHand("CUP");
  assert.equal((await takeBack(newId(), orderId, back("VASE", 1), back("CUP", 1))).status, 500);
  assert.deepEqual([await onHand("CUP"), await onHand("VASE")], [before, 1], "all of a return is booked or none");
});
