import type { Cancel, Chance, Clock } from "@souk/kernel";
import type { Log } from "@souk/telemetry";
import { messageOf } from "../../message.ts";
import { createPulse, type Outcome, readersBeat } from "../../pulse.ts";
import type { Subscription } from "../../types.ts";
import { createLeases, type Held } from "./leases.ts";
import { PARTITIONS } from "./partition.ts";
import type { LogRow, LogStore, Notice } from "./store.ts";

export type ReadingOptions = {
  readonly store: LogStore;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  /** This replica's name, unique among all that run. */
  readonly instance: string;
  /** Messages per delivery. Default 100. */
  readonly batch?: number;
  /** A subscription that is told of messages again and again is read this often. Default 30 ms, and under load `readersBeat`. */
  readonly spacingMs?: number;
  /** A subscription is read this often without being told of a message. Default 1,000 ms. */
  readonly pollMs?: number;
  /** After this long without a sign of life others take over a replica's partitions. Default 5,000 ms. */
  readonly leaseMs?: number;
};

/** What one read brought: for each partition everything after `from`, up to `through`. */
type Page = {
  readonly rows: readonly LogRow[];
  readonly through: number;
  readonly parts: readonly { readonly held: Held; readonly from: number }[];
};

/** How long a delivered batch may stay unacknowledged: a crash repeats it, the inbox drops the copies. */
const ACKNOWLEDGE_MS = 200;

/** One subscription of one replica: reads its partitions in order and delivers one batch at a time. */
export function openSubscription(options: ReadingOptions, { subscriber, types, deliver }: Subscription) {
  const { store, clock, chance, log, instance, batch = 100, spacingMs = 30, pollMs = 1_000, leaseMs = 5_000 } = options;
  const leases = createLeases({ store, clock, subscriber, instance, types, leaseMs });
  let delivering = false;
  let closing = false;
  let acknowledging = false;
  let cancelAcknowledging: Cancel = () => {};

  async function read(): Promise<Page> {
    const parts = leases.readable().map((held) => ({ held, from: held.read }));
    if (parts.length === 0) return { rows: [], through: 0, parts };
    const after = new Array<number>(PARTITIONS).fill(Number.POSITIVE_INFINITY);
    for (const { held, from } of parts) after[held.partition] = from;
    const { end, rows } = await store.read(after, types, batch);
    const last = rows.at(-1)?.position ?? 0;
    // Not cut off by the limit, so all that was visible has been seen; in a full page only what came before its last row.
    const through = rows.length < batch ? Math.max(end, last) : last;
    for (const { held } of parts) held.read = Math.max(held.read, through);
    return { rows, through, parts };
  }

  async function hand({ rows, through, parts }: Page): Promise<void> {
    const taken: Held[] = [];
    for (const { held, from } of parts) {
      // Not what another replica may be reading by now, nor what comes after something that was left out.
      if (leases.isMine(held) && held.delivered === from) taken.push(held);
      else held.read = held.delivered;
    }
    const numbers = new Set(taken.map(({ partition }) => partition));
    const mine = taken.length === parts.length ? rows : rows.filter(({ partition }) => numbers.has(partition));
    if (mine.length > 0) {
      delivering = true;
      try {
        await deliver(mine.map(messageOf));
      } finally {
        delivering = false;
        if (leases.hasLeaving()) balancing.wake();
      }
      const touched = new Set(mine.map(({ partition }) => partition));
      for (const held of taken) held.dirty ||= touched.has(held.partition);
      acknowledgeSoon();
    }
    for (const held of taken) held.delivered = Math.max(held.delivered, through);
  }

  function acknowledgeSoon(): void {
    if (acknowledging) return;
    acknowledging = true;
    cancelAcknowledging = clock.after(ACKNOWLEDGE_MS, () => {
      leases
        .acknowledge()
        .catch((error) => log.warn("acknowledging failed, events may come again", { subscriber, error }))
        .finally(() => {
          acknowledging = false;
        });
    });
  }

  async function readOn(): Promise<Outcome> {
    let ahead: Promise<Page> | undefined;
    try {
      let page = await read();
      while (page.rows.length === batch && !closing) {
        // The next page is read while this one is handled.
        ahead = read();
        await Promise.all([hand(page), ahead]);
        page = await ahead;
      }
      if (!closing) await hand(page);
      return "idle";
    } catch (error) {
      await ahead?.catch(() => {}); // it would move `read` on
      for (const held of leases.all()) held.read = held.delivered;
      throw error;
    }
  }

  const reading = createPulse({
    ...{ clock, chance, spacingMs, pollMs, run: readOn },
    beat: readersBeat,
    failed: (error, failures, delayMs) => {
      if (failures === 1) log.warn("delivering failed, the batch will be repeated", { subscriber, error, delayMs });
    },
    recovered: () => log.info("delivering works again", { subscriber }),
  });
  const balancing = createPulse({
    clock,
    chance,
    spacingMs: 10,
    pollMs: leaseMs / 3,
    async run() {
      if (await leases.balance(() => delivering)) reading.wake();
      return "idle";
    },
    failed: (error, failures) => {
      if (failures === 1) log.warn("a subscription cannot reach its broker", { subscriber, error });
    },
    recovered: () => log.info("a subscription reaches its broker again", { subscriber }),
  });

  const wanted = new Set(types);
  balancing.start();
  reading.start();
  return {
    notice(notice?: Notice): void {
      if (notice?.kind === "members") {
        if (notice.subscriber === subscriber) balancing.wake();
      } else if (!notice || notice.types.some((type) => wanted.has(type))) reading.wake();
    },
    async close(): Promise<void> {
      closing = true;
      await reading.stop();
      cancelAcknowledging();
      await balancing.stop();
      await leases.quit().catch((error) => log.warn("a subscription was not handed over", { subscriber, error }));
    },
  };
}
