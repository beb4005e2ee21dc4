import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { shipping } from "@souk/shipping/contract";
import { anna, person, support } from "./people.fixture.ts";
import { call, cancel, confirmedOrder, deliver, type Order, origin, parcel, quiet, send } from "./service.fixture.ts";

test("a customer sees their own orders, newest first, page by page", async () => {
  const carla = person(7, "customer");
  await confirmedOrder();
  const placed: string[] = [];
  for (let i = 0; i < 3; i++) placed.unshift(await confirmedOrder(carla));
  await cancel(placed[1] ?? "", { as: carla });
  await quiet(placed[1] ?? "");
  const list = (query: { page?: number; limit?: number; lifecycle?: "confirmed" | "cancelled" }, as = carla) =>
    call("list", { query }, { as });
  const first = await list({ limit: 2 });
  assert.deepEqual(
    first.data.map(({ id }) => id),
    placed.slice(0, 2),
  );
  assert.deepEqual(first.pagination, { page: 1, limit: 2, total: 3, pages: 2 });
  assert.match(first._links.next ?? "", /page=2/);
  assert.deepEqual(
    (await list({ limit: 2, page: 2 })).data.map(({ id }) => id),
    placed.slice(2),
  );
  assert.deepEqual(
    (await list({ lifecycle: "cancelled" })).data.map(({ id }) => id),
    [placed[1]],
  );
  assert.ok((await list({ limit: 100 }, support)).pagination.total >= 4, "support sees everybody's");
  assert.equal((await send("list", { query: {} })).status, 401);
});

test("staff find an order by the number that its customer tells them; others find their own", async () => {
  const orderId = await confirmedOrder();
  const { number } = await call("byId", { params: { orderId }, headers: {} }, { as: anna });
  const found = async (typed: string, as: Principal, page = 1) =>
    (await call("list", { query: { number: typed, page } }, { as })).data.map(({ id }) => id);
  for (const typed of [number, number.toLowerCase(), number.replace("-", "")])
    assert.deepEqual(await found(typed, support), [orderId], typed);
  assert.deepEqual(await found(number, anna), [orderId]);
  assert.deepEqual(await found(number, person(8, "customer")), []);
  assert.deepEqual(await found("ZZZZZ-ZZZZZ", support), []);
  assert.deepEqual(await found(number, support, 2), []);
  const { pagination } = await call("list", { query: { number, lifecycle: "rejected" } }, { as: support });
  assert.equal(pagination.total, 0);
  assert.equal((await send("list", { query: { number: "'; drop" } }, { as: support })).status, 422);
});

test("an order's timeline is told live, and ends with the order", async () => {
  const orderId = await confirmedOrder();
  const token = Buffer.from(JSON.stringify(anna)).toString("base64url");
  const url = `${origin}/v1/orders/${orderId}/events`;
  assert.equal((await fetch(url)).status, 404);
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}`, accept: "text/event-stream" } });
  assert.match(response.headers.get("content-type") ?? "", /^text\/event-stream/);
  const data = parcel(orderId);
  const seen: string[] = [];
  let buffered = "";
  for await (const chunk of response.body ?? []) {
    buffered += Buffer.from(chunk).toString();
    const events = buffered.split("\n\n");
    buffered = events.pop() ?? "";
    for (const event of events.filter((event) => event.startsWith("data: "))) {
      const { lifecycle, fulfilment } = JSON.parse(event.slice("data: ".length)) as Order;
      seen.push(`${lifecycle}, ${fulfilment}`);
      // What happens next happens because the last was seen: nothing is skipped.
      if (seen.length === 1) await deliver(shipping.events.dispatched, { subject: data.shipmentId, sequence: 1, data });
      if (seen.length === 2) await deliver(shipping.events.delivered, { subject: data.shipmentId, sequence: 2, data });
    }
  }
  assert.deepEqual(seen, ["confirmed, none", "confirmed, shipped", "completed, delivered"]);
});

test("what was sold is told again to whom asks, without what was cancelled", async () => {
  const kept = await confirmedOrder();
  const cancelled = await confirmedOrder();
  await cancel(cancelled);
  await quiet(cancelled);
  const sold = new Map<string, { sku: string; quantity: number }[]>();
  const as: Principal = { kind: "service", id: "search" };
  for (let after: string | null | undefined; after !== null; ) {
    const query = { limit: 2, ...(after !== undefined && { after }) };
    const page: { data: { orderId: string; lines: { sku: string; quantity: number }[] }[]; next: string | null } =
      await call("sales", { query }, { as });
    for (const { orderId, lines } of page.data) sold.set(orderId, lines);
    after = page.next;
  }
  assert.deepEqual(sold.get(kept), [
    { sku: "CUP", quantity: 2 },
    { sku: "POT", quantity: 1 },
  ]);
  assert.equal(sold.has(cancelled), false);
  assert.equal((await send("sales", { query: {} }, { as: support })).status, 403, "to services only");
});
