import assert from "node:assert/strict";
import { test } from "node:test";
import { consumerFixture, idOf, messageFor } from "../inbox/fixture.ts";

/** Letters a1 … a`count` that die at once, each unreadable; editing mends them. */
async function letters(count = 1) {
  const fixture = await consumerFixture();
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  await fixture.deliver(...numbers.map((n) => messageFor("a", n, { data: '{"n":"wrong"}' })));
  assert.equal((await fixture.dead()).length, count);
  const { deadLetters } = fixture.consumer;
  const mend = (n: number) => deadLetters.edit(idOf("a", n), `{"n":${n}}`, "ada");
  return { ...fixture, deadLetters, mend };
}

test("dead letters are listed newest first and shown whole", async () => {
  const { deadLetters, deliver, clock } = await letters(2);
  await clock.advance(1_000);
  await deliver(messageFor("b", 1, { type: "tests.unheard-of.v1", correlationId: "request-1" }));
  const { data, total } = await deadLetters.list({ page: 1, limit: 2 });
  assert.deepEqual([total, data.map(({ eventId }) => eventId)], [3, [idOf("b", 1), idOf("a", 1)]]);
  assert.equal((await deadLetters.list({ page: 1, limit: 9, type: "tests.happened.v1" })).total, 2);
  assert.deepEqual(await deadLetters.show(idOf("b", 1)), {
    ...{ eventId: idOf("b", 1), type: "tests.unheard-of.v1", source: "tests", subject: "b", sequence: 1, attempts: 1 },
    ...{ time: "2030-01-01T12:00:00.000Z", diedAt: "2030-01-01T12:00:01.000Z", redriveAt: null, data: '{"n":1}' },
    ...{ error: "nothing here handles tests.unheard-of.v1", traceparent: null, correlationId: "request-1", audit: [] },
  });
});

test("a mended letter that is redriven has its effect under its own id, and is gone", async () => {
  const { deadLetters, mend, effects, inbox, dead, deliver, sql } = await letters();
  await mend(1);
  assert.deepEqual(await deadLetters.redrive(idOf("a", 1), "ada"), { ok: true });
  assert.deepEqual([await effects(), await inbox(), await dead()], [["a1"], [idOf("a", 1)], []]);
  await deliver(messageFor("a", 1));
  assert.deepEqual(await effects(), ["a1"], "coming again, it is known");
  const trail = await sql`select actor, action, detail from chassis.dead_letter_audit order by id`;
  assert.deepEqual(trail, [
    { actor: "ada", action: "edit", detail: '{"n":"wrong"}' },
    { actor: "ada", action: "redrive", detail: "succeeded" },
  ]);
});

test("a letter that fails again stays, with the new reason", async () => {
  const { deadLetters, effects, inbox } = await letters();
  const error = "Unreadable: does not fit tests.happened.v1: /n must be a whole number";
  assert.deepEqual(await deadLetters.redrive(idOf("a", 1), "ada"), { ok: false, error });
  const letter = await deadLetters.show(idOf("a", 1));
  assert.deepEqual([letter.attempts, letter.error, letter.audit.map(({ detail }) => detail)], [2, error, [error]]);
  assert.deepEqual([await effects(), await inbox()], [[], []]);
});

test("a dry run shows what would happen and leaves nothing but a line in the audit", async () => {
  const { deadLetters, mend, effects, inbox, dead, sql } = await letters();
  const before = await deadLetters.dryRun(idOf("a", 1), "ada");
  assert.equal(before.ok, false);
  await mend(1);
  assert.deepEqual(await deadLetters.dryRun(idOf("a", 1), "ada"), { ok: true });
  assert.deepEqual([await effects(), await inbox(), await dead()], [[], [], [idOf("a", 1)]]);
  const actions = await sql<{ action: string }>`select action from chassis.dead_letter_audit order by id`;
  assert.deepEqual(
    actions.map(({ action }) => action),
    ["dry-run", "edit", "dry-run"],
  );
});

test("a letter that is discarded has no effect, ever, and the record says who did it, why, and what was in it", async () => {
  const { deadLetters, mend, effects, inbox, dead, deliver, sql } = await letters();
  await mend(1);
  await deadLetters.discard(idOf("a", 1), "ada", "entered again by hand");
  assert.deepEqual([await effects(), await inbox(), await dead()], [[], [idOf("a", 1)], []]);
  await deliver(messageFor("a", 1));
  assert.deepEqual(await effects(), [], "coming again, it is known");
  const [, discarded] = await sql`select actor, action, detail from chassis.dead_letter_audit order by id`;
  assert.deepEqual(discarded, { actor: "ada", action: "discard", detail: 'entered again by hand\n{"n":1}' });
  const gone = { code: "messaging.dead_letter_not_found" };
  await assert.rejects(deadLetters.discard(idOf("a", 1), "ada", "again"), gone);
  await assert.rejects(deadLetters.redrive(idOf("a", 1), "ada"), gone);
});

test("a payload that would not fit is refused", async () => {
  const { deadLetters } = await letters();
  const refused = (data: string) =>
    assert.rejects(deadLetters.edit(idOf("a", 1), data, "ada"), { code: "messaging.payload_does_not_fit" });
  await refused("{");
  await refused("{}");
  await refused("null");
  assert.deepEqual((await deadLetters.show(idOf("a", 1))).audit, []);
});

test("what is no dead letter is not found", async () => {
  const { deadLetters } = await letters();
  const notFound = { code: "messaging.dead_letter_not_found" };
  await assert.rejects(deadLetters.show(idOf("x", 1)), notFound);
  await assert.rejects(deadLetters.edit(idOf("x", 1), "{}", "ada"), notFound);
  await assert.rejects(deadLetters.dryRun(idOf("x", 1), "ada"), notFound);
  await assert.rejects(deadLetters.redrive(idOf("x", 1), "ada"), notFound);
});

test("redriving all tries ten a second, in order; what fails stays and is not tried again", async () => {
  const { deadLetters, mend, effects, dead, passUntil, clock, fates } = await letters(25);
  for (let n = 1; n <= 25; n++) if (n !== 13) await mend(n);
  const startedAt = clock.monotonic();
  const { scheduled, lastAt } = await deadLetters.redriveAll("ada");
  assert.deepEqual([scheduled, lastAt], [25, "2030-01-01T12:00:02.400Z"]);
  const counted: number[] = [];
  await passUntil(async () => {
    counted.push(fates.filter(({ outcome }) => outcome === "done").length);
    return (await dead()).length === 1;
  }, 100);
  assert.ok(clock.monotonic() - startedAt >= 2_400);
  for (const [i, n] of counted.entries()) assert.ok(n <= i + 2, `${n} after ${i * 100} ms`);
  const expected = Array.from({ length: 25 }, (_, i) => `a${i + 1}`).filter((one) => one !== "a13");
  assert.deepEqual(await effects(), expected);
  const left = await deadLetters.show(idOf("a", 13));
  assert.deepEqual([left.attempts, left.redriveAt, left.audit.map(({ action }) => action)], [2, null, ["redrive"]]);
});

test("a letter waits for an earlier one of its subject that another replica is at", async () => {
  const inside = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const { consumer, open, deliver, clock, effects, dead, passUntil } = await consumerFixture({
    async handle({ sequence }) {
      if (sequence > 1) return;
      inside.resolve();
      await gate.promise;
    },
  });
  await deliver(...[1, 2].map((n) => messageFor("a", n, { data: '{"n":"wrong"}' })));
  for (const n of [1, 2]) await consumer.deadLetters.edit(idOf("a", n), `{"n":${n}}`, "ada");
  await consumer.deadLetters.redriveAll("ada");
  await clock.advance(2_000);
  await inside.promise;
  await open().deadLetters.redriveDue();
  assert.deepEqual(await effects(), []);
  gate.resolve();
  await passUntil(async () => (await dead()).length === 0, 100);
  assert.deepEqual(await effects(), ["a1", "a2"]);
});
