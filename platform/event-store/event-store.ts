import { crashPoint, type Instant } from "@souk/kernel";
import type { Db, Tx } from "@souk/postgres";
import { currentContext } from "@souk/telemetry";
import { type EventRows, eventRows, type StoredEvent } from "./store.ts";
import type { EventStore, Recorded, Stream, StreamType } from "./types.ts";
import { type Upcasters, upcast } from "./upcast.ts";

export type EventStoreOptions = {
  readonly db: Db;
  readonly now: () => Instant;
  /** After each commit that appended something: to wake the projections of this process. */
  readonly onAppend?: () => void;
  /** Where the events are; a simulation passes a model. */
  readonly rows?: EventRows;
};

const latest = 2 ** 31 - 1;

export function createEventStore({ db, now, onAppend, rows = eventRows }: EventStoreOptions): EventStore {
  return {
    of<C, S, E extends { readonly type: string }>(type: StreamType<C, S, E>): Stream<C, S, E> {
      const { name, decider, inline } = type;

      const nothing = { state: decider.initial, version: 0, history: [] };

      function fold(streamId: string, rows: readonly StoredEvent[]) {
        const history = rows.map((row) => recorded(streamId, row, type.upcasters));
        const state = history.reduce((before, { event }) => decider.evolve(before, event), decider.initial);
        return { state, version: history.at(-1)?.version ?? 0, history };
      }

      async function decideIn(tx: Tx, streamId: string, command: C, { state, version }: { state: S; version: number }) {
        const events = decider.decide(state, command);
        if (events.length === 0) return { state, version, appended: [] };
        const at = now();
        const appended = events.map((event, i) => ({ streamId, version: version + 1 + i, at, event }));
        const after = events.reduce(decider.evolve, state);
        const { traceparent, correlationId } = currentContext();
        const append = { streamType: name, streamId, after: version, events, at, traceparent, correlationId };
        // Not awaited: it leaves together with what follows, and when the race is lost the transaction fails with it.
        void rows.append(tx, append).catch(() => {});
        if (onAppend) tx.afterCommit(onAppend);
        await inline?.(appended, after, tx);
        crashPoint("stream.appended");
        return { state: after, version: version + events.length, appended };
      }

      const executeIn = async (tx: Tx, streamId: string, command: C) =>
        decideIn(tx, streamId, command, fold(streamId, await rows.read(tx, name, streamId, latest)));

      return {
        load: async (streamId, upTo = latest) => fold(streamId, await rows.read(db, name, streamId, upTo)),
        async loadMany(streamIds) {
          const byStream = Map.groupBy(await rows.readMany(db, name, streamIds), ({ streamId }) => streamId);
          return streamIds.map((streamId) => fold(streamId, byStream.get(streamId) ?? []));
        },
        execute: (streamId, command) => db.tx((tx) => executeIn(tx, streamId, command)),
        executeIn,
        beginIn: (tx, streamId, command) => decideIn(tx, streamId, command, nothing),
      };
    },
  };
}

function recorded<E>(
  streamId: string,
  { version, at, data }: StoredEvent,
  upcasters: Upcasters<E> | undefined,
): Recorded<E> {
  return { streamId, version, at, event: upcast(data, upcasters) };
}
