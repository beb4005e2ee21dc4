import { randomFillSync } from "node:crypto";

/** Fills `bytes` with random ones: `crypto` in production, a seeded source in a simulation. */
export type FillRandom = (bytes: Uint8Array) => void;

export type TraceIds = {
  /** 32 lower-case hex digits, never all zero. */
  traceId(): string;
  /** 16 lower-case hex digits, never all zero. */
  spanId(): string;
};

const POOL_BYTES = 8192;

/** Draws random bytes 8 KiB at a time: 0.1 µs an id instead of 1.1 for a call into the system each. */
export function createTraceIds(fill: FillRandom = randomFillSync): TraceIds {
  const pool = Buffer.alloc(POOL_BYTES);
  let next = POOL_BYTES;

  const hex = (bytes: number): string => {
    if (next + bytes > POOL_BYTES) {
      fill(pool);
      next = 0;
    }
    // All zeros is the one id that W3C Trace Context forbids.
    pool[next] = (pool[next] ?? 0) | 1;
    next += bytes;
    return pool.toString("hex", next - bytes, next);
  };
  return { traceId: () => hex(16), spanId: () => hex(8) };
}
