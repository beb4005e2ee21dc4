import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { eventually, sequentialIds, startForTest } from "@souk/testing";
import { inventory } from "./contract.ts";
import definition from "./service.ts";

const service = await startForTest(definition, new URL("./", import.meta.url));
const { call, send, sql, published } = service;
const orders: Principal = { kind: "service", id: "orders" };
const operator: Principal = {
  kind: "user",
  id: "019d0000-0000-7000-8000-000000000001",
  roles: ["operator"],
  sessionId: "s",
};
const newId = sequentialIds();

const receive = (sku: string, quantity: number, key = `receipt-${sku}-0123456789`) =>
  call("receive", { params: { sku }, body: { quantity } }, { as: operator, key });
const reserve = (sku: string, quantity: number, orderId = newId()) =>
  send("reserve", { body: { orderId, lines: [{ sku, quantity }] } }, { as: orders });
const step = (name: "commit" | "release" | "restock", orderId: string) =>
  send(name, { params: { orderId } }, { as: orders });
const figures = async (sku: string) => {
  const { onHand, reserved, available } = await call("bySku", { params: { sku } }, { as: operator });
  return { onHand, reserved, available };
};

test("two hundred shoppers race for ten units: exactly ten win", async () => {
  await receive("RACE", 10);
  const replies = await Promise.all(Array.from({ length: 200 }, () => reserve("RACE", 1)));
  assert.equal(replies.filter(({ status }) => status === 200).length, 10);
  const lost = replies.filter(({ status }) => status === 409);
  assert.equal(lost.length, 190);
  assert.deepEqual(await figures("RACE"), { onHand: 10, reserved: 10, available: 0 });
});

test("who comes too late is told what there is", async () => {
  await receive("FEW", 2);
  await assert.rejects(
    call("reserve", { body: { orderId: newId(), lines: [{ sku: "FEW", quantity: 3 }] } }, { as: orders }),
    { code: "inventory.out_of_stock", status: 409, details: [{ sku: "FEW", requested: 3, available: 2 }] },
  );
});

test("an order's stock is held, sold and brought back, each once however often it is asked", async () => {
  await receive("LIFE", 5);
  const order = newId();
  for (let i = 0; i < 2; i++) {
    const held = await reserve("LIFE", 2, order);
    assert.equal(held.status, 200);
  }
  assert.deepEqual(await figures("LIFE"), { onHand: 5, reserved: 2, available: 3 });
  for (let i = 0; i < 2; i++) await step("commit", order);
  assert.deepEqual(await figures("LIFE"), { onHand: 3, reserved: 0, available: 3 });
  assert.equal((await step("release", order)).status, 409, "what is sold is restocked, not released");
  for (let i = 0; i < 2; i++) await step("restock", order);
  assert.deepEqual(await figures("LIFE"), { onHand: 5, reserved: 0, available: 5 });
});

test("a hold says when it lapses, and one whose payment has begun never does", async () => {
  await receive("HOLD", 5);
  const orderId = newId();
  const held = await call(
    "reserve",
    { body: { orderId, lines: [{ sku: "HOLD", quantity: 1 }], holdForMs: 60_000 } },
    { as: orders },
  );
  assert.ok(held.expiresAt && Date.parse(held.expiresAt) > Date.now());
  const paying = await call("extend", { params: { orderId }, body: { untilSettled: true } }, { as: orders });
  assert.equal(paying.expiresAt, null);
});

test("committing what was never reserved is refused", async () => {
  assert.equal((await step("commit", newId())).status, 404);
});

test("one key sent twenty times at once books one receipt", async () => {
  const key = "receipt-once-0123456789";
  const replies = await Promise.all(
    Array.from({ length: 20 }, () =>
      send("receive", { params: { sku: "ONCE" }, body: { quantity: 7 } }, { as: operator, key }),
    ),
  );
  assert.ok(replies.some(({ status }) => status === 201));
  assert.ok(
    replies.every(({ status }) => status === 201 || status === 409),
    "the same answer, or: still working on it",
  );
  assert.deepEqual(await figures("ONCE"), { onHand: 7, reserved: 0, available: 7 });
});

test("an adjustment never takes what is reserved", async () => {
  await receive("COUNT", 5);
  await reserve("COUNT", 3);
  const adjust = (quantity: number, key: string) =>
    call("adjust", { params: { sku: "COUNT" }, body: { quantity, reason: "count" } }, { as: operator, key });
  await assert.rejects(adjust(-3, "count-0000000001"), { code: "inventory.adjustment_too_large" });
  await assert.rejects(adjust(0, "count-0000000002"), { code: "inventory.no_adjustment" });
  assert.equal((await adjust(-2, "count-0000000003")).onHand, 3);
  const [movement] =
    await sql`select kind, quantity, reason, actor from movements where sku = 'COUNT' and kind = 'adjustment'`;
  assert.deepEqual(movement, { kind: "adjustment", quantity: -2, reason: "count", actor: operator.id });
});

test("goods go to the location that is named, and orders take from the first", async () => {
  await call("putLocation", { params: { location: "harbour" }, body: { priority: 10 } }, { as: operator });
  assert.deepEqual((await call("locations", {}, { as: operator })).data, [
    { location: "main", priority: 0, active: true },
    { location: "harbour", priority: 10, active: true },
  ]);
  const to = (location: string, key: string) =>
    call("receive", { params: { sku: "TWO" }, body: { quantity: 4, location } }, { as: operator, key });
  await to("main", "location-00000001");
  await to("harbour", "location-00000002");
  await assert.rejects(to("nowhere", "location-00000003"), { code: "inventory.location_not_found" });
  await reserve("TWO", 5);
  const { locations } = await call("bySku", { params: { sku: "TWO" } }, { as: operator });
  assert.deepEqual(
    locations.map(({ location, reserved }) => [location, reserved]),
    [
      ["main", 4],
      ["harbour", 1],
    ],
  );
});

test("stock is listed in order of SKU, page by page", async () => {
  const skus: string[] = [];
  for (let page = 1, pages = 1; page <= pages; page++) {
    const { data, pagination } = await call("list", { query: { page, limit: 2 } }, { as: operator });
    skus.push(...data.map(({ sku }) => sku));
    pages = pagination.pages;
  }
  assert.ok(skus.includes("RACE") && skus.includes("TWO"));
  assert.deepEqual(skus, skus.toSorted());
});

test("nobody but orders reserves, nobody but operators counts", async () => {
  const body = { orderId: newId(), lines: [{ sku: "RACE", quantity: 1 }] };
  assert.equal((await send("reserve", { body })).status, 401);
  assert.equal((await send("reserve", { body }, { as: operator })).status, 403);
  assert.equal((await send("reserve", { body }, { as: { kind: "service", id: "payments" } })).status, 403);
  const merchandiser: Principal = { ...operator, roles: ["merchandiser"] };
  assert.equal((await send("bySku", { params: { sku: "RACE" } }, { as: merchandiser })).status, 403);
  assert.equal((await send("bySku", { params: { sku: "NONE" } }, { as: operator })).status, 404);
});

test("what changed is told, in the end as it is", async () => {
  await receive("TOLD", 100);
  await Promise.all(Array.from({ length: 50 }, () => reserve("TOLD", 1)));
  const last = await eventually("all that was reserved", async () => {
    const told = await published(inventory.events.stockChanged);
    return told.findLast(({ subject, data }) => subject === "TOLD" && data.reserved === 50);
  });
  assert.deepEqual(last.data, { sku: "TOLD", onHand: 100, reserved: 50, available: 50 });
});

test("the stock of every SKU is told again to whom asks, page by page, with the sequence of what was told last", async () => {
  await receive("RETOLD", 4);
  await eventually("what was told first", async () =>
    (await published(inventory.events.stockChanged)).some(({ subject }) => subject === "RETOLD"),
  );
  await reserve("RETOLD", 3);
  const told = new Map<string, { available: number; sequence: number }>();
  for (let after: string | null | undefined; after !== null; ) {
    const query = { limit: 2, ...(after !== undefined && { after }) };
    const page: { data: { sku: string; available: number; sequence: number }[]; next: string | null } = await call(
      "history",
      { query },
      { as: { kind: "service", id: "search" } },
    );
    for (const { sku, available, sequence } of page.data) told.set(sku, { available, sequence });
    after = page.next;
  }
  const [last] = (await published(inventory.events.stockChanged))
    .filter(({ subject }) => subject === "RETOLD")
    .reverse();
  assert.equal(told.get("RETOLD")?.available, 1);
  assert.ok((told.get("RETOLD")?.sequence ?? 0) >= (last?.sequence ?? 0) - 1);
  assert.equal((await send("history", { query: {} }, { as: operator })).status, 403, "to services only");
});
