/** Where the steps of the ladder begin, in minor units: 0, 1.00, 2.00, 5.00, 10.00, … 10,000,000.00. */
const bounds: readonly number[] = [
  0,
  ...[2, 3, 4, 5, 6, 7, 8].flatMap((zeros) => [1, 2, 5].map((n) => n * 10 ** zeros)),
  10 ** 9,
];

export const priceStepCount = bounds.length;

/** The step that an amount stands on. */
export function priceStepOf(amount: number): number {
  let step = 0;
  while (step + 1 < bounds.length && (bounds[step + 1] ?? 0) <= amount) step++;
  return step;
}

/** The amounts that stand on a step, both ends included; the last step has no end. */
export function priceStep(step: number): { readonly min: number; readonly max?: number } {
  const next = bounds[step + 1];
  return { min: bounds[step] ?? 0, ...(next !== undefined && { max: next - 1 }) };
}
