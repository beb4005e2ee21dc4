import type { Op } from "./history.ts";
import type { Check } from "./shop/chaos-shop.ts";

/** At least this share of what shoppers do must succeed while something is broken: else a run in which everything fails would pass. */
export const livenessFloor = 0.6;

export type Share = { readonly done: number; readonly succeeded: number };

/** One experiment as it went; `from`, `to` in ms since the start of the run. */
export type Trial = {
  readonly name: string;
  readonly hypothesis: string;
  readonly from: number;
  readonly to: number;
  /** From the end of the fault until everything was ready again, in ms. */
  readonly recoveredMs?: number;
  readonly struck: Readonly<Record<string, number>>;
  readonly during: Share;
  /** Why the fault could not be made to happen, or what did not come back. */
  readonly failed?: string;
};

export type Outcome = {
  readonly seed: number;
  readonly profile: string;
  readonly commit: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly machine: string;
  readonly ops: readonly Op[];
  readonly trials: readonly Trial[];
  readonly marks: readonly { readonly at: number; readonly what: string }[];
  readonly steady: Share;
  readonly calm: Share;
  readonly calmFrom: number;
  readonly counts: {
    readonly retriesOfShoppers: number;
    readonly retriesOfSagas: number;
    readonly undone: number;
    readonly restarts: number;
  };
  /** What the judge found in the history. */
  readonly problems: readonly string[];
  readonly checks: readonly Check[];
  /** What the judge found once a lie had been planted: nothing would mean that it cannot see. */
  readonly planted: readonly string[];
  /** Why the run fails; empty when it passes. */
  readonly verdict: readonly string[];
};

/** What stood the test: an answer that stands, be it a refusal that the shop means. */
export const succeeded = ({ type }: Op): boolean => type !== "unknown";

/** Of what began in a window. */
export function shareOf(ops: readonly Op[], from: number, to: number): Share {
  const inside = ops.filter(({ begun }) => begun >= from && begun < to);
  return { done: inside.length, succeeded: inside.filter(succeeded).length };
}

export const shareText = ({ done, succeeded }: Share): string =>
  done === 0 ? "nothing was asked" : `${((succeeded / done) * 100).toFixed(1)} % of ${done}`;

const belowFloor = ({ done, succeeded }: Share, floor: number) => done === 0 || succeeded / done < floor;

/** Everything that a run must show. @returns why it fails */
export function verdictOf(run: Omit<Outcome, "verdict">): string[] {
  const { trials, steady, calm, problems, checks, planted } = run;
  return [
    ...(belowFloor(steady, 1) ? [`Before any fault only ${shareText(steady)} succeeded.`] : []),
    ...trials.flatMap(({ name, failed }) => (failed === undefined ? [] : [`${name}: ${failed}`])),
    ...trials.flatMap(({ name, during }) =>
      // A few operations say nothing; those of several short faults are judged together, below.
      during.done >= 10 && belowFloor(during, livenessFloor)
        ? [`${name}: only ${shareText(during)} succeeded, and ${livenessFloor * 100} % must.`]
        : [],
    ),
    ...(trials.length > 0 && belowFloor(sum(trials.map(({ during }) => during)), livenessFloor)
      ? ["While something was broken too little succeeded."]
      : []),
    ...trials.flatMap(({ name, struck, failed }) =>
      failed === undefined && Object.keys(struck).length === 0 ? [`${name}: no fault has struck.`] : [],
    ),
    ...(belowFloor(calm, 1) ? [`After the last fault only ${shareText(calm)} succeeded, and all must.`] : []),
    ...problems,
    ...checks.flatMap(({ name, ok, problems: found = [] }) =>
      ok ? [] : [`souk verify: ${name}: ${found.slice(0, 3).join("; ")}`],
    ),
    ...(checks.length === 0 ? ["souk verify checked nothing."] : []),
    ...(planted.length === 0 ? ["A lie was planted in the shop, and nobody saw it."] : []),
  ];
}

const sum = (shares: readonly Share[]): Share => ({
  done: shares.reduce((n, { done }) => n + done, 0),
  succeeded: shares.reduce((n, { succeeded }) => n + succeeded, 0),
});
