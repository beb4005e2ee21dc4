import { setTimeout as wait } from "node:timers/promises";
import type { FakeClock } from "./clock.ts";
import { realWorkDone } from "./real-work.ts";

export type PassingTime = {
  /** Said when it never comes. */
  readonly what: string;
  /** A pause that work under test may make: time goes on when the next timer is at most so far away, and waits for real work otherwise. */
  readonly pauseMs?: number;
  /** Given up after so much of the machine's time. Only a test that fails takes so long. */
  readonly patienceMs?: number;
};

/**
 * Lets a fake clock's time pass until `done` gives something, but only from one sleeper to the next: while everybody is at work, with a real
 * database or socket, time stands still. So no deadline comes sooner on a slow machine than on a quick one.
 * @throws Error when it has not come within the patience
 */
export async function passingTime<T>(
  clock: FakeClock,
  done: () => T | undefined | false | Promise<T | undefined | false>,
  { what, pauseMs = 1_000, patienceMs = 60_000 }: PassingTime,
): Promise<T> {
  const givenUpAt = performance.now() + patienceMs;
  for (;;) {
    // What the last step woke does its real work before others' sleep is over, and what needs no time takes none.
    await realWorkDone();
    const found = await done();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > givenUpAt) throw new Error(`it never came: ${what}`);
    const dueInMs = clock.dueInMs();
    if (dueInMs !== undefined && dueInMs <= pauseMs) await clock.advance(dueInMs);
    else await wait(1); // somebody else's turn: another process, or what is not known to be work
  }
}

/** The same for one piece of work, such as a request that waits: its outcome. */
export async function passingTimeFor<T>(clock: FakeClock, work: Promise<T>, options: PassingTime): Promise<T> {
  let over = false;
  const end = () => {
    over = true;
  };
  work.then(end, end);
  await passingTime(clock, () => over, options);
  return work;
}
