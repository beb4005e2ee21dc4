import type { Database } from "@souk/postgres";
import type { Calibration, Figure } from "./record.ts";

export const round = (value: number): number => {
  const digits = Math.abs(value) >= 100 ? 1 : Math.abs(value) >= 10 ? 10 : 1_000;
  return Math.round(value * digits) / digits;
};

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
};

export const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;

/** Collects the figures of several rounds under their names, in the order in which they first came. */
export function figures() {
  const all = new Map<string, { unit: string; rounds: number[] }>();
  return {
    note(name: string, unit: string, value: number): void {
      const figure = all.get(name) ?? { unit, rounds: [] };
      figure.rounds.push(round(value));
      all.set(name, figure);
    },
    done: (): Figure[] =>
      [...all].map(([name, { unit, rounds }]) => ({ name, unit, value: round(median(rounds)), rounds })),
  };
}

export type Load = {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly done: number;
};

/** The same operation again and again, `concurrency` at once, for `ms`. */
export async function load(operation: () => Promise<unknown>, concurrency: number, ms: number): Promise<Load> {
  const took: number[] = [];
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let at = performance.now(); at - begun < ms; ) {
        await operation();
        const done = performance.now();
        took.push(done - at);
        at = done;
      }
    }),
  );
  const elapsed = performance.now() - begun;
  return {
    perSecond: (took.length * 1_000) / elapsed,
    p50Ms: quantile(took, 0.5),
    p99Ms: quantile(took, 0.99),
    done: took.length,
  };
}

const steps = 100_000_000;
const calibrateMs = 1_500;

/** @param db a database in which a small table may be made: on the PostgreSQL that is measured */
export async function calibrate(db?: Database): Promise<Calibration> {
  const begun = performance.now();
  let x = 0;
  for (let i = 0; i < steps; i++) x = (x * 31 + i) | 0;
  // `x` is looked at, or the loop would be optimised away.
  const loopMs = round(performance.now() - begun + (x === 1 ? 1e-9 : 0));
  if (!db) return { loopMs };
  await db`create table if not exists bench_calibration (id bigint generated always as identity primary key, word text)`;
  const { perSecond } = await load(() => db`insert into bench_calibration (word) values ('abc')`, 16, calibrateMs);
  return { loopMs, commitsPerSecond: Math.round(perSecond) };
}
