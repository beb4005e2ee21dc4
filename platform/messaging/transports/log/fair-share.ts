import type { Member } from "./store.ts";

/**
 * How many of `partitions` a replica should hold: as many as the others, give or take one. None while it does not know a type
 * that its subscriber asked for and another replica does, for it would skip those messages (an old release during a deployment).
 * @param asked all types the subscriber has ever asked for
 */
export function fairShare(
  members: readonly Member[],
  instance: string,
  asked: readonly string[],
  partitions: number,
): number {
  const whole = members.filter(({ types }) => asked.every((type) => types.includes(type)));
  const entitled = (whole.length > 0 ? whole : members).map((member) => member.instance).toSorted();
  const rank = entitled.indexOf(instance);
  if (rank < 0) return 0;
  return Math.floor(partitions / entitled.length) + (rank < partitions % entitled.length ? 1 : 0);
}
