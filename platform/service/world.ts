import { randomBytes } from "node:crypto";
import { type Chance, type Clock, systemClock, uuidv7 } from "@souk/kernel";

/** Time, chance and identifiers: what a simulation replaces. */
export type World = {
  readonly clock: Clock;
  readonly chance: Chance;
  /** A new UUIDv7. */
  readonly newId: () => string;
  /** Unguessable bytes as base64url. */
  readonly newSecret: (bytes: number) => string;
};

const poolSize = 256;
const idSize = 16;

/** The machine's own. */
export function systemWorld(clock: Clock = systemClock): World {
  // One call to the system per 256 ids: each costs as much as the id's text.
  let pool = randomBytes(poolSize * idSize);
  let used = 0;
  const random = () => {
    if (used === pool.length) {
      pool = randomBytes(poolSize * idSize);
      used = 0;
    }
    used += idSize;
    return pool.subarray(used - idSize, used);
  };
  return {
    clock,
    chance: Math.random,
    newId: () => uuidv7(clock.now(), random),
    newSecret: (bytes) => randomBytes(bytes).toString("base64url"),
  };
}
