import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "@souk/kernel";
import { seededChance, testDatabase } from "@souk/testing";
import type { Message } from "../../types.ts";
import { createMemoryBus } from "../memory.ts";
import { busMigrations } from "../postgres.ts";
import { PARTITIONS, partitionOf } from "./partition.ts";
import { postgresLogStore } from "./postgres-store.ts";
import type { LogStore } from "./store.ts";

let issued = 0;
const messageFor = (subject: string, type = "t.1", time = "2030-01-01T12:00:00.000Z"): Message => ({
  id: `0190a8f0-0000-7000-8000-${(++issued).toString(16).padStart(12, "0")}`,
  ...{ type, source: "tests", subject, sequence: 1, time, data: {} },
});
const fromStart = new Array<number>(PARTITIONS).fill(0);
const [LONG_MS, OVER_MS] = [60_000, -60_000];
const all = { instance: "a", types: ["t.1"] };

const stores: [string, () => Promise<LogStore>][] = [
  ["memory", async () => createMemoryBus(systemClock)],
  [
    "postgres",
    async () => {
      const { url, db } = await testDatabase({ sets: [busMigrations] });
      const chance = seededChance(1);
      return postgresLogStore({ db, url, clock: systemClock, chance, onError: () => {} });
    },
  ],
];

// The memory store stands in for SQL in tests and simulations, so both must answer alike.
for (const [name, open] of stores) {
  test(`${name}: what is read is what was appended of the types and partitions asked for`, async () => {
    const store = await open();
    const [a, b] = [messageFor("a"), messageFor("b", "t.2")];
    await store.append([a, b]);
    await store.append([a]);
    const { end, rows } = await store.read(fromStart, ["t.1", "t.2"], 10);
    assert.deepEqual(
      rows.map(({ id, partition }) => [id, partition]),
      [a, b].map(({ id, subject }) => [id, partitionOf(subject)]),
    );
    assert.equal(end, rows.at(-1)?.position);
    assert.deepEqual((await store.read(fromStart, ["t.1"], 10)).rows.length, 1);
    assert.deepEqual((await store.read(fromStart, ["t.1", "t.2"], 1)).rows.length, 1);
    const others = fromStart.map((_, partition) => (partition === partitionOf("a") ? Number.POSITIVE_INFINITY : 0));
    assert.deepEqual((await store.read(others, ["t.1"], 10)).rows, []);
    assert.deepEqual(await store.read(fromStart.fill(0), ["t.3"], 10), { end, rows: [] });
  });

  test(`${name}: what lies behind a subscriber's cursors is counted, with the time of the oldest`, async () => {
    const store = await open();
    const nothing = { messages: 0, oldestAt: null };
    assert.deepEqual(await store.lag("nobody", ["t.1"]), nothing);
    await store.join("s", all, LONG_MS);
    await store.join("idle", all, LONG_MS);
    assert.deepEqual(await store.lag("s", ["t.1"]), nothing);
    const [early, late] = ["2030-01-01T11:00:00.000Z", "2030-01-01T13:00:00.000Z"];
    await store.append([messageFor("a", "t.1", early), messageFor("b", "t.1", late), messageFor("b", "t.2", early)]);
    assert.deepEqual(await store.lag("s", ["t.1"]), { messages: 2, oldestAt: early });
    assert.deepEqual(await store.lag("s", ["t.2", "t.1"]), { messages: 3, oldestAt: early });
    const { end } = await store.read(fromStart, ["t.1"], 10);
    const mine = await store.claim("s", "a", 99, LONG_MS);
    const partition = partitionOf("a");
    await store.hold(
      "s",
      mine.map((one) => (one.partition === partition ? { ...one, position: end } : one)),
      LONG_MS,
    );
    assert.deepEqual(await store.lag("s", ["t.1"]), { messages: 1, oldestAt: late });
    await store.hold(
      "s",
      mine.map((one) => ({ ...one, position: end })),
      LONG_MS,
    );
    assert.deepEqual(await store.lag("s", ["t.1"]), nothing);
    assert.deepEqual(await store.lag("idle", ["t.1"]), { messages: 2, oldestAt: early }, "each has cursors of its own");
  });

  test(`${name}: a partition has one reader, until its lease is over`, async () => {
    const store = await open();
    await store.join("s", all, LONG_MS);
    const mine = await store.claim("s", "a", 99, LONG_MS);
    assert.equal(mine.length, PARTITIONS);
    assert.deepEqual(await store.claim("s", "b", 99, LONG_MS), []);
    await store.hold("s", mine.slice(0, 2), OVER_MS);
    const [first, second] = mine;
    assert.ok(first && second);
    const taken = await store.claim("s", "b", 99, LONG_MS);
    assert.deepEqual(
      taken.map(({ partition, epoch }) => [partition, epoch]).toSorted(),
      [first, second].map(({ partition, epoch }) => [partition, epoch + 1]).toSorted(),
    );
  });

  test(`${name}: who lost a partition cannot move its cursor`, async () => {
    const store = await open();
    await store.join("s", all, LONG_MS);
    const [mine] = await store.claim("s", "a", 1, OVER_MS);
    const [theirs] = await store.claim("s", "b", 1, LONG_MS);
    assert.ok(mine && theirs && mine.partition === theirs.partition);
    assert.deepEqual(await store.hold("s", [{ ...mine, position: 50 }], LONG_MS), new Set());
    await store.release("s", [{ ...mine, position: 50 }]);
    assert.deepEqual(await store.hold("s", [{ ...theirs, position: 7 }], OVER_MS), new Set([theirs.partition]));
    const [next] = await store.claim("s", "c", 1, LONG_MS);
    assert.deepEqual(next, { partition: mine.partition, epoch: theirs.epoch + 1, position: 7 });
  });

  test(`${name}: a partition that is given away can be taken at once, where it was left`, async () => {
    const store = await open();
    await store.join("s", all, LONG_MS);
    const mine = await store.claim("s", "a", 1, LONG_MS);
    await store.release(
      "s",
      mine.map((tenure) => ({ ...tenure, position: 9 })),
    );
    assert.deepEqual(await store.hold("s", mine, LONG_MS), new Set(), "not even its old owner has it any more");
    const [next] = await store.claim("s", "b", 1, LONG_MS);
    assert.equal(next?.position, 9);
  });

  test(`${name}: a new type refuses the cursors of those who would skip it, but leaves them their leases`, async () => {
    const store = await open();
    await store.join("s", all, LONG_MS);
    const old = await store.claim("s", "a", 99, LONG_MS);
    await store.join("s", { instance: "b", types: ["t.1", "t.2"] }, LONG_MS);
    assert.deepEqual((await store.beat("s", "b", LONG_MS)).types.toSorted(), ["t.1", "t.2"]);
    assert.deepEqual(await store.hold("s", old, LONG_MS), new Set());
    assert.deepEqual(await store.claim("s", "b", 99, LONG_MS), []);
    await store.join("s", { instance: "c", types: ["t.2"] }, LONG_MS);
    assert.deepEqual((await store.beat("s", "c", LONG_MS)).types.toSorted(), ["t.1", "t.2"]);
  });

  test(`${name}: members are those who gave a sign of life`, async () => {
    const store = await open();
    for (const instance of ["a", "b", "c"]) await store.join("s", { ...all, instance }, OVER_MS);
    await store.join("others", { ...all, instance: "d" }, LONG_MS);
    await store.join("s", { ...all, instance: "c" }, LONG_MS);
    const names = async (me: string) =>
      (await store.beat("s", me, LONG_MS)).members.map(({ instance }) => instance).toSorted();
    assert.deepEqual(await names("b"), ["b", "c"]);
    assert.deepEqual(await names("a"), ["b", "c"], "it has been given up and has to join again");
    await store.leave("s", "c");
    assert.deepEqual(await names("b"), ["b"]);
  });

  test(`${name}: what is old and read by all is swept, oldest first`, async () => {
    const store = await open();
    const before = "2030-01-02T00:00:00.000Z";
    await store.append(["a", "b", "c"].map((subject) => messageFor(subject)));
    await store.append([messageFor("d", "t.1", before)]);
    const left = async () => (await store.read(fromStart.fill(0), ["t.1"], 10)).rows.map(({ subject }) => subject);
    await store.join("s", all, LONG_MS);
    assert.equal(await store.sweep(before, 10), 0, "a subscriber has not read it");
    const mine = await store.claim("s", "a", 99, LONG_MS);
    const second = (await store.read(fromStart, ["t.1"], 10)).rows[1]?.position ?? 0;
    await store.hold(
      "s",
      mine.map((tenure) => ({ ...tenure, position: second })),
      LONG_MS,
    );
    assert.equal(await store.sweep(before, 1), 1);
    assert.deepEqual(await left(), ["b", "c", "d"]);
    assert.equal(await store.sweep(before, 10), 1);
    await store.hold(
      "s",
      mine.map((tenure) => ({ ...tenure, position: second + 9 })),
      LONG_MS,
    );
    assert.equal(await store.sweep(before, 10), 1);
    assert.deepEqual(await left(), ["d"]);
  });
}
