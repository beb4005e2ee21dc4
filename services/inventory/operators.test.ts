import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { eventually, sequentialIds, startForTest } from "@souk/testing";
import { inventory } from "./contract.ts";
import definition from "./service.ts";

const { call, send, sql, published } = await startForTest(definition, new URL("./", import.meta.url));
const orders: Principal = { kind: "service", id: "orders" };
const operator: Principal = {
  kind: "user",
  id: "019d0000-0000-7000-8000-000000000001",
  roles: ["operator"],
  sessionId: "s",
};
const newId = sequentialIds();
let keys = 0;
const newKey = () => `operators-test-${String(++keys).padStart(6, "0")}`;

const receive = (sku: string, quantity: number, location = "main") =>
  call("receive", { params: { sku }, body: { quantity, location } }, { as: operator, key: newKey() });
const reserve = (sku: string, quantity: number, orderId = newId()) =>
  call("reserve", { body: { orderId, lines: [{ sku, quantity }] } }, { as: orders });
const commit = (orderId: string) => call("commit", { params: { orderId } }, { as: orders });
const stockOf = (sku: string) => call("bySku", { params: { sku } }, { as: operator });
const putLocation = (location: string, priority: number, active?: boolean) =>
  call(
    "putLocation",
    { params: { location }, body: { priority, ...(active !== undefined && { active }) } },
    { as: operator },
  );
const setRules = (sku: string, body: { safetyStock?: number; backorderLimit?: number; lowThreshold?: number }) =>
  call("putRules", { params: { sku }, body }, { as: operator });
const at = async (sku: string, location: string) =>
  (await stockOf(sku)).locations.find((one) => one.location === location)?.onHand ?? 0;

test("an inactive place sells nothing, and goes on to hold what it has", async () => {
  await putLocation("annex", 20);
  await receive("ANNEX", 5, "annex");
  assert.equal((await stockOf("ANNEX")).forSale, 5);
  assert.equal((await putLocation("annex", 20, false)).active, false);
  const { onHand, forSale } = await stockOf("ANNEX");
  assert.deepEqual([onHand, forSale], [5, 0]);
  await assert.rejects(reserve("ANNEX", 1), {
    code: "inventory.out_of_stock",
    details: [{ sku: "ANNEX", requested: 1, available: 0 }],
  });
  await putLocation("annex", 20, true);
  await reserve("ANNEX", 1);
  await assert.rejects(call("removeLocation", { params: { location: "annex" } }, { as: operator }), {
    code: "inventory.location_in_use",
  });
  await putLocation("typo", 1);
  await call("removeLocation", { params: { location: "typo" } }, { as: operator });
  const { data } = await call("locations", {}, { as: operator });
  assert.ok(!data.some(({ location }) => location === "typo"));
  await putLocation("annex", 20, false);
});

test("whoever doubts the stock of a SKU is told everything that changed it, and by whom", async () => {
  await receive("DOUBT", 10);
  const orderId = newId();
  await reserve("DOUBT", 3, orderId);
  await commit(orderId);
  const broken = { quantity: -2, reason: "broken" };
  await call("adjust", { params: { sku: "DOUBT" }, body: broken }, { as: operator, key: newKey() });
  const look = (query: object = {}) => call("movements", { params: { sku: "DOUBT" }, query }, { as: operator });
  const { data, pagination } = await look();
  assert.deepEqual(
    data.map(({ kind, onHand, reserved, orderId, reason, actor }) => [
      kind,
      onHand,
      reserved,
      orderId ?? reason,
      actor,
    ]),
    [
      ["adjustment", -2, 0, "broken", operator.id],
      ["sale", -3, -3, orderId, undefined],
      ["reserve", 0, 3, orderId, undefined],
      ["receipt", 10, 0, undefined, operator.id],
    ],
  );
  const { onHand, reserved } = await stockOf("DOUBT");
  const sum = (of: "onHand" | "reserved") => data.reduce((all, movement) => all + movement[of], 0);
  assert.deepEqual([sum("onHand"), sum("reserved"), pagination.total], [onHand, reserved, 4]);
  const second = await look({ page: 2, limit: 3, location: "main" });
  assert.deepEqual([second.data.map(({ kind }) => kind), second.pagination.pages], [["receipt"], 2]);
  assert.deepEqual((await look({ location: "elsewhere" })).data, []);
  const unknown = await send("movements", { params: { sku: "NEVER-SEEN" }, query: {} }, { as: operator });
  assert.equal(unknown.status, 404);
});

test("orders take where there is most, when that is how the shop wants it", async () => {
  await putLocation("east", 5);
  await receive("MOST", 3);
  await receive("MOST", 9, "east");
  const { strategy } = await call("putAllocation", { body: { strategy: "most_stock" } }, { as: operator });
  assert.equal(strategy, "most_stock");
  await reserve("MOST", 2);
  await call("putAllocation", { body: { strategy: "priority" } }, { as: operator });
  await reserve("MOST", 2);
  await reserve("MOST", 4);
  assert.deepEqual(
    (await stockOf("MOST")).locations.map(({ location, reserved }) => [location, reserved]),
    [
      ["main", 2],
      ["east", 2 + 4],
    ],
    "the last one fits in one place only, and is not split",
  );
  await putLocation("east", 5, false);
});

test("safety stock is not for sale, and what may be back-ordered is", async () => {
  await receive("RULED", 5);
  const ruled = await setRules("RULED", { safetyStock: 2, backorderLimit: 3, lowThreshold: 4 });
  assert.deepEqual([ruled.forSale, ruled.safetyStock, ruled.backorderLimit, ruled.lowThreshold], [6, 2, 3, 4]);
  const order = newId();
  const held = await reserve("RULED", 5, order);
  assert.deepEqual(held.backordered, [{ sku: "RULED", quantity: 2 }]);
  assert.deepEqual((await reserve("RULED", 5, order)).backordered, [{ sku: "RULED", quantity: 2 }], "asked again");
  await commit(order);
  const waiting = await stockOf("RULED");
  assert.deepEqual([waiting.onHand, waiting.backordered, waiting.forSale], [2, 2, 1]);
  await receive("RULED", 4);
  await eventually("what was promised", async () => (await stockOf("RULED")).backordered === 0);
  assert.equal((await stockOf("RULED")).onHand, 2 + 4 - 2);
  const [told] = await published(inventory.events.backorderFilled);
  assert.deepEqual(told?.data, { orderId: order, sku: "RULED", quantity: 2, outstanding: 0 });
});

test("running low is told by the SKU's own threshold, once for each time it falls", async () => {
  await setRules("OWN-LOW", { lowThreshold: 8 });
  const lows = async () => (await published(inventory.events.low)).filter(({ subject }) => subject === "OWN-LOW");
  const told = async (available: number) =>
    eventually(`that ${available} are told`, async () =>
      (await published(inventory.events.stockChanged)).some(
        ({ subject, data }) => subject === "OWN-LOW" && data.available === available,
      ),
    );
  await receive("OWN-LOW", 10);
  await told(10);
  await reserve("OWN-LOW", 2);
  await told(8);
  await reserve("OWN-LOW", 1);
  await told(7);
  assert.deepEqual(
    (await lows()).map(({ data }) => data),
    [{ sku: "OWN-LOW", available: 8, threshold: 8 }],
  );
});

test("what is sent is nowhere for sale until it arrives, and arrives once however often that is said", async () => {
  await putLocation("west", 30);
  await receive("MOVE-A", 10);
  await receive("MOVE-B", 10);
  const key = newKey();
  const body = {
    from: "main",
    to: "west",
    lines: [
      { sku: "MOVE-B", quantity: 4 },
      { sku: "MOVE-A", quantity: 3 },
      { sku: "MOVE-A", quantity: 1 },
    ],
  };
  const sent = await call("send", { body }, { as: operator, key });
  assert.deepEqual(await call("send", { body }, { as: operator, key }), sent, "the same request, again");
  assert.deepEqual(
    [sent.status, sent.lines.map(({ sku, inTransit }) => [sku, inTransit])],
    [
      "in_transit",
      [
        ["MOVE-A", 4],
        ["MOVE-B", 4],
      ],
    ],
  );
  assert.deepEqual([await at("MOVE-A", "main"), (await stockOf("MOVE-A")).forSale], [6, 6]);

  const transferId = sent.id;
  const arrive = (lines: { sku: string; quantity: number }[] | undefined, key = newKey()) =>
    call("arrive", { params: { transferId }, body: { ...(lines && { lines }) } }, { as: operator, key });
  const once = newKey();
  for (let i = 0; i < 2; i++) await arrive([{ sku: "MOVE-A", quantity: 3 }], once);
  assert.equal(await at("MOVE-A", "west"), 3);
  await assert.rejects(arrive([{ sku: "MOVE-A", quantity: 2 }]), { code: "inventory.transfer_exceeded" });
  await assert.rejects(arrive([{ sku: "MOVE-C", quantity: 1 }]), { code: "inventory.transfer_exceeded" });
  const lost = await call(
    "writeOff",
    { params: { transferId }, body: { reason: "fell off the lorry" } },
    { as: operator, key: newKey() },
  );
  assert.deepEqual([lost.status, lost.lines.map(({ lost }) => lost)], ["received", [1, 4]]);
  await assert.rejects(arrive(undefined), { code: "inventory.transfer_received" });
  assert.deepEqual([await at("MOVE-A", "west"), await at("MOVE-B", "west")], [3, 0]);
  const { data } = await call("transfers", { query: { status: "in_transit" } }, { as: operator });
  assert.deepEqual(data, []);
  await assertExplained();
});

test("a transfer that one line makes impossible moves nothing", async () => {
  await receive("SCARCE", 2);
  await receive("PLENTY", 50);
  const lines = [
    { sku: "PLENTY", quantity: 5 },
    { sku: "SCARCE", quantity: 3 },
  ];
  await assert.rejects(call("send", { body: { from: "main", to: "west", lines } }, { as: operator, key: newKey() }), {
    code: "inventory.adjustment_too_large",
  });
  await assert.rejects(call("send", { body: { from: "main", to: "main", lines } }, { as: operator, key: newKey() }), {
    code: "inventory.transfer_to_itself",
  });
  await assert.rejects(call("send", { body: { from: "main", to: "moon", lines } }, { as: operator, key: newKey() }), {
    code: "inventory.location_not_found",
  });
  assert.equal(await at("PLENTY", "main"), 50);
  assert.equal((await send("transfer", { params: { transferId: newId() } }, { as: operator })).status, 404);
});

test("a count is compared with what was there when it was made, whatever was sold since", async () => {
  await receive("SHELF", 20);
  await receive("RIGHT", 7);
  const take = await open();
  const { openedAt: countedAt } = await call("stockTake", { params: { stockTakeId: take } }, { as: operator });
  const order = newId();
  await reserve("SHELF", 5, order);
  await commit(order);
  const file = `sku,quantity,countedAt\nSHELF,18,${countedAt}\nRIGHT,7,\nFOUND,3,\n`;
  assert.deepEqual(await handIn(take, file), { lines: 3, counted: 3, unchanged: 0, rejected: 0, failed: [] });
  assert.deepEqual(await handIn(take, file), { lines: 3, counted: 0, unchanged: 3, rejected: 0, failed: [] });
  const sheet = async (open: boolean) => {
    const query = { limit: 100, open };
    const { data } = await call("countSheet", { params: { stockTakeId: take }, query }, { as: operator });
    return data.filter(({ sku }) => sku === "SHELF" || sku === "MOVE-A");
  };
  assert.deepEqual(await sheet(false), [
    { sku: "MOVE-A", onHand: 6, counted: null },
    { sku: "SHELF", onHand: 15, counted: 18 },
  ]);
  assert.deepEqual(await sheet(true), [{ sku: "MOVE-A", onHand: 6, counted: null }]);
  const { data } = await call(
    "counts",
    { params: { stockTakeId: take }, query: { differing: true } },
    { as: operator },
  );
  assert.deepEqual(
    data.map(({ sku, expected, difference }) => [sku, expected, difference]),
    [
      ["FOUND", 0, 3],
      ["SHELF", 20, -2],
    ],
  );
  assert.equal(await at("SHELF", "main"), 15, "nothing is booked until it is closed");
  const closed = await close(take);
  assert.deepEqual([closed.booked, closed.stockTake.status, closed.refused], [2, "closed", []]);
  assert.deepEqual([await at("SHELF", "main"), await at("RIGHT", "main"), await at("FOUND", "main")], [13, 7, 3]);
  assert.equal((await close(take)).booked, 0, "and once");
  assert.deepEqual([await at("SHELF", "main"), await at("FOUND", "main")], [13, 3]);
  const replies = await upload(take, "sku,quantity\nSHELF,1\n");
  assert.equal(replies.status, 409, "what is closed counts no more");
  await assertExplained();
});

test("a count that would take what is reserved waits for those orders, and a SKU may be counted again", async () => {
  await receive("HELD", 6);
  const order = newId();
  await reserve("HELD", 5, order);
  const take = await open();
  await handIn(take, '{"sku":"HELD","quantity":2}\n{"sku":"held?","quantity":-1}\nnot json\n', "application/x-ndjson");
  const refused = await close(take);
  assert.deepEqual([refused.booked, refused.stockTake.status], [0, "open"]);
  assert.match(refused.refused[0]?.refused ?? "", /only 1 of it/);
  await call("release", { params: { orderId: order } }, { as: orders });
  assert.deepEqual(await handIn(take, "sku;quantity\nHELD;3\n"), {
    ...{ lines: 1, counted: 1, unchanged: 0, rejected: 0, failed: [] },
  });
  const closed = await close(take);
  assert.deepEqual([closed.booked, closed.stockTake.status, await at("HELD", "main")], [1, "closed", 3]);
  await assertExplained();
});

test("a bad line of counts is named, and a file without its columns is refused whole", async () => {
  const take = await open();
  const report = await handIn(
    take,
    "sku,quantity,countedAt\nGOOD,1,\nBAD,many,\n,4,\nPAST,1,2001-01-01T00:00:00.000Z\nGOOD,2,\n",
  );
  assert.deepEqual([report.lines, report.counted, report.rejected], [5, 2, 3]);
  assert.deepEqual(
    report.failed.map(({ line }) => line),
    [3, 4, 5],
  );
  const { data } = await call("counts", { params: { stockTakeId: take }, query: {} }, { as: operator });
  assert.deepEqual(
    data.map(({ sku, counted }) => [sku, counted]),
    [["GOOD", 2]],
    "the last count counts",
  );
  assert.equal((await upload(take, "article,n\nX,1\n")).status, 422);
  const cancelled = await call("cancelStockTake", { params: { stockTakeId: take } }, { as: operator });
  assert.equal(cancelled.status, "cancelled");
  await assert.rejects(close(take), { code: "inventory.stock_take_over" });
});

test("sales, transfers and a count at once end in a state that the movements explain", async () => {
  await putLocation("west", 30);
  await receive("MIX-A", 200);
  await receive("MIX-B", 200);
  const take = await open();
  await Promise.all(
    Array.from({ length: 40 }, async (_, i) => {
      const sku = i % 2 ? "MIX-A" : "MIX-B";
      if (i % 4 < 2) {
        const order = newId();
        await reserve(sku, 1, order);
        await commit(order);
      } else if (i % 4 === 2) {
        const lines = [
          { sku: "MIX-B", quantity: 1 },
          { sku: "MIX-A", quantity: 1 },
        ];
        const { id } = await call(
          "send",
          { body: { from: "main", to: "west", lines } },
          { as: operator, key: newKey() },
        );
        await call("arrive", { params: { transferId: id }, body: {} }, { as: operator, key: newKey() });
      } else await handIn(take, `sku,quantity\nMIX-A,${150 + i}\nMIX-B,${150 - i}\n`);
    }),
  );
  await close(take);
  await assertExplained();
});

test("a count of many SKUs is booked to the end, whatever of it is refused", async () => {
  const skus = Array.from({ length: 250 }, (_, n) => `MANY-${String(n).padStart(3, "0")}`);
  await receive("MANY-120", 5);
  await reserve("MANY-120", 5);
  const take = await open();
  await handIn(take, ["sku,quantity", ...skus.map((sku, n) => `${sku},${n === 120 ? 1 : n + 1}`)].join("\n"));
  const { booked, refused, stockTake } = await close(take);
  assert.deepEqual([booked, refused.map(({ sku }) => sku), stockTake.status], [249, ["MANY-120"], "open"]);
  assert.deepEqual(
    [await at("MANY-000", "main"), await at("MANY-120", "main"), await at("MANY-249", "main")],
    [1, 5, 250],
  );
  assert.equal((await close(take)).booked, 0);
});

const open = async () =>
  (await call("openStockTake", { body: { location: "main" } }, { as: operator, key: newKey() })).id;
/** Asks again while there was more to book than a request had time for. */
async function close(stockTakeId: string) {
  for (let booked = 0; ; ) {
    const answer = await call("closeStockTake", { params: { stockTakeId } }, { as: operator });
    booked += answer.booked;
    if (!answer.more) return { ...answer, booked };
  }
}
const upload = (stockTakeId: string, content: string, mediaType = "text/csv") =>
  send("importCounts", { params: { stockTakeId } }, { as: operator, upload: { mediaType, content } });
type Report = { lines: number; counted: number; unchanged: number; rejected: number; failed: { line: number }[] };
async function handIn(stockTakeId: string, content: string, mediaType?: string): Promise<Report> {
  const { status, body } = await upload(stockTakeId, content, mediaType);
  assert.equal(status, 200, JSON.stringify(body));
  return body as Report;
}

async function assertExplained() {
  const unexplained = await sql`
    select sku, location from stock s full join stock_by_movements m using (sku, location)
    where s.on_hand is distinct from m.on_hand or s.reserved is distinct from m.reserved`;
  assert.deepEqual(unexplained, [], "the counters are the sum of the movements");
}
