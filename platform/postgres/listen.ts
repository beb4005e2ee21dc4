import { type Chance, type Clock, sleep } from "@souk/kernel";
import pg from "pg";
import { errors } from "./errors.ts";

export type ListenOptions = {
  readonly url: string;
  readonly channel: string;
  /**
   * Called for each notification, and without payload after each (re)connection: whatever was notified before that may have
   * been missed, so look.
   */
  readonly onNotify: (payload?: string) => void;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly onError?: (error: unknown) => void;
};

/**
 * Listens on a connection of its own until closed; reconnects for ever, 100 ms → 5 s with full jitter.
 * A notification is a hint to look, never the message itself: callers poll as well.
 */
export function listen({ url, channel, onNotify, clock, chance, onError = () => {} }: ListenOptions): {
  close(): Promise<void>;
} {
  const closing = new AbortController();
  let client: pg.Client | undefined;

  /** Resolves when the connection is gone. @returns whether it had been up */
  async function once(): Promise<boolean> {
    client = new pg.Client({
      connectionString: url,
      application_name: `listen ${channel}`,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: 5_000,
    });
    const gone = new Promise<void>((resolve) => client?.once("end", resolve));
    // One that dies is replaced: see `gone`.
    client.on("error", () => {});
    client.on("notification", ({ payload }) => onNotify(payload === "" ? undefined : payload));
    try {
      await client.connect();
      await client.query(`listen ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      if (!closing.signal.aborted) onError(errors.Unavailable({ reason: "cannot listen" }, { cause: error }));
      await client.end();
      return false;
    }
    if (closing.signal.aborted) await client.end();
    else onNotify();
    await gone;
    return true;
  }

  const running = (async () => {
    for (let failures = 0; !closing.signal.aborted; ) {
      failures = (await once()) ? 0 : failures + 1;
      if (!closing.signal.aborted) await sleep(clock, chance() * Math.min(5_000, 100 * 2 ** failures), closing.signal);
    }
  })();

  return {
    async close() {
      closing.abort();
      await client?.end();
      await running;
    },
  };
}
