import type { Chance } from "@souk/kernel";
import type { Message, Subscription, Transport } from "@souk/messaging";
import type { Delays } from "./delays.ts";
import type { Faults, Site } from "./faults.ts";
import type { Process } from "./process.ts";
import type { Scheduler } from "./scheduler.ts";
import { hashOf } from "./trace.ts";

export type BusOptions = {
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly delays: Delays;
  readonly chance: Chance;
  /** What each subscriber wants, from the beginning. */
  readonly subscribers: Readonly<Record<string, readonly string[]>>;
  /** Subscribers that bear it when what follows overtakes what comes before it in its subject. */
  readonly unordered?: readonly string[];
};

/** A message that a subscriber has not acknowledged. */
type Entry = { readonly message: Message; readonly n: number; at: number; isOut: boolean };
type Replica = { readonly process: Process; readonly deliver: Subscription["deliver"] };
type Lane = {
  readonly subscriber: string;
  readonly types: readonly string[];
  readonly queue: Entry[];
  readonly replicas: Set<Replica>;
  /** Subjects of which something has been acknowledged. */
  readonly begun: Set<string>;
  readonly sites: {
    readonly late: Site;
    readonly overtaken: Site | undefined;
    readonly lost: Site;
    readonly twice: Site;
    readonly forgotten: Site;
  };
  isAwake: boolean;
};

/** What was delivered and not acknowledged is anybody's again after this long. */
const visibleAgainMs = 2_000;
const refusedMs = 100;
const mostInBatch = 10;

/**
 * A broker that keeps the promises of `Transport` and no more: at least once, in order within a subject unless told otherwise. It
 * forgets nothing that it has taken, but what it is sent, delivers and is answered can be lost, doubled, late and overtaken.
 */
export class Bus {
  /** Everything it has ever taken, copies included. */
  readonly taken: Message[] = [];
  readonly #options: BusOptions;
  readonly #lanes: readonly Lane[];
  #n = 0;

  constructor(options: BusOptions) {
    this.#options = options;
    const { faults, unordered = [] } = options;
    this.#lanes = Object.entries(options.subscribers).map(([subscriber, types]) => ({
      subscriber,
      types,
      queue: [],
      replicas: new Set(),
      begun: new Set(),
      sites: {
        late: faults.site(`late bus>${subscriber}`),
        overtaken: unordered.includes(subscriber) ? faults.site(`reorder bus>${subscriber}`) : undefined,
        lost: faults.site(`drop bus>${subscriber}`),
        twice: faults.site(`double bus>${subscriber}`),
        forgotten: faults.site(`mute ${subscriber}>bus`),
      },
      isAwake: false,
    }));
  }

  /** How many deliveries are still owed. */
  get owed(): number {
    let owed = 0;
    for (const { queue } of this.#lanes) owed += queue.length;
    return owed;
  }

  /** The bus as a process sees it. */
  connect(process: Process): Transport {
    const { scheduler, faults, delays } = this.#options;
    const name = process.name.replace(/-\d+$/, "");
    const sites = {
      lost: faults.site(`drop ${name}>bus`),
      twice: faults.site(`double ${name}>bus`),
      unheard: faults.site(`mute ${name}>bus`),
      refused: faults.site(`break ${name}>bus`),
    };
    const mine = new Set<Replica>();
    return {
      publish: (messages) =>
        new Promise((resolve, reject) => {
          if (!process.maySend() || sites.lost.happens()) return;
          scheduler.after(
            delays.network(),
            () => {
              this.#take(messages);
              if (sites.twice.happens()) this.#take(messages);
              if (sites.unheard.happens()) return;
              const isRefused = sites.refused.happens();
              scheduler.after(delays.network(), () =>
                process.deliver(() => (isRefused ? reject(new Error("the broker hung up")) : resolve())),
              );
            },
            true,
          );
        }),
      subscribe: async ({ subscriber, deliver }) => {
        const lane = this.#lanes.find((one) => one.subscriber === subscriber);
        if (!lane) throw new Error(`the bus does not know the subscriber ${subscriber}`);
        const replica = { process, deliver };
        lane.replicas.add(replica);
        mine.add(replica);
        process.onDeath(() => lane.replicas.delete(replica));
        this.#wake(lane, 0);
        return { close: async () => void lane.replicas.delete(replica) };
      },
      close: async () => {},
    };
  }

  #take(messages: readonly Message[]): void {
    this.taken.push(...messages);
    for (const message of messages)
      for (const lane of this.#lanes)
        if (lane.types.includes(message.type)) {
          lane.queue.push({ message, n: this.#n++, at: 0, isOut: false });
          this.#wake(lane, 0);
        }
  }

  #wake(lane: Lane, delayMs: number): void {
    const { scheduler, delays } = this.#options;
    if (delayMs === 0) {
      if (lane.isAwake) return;
      lane.isAwake = true;
    }
    scheduler.after(
      delayMs + delays.network(),
      () => {
        if (delayMs === 0) lane.isAwake = false;
        this.#deal(lane);
      },
      true,
    );
  }

  /** The first of each subject, and what follows it in the same batch. */
  #due({ queue, begun, sites: { late, overtaken } }: Lane): Entry[] {
    const { scheduler, chance } = this.#options;
    const blocked = new Set<string>();
    const due: Entry[] = [];
    for (const entry of queue) {
      const { subject } = entry.message;
      if (blocked.has(subject)) continue;
      if (entry.isOut || entry.at > scheduler.now) {
        blocked.add(subject);
        continue;
      }
      // A subscriber that knows nothing of a subject cannot know either that something came before.
      if (begun.has(subject) && overtaken?.happens()) {
        this.#postpone(entry, chance() * 3_000);
        continue; // what follows goes before it
      }
      if (late.happens()) {
        this.#postpone(entry, chance() * 10_000);
        blocked.add(subject);
        continue;
      }
      if (due.length < mostInBatch) due.push(entry);
    }
    return due;
  }

  #postpone(entry: Entry, ms: number): void {
    entry.at = this.#options.scheduler.now + ms;
    for (const lane of this.#lanes) if (lane.queue.includes(entry)) this.#wake(lane, Math.max(1, ms));
  }

  #deal(lane: Lane): void {
    if (lane.queue.length === 0 || lane.replicas.size === 0) return;
    const entries = this.#due(lane);
    if (entries.length === 0) return;
    const { scheduler, delays, chance } = this.#options;
    const { subscriber } = lane;
    const { lost, twice, forgotten } = lane.sites;
    const replicas = [...lane.replicas];
    const replica = replicas[Math.floor(chance() * replicas.length)] as Replica; // as: not empty
    const { process } = replica;
    for (const entry of entries) entry.isOut = true;
    let isOver = false;
    const again = (ms: number) => {
      if (isOver) return;
      isOver = true;
      for (const entry of entries) entry.isOut = false;
      this.#wake(lane, Math.max(1, ms));
    };
    const acknowledged = () => {
      if (isOver) return;
      isOver = true;
      const isDoubled = twice.happens();
      for (const entry of entries) {
        entry.isOut = false;
        lane.begun.add(entry.message.subject);
        const at = lane.queue.indexOf(entry);
        if (at >= 0 && !isDoubled) lane.queue.splice(at, 1);
      }
      if (lane.queue.length > 0) this.#wake(lane, 0);
    };
    scheduler.after(visibleAgainMs, () => again(0), true);
    if (lost.happens()) return;
    scheduler.after(delays.network(), () => {
      if (!process.isAlive) return again(refusedMs);
      process.deliver(() => {
        scheduler.trace.note(hashOf(subscriber), entries.length);
        scheduler.trace.say(
          () =>
            `bus → ${process.name} ${entries.map(({ message }) => `${message.type} ${message.sequence}`).join(", ")}`,
        );
        const gone = process.onDeath(() => scheduler.after(refusedMs, () => again(0), true));
        replica.deliver(entries.map(({ message }) => message)).then(
          () => {
            gone();
            if (!process.maySend() || forgotten.happens()) return;
            scheduler.after(delays.network(), acknowledged, true);
          },
          () => {
            gone();
            if (process.maySend()) scheduler.after(delays.network() + refusedMs, () => again(0), true);
          },
        );
      });
    });
  }
}
