import type { Chance, Clock } from "@souk/kernel";
import type { Log } from "@souk/telemetry";
import { dataText } from "../message.ts";
import type { Transport } from "../types.ts";
import { PARTITIONS, partitionOf } from "./log/partition.ts";
import type { LogRow, LogStore, Member, Notice } from "./log/store.ts";
import { createLogTransport } from "./log/transport.ts";

type Cursor = { position: number; epoch: number; owner: string | undefined; leasedUntil: number };

/** The log as a plain object: for tests and simulations, shared by all transports that should reach each other. */
export function createMemoryBus(clock: Clock): LogStore {
  const log: LogRow[] = [];
  const ids = new Set<string>();
  const asked = new Map<string, string[]>();
  const cursors = new Map<string, Cursor[]>();
  const members = new Map<string, Map<string, Member & { seenUntil: number }>>();
  const listeners = new Set<(notice: Notice) => void>();
  let appended = 0;

  const cursorsOf = (subscriber: string) => cursors.get(subscriber) ?? [];
  const membersOf = (subscriber: string) =>
    members.get(subscriber) ?? new Map<string, Member & { seenUntil: number }>();
  // Later, as a notification would be: never in the middle of what the caller is doing.
  const tell = (notice: Notice) => {
    for (const listener of listeners) clock.after(0, () => listeners.has(listener) && listener(notice));
  };

  return {
    async append(messages) {
      for (const message of messages) {
        if (ids.has(message.id)) continue;
        ids.add(message.id);
        const { id, type, source, subject, sequence, time, traceparent = null, correlationId = null } = message;
        log.push({
          ...{ position: ++appended, partition: partitionOf(subject), id, type, source, subject, sequence, time },
          ...{ data: dataText(message), traceparent, correlationId },
        });
      }
      tell({ kind: "messages", types: [...new Set(messages.map(({ type }) => type))] });
    },

    async read(after, types, limit) {
      const wanted = (row: LogRow) =>
        row.position > (after[row.partition] ?? Number.POSITIVE_INFINITY) && types.includes(row.type);
      return { end: appended, rows: log.filter(wanted).slice(0, limit) };
    },

    async join(subscriber, { instance, types }, leaseMs) {
      const known = asked.get(subscriber) ?? [];
      const added = types.filter((type) => !known.includes(type));
      asked.set(subscriber, [...known, ...added]);
      const rows = cursorsOf(subscriber);
      if (added.length > 0) for (const cursor of rows) cursor.epoch += 1;
      while (rows.length < PARTITIONS) rows.push({ position: 0, epoch: 0, owner: undefined, leasedUntil: 0 });
      cursors.set(subscriber, rows);
      const roster = membersOf(subscriber);
      roster.set(instance, { instance, types, seenUntil: clock.now() + leaseMs });
      members.set(subscriber, roster);
      tell({ kind: "members", subscriber });
    },

    async beat(subscriber, instance, leaseMs) {
      const roster = membersOf(subscriber);
      const me = roster.get(instance);
      if (me) me.seenUntil = clock.now() + leaseMs;
      for (const member of roster.values()) if (member.seenUntil < clock.now()) roster.delete(member.instance);
      return { members: [...roster.values()], types: asked.get(subscriber) ?? [] };
    },

    async hold(subscriber, tenures, leaseMs) {
      const held = new Set<number>();
      for (const { partition, epoch, position } of tenures) {
        const cursor = cursorsOf(subscriber)[partition];
        if (cursor?.epoch !== epoch || cursor.owner === undefined) continue;
        cursor.position = Math.max(cursor.position, position);
        cursor.leasedUntil = clock.now() + leaseMs;
        held.add(partition);
      }
      return held;
    },

    async claim(subscriber, instance, count, leaseMs) {
      const free = cursorsOf(subscriber).flatMap((cursor, partition) =>
        cursor.owner === undefined || cursor.leasedUntil < clock.now() ? [{ cursor, partition }] : [],
      );
      return free.slice(0, count).map(({ cursor, partition }) => {
        cursor.epoch += 1;
        cursor.owner = instance;
        cursor.leasedUntil = clock.now() + leaseMs;
        return { partition, epoch: cursor.epoch, position: cursor.position };
      });
    },

    async release(subscriber, tenures) {
      for (const { partition, epoch, position } of tenures) {
        const cursor = cursorsOf(subscriber)[partition];
        if (cursor?.epoch !== epoch) continue;
        cursor.position = Math.max(cursor.position, position);
        cursor.owner = undefined;
      }
      tell({ kind: "members", subscriber });
    },

    async leave(subscriber, instance) {
      membersOf(subscriber).delete(instance);
      tell({ kind: "members", subscriber });
    },

    async sweep(before, limit) {
      const read = Math.min(...[...cursors.values()].flat().map(({ position }) => position));
      const swept = log.slice(0, limit).filter(({ time, position }) => time < before && position <= read);
      for (const row of swept) {
        log.splice(log.indexOf(row), 1);
        ids.delete(row.id);
      }
      return swept.length;
    },

    async lag(subscriber, types) {
      const positions = cursorsOf(subscriber).map(({ position }) => position);
      const unread = log.filter(
        ({ partition, position, type }) =>
          types.includes(type) && position > (positions[partition] ?? Number.POSITIVE_INFINITY),
      );
      const oldestAt = unread.reduce<string | null>(
        (oldest, { time }) => (oldest === null || time < oldest ? time : oldest),
        null,
      );
      return { messages: unread.length, oldestAt };
    },

    listen(notice) {
      listeners.add(notice);
      return {
        async close() {
          listeners.delete(notice);
        },
      };
    },

    async close() {},
  };
}

export type MemoryTransportOptions = {
  readonly bus: LogStore;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Unique among the transports on `bus`. */
  readonly instance: string;
  readonly log: Log;
  readonly batch?: number;
  readonly spacingMs?: number;
  readonly leaseMs?: number;
};

/** The same transport as over PostgreSQL, the same promises but durability, in one process. */
export const createMemoryTransport = ({ bus, ...options }: MemoryTransportOptions): Transport =>
  createLogTransport({ ...options, store: bus });
