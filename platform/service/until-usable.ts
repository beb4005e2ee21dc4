import { type Clock, sleep } from "@souk/kernel";
import type { OwnDatabase } from "./readiness.ts";
import type { Log } from "./types.ts";

const pauseMs = { first: 50, longest: 1_000 };
const pingTimeoutMs = 2_000;

/** Waits until the database answers and holds what this code needs: a service that starts before either becomes whole by itself. */
export async function untilUsable(database: OwnDatabase, clock: Clock, log: Log): Promise<void> {
  let told: string | undefined;
  const tell = (message: string, fields: Readonly<Record<string, unknown>>) => {
    if (told !== message) log.warn(message, fields);
    told = message;
  };
  for (let pause = pauseMs.first; ; pause = Math.min(pauseMs.longest, pause * 2)) {
    try {
      await database.ping(pingTimeoutMs);
      const pending = await database.pendingMigrations();
      if (pending.length === 0) return;
      tell("waiting for migrations", { pending });
    } catch (error) {
      tell("waiting for the database", { error });
    }
    await sleep(clock, pause);
  }
}
