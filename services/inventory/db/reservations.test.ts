import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@souk/kernel";
import { eventually, testDatabase } from "@souk/testing";
import fc from "fast-check";
import { locationTable, putLocation } from "./locations.ts";
import { type Outcome, reservationTable } from "./reservations.ts";
import { putRules } from "./rules.ts";
import { stockTable } from "./stock.ts";
import { stockModel } from "./stock-model.ts";
import { takeUnannounced } from "./unannounced.ts";

const { db, sql } = await testDatabase({
  sets: [{ module: "inventory", directory: new URL("migrations/", import.meta.url) }],
});
const reservations = reservationTable(db);
const stock = stockTable(db);
const start = Date.parse("2030-01-01T12:00:00.000Z");
const at = instant(start);
const later = instant(start + 900_000);
let orders = 0;
const newOrder = () => `00000000-0000-7000-8000-${(++orders).toString(16).padStart(12, "0")}`;

const receive = (sku: string, quantity: number, location = "main") =>
  stock.book({ kind: "receipt", sku, location, quantity, actor: "test", at });
const counters = async (sku: string) => {
  const found = await stock.find(sku);
  return found && { onHand: found.onHand, reserved: found.reserved };
};
async function assertExplained() {
  const unexplained = await sql`
    select sku, location, s.on_hand, s.reserved, m.on_hand as hand_by_movements, m.reserved as reserved_by_movements
    from stock s full join stock_by_movements m using (sku, location)
    where s.on_hand is distinct from m.on_hand or s.reserved is distinct from m.reserved`;
  assert.deepEqual(unexplained, [], "the counters are the sum of the movements");
}

test("an order takes all of its lines or none", async () => {
  await receive("all-a", 5);
  await receive("all-b", 1);
  const lines = [
    { sku: "all-a", quantity: 5 },
    { sku: "all-b", quantity: 2 },
    { sku: "all-never-seen", quantity: 1 },
  ];
  assert.deepEqual(await reservations.reserve(newOrder(), lines, at, later), {
    outcome: "short",
    expiresAt: null,
    toCome: null,
    short: [
      { sku: "all-b", requested: 2, available: 1 },
      { sku: "all-never-seen", requested: 1, available: 0 },
    ],
  });
  assert.deepEqual(await counters("all-a"), { onHand: 5, reserved: 0 });
});

test("the same SKU on two lines is wanted twice", async () => {
  await receive("twice", 3);
  const lines = [
    { sku: "twice", quantity: 2 },
    { sku: "twice", quantity: 2 },
  ];
  assert.equal((await reservations.reserve(newOrder(), lines, at, later)).outcome, "short");
});

test("a reserve that comes after its own undo holds nothing", async () => {
  await receive("late", 3);
  const order = newOrder();
  await reservations.release(order, at);
  const late = await reservations.reserve(order, [{ sku: "late", quantity: 1 }], at, later);
  assert.equal(late.outcome, "released");
  assert.deepEqual(await counters("late"), { onHand: 3, reserved: 0 });
});

test("what one location lacks comes from the next", async () => {
  await db.tx((tx) => putLocation(tx, "overflow", { priority: 5 }));
  await receive("split", 2);
  await receive("split", 4, "overflow");
  await reservations.reserve(newOrder(), [{ sku: "split", quantity: 5 }], at, later);
  const found = await stock.find("split");
  assert.deepEqual(found?.locations, [
    { location: "main", onHand: 2, reserved: 2, available: 0 },
    { location: "overflow", onHand: 4, reserved: 3, available: 1 },
  ]);
});

test("two hundred orders at once for ten units: ten get one, whatever else they want", async () => {
  await receive("rare", 10);
  await receive("common", 1_000);
  const outcomes = await Promise.all(
    Array.from({ length: 200 }, (_, i) => {
      const lines = [
        { sku: "common", quantity: 1 },
        { sku: "rare", quantity: 1 },
      ];
      return reservations.reserve(newOrder(), i % 2 ? lines : lines.toReversed(), at, null);
    }),
  );
  assert.equal(outcomes.filter(({ outcome }) => outcome === "held").length, 10);
  assert.equal(outcomes.filter(({ outcome }) => outcome === "short").length, 190);
  assert.deepEqual(await counters("rare"), { onHand: 10, reserved: 10 });
  assert.deepEqual(await counters("common"), { onHand: 1_000, reserved: 10 });
  await assertExplained();
});

test("the same order asked twenty times at once holds its stock once", async () => {
  await receive("once", 100);
  const order = newOrder();
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, () => reservations.reserve(order, [{ sku: "once", quantity: 2 }], at, later)),
  );
  assert.deepEqual(new Set(outcomes.map(({ outcome }) => outcome)), new Set(["held"]));
  assert.deepEqual(await counters("once"), { onHand: 100, reserved: 2 });
});

test("reserve, release, commit and a count at once end in a state the movements explain", async () => {
  await receive("busy-a", 50);
  await receive("busy-b", 50);
  const lines = [
    { sku: "busy-b", quantity: 1 },
    { sku: "busy-a", quantity: 2 },
  ];
  await Promise.all(
    Array.from({ length: 60 }, async (_, i) => {
      const order = newOrder();
      const asked = reservations.reserve(order, lines, at, later);
      if (i % 3 === 0) await Promise.all([asked, reservations.release(order, at)]);
      else if (i % 3 === 1) await asked.then(() => reservations.commit(order, at));
      else await Promise.all([asked, db.tx((tx) => takeUnannounced(tx, 100, 5)), receive("busy-a", 1)]);
    }),
  );
  await assertExplained();
});

test("a hold that is sold while the sweeper waits for it does not lapse", async () => {
  await receive("raced", 3);
  const [order, soon] = [newOrder(), instant(start + 1_000)];
  await reservations.reserve(order, [{ sku: "raced", quantity: 1 }], at, soon);
  const [sold, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const selling = db.tx(async (tx) => {
    await reservationTable(tx).commit(order, at);
    sold.resolve();
    await ended.promise;
  });
  await sold.promise;
  const lapsed = db.tx((tx) => reservationTable(tx).expireNext(soon));
  await eventually("the sweeper waits", async () => {
    const waiting = await sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    return waiting.length === 1;
  });
  ended.resolve();
  await selling;
  assert.equal(await lapsed, undefined);
  assert.deepEqual(await counters("raced"), { onHand: 2, reserved: 0 });
  await assertExplained();
});

test("every change is announced last as it is, however the announcement and the change interleave", async () => {
  await receive("told", 1_000);
  const told: { version: number; reserved: number }[] = [];
  const announce = () =>
    db.tx(async (tx) => {
      for (const change of await takeUnannounced(tx, 100, 5)) if (change.sku === "told") told.push(change);
    });
  await Promise.all(
    Array.from({ length: 100 }, async (_, i) => {
      await reservations.reserve(newOrder(), [{ sku: "told", quantity: 1 }], at, later);
      if (i % 5 === 0) await announce();
    }),
  );
  await announce();
  told.sort((a, b) => a.version - b.version);
  assert.deepEqual(
    told.map(({ version }) => version),
    told.map((_, i) => i + 1),
    "versions have no gap",
  );
  assert.equal(told.at(-1)?.reserved, 100);
});

test("what was promised comes to those who were promised it first, and safety stock to nobody", async () => {
  await putRules(db, "wait", { safetyStock: 1, backorderLimit: 5 });
  await receive("wait", 3);
  const [first, second] = [newOrder(), newOrder()];
  const reserve = (order: string, quantity: number) =>
    reservations.reserve(order, [{ sku: "wait", quantity }], at, later);
  same(await reserve(first, 4), { outcome: "held", expiresAt: later, toCome: [{ sku: "wait", quantity: 2 }] });
  same(await reserve(second, 3), { outcome: "held", expiresAt: later, toCome: [{ sku: "wait", quantity: 3 }] });
  same(await reserve(newOrder(), 1), { outcome: "short", short: [{ sku: "wait", requested: 1, available: 0 }] });
  assert.equal(await reservations.fillNext(at), undefined, "the last one is kept");
  await reservations.commit(first, at);
  await receive("wait", 3);
  assert.deepEqual(await reservations.fillNext(at), { orderId: first, sku: "wait", quantity: 2, owed: 0, filled: 1 });
  assert.deepEqual(await reservations.fillNext(at), { orderId: second, sku: "wait", quantity: 1, owed: 2, filled: 1 });
  assert.equal(await reservations.fillNext(at), undefined);
  await reservations.release(second, at);
  const { onHand = 0, reserved, backordered, forSale } = (await stock.find("wait")) ?? {};
  assert.deepEqual({ onHand, reserved, backordered, forSale }, { onHand: 2, reserved: 0, backordered: 0, forSale: 6 });
  await assertExplained();
});

test("fifty orders at once never promise more than may be promised", async () => {
  await putRules(db, "hype", { backorderLimit: 7, safetyStock: 2 });
  await receive("hype", 10);
  const lines = [{ sku: "hype", quantity: 1 }];
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, () => reservations.reserve(newOrder(), lines, at, null)),
  );
  assert.equal(outcomes.filter(({ outcome }) => outcome === "held").length, 8 + 7);
  assert.equal(outcomes.filter((one) => "toCome" in one && one.toCome).length, 7);
  assert.deepEqual(await counters("hype"), { onHand: 10, reserved: 8 });
  await assertExplained();
});

test("three hundred steps of every kind at once, over three places: nobody waits in a circle, nothing is oversold", async () => {
  const places = ["main", "overflow", "attic"];
  const skus = ["crowd-a", "crowd-b", "crowd-c"];
  for (const [priority, location] of places.entries()) await db.tx((tx) => putLocation(tx, location, { priority }));
  for (const sku of skus) {
    await putRules(db, sku, { backorderLimit: 6, safetyStock: 1 });
    for (const location of places) await receive(sku, 5, location);
  }
  const any = <T>(list: readonly T[], n: number) => list[n % list.length] as T; // as: no list here is empty
  await Promise.all(
    Array.from({ length: 300 }, async (_, i) => {
      const order = newOrder();
      const lines = [
        { sku: any(skus, i), quantity: 1 + (i % 3) },
        { sku: any(skus, i * 7 + 1), quantity: 1 },
      ];
      switch (i % 6) {
        case 0:
          return receive(any(skus, i * 5), 1, any(places, i));
        case 1:
          return stock.book({
            ...{ kind: "transfer_out", sku: any(skus, i), location: any(places, i), quantity: -1, actor: "test", at },
          });
        case 2:
          return reservations.fillNext(at);
        case 3:
          return putRules(db, any(skus, i), { backorderLimit: 6 + (i % 3), safetyStock: i % 2 });
        default: {
          const { outcome } = await reservations.reserve(order, lines, at, later);
          if (outcome !== "held") return outcome;
          if (i % 12 < 6) return reservations.release(order, at);
          await reservations.commit(order, at);
          return i % 5 ? undefined : reservations.restock(order, at);
        }
      }
    }),
  );
  await assertExplained();
  const owed = await sql`
    select sku, owed, (select coalesce(sum(quantity), 0) from backorders b where b.sku = r.sku) as promised from stock_rules r
    where owed <> (select coalesce(sum(quantity), 0) from backorders b where b.sku = r.sku) or owed > 8`;
  assert.deepEqual(owed, []);
  const kept = await sql`
    select s.sku, location, kept, safety, owed from stock s join stock_rules r using (sku) where kept <> safety + owed`;
  assert.deepEqual(kept, []);
});

for (const places of [["main"], ["main", "overflow", "attic"]])
  test(`any sequence of steps does what the plain model does, with ${places.length === 1 ? "one place" : "several"}`, async () => {
    const skus = ["A", "B"];
    for (const [priority, location] of places.entries()) await db.tx((tx) => putLocation(tx, location, { priority }));
    const sku = fc.constantFrom(...skus);
    const location = fc.constantFrom(...places);
    const order = fc.integer({ min: 0, max: 3 });
    const hold = fc.option(fc.integer({ min: 1, max: 20 }), { nil: null });
    const lines = fc.array(fc.record({ sku, quantity: fc.integer({ min: 1, max: 4 }) }), {
      minLength: 1,
      maxLength: 3,
    });
    const some = fc.integer({ min: 0, max: 3 });
    const step = fc.oneof(
      fc.record({ do: fc.constant("receive" as const), sku, location, quantity: fc.integer({ min: 1, max: 8 }) }),
      fc.record({ do: fc.constant("adjust" as const), sku, location, quantity: fc.integer({ min: -5, max: -1 }) }),
      fc.record({
        do: fc.constant("transfer" as const),
        sku,
        location,
        to: location,
        quantity: fc.integer({ min: 1, max: 4 }),
      }),
      fc.record({ do: fc.constant("reserve" as const), order, lines, hold }),
      fc.record({ do: fc.constant("reserve" as const), order, lines, hold }),
      fc.record({ do: fc.constant("extend" as const), order, hold }),
      fc.record({ do: fc.constantFrom("commit", "release", "restock", "forgo"), order }),
      fc.record({ do: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 15 }) }),
      fc.record({ do: fc.constant("rules" as const), sku, safetyStock: some, backorderLimit: some }),
      fc.record({ do: fc.constant("fill" as const) }),
      fc.record({
        do: fc.constant("strategy" as const),
        strategy: fc.constantFrom("priority" as const, "most_stock" as const),
      }),
      fc.record({ do: fc.constant("active" as const), location, active: fc.boolean() }),
    );

    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        await sql`truncate stock, items, movements, reservations, unannounced, stock_rules, backorders`;
        const model = stockModel(places);
        for (const [priority, location] of places.entries())
          await db.tx((tx) => putLocation(tx, location, { priority, active: true }));
        await locationTable(db).setStrategy("priority");
        const ids = [newOrder(), newOrder(), newOrder(), newOrder()];
        const id = (n: number) => ids[n] ?? "";
        let now = start;
        const until = (seconds: number | null) => (seconds === null ? null : now + seconds * 1_000);
        const shown = (epochMs: number | null) => (epochMs === null ? null : instant(epochMs));
        const book = async (
          kind: "receipt" | "adjustment" | "transfer_out" | "transfer_in",
          sku: string,
          location: string,
          quantity: number,
        ) => {
          const { outcome } = await stock.book({ kind, sku, location, quantity, actor: "test", at: instant(now) });
          assert.equal(outcome, model.book(sku, location, quantity, kind === "receipt" || kind === "transfer_in"));
          return outcome === "done";
        };

        for (const step of steps) {
          switch (step.do) {
            case "receive":
              await book("receipt", step.sku, step.location, step.quantity);
              break;
            case "adjust":
              await book("adjustment", step.sku, step.location, step.quantity);
              break;
            case "transfer":
              if (await book("transfer_out", step.sku, step.location, -step.quantity))
                await book("transfer_in", step.sku, step.to, step.quantity);
              break;
            case "reserve": {
              const expected = model.reserve(id(step.order), step.lines, until(step.hold));
              same(
                await reservations.reserve(id(step.order), step.lines, instant(now), shown(until(step.hold))),
                expected,
              );
              break;
            }
            case "extend": {
              const expected = model.extend(id(step.order), until(step.hold));
              same(await reservations.extend(id(step.order), instant(now), shown(until(step.hold))), expected);
              break;
            }
            case "commit":
              same(await reservations.commit(id(step.order), instant(now)), model.commit(id(step.order)));
              break;
            case "release":
              assert.equal(await reservations.release(id(step.order), instant(now)), model.release(id(step.order)));
              break;
            case "restock":
              await reservations.restock(id(step.order), instant(now));
              model.restock(id(step.order));
              break;
            case "forgo":
              assert.deepEqual(await reservations.forgo(id(step.order), instant(now)), model.forgo(id(step.order)));
              break;
            case "rules":
              await putRules(db, step.sku, step);
              model.setRules(step.sku, { safety: step.safetyStock, backorderLimit: step.backorderLimit });
              break;
            case "fill":
              assert.equal((await reservations.fillNext(instant(now))) !== undefined, model.fill());
              break;
            case "strategy":
              await locationTable(db).setStrategy(step.strategy);
              model.setStrategy(step.strategy);
              break;
            case "active": {
              const priority = places.indexOf(step.location);
              await db.tx((tx) => putLocation(tx, step.location, { priority, active: step.active }));
              model.setActive(step.location, step.active);
              break;
            }
            case "wait": {
              now += step.seconds * 1_000;
              const ended: string[] = [];
              for (;;) {
                const expired = await reservations.expireNext(instant(now));
                if (!expired) break;
                ended.push(expired.orderId);
              }
              assert.deepEqual(ended.sort(), model.expire(now).sort());
            }
          }
        }
        const rows = await sql<{ sku: string; location: string; onHand: number; reserved: number }>`
          select sku, location, on_hand as "onHand", reserved from stock`;
        const actual = new Map(rows.map(({ sku, location, ...counted }) => [`${sku}@${location}`, counted]));
        assert.deepEqual(actual, model.shelves);
        for (const sku of skus) {
          const { forSale = 0, backordered = 0 } = (await stock.find(sku)) ?? {};
          assert.deepEqual([forSale, backordered], [model.forSale(sku), model.owed(sku)]);
        }
        await assertExplained();
      }),
      { numRuns: 60, seed: 20_300_101 },
    );
  });

/** What both say; a member that the outcome does not have is null in a row. */
function same(actual: Outcome, expected: Outcome) {
  const said = Object.fromEntries(Object.entries(actual).filter(([, value]) => value !== null));
  const meant = Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== null));
  assert.deepEqual(said, meant);
}
