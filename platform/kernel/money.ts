/** `amount` counts the currency's minor units (cents), a safe integer; never a float. `currency` is ISO 4217. */
export type Money = { readonly amount: number; readonly currency: string };

export const zero = (currency: string): Money => ({ amount: 0, currency });

export const times = ({ amount, currency }: Money, n: number): Money => ({ amount: amount * n, currency });

/** @throws TypeError when currencies differ: a bug in the caller. */
export function add(a: Money, b: Money): Money {
  if (a.currency !== b.currency) throw new TypeError(`cannot add ${a.currency} to ${b.currency}`);
  return { amount: a.amount + b.amount, currency: a.currency };
}

export const subtract = (a: Money, b: Money): Money => add(a, times(b, -1));

/** The sum of possibly no amounts; `currency` names the zero. @throws TypeError when currencies differ. */
export const sum = (amounts: readonly Money[], currency: string): Money => amounts.reduce(add, zero(currency));

/**
 * Splits a whole number of minor units in proportion to `weights` so that the parts add up to exactly `total`
 * (largest remainder, Hamilton's method; ties go to the earlier part).
 * @param weights non-negative; all zero means equal shares  @throws RangeError when empty or negative
 */
export function allocate(total: number, weights: readonly number[]): number[] {
  if (weights.length === 0 || weights.some((w) => w < 0))
    throw new RangeError("weights must be non-negative and present");
  const whole = weights.reduce((a, b) => a + b, 0);
  const shares = whole === 0 ? weights.map(() => 1) : weights;
  const divisor = BigInt(whole === 0 ? weights.length : whole);
  // BigInt: total × weight overflows 2^53 for ordinary carts of expensive things.
  const magnitude = BigInt(Math.abs(total));
  const exact = shares.map((weight, index) => {
    const product = magnitude * BigInt(weight);
    return { index, part: Number(product / divisor), remainder: product % divisor };
  });
  let left = Math.abs(total) - exact.reduce((n, { part }) => n + part, 0);
  const parts = exact.map(({ part }) => part);
  const byRemainder = exact.toSorted((a, b) =>
    a.remainder === b.remainder ? a.index - b.index : a.remainder < b.remainder ? 1 : -1,
  );
  for (const { index } of byRemainder) {
    if (left-- <= 0) break;
    parts[index] = (parts[index] ?? 0) + 1;
  }
  return parts.map((part) => (total < 0 && part > 0 ? -part : part));
}
