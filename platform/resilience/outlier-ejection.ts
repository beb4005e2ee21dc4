import type { Clock } from "@souk/kernel";

/** One instance's record, as this caller saw it. */
export type InstanceHealth = {
  /** It answered, be it with a refusal. */
  readonly succeeded: () => void;
  /** It did not answer, or with 5xx. */
  readonly failed: () => void;
  readonly isEjected: () => boolean;
  /** The instance is gone. */
  readonly forget: () => void;
  readonly snapshot: () => {
    readonly consecutiveFailures: number;
    readonly ejectedForMs: number;
    readonly ejections: number;
  };
};

export type OutlierEjectionOptions = {
  readonly clock: Clock;
  readonly ejected?: (instance: string, forMs: number) => void;
};
export type OutlierEjection = { readonly track: (instance: string) => InstanceHealth };

const CONSECUTIVE_FAILURES = 5;
const EJECTION_MS = 30_000;
const MAX_EJECTION_MS = 300_000;
const MAX_SHARE = 0.5;

/**
 * Takes an instance that failed 5 times in a row out of the balancing for 30 s × the times it was ejected; every 30 s in good
 * standing redeem one. Never more than half of the instances: when most fail it is not the instances. (As Envoy's outlier
 * detection.)
 */
export function createOutlierEjection({ clock, ejected }: OutlierEjectionOptions): OutlierEjection {
  const tracked = new Set<InstanceHealth>();

  const mayEjectOneMore = (): boolean => {
    let out = 0;
    for (const one of tracked) if (one.isEjected()) out++;
    return out + 1 <= tracked.size * MAX_SHARE;
  };

  return {
    track(instance) {
      let failures = 0;
      let ejections = 0;
      let until = Number.NEGATIVE_INFINITY;
      const isEjected = () => clock.monotonic() < until;

      const health: InstanceHealth = {
        succeeded() {
          failures = 0;
        },
        failed() {
          failures++;
          if (failures < CONSECUTIVE_FAILURES || isEjected() || !mayEjectOneMore()) return;
          const now = clock.monotonic();
          const redeemed = ejections === 0 ? 0 : Math.floor((now - until) / EJECTION_MS);
          ejections = Math.max(0, ejections - redeemed) + 1;
          const forMs = Math.min(MAX_EJECTION_MS, EJECTION_MS * ejections);
          until = now + forMs;
          failures = 0;
          ejected?.(instance, forMs);
        },
        isEjected,
        forget: () => void tracked.delete(health),
        snapshot: () => ({
          consecutiveFailures: failures,
          ejectedForMs: Math.max(0, until - clock.monotonic()),
          ejections,
        }),
      };
      tracked.add(health);
      return health;
    },
  };
}
