import assert from "node:assert/strict";
import { test } from "node:test";
import { errors } from "@souk/postgres";
import { currentContext } from "@souk/telemetry";
import type { Handler } from "../types.ts";
import { consumerFixture, happened, idOf, messageFor, other } from "./fixture.ts";
import { inboxStore } from "./store.ts";
import { together } from "./together.ts";

test("a batch is one transaction of inbox rows and effects", async () => {
  const { deliver, effects, inbox, transactions, fates, clock } = await consumerFixture();
  await clock.advance(5_000);
  await deliver(messageFor("a", 1), messageFor("b", 1), messageFor("a", 2));
  assert.deepEqual(await effects(), ["a1", "b1", "a2"]);
  assert.deepEqual(await inbox(), [idOf("a", 1), idOf("a", 2), idOf("b", 1)].toSorted());
  assert.equal(await transactions(), 1);
  assert.deepEqual(
    fates.map(({ outcome, ageMs }) => [outcome, ageMs]),
    Array(3).fill(["done", 5_000]),
  );
});

test("an event that comes again, even in the same batch, has no second effect", async () => {
  const { deliver, effects } = await consumerFixture();
  await deliver(messageFor("a", 1), messageFor("a", 1), messageFor("a", 2));
  await deliver(messageFor("a", 1), messageFor("a", 2), messageFor("a", 3));
  await deliver(messageFor("a", 3));
  assert.deepEqual(await effects(), ["a1", "a2", "a3"]);
});

test("two replicas that got the same batch handle each event once", async () => {
  const { deliver, effects, open } = await consumerFixture();
  const second = await (async () => {
    let handed: typeof deliver | undefined;
    const consumer = open({
      transport: {
        publish: async () => {},
        close: async () => {},
        async subscribe({ deliver }) {
          handed = (...batch) => deliver(batch);
          return { close: async () => {} };
        },
      },
    });
    await consumer.start();
    assert.ok(handed);
    return handed;
  })();
  const batch = Array.from({ length: 20 }, (_, i) => messageFor("a", i + 1));
  await Promise.all([deliver(...batch), second(...batch)]);
  assert.deepEqual(
    await effects(),
    batch.map(({ sequence }) => `a${sequence}`),
  );
});

test("a handler runs in the trace and the business transaction of its event", async () => {
  const seen: unknown[] = [];
  const { deliver } = await consumerFixture({
    handle: async () => {
      seen.push(currentContext());
    },
  });
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  await deliver(messageFor("a", 1, { traceparent, correlationId: "request-1" }), messageFor("a", 2));
  assert.deepEqual(seen, [{ traceparent, correlationId: "request-1" }, {}]);
});

test("a poisonous event is parked with what follows it in its subject, and the others go on", async () => {
  const { deliver, effects, inbox, parked } = await consumerFixture({
    handle: async ({ subject, data }) => {
      if (subject === "a" && data.n === 2) throw new Error("poison");
    },
  });
  await deliver(messageFor("a", 1), messageFor("a", 2), messageFor("b", 1), messageFor("a", 3), messageFor("b", 2));
  await deliver(messageFor("a", 4), messageFor("b", 3));
  assert.deepEqual(await effects(), ["a1", "b1", "b2", "b3"]);
  assert.deepEqual(
    await parked(),
    [2, 3, 4].map((n) => idOf("a", n)),
  );
  assert.ok(!(await inbox()).includes(idOf("a", 2)), "it had no effect, so it has no inbox row");
});

test("a parked event is tried again after a while, and its subject goes on in order", async () => {
  let broken = true;
  const { deliver, effects, parked, inbox, passUntil, fates } = await consumerFixture({
    handle: async ({ data }) => {
      if (broken && data.n === 1) throw new Error("not yet");
    },
  });
  await deliver(messageFor("a", 1), messageFor("a", 2), messageFor("a", 3));
  assert.deepEqual(await effects(), []);
  broken = false;
  await passUntil(async () => (await parked()).length === 0);
  assert.deepEqual(await effects(), ["a1", "a2", "a3"]);
  assert.equal((await inbox()).length, 3);
  assert.deepEqual(
    fates.map(({ outcome }) => outcome),
    ["parked", "done", "done", "done"],
  );
});

test("an event whose handler fails with a message that PostgreSQL cannot store does not hold up the others", async () => {
  const { deliver, effects, parked } = await consumerFixture({
    handle: async ({ subject }) => {
      if (subject === "a") throw new Error("no such thing: a\0b\ud800");
    },
  });
  await deliver(messageFor("a", 1), messageFor("b", 1));
  assert.deepEqual([await effects(), await parked()], [["b1"], [idOf("a", 1)]]);
});

test("what waits behind an event goes on as fast as it can once that is handled", async () => {
  let broken = true;
  const { deliver, effects, parked, passUntil, clock } = await consumerFixture({
    handle: async ({ data }) => {
      if (broken && data.n === 1) throw new Error("not yet");
    },
  });
  await deliver(...Array.from({ length: 40 }, (_, i) => messageFor("a", i + 1)));
  broken = false;
  const startedAt = clock.monotonic();
  await passUntil(async () => (await parked()).length === 0);
  assert.equal((await effects()).length, 40);
  assert.ok(clock.monotonic() - startedAt < 2_000, "as many tenths of a second would be four seconds");
});

test("an event is a dead letter after eight tries, further and further apart, and its subject goes on", async () => {
  const triedAt: number[] = [];
  const { deliver, effects, dead, inbox, parked, passUntil, consumer, clock } = await consumerFixture({
    handle: async ({ data }) => {
      if (data.n !== 1) return;
      triedAt.push(clock.monotonic());
      throw new Error("poison");
    },
  });
  await deliver(messageFor("a", 1));
  await deliver(messageFor("a", 2));
  await passUntil(async () => (await parked()).length === 0, 1_000);
  assert.deepEqual(await effects(), ["a2"]);
  assert.deepEqual(await dead(), [idOf("a", 1)]);
  assert.deepEqual(await inbox(), [idOf("a", 2)]);
  assert.equal(triedAt.length, 8);
  const pauses = triedAt.slice(1).map((at, i) => at - (triedAt[i] ?? 0));
  assert.ok(
    pauses.slice(2).every((pause, i) => pause > (pauses[i + 1] ?? 0) * 0.9),
    `${pauses}`,
  );
  assert.ok(Math.max(...pauses) <= 302_000, "at most five minutes and a poll");
  assert.deepEqual(await consumer.stats(), { parked: 0, dead: 1, oldestParkedAgeMs: 0 });
  await deliver(messageFor("a", 1));
  assert.equal(triedAt.length, 8, "coming again does not revive it");
});

test("what nobody can read is a dead letter at once and does not hold up its subject", async () => {
  const { deliver, effects, dead, parked, sql, fates } = await consumerFixture();
  await deliver(
    messageFor("a", 1, { data: "{not json" }),
    messageFor("a", 2, { data: '{"n":"4111111111111111"}' }),
    messageFor("a", 3, { type: "tests.unheard-of.v1" }),
    messageFor("a", 4),
  );
  await deliver(messageFor("a", 1, { data: "{not json" }));
  assert.deepEqual(await effects(), ["a4"]);
  assert.deepEqual(
    await dead(),
    [1, 2, 3].map((n) => idOf("a", n)),
  );
  assert.deepEqual(await parked(), []);
  const letters = await sql<{
    error: string;
    data: string;
  }>`select error, data from chassis.dead_letters order by sequence`;
  assert.deepEqual(
    letters.map(({ error }) => error),
    [
      "the payload is not JSON",
      "does not fit tests.happened.v1: /n must be a whole number",
      "nothing here handles tests.unheard-of.v1",
    ],
  );
  assert.equal(letters[0]?.data, "{not json", "kept as it came");
  assert.deepEqual(
    fates.map(({ outcome }) => outcome),
    ["dead", "dead", "dead", "done"],
  );
});

test("a member that a newer publisher has added is no error, even where the schema is closed", async () => {
  const { deliver, effects, dead } = await consumerFixture();
  await deliver(messageFor("a", 1, { data: '{"n":1,"new":true}' }));
  assert.deepEqual([await effects(), await dead()], [["a1"], []]);
});

test("while the database is away a batch is refused, and no event spends a try", async () => {
  let away: Error | undefined;
  const { deliver, effects, parked, fates } = await consumerFixture({
    handle: async () => {
      if (away) throw away;
    },
  });
  for (const error of [errors.Unavailable({ reason: "a test" }), errors.CommitUnknown({})]) {
    away = error;
    await assert.rejects(deliver(messageFor("a", 1), messageFor("a", 2)), { code: error.code });
    await assert.rejects(deliver(messageFor("a", 1)), { code: error.code });
  }
  away = undefined;
  await deliver(messageFor("a", 1), messageFor("a", 2));
  assert.deepEqual([await effects(), await parked(), fates.length], [["a1", "a2"], [], 2]);
});

test("an event that overtook the one before it waits for it", async () => {
  const { deliver, effects, parked, passUntil } = await gapless();
  await deliver(messageFor("a", 1));
  await deliver(messageFor("a", 3), messageFor("a", 4), messageFor("b", 7));
  assert.deepEqual(await effects(), ["a1", "b7"]);
  await deliver(messageFor("a", 2));
  await passUntil(async () => (await parked()).length === 0);
  assert.deepEqual(await effects(), ["a1", "b7", "a2", "a3", "a4"]);
});

test("an event that never comes is read past after half a minute", async () => {
  const { deliver, effects, parked, pass, passUntil, clock } = await gapless();
  await deliver(messageFor("a", 1));
  await deliver(messageFor("a", 3));
  await pass(29_000);
  assert.deepEqual(await effects(), ["a1"]);
  await passUntil(async () => (await parked()).length === 0);
  assert.ok(clock.monotonic() < 33_000);
  await deliver(messageFor("a", 4));
  await deliver(messageFor("a", 2));
  assert.deepEqual(await effects(), ["a1", "a3", "a4", "a2"]);
});

test("a gap behind a parked event closes when that is handled", async () => {
  let broken = true;
  const { deliver, effects, parked, passUntil, clock } = await gapless(async (n) => {
    if (broken && n === 2) throw new Error("not yet");
  });
  await deliver(messageFor("a", 1));
  await deliver(messageFor("a", 2));
  await deliver(messageFor("a", 3));
  broken = false;
  await passUntil(async () => (await parked()).length === 0);
  assert.ok(clock.monotonic() < 10_000, "not for half a minute");
  assert.deepEqual(await effects(), ["a1", "a2", "a3"]);
});

test("of the oldest inbox rows those are swept that were handled long ago", async () => {
  const { db, deliver, inbox, clock } = await consumerFixture();
  await deliver(messageFor("a", 1));
  await clock.advance(2_000);
  await deliver(messageFor("a", 2));
  const store = inboxStore(db, "us");
  assert.equal(await inboxStore(db, "others").sweep("2030-01-01T12:00:01.000Z", 10), 0);
  assert.equal(await store.sweep("2030-01-01T12:00:01.000Z", 10), 1);
  assert.deepEqual(await inbox(), [idOf("a", 2)]);
});

test("sweeping goes on past one that was handled long after those of its time", { timeout: 60_000 }, async () => {
  const { sql, open, inbox, passUntil } = await consumerFixture();
  await sql`
    insert into chassis.inbox (subscriber, event_id, handled_at)
    select 'us', lpad(n::text, 32, '0')::uuid, case when n = 1 then '2029-12-31'::timestamptz else '2029-11-01' end
    from generate_series(1, 12000) as n`;
  const consumer = open();
  await consumer.start();
  await passUntil(async () => (await inbox()).length === 1);
  await consumer.stop();
});

test("a type that is subscribed to besides is handled by its own handler", async () => {
  const others: string[] = [];
  const handleOther = async ({ subject }: { subject: string }) => {
    others.push(subject);
  };
  const { deliver } = await consumerFixture({ handlers: { [other.type]: { event: other, handle: handleOther } } });
  await deliver(messageFor("a", 1, { type: other.type, data: "{}" }));
  assert.deepEqual(others, ["a"]);
});

test("events that come one after the other are handled in one go, and one that fails does not take the others with it", async () => {
  const calls: string[][] = [];
  const written: string[] = [];
  const several = together<typeof happened>(async (events, tx) => {
    calls.push(events.map(({ subject, data }) => `${subject}${data.n}`));
    if (events.some(({ subject, data }) => subject === "a" && data.n === 2)) throw new Error("poison");
    tx.afterCommit(() => written.push(...(calls.at(-1) ?? [])));
  });
  const single = async () => void calls.push(["other"]);
  const { deliver, parked, fates } = await consumerFixture({
    handlers: {
      [happened.type]: { event: happened, handle: several },
      [other.type]: { event: other, handle: single },
    },
  });
  await deliver(
    ...[messageFor("a", 1), messageFor("b", 1)],
    messageFor("c", 1, { type: other.type, data: "{}" }),
    messageFor("b", 2),
  );
  assert.deepEqual(calls, [["a1", "b1"], ["other"], ["b2"]]);
  assert.equal(fates.length, 4);
  await deliver(messageFor("b", 3), messageFor("a", 2), messageFor("b", 4));
  assert.deepEqual(written.slice(-2), ["b3", "b4"]);
  assert.deepEqual(await parked(), [idOf("a", 2)]);
});

test("what was parked behind a failure waits, once that is handled, for the event between them that is still on its way", async () => {
  let isBroken = true;
  const { deliver, effects, parked, pass, passUntil, clock } = await gapless(async () => {
    if (isBroken) throw new Error("not now");
  });
  await deliver(messageFor("a", 1));
  await deliver(messageFor("a", 3));
  assert.deepEqual(await parked(), [idOf("a", 1), idOf("a", 3)]);
  isBroken = false;
  await passUntil(async () => (await effects()).length > 0);
  await pass(5_000);
  assert.deepEqual(await effects(), ["a1"]);
  const before = clock.monotonic();
  await deliver(messageFor("a", 2));
  await passUntil(async () => (await parked()).length === 0);
  assert.deepEqual(await effects(), ["a1", "a2", "a3"]);
  assert.ok(clock.monotonic() - before < 2_000, "at once, and not when the wait is over");
});

test("what was parked behind an event that was given up does not wait for it", async () => {
  const { deliver, effects, dead, parked, passUntil, clock } = await gapless(async (n) => {
    if (n === 2) throw new Error("poison");
  });
  for (const n of [1, 2, 3]) await deliver(messageFor("a", n));
  await passUntil(async () => (await dead()).length === 1, 1_000);
  const before = clock.monotonic();
  await passUntil(async () => (await parked()).length === 0);
  assert.deepEqual(await effects(), ["a1", "a3"]);
  assert.ok(clock.monotonic() - before < 2_000);
});

async function gapless(handle: (n: number) => Promise<void> = async () => {}) {
  const handled: string[] = [];
  const note: Handler<typeof happened> = async ({ subject, data }) => {
    await handle(data.n);
    handled.push(`${subject}${data.n}`);
  };
  const fixture = await consumerFixture({
    handlers: { [happened.type]: { event: happened, gapless: true, handle: note } },
  });
  return { ...fixture, effects: async () => handled };
}
