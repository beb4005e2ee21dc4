import type { Delivery, EventType } from "@souk/contract";
import type { Tx } from "@souk/postgres";
import type { Handler } from "../types.ts";
import type { Received } from "./subscriptions.ts";

/** Handles events of one type that were delivered one after the other, in one go: for those who write a statement for all of them. */
export function together<E extends EventType>(
  handle: (events: readonly Delivery<E>[], tx: Tx) => Promise<void>,
): Handler<E> {
  return Object.assign((event: Delivery<E>, tx: Tx) => handle([event], tx), { together: handle });
}

/** Parts what was delivered, in order, into what is handled in one go. */
export function runsOf(accepted: readonly Received[]): Received[][] {
  const runs: Received[][] = [];
  for (const one of accepted) {
    const last = runs.at(-1);
    if (last?.[0]?.handle === one.handle && one.handle.together) last.push(one);
    else runs.push([one]);
  }
  return runs;
}

/** Of each subject the event with the highest sequence, for those who keep only what is newest. */
export function latestBySubject<E extends EventType>(events: readonly Delivery<E>[]): Delivery<E>[] {
  const latest = new Map<string, Delivery<E>>();
  for (const event of events) {
    const known = latest.get(event.subject);
    if (known === undefined || known.sequence < event.sequence) latest.set(event.subject, event);
  }
  return [...latest.values()];
}
