/** Whether a percentage has at most four decimals, as far as doubles can tell. */
export const isPercentage = (percent: number): boolean =>
  Math.abs(percent * 10_000 - Math.round(percent * 10_000)) < 1e-6;
