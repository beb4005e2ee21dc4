import { event, Type } from "@souk/contract";
import { fakeClock, seededChance, testDatabase } from "@souk/testing";
import { messageOf } from "../message.ts";
import { migrations } from "../migrations.ts";
import { silentLog } from "../testing.ts";
import type { Handler, Message, Subscription, Transport } from "../types.ts";
import { type ConsumerOptions, createConsumer } from "./consumer.ts";
import type { Handled } from "./handling.ts";

export const happened = event(
  "tests.happened.v1",
  "Something has happened",
  Type.Object({ n: Type.Integer() }, { additionalProperties: false }),
);
export const other = event("tests.other.v1", "Something else has happened", Type.Object({}));

export const idOf = (subject: string, sequence: number): string =>
  `00000000-0000-7000-8000-${Buffer.from(subject).toString("hex").slice(0, 4).padStart(4, "0")}${sequence.toString(16).padStart(8, "0")}`;

export const messageFor = (
  subject: string,
  sequence: number,
  change: { data?: string; type?: string; traceparent?: string; correlationId?: string } = {},
): Message =>
  messageOf({
    id: idOf(subject, sequence),
    type: happened.type,
    source: "tests",
    subject,
    sequence,
    time: "2030-01-01T12:00:00.000Z",
    data: `{"n":${sequence}}`,
    traceparent: null,
    correlationId: null,
    ...change,
  });

/** Hands its subscriber's `deliver` to the test. */
function handTransport() {
  let subscription: Subscription | undefined;
  const transport: Transport = {
    publish: () => Promise.reject(new Error("not used here")),
    async subscribe(one) {
      subscription = one;
      return { close: async () => {} };
    },
    async close() {},
  };
  const deliver = (...batch: Message[]) => subscription?.deliver(batch) ?? Promise.reject(new Error("not subscribed"));
  return { transport, deliver };
}

/** A consumer whose handler writes a row per event, with its own database, on time that the test moves. */
export async function consumerFixture({
  handle,
  ...options
}: Partial<ConsumerOptions> & { handle?: Handler<typeof happened> } = {}) {
  const { db, sql } = await testDatabase({ sets: [migrations] });
  await sql`create table effects (position integer generated always as identity, subject text, sequence integer, tx text)`;
  const clock = fakeClock();
  const { transport, deliver } = handTransport();
  const fates: Handled[] = [];
  const write: Handler<typeof happened> = async (one, tx) => {
    await handle?.(one, tx);
    await tx`
      insert into effects (subject, sequence, tx) values (${one.subject}, ${one.data.n}, pg_current_xact_id()::text)`;
  };
  const open = (more: Partial<ConsumerOptions> = {}) =>
    createConsumer({
      ...{ db, subscriber: "us", handlers: { [happened.type]: { event: happened, handle: write } }, transport, clock },
      ...{ chance: seededChance(1), log: silentLog, observe: { handled: (fate) => fates.push(fate) } },
      ...options,
      ...more,
    });
  const consumer = open();
  await consumer.start();

  const pass = async (ms: number, stepMs = 250) => {
    for (let left = ms; left > 0; left -= stepMs) await clock.advance(Math.min(stepMs, left));
    await clock.advance(0);
  };
  const ids = async (rows: Promise<{ id: string }[]>) => (await rows).map(({ id }) => id).toSorted();
  return {
    ...{ db, sql, clock, consumer, deliver, fates, open },
    effects: async () =>
      (await sql<{ subject: string; sequence: number }>`select subject, sequence from effects order by position`).map(
        ({ subject, sequence }) => `${subject}${sequence}`,
      ),
    transactions: async () => (await sql<{ n: number }>`select count(distinct tx) as n from effects`)[0]?.n,
    inbox: () => ids(sql<{ id: string }>`select event_id as id from chassis.inbox`),
    parked: () => ids(sql<{ id: string }>`select event_id as id from chassis.parked`),
    dead: () => ids(sql<{ id: string }>`select event_id as id from chassis.dead_letters`),
    /** Moves time on, in steps between and after which the database is waited for. */
    pass,
    async passUntil(condition: () => Promise<boolean>, stepMs = 250) {
      while (!(await condition())) await pass(stepMs, stepMs);
    },
  };
}
