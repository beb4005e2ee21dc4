import { type Clock, instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import type { Log } from "@souk/service";
import { lockDue, moveParcel, postponeTold, removeTold, type TrackingEvent, takeUntold } from "../db/carrier.ts";
import { nextLeg, type Schedule } from "../domain/journey.ts";

type Deps = {
  db: Db;
  clock: Clock;
  newId: () => string;
  log: Log;
  schedule: Schedule;
  /** Tells the merchant. @throws when it was not taken; it is told again */
  tell: (events: readonly TrackingEvent[]) => Promise<void>;
};

const batch = 100;
/** Longer than telling takes: until then no other replica tells it too. */
const leaseMs = 20_000;
const backOffMs = (attempts: number) => Math.min(600_000, 500 * 2 ** attempts);

/** The simulated carrier: moves parcels one leg on when they are due, and tells of it as real ones do. */
export function carrierSimulator({ db, clock, newId, log, schedule, tell }: Deps) {
  const moveSome = () =>
    db.tx(async (tx) => {
      const now = clock.now();
      const due = await lockDue(tx, instant(now), batch);
      for (const { trackingNumber, status } of due) {
        const leg = nextLeg(status, schedule);
        if (!leg) throw new Error(`a ${status} parcel is due to move`);
        const nextAt = leg.nextAfterMs === null ? null : instant(now + leg.nextAfterMs);
        await moveParcel(tx, { id: newId(), trackingNumber, status: leg.status, at: instant(now) }, nextAt);
      }
      return due.length;
    });

  async function tellSome(): Promise<number> {
    const now = clock.now();
    const untold = await takeUntold(db, instant(now), instant(now + leaseMs), batch);
    if (untold.length === 0) return 0;
    const ids = untold.map(({ id }) => id);
    try {
      await tell(untold.map(({ attempts: _, ...event }) => event));
      await removeTold(db, ids);
      return untold.length;
    } catch (error) {
      const attempts = Math.max(...untold.map((event) => event.attempts));
      log.warn("the carrier's news was not taken; it is told again", { error, attempt: attempts });
      await postponeTold(db, ids, instant(clock.now() + backOffMs(attempts)));
      return 0;
    }
  }

  return async (signal: AbortSignal): Promise<void> => {
    for (let moved = batch; moved === batch && !signal.aborted; ) moved = await moveSome();
    for (let told = batch; told === batch && !signal.aborted; ) told = await tellSome();
  };
}
