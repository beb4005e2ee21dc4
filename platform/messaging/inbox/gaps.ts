import type { Position } from "./store.ts";
import type { Received } from "./subscriptions.ts";

/** How long what came too early waits for what comes before it. */
export const GAP_MS = 30_000;

const subjectOf = ({ source, subject }: { source: string; subject: string }): string => `${source}\n${subject}`;

/**
 * Parts a batch into what may be handled now, and what came too early with all that follows it in its subject.
 * @param known where gapless subjects stand. A subject that is not in it may begin anywhere: what came first may have been swept.
 */
export function partAtGaps(
  batch: readonly Received[],
  known: readonly Position[],
): { ready: Received[]; early: Received[]; late: Received[] } {
  const at = new Map(known.map((position) => [subjectOf(position), position.sequence]));
  const held = new Set<string>();
  const ready: Received[] = [];
  const early: Received[] = [];
  const late: Received[] = [];
  // Stable: what a batch only holds in the wrong order is no gap.
  for (const received of batch.toSorted((a, b) => a.delivery.sequence - b.delivery.sequence)) {
    const { sequence } = received.delivery;
    const subject = subjectOf(received.delivery);
    const last = at.get(subject);
    if (held.has(subject) || (received.gapless && last !== undefined && sequence > last + 1)) {
      held.add(subject);
      early.push(received);
      continue;
    }
    if (received.gapless) {
      if (last !== undefined && sequence < last) late.push(received);
      at.set(subject, Math.max(last ?? 0, sequence));
    }
    ready.push(received);
  }
  return { ready, early, late };
}

/** Where gapless subjects stand once `handled` are. */
export function positionsOf(handled: readonly Received[]): Position[] {
  const furthest = new Map<string, Position>();
  for (const { gapless, delivery } of handled) {
    const { source, subject, sequence } = delivery;
    const before = furthest.get(subjectOf(delivery));
    if (gapless && (!before || before.sequence < sequence))
      furthest.set(subjectOf(delivery), { source, subject, sequence });
  }
  return [...furthest.values()];
}
