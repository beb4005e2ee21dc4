import assert from "node:assert/strict";
import { test } from "node:test";
import { type FakeClock, fakeClock, seededChance } from "@souk/testing";
import { severable, silentLog } from "../../testing.ts";
import type { Message } from "../../types.ts";
import { createMemoryBus } from "../memory.ts";
import { createLogTransport } from "./transport.ts";

const DAY_MS = 24 * 3_600_000;
let issued = 0;
const messageFor = (subject: string, sequence: number, type = "t.1"): Message => ({
  id: `0190a8f0-0000-7000-8000-${(++issued).toString(16).padStart(12, "0")}`,
  ...{ type, source: "tests", subject, sequence, time: "2030-01-01T12:00:00.000Z", data: {} },
});
const subjects = Array.from({ length: 50 }, (_, i) => `s${i}`);
const shown = (messages: readonly Message[]) => messages.map(({ subject, sequence }) => `${subject}${sequence}`);

function bus() {
  const clock = fakeClock();
  const memory = createMemoryBus(clock);
  const open = (instance: string, batch = 100) => {
    const { store, sever } = severable(memory);
    const transport = createLogTransport({ store, clock, chance: seededChance(1), instance, log: silentLog, batch });
    const got: Message[] = [];
    const deliver = async (batch: readonly Message[]) => void got.push(...batch);
    const subscribe = (types = ["t.1"]) => transport.subscribe({ subscriber: "s", types, deliver });
    return { transport, sever, got, deliver, subscribe };
  };
  return { clock, memory, open };
}
const settle = (clock: FakeClock) => clock.advance(100);

test("a new subscriber begins with what is kept, so that its projections fill", async () => {
  const { clock, open } = bus();
  const { transport, got, subscribe } = open("a");
  await transport.publish([messageFor("x", 1), messageFor("x", 2)]);
  await subscribe();
  await settle(clock);
  assert.deepEqual(shown(got), ["x1", "x2"]);
});

test("replicas settle for equal shares, also when one comes or goes", async () => {
  const { clock, open } = bus();
  const [a, b, c] = [open("a"), open("b"), open("c")];
  let sequence = 0;
  const shares = async () => {
    for (const { got } of [a, b, c]) got.length = 0;
    sequence += 1;
    await a.transport.publish(subjects.map((subject) => messageFor(subject, sequence)));
    await settle(clock);
    return { a: a.got.length, b: b.got.length, c: c.got.length };
  };
  await a.subscribe();
  await settle(clock);
  assert.deepEqual(await shares(), { a: 50, b: 0, c: 0 });
  const open2 = await b.subscribe();
  await c.subscribe();
  await settle(clock);
  const three = await shares();
  assert.equal(three.a + three.b + three.c, 50);
  assert.ok(Math.min(...Object.values(three)) >= 8, JSON.stringify(three));
  await open2.close();
  await settle(clock);
  const two = await shares();
  assert.deepEqual([two.a + two.c, two.b], [50, 0], "at once, not when its lease ends");
});

test("a replica that cannot renew its lease stops before another takes over", async () => {
  const { clock, open } = bus();
  const [a, b] = [open("a", 10), open("b", 10)];
  const gates: (() => void)[] = [];
  const handed: string[] = [];
  await a.transport.subscribe({
    subscriber: "s",
    types: ["t.1"],
    deliver: (batch) => {
      handed.push(...shown(batch));
      return new Promise<void>((resolve) => gates.push(resolve));
    },
  });
  await b.transport.publish(Array.from({ length: 30 }, (_, i) => messageFor("x", i + 1)));
  await settle(clock);
  assert.equal(handed.length, 10);
  a.sever();
  await b.subscribe();
  await clock.advance(4_000);
  assert.deepEqual(b.got, [], "the lease still holds");
  await clock.advance(3_000);
  assert.equal(b.got.length, 30, "the first ten come again: nobody knows what became of them");
  for (const open of gates) open();
  await clock.advance(10_000);
  assert.equal(handed.length, 10, "what it had read ahead it must not handle any more");
});

test("a lease that lapses between reading ahead and delivering leaves no hole", async () => {
  const time = fakeClock();
  let calls = Number.NEGATIVE_INFINITY;
  // Past the lease for as long as it takes to ask once for each partition, just after the next page was read ahead.
  const clock: FakeClock = { ...time, monotonic: () => time.monotonic() + (++calls > 1 && calls <= 17 ? 10_000 : 0) };
  const store = createMemoryBus(clock);
  const transport = createLogTransport({
    ...{ store, clock, chance: seededChance(1), instance: "a", log: silentLog },
    batch: 10,
  });
  const got: Message[] = [];
  await transport.publish(Array.from({ length: 45 }, (_, i) => messageFor("x", i + 1)));
  await transport.subscribe({
    subscriber: "s",
    types: ["t.1"],
    async deliver(batch) {
      got.push(...batch);
      if (got.length === 10) calls = 0;
    },
  });
  await time.advance(3_000);
  assert.deepEqual(
    shown(got),
    Array.from({ length: 45 }, (_, i) => `x${i + 1}`),
  );
  assert.ok(calls > 17);
});

test("a batch that failed is tried again after the back-off, not only by the next poll", async () => {
  const { clock, open } = bus();
  const { transport } = open("a");
  let tries = 0;
  const deliver = async () => {
    tries += 1;
    if (tries === 1) throw new Error("not yet");
  };
  await transport.subscribe({ subscriber: "s", types: ["t.1"], deliver });
  await settle(clock);
  await transport.publish([messageFor("x", 1)]);
  await clock.advance(150);
  assert.equal(tries, 2);
});

test("a message of a type that a new release asks for is not skipped by the old one", async () => {
  const { clock, open } = bus();
  const [old, young] = [open("old"), open("young")];
  await old.subscribe(["t.1"]);
  await settle(clock);
  await young.subscribe(["t.1", "t.2"]);
  await young.transport.publish(subjects.flatMap((subject) => [messageFor(subject, 1), messageFor(subject, 2, "t.2")]));
  await clock.advance(10_000);
  const second = young.got.filter(({ type }) => type === "t.2");
  assert.equal(second.length, 50, "each of them");
  const first = new Set([...old.got, ...young.got].filter(({ type }) => type === "t.1").map(({ id }) => id));
  assert.equal(first.size, 50);
});

test("what was delivered is written down soon, in one go", async () => {
  const { clock, memory, open } = bus();
  let holds = 0;
  const { hold } = memory;
  memory.hold = (...args) => {
    holds += 1;
    return hold(...args);
  };
  const a = open("a", 10);
  await a.subscribe();
  await settle(clock);
  holds = 0;
  for (let i = 0; i < 10; i++) {
    await a.transport.publish(subjects.map((subject) => messageFor(subject, i + 1)));
    await clock.advance(10);
  }
  await clock.advance(300);
  assert.equal(a.got.length, 500);
  assert.ok(holds === 1 || holds === 2, `${holds}`);
});

test("messages go after seven days, but not before everybody has read them", async () => {
  const { clock, memory, open } = bus();
  const left = async () => (await memory.read(new Array(16).fill(0), ["t.1"], 99)).rows.length;
  const late = { subscriber: "late", types: ["t.1"] };
  const [before, after] = [open("a"), open("b")];
  await before.subscribe();
  const away = await before.transport.subscribe({ ...late, deliver: async () => {} });
  await settle(clock);
  await away.close();
  await before.transport.publish([messageFor("x", 1)]);
  await clock.advance(5_000);
  await before.transport.close();
  assert.equal(await left(), 1);
  await clock.advance(8 * DAY_MS);
  await after.transport.publish([{ ...messageFor("x", 2), time: "2030-01-09T12:00:00.000Z" }]);
  await clock.advance(4_000_000);
  assert.equal(await left(), 2, "one subscriber is still away");
  await after.transport.subscribe({ ...late, deliver: after.deliver });
  await clock.advance(4_700_000);
  assert.deepEqual(shown(after.got), ["x1", "x2"]);
  assert.equal(await left(), 1);
});
