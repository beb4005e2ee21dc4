import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Chance } from "@souk/kernel";
import type { Message, Transport } from "./types.ts";

/** One process's connection to the broker under test. */
export type Replica = {
  readonly transport: Transport;
  /** Dies: from now on nothing that the transport sends reaches the broker, and it does not say goodbye. */
  crash(): void;
};
/** A broker of the test's own, empty at first. */
export type Broker = { open(instance: string): Replica; close(): Promise<void> };

/**
 * What every driver promises. Register it in the driver's test file. Time is the real one: drivers whose replicas die by
 * leases should be given short ones.
 */
export function transportSuite(name: string, createBroker: () => Promise<Broker>, chance: Chance): void {
  const promise = (sentence: string, run: (broker: Broker) => Promise<void>) =>
    test(`${name}: ${sentence}`, { timeout: 60_000 }, async () => {
      const broker = await createBroker();
      try {
        await run(broker);
      } finally {
        await broker.close();
      }
    });

  promise("each subscriber gets every message of its types, with all that was published", async (broker) => {
    const [publisher, one, two] = [broker.open("p"), broker.open("a"), broker.open("b")];
    const [alpha, beta] = [createLedger(), createLedger()];
    await one.transport.subscribe({ subscriber: "alpha", types: ["t.1"], deliver: alpha.deliverTo("a") });
    await two.transport.subscribe({ subscriber: "beta", types: ["t.1", "t.2"], deliver: beta.deliverTo("b") });
    const whole: Message = {
      ...messageFor("s", 1, "t.1"),
      source: "somebody",
      data: {
        text: "Schrödinger's „Katze“ 🐈\n\t\\\"",
        nothing: null,
        nested: [{ n: 1.5 }],
        large: "x".repeat(100_000),
      },
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      correlationId: "request-1",
    };
    const bare = messageFor("s", 2, "t.2");
    await publisher.transport.publish([whole, bare]);
    await beta.until(() => beta.messages.length === 2);
    await alpha.until(() => alpha.messages.length === 1);
    assert.deepEqual(beta.messages.map(plain), [whole, bare]);
    assert.deepEqual(alpha.messages.map(plain), [whole]);
  });

  promise("the messages of a subject arrive in sequence", async (broker) => {
    const [publisher, reader] = [broker.open("p"), broker.open("a")];
    const ledger = createLedger();
    await reader.transport.subscribe({ subscriber: "alpha", types: ["t.1"], deliver: ledger.deliverTo("a") });
    const subjects = names(20);
    for (let round = 0; round < 10; round++) {
      await publisher.transport.publish(subjects.flatMap((s) => [1, 2, 3].map((n) => messageFor(s, round * 3 + n))));
    }
    await ledger.until(() => ledger.messages.length === 600);
    ledger.assertExactly(subjects, 30);
    assert.equal(ledger.copies, 0, "nothing failed, so nothing came twice");
  });

  promise("replicas share the subjects and never handle one at the same time", async (broker) => {
    const publisher = broker.open("p");
    const ledger = createLedger();
    for (const instance of ["a", "b", "c"]) {
      const deliver = ledger.deliverTo(instance, { pause: () => 1 });
      await broker.open(instance).transport.subscribe({ subscriber: "alpha", types: ["t.1"], deliver });
    }
    const subjects = names(60);
    let sequence = 0;
    while (ledger.receivers.size < 3) {
      sequence += 1;
      await publisher.transport.publish(subjects.map((s) => messageFor(s, sequence)));
      await ledger.until(() => ledger.messages.length === subjects.length * sequence);
    }
    ledger.assertExactly(subjects, sequence);
  });

  promise("a batch that fails comes again, in order", async (broker) => {
    const [publisher, reader] = [broker.open("p"), broker.open("a")];
    const ledger = createLedger();
    let failures = 3;
    const deliver = ledger.deliverTo("a", { fails: () => failures-- > 0 });
    await reader.transport.subscribe({ subscriber: "alpha", types: ["t.1"], deliver });
    await publisher.transport.publish([1, 2, 3, 4].map((n) => messageFor("s", n)));
    await ledger.until(() => ledger.messages.length === 4);
    ledger.assertExactly(["s"], 4);
  });

  promise("a subscriber that keeps failing does not hold up another", async (broker) => {
    const [publisher, reader] = [broker.open("p"), broker.open("a")];
    const [sick, sound] = [createLedger(), createLedger()];
    const failing = sick.deliverTo("a", { fails: () => true });
    await reader.transport.subscribe({ subscriber: "sick", types: ["t.1"], deliver: failing });
    await reader.transport.subscribe({ subscriber: "sound", types: ["t.1"], deliver: sound.deliverTo("a") });
    for (let n = 1; n <= 20; n++) await publisher.transport.publish([messageFor("s", n)]);
    await sound.until(() => sound.messages.length === 20);
    sound.assertExactly(["s"], 20);
    assert.equal(sick.messages.length, 0);
  });

  promise("what a replica had not finished when it died comes to another, in order", async (broker) => {
    const [publisher, first, second] = [broker.open("p"), broker.open("a"), broker.open("b")];
    const ledger = createLedger();
    let dead = false;
    const subjects = names(8);
    const stuck = ledger.deliverTo("a", {
      // Dies with a part of its first batch done.
      fails: (_, done) => {
        if (done === 5) {
          dead = true;
          first.crash();
          ledger.died("a");
        }
        return dead;
      },
    });
    await first.transport.subscribe({ subscriber: "alpha", types: ["t.1"], deliver: stuck });
    await publisher.transport.publish(subjects.flatMap((s) => [1, 2, 3].map((n) => messageFor(s, n))));
    await ledger.until(() => dead);
    await second.transport.subscribe({ subscriber: "alpha", types: ["t.1"], deliver: ledger.deliverTo("b") });
    await ledger.until(() => ledger.messages.length === 24);
    ledger.assertExactly(subjects, 3);
  });

  promise("what was published while a subscriber was down arrives when it is back", async (broker) => {
    const [publisher, before, after] = [broker.open("p"), broker.open("a"), broker.open("b")];
    const ledger = createLedger();
    const types = ["t.1"];
    const open = await before.transport.subscribe({ subscriber: "alpha", types, deliver: ledger.deliverTo("a") });
    await publisher.transport.publish([messageFor("s", 1)]);
    await ledger.until(() => ledger.messages.length === 1);
    await open.close();
    await publisher.transport.publish([messageFor("s", 2), messageFor("r", 1)]);
    await publisher.transport.publish([messageFor("s", 3)]);
    await after.transport.subscribe({ subscriber: "alpha", types, deliver: ledger.deliverTo("b") });
    await ledger.until(() => ledger.messages.length === 4);
    ledger.assertExactly(["s"], 3);
    ledger.assertExactly(["r"], 1);
    assert.equal(ledger.copies, 0, "what was acknowledged does not come again");
  });

  promise("a publisher that repeats itself changes nothing", async (broker) => {
    const [publisher, reader] = [broker.open("p"), broker.open("a")];
    const ledger = createLedger();
    await reader.transport.subscribe({ subscriber: "alpha", types: ["t.1"], deliver: ledger.deliverTo("a") });
    const [one, two, three] = [messageFor("s", 1), messageFor("s", 2), messageFor("s", 3)];
    await publisher.transport.publish([one, two]);
    await publisher.transport.publish([one, two]);
    await publisher.transport.publish([one, two, three]);
    await ledger.until(() => ledger.messages.length === 3);
    ledger.assertExactly(["s"], 3);
  });

  promise("closing waits for the batch in hand and leaves the rest to the others", async (broker) => {
    const [publisher, first, second] = [broker.open("p"), broker.open("a"), broker.open("b")];
    const ledger = createLedger();
    const entered = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const deliver = ledger.deliverTo("a");
    const open = await first.transport.subscribe({
      subscriber: "alpha",
      types: ["t.1"],
      async deliver(batch) {
        entered.resolve();
        await gate.promise;
        await deliver(batch);
      },
    });
    await publisher.transport.publish([1, 2].map((n) => messageFor("s", n)));
    await entered.promise;
    let closed = false;
    const closing = open.close().then(() => {
      closed = true;
    });
    await publisher.transport.publish([3, 4].map((n) => messageFor("s", n)));
    await second.transport.subscribe({ subscriber: "alpha", types: ["t.1"], deliver: ledger.deliverTo("b") });
    for (let i = 0; i < 20; i++) await turn();
    assert.equal(closed, false, "a batch is still being handled");
    assert.equal(ledger.messages.length, 0, "and so nobody else may handle its subject");
    gate.resolve();
    await closing;
    await ledger.until(() => ledger.messages.length === 4);
    ledger.assertExactly(["s"], 4);
    assert.equal(ledger.copies, 0, "a graceful close repeats nothing");
  });

  promise("whatever fails, dies and comes back: every message has one effect, in order", async (broker) => {
    const subscribers = ["alpha", "beta"].map((subscriber) => ({ subscriber, ledger: createLedger() }));
    const subjects = names(40);
    const perSubject = 60;
    let instances = 0;
    let calm = false;
    const running: {
      replica: Replica;
      instance: string;
      ledger: Ledger;
      subscriber: string;
      close(): Promise<void>;
    }[] = [];

    const start = async ({ subscriber, ledger }: { subscriber: string; ledger: Ledger }) => {
      const instance = `${subscriber}-${++instances}`;
      const replica = broker.open(instance);
      const deliver = ledger.deliverTo(instance, {
        pause: () => Math.floor(chance() * 3),
        fails: () => !calm && chance() < 0.004,
      });
      const { close } = await replica.transport.subscribe({ subscriber, types: ["t.1"], deliver });
      running.push({ replica, instance, ledger, subscriber, close });
    };
    for (const one of subscribers) for (let i = 0; i < 2; i++) await start(one);

    const publish = async (publisher: Replica, mine: readonly string[]) => {
      const written = new Map(mine.map((subject) => [subject, 0]));
      let last: Message[] = [];
      while ([...written.values()].some((n) => n < perSubject)) {
        const batch: Message[] = [];
        for (const subject of mine) {
          const from = written.get(subject) ?? 0;
          const to = Math.min(perSubject, from + Math.floor(chance() * 4));
          for (let n = from + 1; n <= to; n++) batch.push(messageFor(subject, n));
          written.set(subject, to);
        }
        // A relay that died after the broker had taken a batch begins with it again.
        await publisher.transport.publish(chance() < 0.2 ? [...last, ...batch] : batch);
        last = batch;
        for (let i = 0; i < chance() * 20; i++) await turn();
      }
    };
    const disturb = async () => {
      for (let i = 0; i < 8; i++) {
        const total = () => subscribers.reduce((n, { ledger }) => n + ledger.messages.length, 0);
        const mark = total() + 300;
        await Promise.race(
          subscribers.map(({ ledger }) => ledger.until(() => total() >= mark || ledger.messages.length >= 2_200)),
        );
        const [victim] = running.splice(Math.floor(chance() * running.length), 1);
        assert.ok(victim);
        if (chance() < 0.5) {
          victim.replica.crash();
          victim.ledger.died(victim.instance);
        } else await victim.close();
        await start(victim);
      }
      calm = true;
    };
    const publishers = [0, 1, 2].map((k) =>
      publish(
        broker.open(`p${k}`),
        subjects.filter((_, i) => i % 3 === k),
      ),
    );
    await Promise.all([...publishers, disturb()]);
    for (const { ledger } of subscribers) {
      await ledger.until(() => ledger.messages.length === subjects.length * perSubject);
      ledger.assertExactly(subjects, perSubject);
    }
  });
}

const names = (count: number) => Array.from({ length: count }, (_, i) => `subject-${i}`);
const plain = ({ id, type, source, subject, sequence, time, data, traceparent, correlationId }: Message) => ({
  ...{ id, type, source, subject, sequence, time, data },
  ...(traceparent !== undefined && { traceparent }),
  ...(correlationId !== undefined && { correlationId }),
});

let issued = 0;
const messageFor = (subject: string, sequence: number, type = "t.1"): Message => ({
  id: `0190a8f0-0000-7000-8000-${(++issued).toString(16).padStart(12, "0")}`,
  type,
  source: "tests",
  subject,
  sequence,
  time: "2030-01-01T12:00:00.123Z",
  data: { n: sequence },
});

type Behaviour = {
  /** Turns of the event loop to take over each message. */
  readonly pause?: () => number;
  /** Whether to fail before this message, after `done` of its batch. */
  readonly fails?: (message: Message, done: number) => boolean;
};
type Ledger = ReturnType<typeof createLedger>;

/** A consumer with an inbox in memory: what it notes is what had an effect, and it sees when two work on one subject. */
function createLedger() {
  const messages: Message[] = [];
  const seen = new Set<string>();
  const receivers = new Set<string>();
  const dead = new Set<string>();
  const working = new Map<string, string>();
  const waiting = new Set<() => void>();
  const collisions: string[] = [];
  let copies = 0;
  const look = () => {
    for (const wake of waiting) wake();
  };

  return {
    messages,
    receivers,
    get copies() {
      return copies;
    },

    deliverTo(instance: string, { pause = () => 0, fails = () => false }: Behaviour = {}) {
      return async (batch: readonly Message[]): Promise<void> => {
        const subjects = new Set(batch.map(({ subject }) => subject));
        for (const subject of subjects) {
          const other = working.get(subject);
          if (other !== undefined) collisions.push(`${subject} by ${other} and ${instance}`);
          working.set(subject, instance);
        }
        try {
          for (const [done, message] of batch.entries()) {
            for (let i = pause(); i > 0; i--) await turn();
            if (dead.has(instance) || fails(message, done)) throw new Error("told to fail");
            receivers.add(instance);
            if (seen.has(message.id)) copies += 1;
            else {
              seen.add(message.id);
              messages.push(message);
              look();
            }
          }
        } finally {
          for (const subject of subjects) if (working.get(subject) === instance) working.delete(subject);
        }
      };
    },

    /** The replica's process is gone, and so is what it was doing. */
    died(instance: string): void {
      dead.add(instance);
      for (const [subject, worker] of working) if (worker === instance) working.delete(subject);
      look();
    },

    /** Resolves once `condition` holds; it is looked at whenever something was noted. */
    until(condition: () => boolean): Promise<void> {
      return new Promise((resolve) => {
        const check = () => {
          if (!condition()) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      });
    },

    assertExactly(subjects: readonly string[], last: number): void {
      assert.deepEqual(collisions, [], "a subject was handled by two at once");
      const expected = Array.from({ length: last }, (_, i) => i + 1);
      for (const subject of subjects) {
        const got = messages.filter((message) => message.subject === subject).map(({ sequence }) => sequence);
        assert.deepEqual(got, expected, `effects of ${subject}`);
      }
    },
  };
}
