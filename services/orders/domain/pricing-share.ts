/** Parts in a million that a percentage of at most four decimals is. */
export const partsPerMillion = (percent: number): number => Math.round(percent * 10_000);
export const million = 1_000_000;

/**
 * `amount × numerator ÷ denominator` to the nearest minor unit, halves up. Exact: what does not fit a double is worked out in whole
 * numbers of any size.  @param amount not negative
 */
export function share(amount: number, numerator: number, denominator: number): number {
  const product = amount * numerator;
  if (product <= Number.MAX_SAFE_INTEGER) {
    const whole = Math.floor(product / denominator);
    return 2 * (product - whole * denominator) >= denominator ? whole + 1 : whole;
  }
  const divisor = BigInt(denominator);
  return Number((2n * BigInt(amount) * BigInt(numerator) + divisor) / (2n * divisor));
}
