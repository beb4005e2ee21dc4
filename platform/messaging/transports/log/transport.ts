import { instant } from "@souk/kernel";
import { createPulse } from "../../pulse.ts";
import type { Transport } from "../../types.ts";
import { openSubscription, type ReadingOptions } from "./subscription.ts";

const KEPT_MS = 7 * 24 * 3_600_000;
const SWEEP_EVERY_MS = 3_600_000;
const SWEEP_BATCH = 5_000;

/**
 * A transport over one log that everybody appends to and reads with cursors. A new subscriber starts at the beginning of what is
 * kept: messages are kept for 7 days, and until every subscriber has read them.
 */
export function createLogTransport(options: ReadingOptions): Transport {
  const { store, clock, chance, log } = options;
  const open = new Set<ReturnType<typeof openSubscription>>();
  /** From the first subscription on: whoever only publishes is spared being woken for every batch. */
  let listening: { close(): Promise<void> } | undefined;
  const sweeper = createPulse({
    clock,
    chance,
    spacingMs: 0,
    pollMs: SWEEP_EVERY_MS,
    run: async () =>
      (await store.sweep(instant(clock.now() - KEPT_MS), SWEEP_BATCH)) === SWEEP_BATCH ? "more" : "idle",
    failed: (error, failures) => {
      if (failures === 1) log.warn("sweeping the bus failed", { error });
    },
  });
  sweeper.start();

  return {
    async publish(messages) {
      if (messages.length > 0) await store.append(messages);
    },
    async subscribe(subscription) {
      const opened = openSubscription(options, subscription);
      open.add(opened);
      listening ??= store.listen((notice) => {
        for (const one of open) one.notice(notice);
      });
      return {
        async close() {
          await opened.close();
          open.delete(opened);
        },
      };
    },
    lag: (subscriber, types) => store.lag(subscriber, types),
    async close() {
      await Promise.all([...open].map((subscription) => subscription.close()));
      await Promise.all([sweeper.stop(), listening?.close()]);
      await store.close();
    },
  };
}
