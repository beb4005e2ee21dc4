import type { Chance } from "@souk/kernel";

const FIRST_MS = 50;

/**
 * How long to wait before asking again: full jitter (Brooker, "Exponential Backoff and Jitter", 2015), 50 ms doubling up to
 * `capMs`. @param attempts so far, at least 1
 */
export const backOffMs = (attempts: number, capMs: number, chance: Chance): number =>
  chance() * Math.min(capMs, FIRST_MS * 2 ** (attempts - 1));
