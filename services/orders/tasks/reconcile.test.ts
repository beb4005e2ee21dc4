import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { Principal } from "@souk/contract";
import { inventory, errors as stockErrors } from "@souk/inventory/contract";
import { instant, uuidv7 } from "@souk/kernel";
import { errors as meshErrors } from "@souk/mesh/errors";
import { payments } from "@souk/payments/contract";
import { migrationSets } from "@souk/service";
import { shipping } from "@souk/shipping/contract";
import { fakeClock, fakeNeighbours, startForTest, testDatabase } from "@souk/testing";
import { differenceTable } from "../db/differences.ts";
import { anna, operator } from "../people.fixture.ts";
import definition from "../service.ts";
import { reconciler } from "./reconcile.ts";

type Kept = {
  orderId: string;
  status: "captured" | "refunded" | "authorized" | "voided";
  captured: number;
  refunded: number;
};
type Held = { orderId: string; status: "held" | "committed" | "released" | "expired"; restocked: boolean };

const directory = new URL("../", import.meta.url);
const { db, sql } = await testDatabase({ sets: migrationSets(definition, directory) });
const clock = fakeClock();
const graceMs = 30_000;
const { signal } = new AbortController();
const log = { info() {}, warn() {}, error() {} };
const settled: string[] = [];
const metrics = {
  count: (_: string, { kind = "" } = {}) => void settled.push(kind),
  gauge() {},
};

/** What payments and inventory have, by order. */
const paid = new Map<string, Kept & { since: string }>();
const held = new Map<string, Held>();
const inOrder = <T extends { orderId: string }>(
  rows: ReadonlyMap<string, T>,
  { after = "", upTo = "z", limit = 500 }: { after?: string; upTo?: string; limit?: number },
) => {
  const data = [...rows.values()]
    .filter(({ orderId }) => orderId > after && orderId <= upTo)
    .sort((a, b) => (a.orderId < b.orderId ? -1 : 1))
    .slice(0, limit);
  return { data, next: data.length === limit ? (data.at(-1)?.orderId ?? null) : null };
};
const change = (orderId: string, by: Partial<Held>) => {
  const now = held.get(orderId);
  if (now) held.set(orderId, { ...now, ...by });
};
const neighbours = fakeNeighbours(
  { inventory, payments, shipping },
  {
    inventory: {
      reservations: ({ query }) => inOrder(held, query),
      reservationsOf: ({ body }) => ({ data: body.orderIds.flatMap((id) => held.get(id) ?? []) }),
      release: ({ params: { orderId } }) => {
        change(orderId, { status: "released" });
        return {};
      },
      restock: ({ params: { orderId } }) => {
        change(orderId, { status: "committed", restocked: true });
        return {};
      },
      commit: ({ params: { orderId } }) => {
        change(orderId, { status: "committed" });
        return { reservationId: orderId, status: "committed" as const, expiresAt: null };
      },
    },
    payments: {
      kept: ({ query }) => inOrder(paid, query),
      keptFor: ({ body }) => ({ data: body.orderIds.flatMap((id) => paid.get(id) ?? []) }),
      reverse({ params: { orderId } }) {
        const payment = paid.get(orderId);
        assert.ok(payment);
        paid.set(orderId, { ...payment, status: "refunded", refunded: payment.captured });
        return { status: "refunded" as const, refunded: { amount: payment.captured, currency: "EUR" } };
      },
    },
  },
);
const ours = reconciler({ ...neighbours.clients, db, clock, log, metrics, graceMs });

let made = 0;
/** In order, and with the clock's time in them: that is what comparing goes by. */
function newId(): string {
  const random = Buffer.alloc(16);
  random.writeUInt32BE(++made, 12);
  return uuidv7(clock.now(), () => random);
}

async function order(lifecycle: string, { total = 1_000, refunded = 0 } = {}): Promise<string> {
  const orderId = newId();
  await sql`
    insert into orders (order_id, number, cart_id, customer_id, lifecycle, currency, total, refunded, version, placed_at)
    values (${orderId}, ${orderId}, ${newId()}, ${newId()}, ${lifecycle}, 'EUR', ${total}, ${refunded}, 1, ${instant(clock.now())})`;
  return orderId;
}
const pay = (orderId: string, payment: Partial<Kept & { since: string }> = {}) =>
  paid.set(orderId, {
    orderId,
    status: "captured",
    captured: 1_000,
    refunded: 0,
    since: instant(clock.now()),
    ...payment,
  });
const hold = (orderId: string, reservation: Partial<Held> = {}) =>
  held.set(orderId, { orderId, status: "committed", restocked: false, ...reservation });

const claim = (orderId: string, amount: number) => sql`update orders set claim = ${amount} where order_id = ${orderId}`;

const listed = async () =>
  (await differenceTable(db).page(1, 1_000)).items.map(({ orderId, kind }) => ({ orderId, kind }));
const known = async () =>
  (await sql<{ kind: string }>`select kind from differences order by kind`).map(({ kind }) => kind);
/** So often that what is found at first is looked at again, and settled or listed. */
async function compare(times = 2) {
  for (let i = 0; i < times; i++) {
    await clock.advance(graceMs + 1);
    await ours.run(signal);
  }
}
const asked = () =>
  [
    ...neighbours.payments.callsOf("reverse"),
    ...(["release", "restock", "commit"] as const).flatMap((step) => neighbours.inventory.callsOf(step)),
  ].length;

beforeEach(async () => {
  for (const endpoint of ["kept", "keptFor", "reverse"] as const) neighbours.payments.recover(endpoint);
  for (const endpoint of ["reservations", "reservationsOf", "release", "restock", "commit"] as const)
    neighbours.inventory.recover(endpoint);
  paid.clear();
  held.clear();
  settled.length = 0;
  await sql`delete from orders`;
  await sql`delete from differences`;
  await sql`update reconciliation set position = null`;
});

test("what has left unpaid of an order, however old, is listed until it is written off", async () => {
  const orderId = await order("completed", { total: 0 });
  pay(orderId, { status: "voided", captured: 0 });
  hold(orderId);
  await compare(4);
  assert.deepEqual(await listed(), []);
  await claim(orderId, 1_000);
  await compare();
  assert.deepEqual(await listed(), [{ orderId, kind: "claim_open" }]);
  assert.equal(await ours.settleOrder(orderId), 0, "nobody but a person decides that nobody will pay");
  await claim(orderId, 0);
  await compare();
  assert.deepEqual(await listed(), []);
});

test("orders on which all agree leave nothing behind, and nobody is asked to do anything", async () => {
  const before = asked();
  for (const lifecycle of ["confirmed", "completed"]) {
    const sold = await order(lifecycle);
    pay(sold);
    hold(sold);
  }
  const declined = await order("rejected");
  pay(declined, { captured: 0, status: "voided" });
  hold(declined, { status: "released" });
  const returned = await order("cancelled", { refunded: 1_000 });
  pay(returned, { refunded: 1_000, status: "refunded" });
  hold(returned, { restocked: true });
  const free = await order("confirmed", { total: 0 });
  hold(free);
  await compare(3);
  assert.deepEqual([await known(), asked() - before], [[], 0]);
});

test("money that is owed for a rejected order is given back, and its stock put on sale again", async () => {
  const orderId = await order("rejected");
  pay(orderId);
  hold(orderId, { status: "held" });
  await compare(1);
  assert.deepEqual([await listed(), paid.get(orderId)?.refunded], [[], 0], "one look is none: it may be on its way");
  await compare(1);
  assert.deepEqual([paid.get(orderId)?.refunded, held.get(orderId)?.status], [1_000, "released"]);
  assert.deepEqual(settled, ["refund_owed", "reservation_without_order"]);
  assert.deepEqual(await known(), []);
});

test("a cancelled order's money goes back and its goods are put on the shelf", async () => {
  const orderId = await order("cancelled");
  pay(orderId);
  hold(orderId);
  await compare();
  assert.deepEqual([paid.get(orderId)?.refunded, held.get(orderId)?.restocked], [1_000, true]);
  assert.deepEqual(await known(), []);
});

test("what was sold and never left the shelf is booked as sold, also when its hold had lapsed", async () => {
  const [kept, lapsed] = [await order("confirmed"), await order("completed")];
  for (const orderId of [kept, lapsed]) pay(orderId);
  hold(kept, { status: "held" });
  hold(lapsed, { status: "expired" });
  await compare();
  assert.deepEqual([held.get(kept)?.status, held.get(lapsed)?.status], ["committed", "committed"]);
  assert.deepEqual(await known(), []);
});

test("nobody is charged by a comparison: an order without its payment is listed until it has one", async () => {
  const orderId = await order("confirmed");
  hold(orderId);
  await compare(4);
  assert.deepEqual(await listed(), [{ orderId, kind: "order_without_payment" }]);
  pay(orderId);
  await compare(1);
  assert.deepEqual(await known(), []);
});

test("an order that keeps another amount than it should is listed until it does not", async () => {
  const orderId = await order("confirmed");
  pay(orderId, { refunded: 300 });
  hold(orderId);
  await compare(3);
  assert.deepEqual(await listed(), [{ orderId, kind: "amount_differs" }]);
  await sql`update orders set refunded = 300 where order_id = ${orderId}`;
  await compare(1);
  assert.deepEqual(await known(), []);
});

test("payments and reservations of orders that nobody knows wait for a person, who settles them with one word", async () => {
  const orderId = newId();
  pay(orderId);
  hold(orderId, { status: "held" });
  await compare(4);
  assert.deepEqual(
    (await listed()).map(({ kind }) => kind),
    ["payment_without_order", "reservation_without_order"],
  );
  assert.equal(paid.get(orderId)?.refunded, 0, "it may be our own books that are wrong");
  assert.equal(await ours.settleOrder(orderId), 2);
  assert.deepEqual([paid.get(orderId)?.refunded, held.get(orderId)?.status], [1_000, "released"]);
  assert.deepEqual(await known(), []);
  assert.equal(await ours.settleOrder(orderId), 0, "once is enough");
});

test("money for an order that is not confirmed is in flight since it was taken, and no more once it is", async () => {
  const orderId = await order("pending");
  const oldest = async () =>
    clock.now() - Date.parse((await differenceTable(db).oldestMoney()) ?? instant(clock.now()));
  await compare(3);
  assert.deepEqual([await known(), await listed(), await oldest()], [["unfinished"], [], 0], "it is on its way");
  pay(orderId);
  await compare(3);
  assert.deepEqual(await listed(), [{ orderId, kind: "money_in_flight" }]);
  assert.equal(await oldest(), 3 * (graceMs + 1));
  await sql`update orders set lifecycle = 'confirmed'`;
  hold(orderId);
  await compare(1);
  assert.deepEqual([await known(), await oldest()], [[], 0]);
});

test("an old order that is being cancelled is in flight from then on", async () => {
  const orderId = await order("confirmed");
  pay(orderId);
  hold(orderId);
  await compare(20);
  await sql`update orders set lifecycle = 'cancel_pending'`;
  await compare(2);
  assert.equal(clock.now() - Date.parse((await differenceTable(db).oldestMoney()) ?? ""), graceMs + 1);
  await sql`update orders set lifecycle = 'cancelled'`;
  await compare(1);
  assert.equal(paid.get(orderId)?.refunded, 0);
  await compare(1);
  assert.deepEqual([paid.get(orderId)?.refunded, await known()], [1_000, []]);
});

test("an order that was final and is no longer is found again by the round through all", async () => {
  const orderId = await order("rejected");
  await compare(3);
  pay(orderId);
  await compare(2);
  assert.equal(paid.get(orderId)?.refunded, 1_000);
});

test("what could not be settled is listed and tried again, and keeps nothing else from being settled", async () => {
  const [gone, other] = [await order("confirmed"), await order("rejected")];
  pay(gone);
  hold(gone, { status: "expired" });
  pay(other);
  neighbours.inventory.fail("commit").with(stockErrors.OutOfStock([{ sku: "A", requested: 1, available: 0 }]), 2);
  await compare();
  assert.deepEqual(await listed(), [{ orderId: gone, kind: "order_without_stock" }]);
  assert.equal(paid.get(other)?.refunded, 1_000);
  await compare(1);
  assert.deepEqual(await known(), []);
});

test("a run that dies in the middle is made good by the next", async () => {
  const orders = await Promise.all(Array.from({ length: 3 }, () => order("rejected")));
  for (const orderId of orders) pay(orderId);
  await compare(1);
  await clock.advance(graceMs + 1);
  const died = new Error("the process is gone");
  neighbours.payments.fail("reverse").with(died, 1);
  await assert.rejects(ours.run(signal), died);
  neighbours.payments.timeOutAfterActing("reverse", 1);
  await compare(2);
  assert.ok(orders.every((orderId) => paid.get(orderId)?.refunded === 1_000));
  assert.deepEqual(await known(), []);
});

test("a neighbour that is away stops the run before anything is forgotten", async () => {
  const orderId = await order("rejected");
  pay(orderId);
  await compare(1);
  const before = await sql`select * from reconciliation order by walk`;
  await clock.advance(graceMs + 1);
  const away = meshErrors.Unavailable({ service: "inventory", reason: "it is down" });
  for (const endpoint of ["reservations", "reservationsOf"] as const) neighbours.inventory.fail(endpoint).with(away);
  await ours.run(signal);
  assert.deepEqual(await sql`select * from reconciliation order by walk`, before);
  assert.deepEqual(await known(), ["refund_owed"]);
});

test("replicas that compare at once settle the same once", async () => {
  const orderId = await order("cancelled");
  pay(orderId);
  hold(orderId);
  await clock.advance(graceMs + 1);
  await Promise.all([ours.run(signal), ours.run(signal), ours.run(signal)]);
  await clock.advance(graceMs + 1);
  await Promise.all([ours.run(signal), ours.run(signal), ours.run(signal)]);
  assert.deepEqual([paid.get(orderId)?.refunded, held.get(orderId)?.restocked, await known()], [1_000, true, []]);
});

test("of more orders than fit on a page none is left out, whichever service has more of them", async () => {
  const ids: string[] = [];
  for (let i = 0; i < 1_300; i++) {
    const orderId = newId();
    ids.push(orderId);
    if (i % 2 === 0) pay(orderId);
    if (i % 5 === 0) hold(orderId, { status: "held" });
  }
  await compare();
  const expected = ids.flatMap((orderId, i) => [
    ...(i % 2 === 0 ? [{ orderId, kind: "payment_without_order" }] : []),
    ...(i % 5 === 0 ? [{ orderId, kind: "reservation_without_order" }] : []),
  ]);
  const found = await sql<{ orderId: string; kind: string }>`
    select order_id as "orderId", kind from differences order by order_id, kind`;
  assert.deepEqual(found, expected);
});

test("operators see what is listed, settle it, and are told how long money has been in flight", async () => {
  const service = await startForTest(definition, directory, {
    neighbours,
    clock,
    env: { SOUK_RECONCILE_EVERY: "1h", SOUK_RECONCILE_GRACE: "1s", SOUK_MONEY_IN_FLIGHT_SLO: "90s" },
  });
  const orderId = newId();
  const since = instant(clock.now() - 120_000);
  pay(orderId, { since });
  const command: Principal = { kind: "service", id: "operator" };
  const theirs = "payment captured, captured 1000, refunded 0";
  await service.sql`
    insert into differences (order_id, kind, ours, theirs, found_at, listed_at, money_since, look_at)
    values (${orderId}, 'payment_without_order', 'no order', ${theirs}, '2030-01-01', '2030-01-01', ${since}, '2030-01-01')
    on conflict (order_id, kind) do update set listed_at = excluded.listed_at`; // the first look may have been quicker

  const { data } = await service.call("reconciliation", { query: {} }, { as: operator });
  assert.deepEqual(
    data.map((one) => [one.orderId, one.kind, one.theirs]),
    [[orderId, "payment_without_order", theirs]],
  );
  assert.deepEqual(await service.call("inFlight", {}, { as: command }), {
    ...{ objectiveSeconds: 90, oldestSeconds: 120, open: [{ kind: "payment_without_order", count: 1 }] },
  });
  const text = await (await fetch(`${service.origin}/metrics`)).text();
  assert.match(text, /souk_differences_open\{.*kind="payment_without_order".*\} 1\n/);
  assert.match(text, /souk_money_in_flight_oldest_seconds(\{.*\})? 120\n/);

  assert.deepEqual(await service.call("settle", { params: { orderId } }, { as: operator }), { settled: 1 });
  assert.equal(paid.get(orderId)?.refunded, 1_000);
  assert.deepEqual((await service.call("reconciliation", { query: {} }, { as: command })).data, []);

  for (const as of [anna, { kind: "service", id: "shipping" } as const]) {
    assert.equal((await service.send("reconciliation", { query: {} }, { as })).status, 403);
    assert.equal((await service.send("settle", { params: { orderId } }, { as })).status, 403);
  }
});
