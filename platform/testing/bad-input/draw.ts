import type { Chance } from "@souk/kernel";
import { seededChance } from "../clock.ts";

/** Repeatable choices: the same name gives the same ones, whatever was drawn for other names. */
export type Draw = {
  readonly chance: Chance;
  /** Both ends included. */
  readonly integer: (least: number, most: number) => number;
  readonly one: <T>(of: readonly T[]) => T;
  /** @param share of the times, 0 to 1 */
  readonly sometimes: (share: number) => boolean;
};

export function drawFor(name: string): Draw {
  const chance = seededChance(hashOf(name));
  const integer = (least: number, most: number) => least + Math.floor(chance() * (most - least + 1));
  return {
    chance,
    integer,
    one(of) {
      if (of.length === 0) throw new RangeError("there is nothing to choose from");
      // as: the index is within the list
      return of[integer(0, of.length - 1)] as (typeof of)[number];
    },
    sometimes: (share) => chance() < share,
  };
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
