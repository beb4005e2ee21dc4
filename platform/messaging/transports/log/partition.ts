/**
 * Subjects are dealt to this many partitions, and partitions to the replicas of a subscriber: more replicas than that would
 * have nothing to do. Part of what is stored: changing it needs a migration of log and cursors.
 */
export const PARTITIONS = 16;

/** FNV-1a, 32 bits: the same in every process and release. */
export function partitionOf(subject: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < subject.length; i++) hash = Math.imul(hash ^ subject.charCodeAt(i), 0x01000193);
  // The high bits are the better mixed ones.
  return ((hash ^ (hash >>> 16)) >>> 0) % PARTITIONS;
}
