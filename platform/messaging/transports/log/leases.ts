import type { Clock } from "@souk/kernel";
import { fairShare } from "./fair-share.ts";
import { PARTITIONS } from "./partition.ts";
import type { LogStore, Tenure } from "./store.ts";

/** A partition this replica reads. */
export type Held = {
  readonly partition: number;
  readonly epoch: number;
  /** Everything up to here has been read, though perhaps not yet delivered. */
  read: number;
  /** Everything up to here has been delivered. */
  delivered: number;
  /** `delivered` moved past a message since it was last written. */
  dirty: boolean;
  /** To be given to another replica as soon as no batch of it is being delivered. */
  leaving: boolean;
};

export type LeasesOptions = {
  readonly store: LogStore;
  readonly clock: Clock;
  readonly subscriber: string;
  readonly instance: string;
  readonly types: readonly string[];
  readonly leaseMs: number;
};

/** This replica's part of a subscription: which partitions it may read, and how far it has. */
export function createLeases({ store, clock, subscriber, instance, types, leaseMs }: LeasesOptions) {
  const held = new Map<number, Held>();
  let joined = false;
  /** On `Clock.monotonic`: from here on others may take over. */
  let validUntil = 0;

  const tenures = (of: Iterable<Held>): Tenure[] =>
    Array.from(of, ({ partition, epoch, delivered }) => ({ partition, epoch, position: delivered }));

  /** Writes down how far `these` are, and forgets those that have been taken over. */
  async function hold(these: readonly Held[]): Promise<void> {
    if (these.length === 0) return;
    for (const one of these) one.dirty = false;
    const still = await store.hold(subscriber, tenures(these), leaseMs).catch((error) => {
      for (const one of these) one.dirty = true;
      throw error;
    });
    for (const one of these)
      if (!still.has(one.partition) && held.get(one.partition) === one) held.delete(one.partition);
  }

  async function release(these: readonly Held[]): Promise<void> {
    if (these.length === 0) return;
    for (const { partition } of these) held.delete(partition);
    await store.release(subscriber, tenures(these));
  }

  return {
    /** What may be read and delivered now. */
    readable(): Held[] {
      return clock.monotonic() < validUntil ? [...held.values()].filter(({ leaving }) => !leaving) : [];
    },

    isMine: (one: Held): boolean => held.get(one.partition) === one && !one.leaving && clock.monotonic() < validUntil,

    all: (): Iterable<Held> => held.values(),

    hasLeaving: (): boolean => [...held.values()].some(({ leaving }) => leaving),

    /** Writes down what has been delivered since the last time. */
    acknowledge: () => hold([...held.values()].filter(({ dirty }) => dirty)),

    /**
     * Renews the leases and settles with the other replicas who reads what.
     * @param delivering whether a batch of this one is being delivered
     * @returns whether there are partitions that were not held before
     */
    async balance(delivering: () => boolean): Promise<boolean> {
      if (!joined) await store.join(subscriber, { instance, types }, leaseMs);
      joined = true;
      const renewedAt = clock.monotonic();
      const { members, types: asked } = await store.beat(subscriber, instance, leaseMs);
      // Swept by another after a long pause: the next turn joins again.
      joined = members.some((member) => member.instance === instance);
      await hold([...held.values()]);
      validUntil = renewedAt + leaseMs;

      const share = joined ? fairShare(members, instance, asked, PARTITIONS) : 0;
      const staying = [...held.values()].filter(({ leaving }) => !leaving);
      for (const one of staying.slice(share)) one.leaving = true;
      if (!delivering()) await release([...held.values()].filter(({ leaving }) => leaving));
      if (staying.length >= share) return false;
      const claimed = await store.claim(subscriber, instance, share - staying.length, leaseMs);
      for (const { partition, epoch, position } of claimed) {
        held.set(partition, { partition, epoch, read: position, delivered: position, dirty: false, leaving: false });
      }
      return claimed.length > 0;
    },

    /** Hands everything over at once. Nothing may be being delivered. */
    async quit(): Promise<void> {
      if (!joined) return;
      await release([...held.values()]);
      await store.leave(subscriber, instance);
    },
  };
}
